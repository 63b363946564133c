//! The hour that a clock change skips or gives twice: nobody can be told to do something at 02:30 then.

use domain::profile::ClockTime;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Context;

/// From when to when, minutes after waking, the wall clock of this waking day skips or repeats; `None` on usual days.
pub(super) fn closed(zone: &TimeZone, date: Date, context: &Context) -> Option<(i32, i32)> {
    let awake = context.waking_minutes();
    let wake = date.at(0, 0, 0, 0).checked_add(i64::from(context.wake.minutes()).minutes()).ok()?;
    let early = zone.to_timestamp(wake.checked_sub(3.hours()).ok()?).ok()?;
    for change in zone.following(early).take(3) {
        let before = zone.to_offset(change.timestamp().checked_sub(1.second()).ok()?);
        let (from, to) =
            (before.to_datetime(change.timestamp()), change.offset().to_datetime(change.timestamp()));
        let since = |at: jiff::civil::DateTime| {
            wake.until(at).ok().and_then(|span| span.total(jiff::Unit::Minute).ok()).map(|m| m.round() as i32)
        };
        let (from, to) = (since(from)?, since(to)?);
        let (from, to) = (from.min(to), from.max(to));
        if from != to && from < awake && to > 0 {
            return Some((from, to));
        }
    }
    None
}

/// The same as times of day.
pub(super) fn times(context: &Context, closed: (i32, i32)) -> (ClockTime, ClockTime) {
    (context.clock(closed.0), context.clock(closed.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::profile::Profile;

    fn context(wake: &str, bed: &str) -> Context {
        let at = |text| ClockTime::parse(text).ok();
        Context::from_profile(&Profile { wake_time: at(wake), bed_time: at(bed), ..Profile::default() })
    }

    #[test]
    fn only_those_awake_at_night_meet_it() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let on = |date: &str, wake, bed| closed(&berlin, date.parse().unwrap(), &context(wake, bed));
        assert_eq!(on("2026-03-28", "18:00", "10:00"), Some((480, 540)), "02:00 does not exist on the 29th");
        assert_eq!(on("2026-10-24", "18:00", "10:00"), Some((480, 540)), "02:00 comes twice on the 25th");
        assert_eq!(on("2026-03-29", "07:00", "23:00"), None, "by day the clock is as usual");
        assert_eq!(on("2026-03-27", "18:00", "10:00"), None);
        assert_eq!(closed(&TimeZone::UTC, "2026-03-28".parse().unwrap(), &context("18:00", "10:00")), None);
    }
}

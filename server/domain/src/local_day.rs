//! A person's day: which one it is where they live, and at which instant a local time of a plan falls.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::profile::ClockTime;

/// The local day at an instant.
pub fn today(zone: &TimeZone, now: Timestamp) -> Date {
    zone.to_datetime(now).date()
}

/// When a local time of a day's plan is. A day of a plan begins at `begins` (waking): what is earlier on the clock is on the next
/// calendar day. A time that the clocks skip is taken as much later as they skip, one that comes twice is the first (RFC 5545).
/// `None`: beyond the calendar.
pub fn instant(
    day: Date,
    begins: ClockTime,
    time: ClockTime,
    zone: &TimeZone,
) -> Option<(Timestamp, Offset)> {
    let day = if time < begins { day.checked_add(1.day()).ok()? } else { day };
    let (hour, minute) = ((time.minutes() / 60) as i8, (time.minutes() % 60) as i8);
    let zoned = zone.to_ambiguous_zoned_datetime(day.at(hour, minute, 0, 0)).compatible().ok()?;
    Some((zoned.timestamp(), zoned.offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(day: &str, begins: &str, time: &str, name: &str) -> String {
        let clock = |text| ClockTime::parse(text).unwrap();
        let (instant, offset) =
            instant(day.parse().unwrap(), clock(begins), clock(time), &zone(name)).unwrap();
        instant.display_with_offset(offset).to_string()
    }

    #[test]
    fn today_differs_by_up_to_two_days_over_the_world() {
        let now: Timestamp = "2026-03-03T10:30:00Z".parse().unwrap();
        assert_eq!(today(&zone("Pacific/Kiritimati"), now).to_string(), "2026-03-04");
        assert_eq!(today(&zone("Pacific/Pago_Pago"), now).to_string(), "2026-03-02");
        assert_eq!(today(&TimeZone::UTC, now).to_string(), "2026-03-03");
    }

    #[test]
    fn local_times_are_instants_also_when_clocks_change() {
        let berlin = "Europe/Berlin";
        assert_eq!(at("2026-03-03", "06:45", "07:00", berlin), "2026-03-03T07:00:00+01:00");
        // After midnight is the next calendar day.
        assert_eq!(at("2026-03-03", "06:45", "00:15", berlin), "2026-03-04T00:15:00+01:00");
        // The clocks skip from two to three.
        assert_eq!(at("2026-03-29", "02:00", "02:30", berlin), "2026-03-29T03:30:00+02:00");
        // Half past two comes twice: the first.
        assert_eq!(at("2026-10-25", "02:00", "02:30", berlin), "2026-10-25T02:30:00+02:00");
        assert_eq!(at("2026-10-24", "08:00", "02:30", berlin), "2026-10-25T02:30:00+02:00");
        assert_eq!(at("2026-03-03", "06:00", "23:30", "Pacific/Kiritimati"), "2026-03-03T23:30:00+14:00");
        assert_eq!(at("2026-03-03", "06:00", "00:30", "Pacific/Pago_Pago"), "2026-03-04T00:30:00-11:00");
    }
}

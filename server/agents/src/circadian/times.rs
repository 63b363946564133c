//! Wake and bed time, from the best source there is.

use domain::profile::ClockTime;
use jiff::civil::Date;

use super::{Rhythm, SLOT_MINUTES, Source, TimeWindow, stability, steps};
use crate::behavior::timing::{self, Night};
use crate::evidence::Evidence;
use crate::statistics::{center, quantile, unwrapped};

/// Wake and bed in minutes after midnight, 0–1439, each the begin of a slot.
#[derive(Clone, Debug)]
pub(super) struct Times {
    pub(super) wake: i64,
    pub(super) bed: i64,
    pub(super) wake_window: Option<TimeWindow>,
    pub(super) sleep_window: Option<TimeWindow>,
    pub(super) source: Source,
    pub(super) days: u32,
    pub(super) rhythm: Rhythm,
    pub(super) since: Option<Date>,
}

const LEAST_NIGHTS: usize = 3;

pub(super) fn read(evidence: &Evidence) -> Times {
    let nights = timing::nights(&evidence.days);
    if nights.len() >= LEAST_NIGHTS
        && let Some(times) = of_nights(&nights, Source::SleepTimes)
    {
        return times;
    }
    let steps = steps::read(evidence);
    if let Some(times) = steps.times {
        return times;
    }
    let (wake, bed, source) = match (evidence.profile.wake_time, evidence.profile.bed_time) {
        (None, None) => (7 * 60, 23 * 60, Source::Assumed),
        (wake, bed) => {
            let wake = wake.map_or(7 * 60, |time| i64::from(time.minutes()));
            let bed = bed.map_or(wake + 16 * 60, |time| i64::from(time.minutes()));
            // A day shorter than 12 or longer than 20 hours is a slip of the pen.
            let awake = (bed - wake).rem_euclid(1440);
            let bed = if (720..=1200).contains(&awake) { bed } else { wake + 16 * 60 };
            (to_slot(wake as f64), to_slot(bed as f64), Source::Profile)
        }
    };
    let (wake_window, sleep_window, since) = (None, None, None);
    Times { wake, bed, wake_window, sleep_window, source, days: 0, rhythm: steps.rhythm, since }
}

/// From the nights of the present rhythm; of nights without one, from the newest.
fn of_nights(nights: &[Night], source: Source) -> Option<Times> {
    let (rhythm, first) = stability::judge(nights);
    let present = &nights[first..];
    let starts: Vec<f64> = present.iter().map(|night| night.start).collect();
    let ends: Vec<f64> = present.iter().map(|night| night.end).collect();
    let (bed, wake) = (center(&starts)?, center(&ends)?);
    Some(Times {
        wake: to_slot(wake),
        bed: to_slot(bed),
        wake_window: window(&ends, wake),
        sleep_window: window(&starts, bed),
        source,
        days: u32::try_from(present.len()).unwrap_or(0),
        since: (rhythm == Rhythm::Moved).then(|| nights[first].date),
        rhythm,
    })
}

/// Quartiles, at least a quarter of an hour to each side.
pub(super) fn window(times: &[f64], center: f64) -> Option<TimeWindow> {
    let around = unwrapped(times, center);
    let (low, high) = (quantile(&around, 0.25)?, quantile(&around, 0.75)?);
    let at = |minutes: f64| ClockTime::from_minutes(to_slot(minutes));
    Some(TimeWindow { start: at(low.min(center - 15.0)), end: at(high.max(center + 15.0)) })
}

pub(super) fn to_slot(minutes: f64) -> i64 {
    let slot = (minutes / SLOT_MINUTES as f64).round() as i64 * SLOT_MINUTES;
    slot.rem_euclid(1440)
}

//! Wake and bed time, from the best source there is.

use domain::profile::ClockTime;
use jiff::civil::Date;

use super::{Rhythm, SLOT_MINUTES, Source, TimeWindow, stability, steps};
use crate::behavior::timing::{self, Night};
use crate::evidence::Evidence;
use crate::memory::{MemoryUsed, SleepWindow, remembered_sleep_window};
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
    /// What they were taken from, where nights do not say them.
    pub(super) memory: Option<MemoryUsed>,
}

const LEAST_NIGHTS: usize = 3;
/// A remembered window stands for irregular nights only when it was read from two weeks of them: a newest night that once stood for
/// irregular ones must not stand for the next (own bound).
const STEADY_NIGHTS: u32 = 14;

pub(super) fn read(evidence: &Evidence) -> Times {
    let nights = timing::nights(&evidence.days);
    let measured = if nights.len() >= LEAST_NIGHTS { of_nights(&nights, Source::SleepTimes) } else { None };
    let known = remembered_sleep_window(&evidence.memories);
    if let Some(times) = measured {
        let steady = known.filter(|window| window.told || window.nights >= STEADY_NIGHTS);
        return match steady.filter(|_| times.rhythm == Rhythm::Irregular) {
            Some(window) => of_memory(&window, Rhythm::Irregular),
            None => times,
        };
    }
    let steps = steps::read(evidence);
    if let Some(window) = known.as_ref().filter(|window| window.told) {
        return of_memory(window, steps.rhythm);
    }
    if let Some(times) = steps.times {
        return times;
    }
    if let Some(window) = known {
        return of_memory(&window, steps.rhythm);
    }
    let (wake, bed, source) = match (evidence.profile.wake_time, evidence.profile.bed_time) {
        (None, None) => (7 * 60, 23 * 60, Source::Assumed),
        (wake, bed) => {
            let wake = wake.map_or(7 * 60, |time| i64::from(time.minutes()));
            let bed = bed.map_or(wake + 16 * 60, |time| i64::from(time.minutes()));
            (to_slot(wake as f64), to_slot(possible(wake, bed) as f64), Source::Profile)
        }
    };
    let (wake_window, sleep_window, since) = (None, None, None);
    let rhythm = steps.rhythm;
    Times { wake, bed, wake_window, sleep_window, source, days: 0, rhythm, since, memory: None }
}

/// A day shorter than 12 or longer than 20 hours is a slip of the pen: 16 hours are taken.
fn possible(wake: i64, bed: i64) -> i64 {
    if (720..=1200).contains(&(bed - wake).rem_euclid(1440)) { bed } else { wake + 16 * 60 }
}

/// What was told of nights, or is remembered of earlier ones. Nothing of it is measured now, so that it rests on no days.
fn of_memory(window: &SleepWindow, rhythm: Rhythm) -> Times {
    let (wake, bed) = (i64::from(window.wake.minutes()), i64::from(window.bed.minutes()));
    Times {
        wake: to_slot(wake as f64),
        bed: to_slot(possible(wake, bed) as f64),
        wake_window: None,
        sleep_window: None,
        source: if window.told { Source::Told } else { Source::Remembered },
        days: 0,
        rhythm,
        since: None,
        memory: Some(MemoryUsed::new(&window.id, &window.key, "wake and bed time")),
    }
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
        memory: None,
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

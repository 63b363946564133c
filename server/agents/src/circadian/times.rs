//! Wake and bed time, from the best source there is.

use domain::profile::ClockTime;
use jiff::civil::Date;

use super::{Rhythm, SLOT_MINUTES, Source, TimeWindow, stability};
use crate::behavior::rhythm;
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
const LEAST_STILL_STRETCHES: usize = 5;
/// People sit for about an hour before they sleep, minutes.
const SITTING: f64 = 60.0;

pub(super) fn read(evidence: &Evidence) -> Times {
    let nights = timing::nights(&evidence.days);
    if nights.len() >= LEAST_NIGHTS
        && let Some(times) = of_nights(&nights, Source::SleepTimes)
    {
        return times;
    }
    let stretches = still_stretches(evidence);
    if stretches.len() >= LEAST_STILL_STRETCHES
        && let Some(times) = of_nights(&stretches, Source::HourlySteps)
    {
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
    let (rhythm, since) = (Rhythm::Unknown, None);
    Times { wake, bed, wake_window: None, sleep_window: None, source, days: 0, rhythm, since }
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
fn window(times: &[f64], center: f64) -> Option<TimeWindow> {
    let around = unwrapped(times, center);
    let (low, high) = (quantile(&around, 0.25)?, quantile(&around, 0.75)?);
    let at = |minutes: f64| ClockTime::from_minutes(to_slot(minutes));
    Some(TimeWindow { start: at(low.min(center - 15.0)), end: at(high.max(center + 15.0)) })
}

/// An hour with fewer steps is still.
const STILL: f64 = 60.0;
/// Hours: shorter stretches are no sleep, longer ones are a device not worn.
const STRETCH: std::ops::RangeInclusive<usize> = 3..=16;
const LEAST_HOURS: usize = 12;

/// The longest still stretch of each day that counts, sought within 12 hours of the middle of the least active hours, as a
/// night: an hour of sitting comes off its begin.
fn still_stretches(evidence: &Evidence) -> Vec<Night> {
    let Some(rhythm) = rhythm::of(evidence) else { return Vec::new() };
    // Hours after midnight that the search begins with, −12 to 11.
    let middle = (rhythm.least_active_middle() / 60.0).floor() as i64;
    let from = (middle - 12 + 12).rem_euclid(24) - 12;
    let mut found = Vec::new();
    for (i, day) in evidence.days.iter().enumerate() {
        let partial = evidence.intake.partial.iter().any(|partial| partial.date == day.date);
        let measured = day.steps_by_hour.iter().flatten().count();
        if !day.worn || partial || measured < LEAST_HOURS {
            continue;
        }
        let hour = |at: i64| -> Option<f64> {
            let place = i64::try_from(i).ok()? + at.div_euclid(24);
            let day = evidence.days.get(usize::try_from(place).ok()?)?;
            day.steps_by_hour[usize::try_from(at.rem_euclid(24)).ok()?].or(Some(0.0)).filter(|_| day.worn)
        };
        let hours: Option<Vec<f64>> = (from..from + 24).map(hour).collect();
        let Some(hours) = hours else { continue };
        let (mut best, mut run) = ((0, 0), 0_usize);
        for (place, steps) in hours.iter().enumerate() {
            run = if *steps < STILL { run + 1 } else { 0 };
            if run > best.1 {
                best = (place + 1 - run, run);
            }
        }
        if STRETCH.contains(&best.1) {
            let start = (from as f64 + best.0 as f64) * 60.0;
            let end = start + best.1 as f64 * 60.0;
            // A stretch of three hours keeps two of them.
            found.push(Night { date: day.date, start: start + SITTING, end });
        }
    }
    found
}

pub(super) fn to_slot(minutes: f64) -> i64 {
    let slot = (minutes / SLOT_MINUTES as f64).round() as i64 * SLOT_MINUTES;
    slot.rem_euclid(1440)
}

//! How a person's day repeats itself, from steps by the hour: interdaily stability, intradaily variability, the most active ten
//! and the least active five hours, relative amplitude (Witting et al. 1990, Van Someren et al. 1999).
//!
//! Days count with at least 20 measured hours, when their sums count; seven of them at least. Hours that were not measured are left
//! out: an hour of the day has the mean of its measured values, and only neighbouring measured hours make a difference.

use jiff::civil::Date;

use crate::evidence::{DayRecord, Evidence};

const LEAST_HOURS: usize = 20;
const LEAST_DAYS: usize = 7;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ActivityRhythm {
    /// IS, 0 (each day is another) to 1 (all days are the same): `Σ n_h (x̄_h − x̄)² / Σ (x_i − x̄)²`, which is the published form
    /// when no hour is missing.
    pub(crate) stability: f64,
    /// IV, 0 (one smooth wave) to about 2 (noise): the mean square of differences of neighbouring hours, in variances.
    pub(crate) variability: f64,
    /// Mean steps an hour in the ten most active and five least active hours in a row of the mean day.
    pub(crate) most_active: f64,
    pub(crate) least_active: f64,
    /// Hour that these begin with, 0–23.
    pub(crate) most_active_onset: usize,
    pub(crate) least_active_onset: usize,
    /// Mean steps of each hour of the day.
    pub(crate) profile: [f64; 24],
    /// The days it rests on, oldest first.
    pub(crate) days: Vec<Date>,
}

impl ActivityRhythm {
    /// RA, 0 (no difference of day and night) to 1: (M10 − L5) / (M10 + L5).
    pub(crate) fn amplitude(&self) -> f64 {
        (self.most_active - self.least_active) / (self.most_active + self.least_active)
    }

    /// Middle of the least active hours, minutes after midnight.
    pub(crate) fn least_active_middle(&self) -> f64 {
        (self.least_active_onset as f64 * 60.0 + 150.0).rem_euclid(1440.0)
    }
}

/// The days that count, oldest first.
pub(crate) fn whole_days(evidence: &Evidence) -> Vec<&DayRecord> {
    let partial = |day: &DayRecord| evidence.intake.partial.iter().any(|partial| partial.date == day.date);
    let whole = |day: &&DayRecord| {
        day.worn && day.steps_by_hour.iter().flatten().count() >= LEAST_HOURS && !partial(day)
    };
    evidence.days.iter().filter(whole).collect()
}

pub(crate) fn of(evidence: &Evidence) -> Option<ActivityRhythm> {
    of_days(&whole_days(evidence))
}

/// `None` with fewer than seven days, without any steps, or when an hour of the day was never measured: it is no hour of rest.
pub(crate) fn of_days(days: &[&DayRecord]) -> Option<ActivityRhythm> {
    let known = |hour: usize| days.iter().any(|day| day.steps_by_hour[hour].is_some());
    if days.len() < LEAST_DAYS || !(0..24).all(known) {
        return None;
    }
    let values: Vec<f64> = days.iter().flat_map(|day| day.steps_by_hour).flatten().collect();
    let mean = mean(&values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if squares <= 0.0 {
        return None;
    }
    let mut profile = [0.0; 24];
    let mut between = 0.0;
    for (hour, level) in profile.iter_mut().enumerate() {
        let measured: Vec<f64> = days.iter().filter_map(|day| day.steps_by_hour[hour]).collect();
        *level = self::mean(&measured);
        between += measured.len() as f64 * (*level - mean).powi(2);
    }
    let differences = differences(days);
    let variability = self::mean(&differences) / (squares / values.len() as f64);
    let (most_active_onset, most_active) = window(&profile, 10, 1.0);
    let (least_active_onset, least_active) = window(&profile, 5, -1.0);
    Some(ActivityRhythm {
        stability: between / squares,
        variability,
        most_active,
        least_active,
        most_active_onset,
        least_active_onset,
        profile,
        days: days.iter().map(|day| day.date).collect(),
    })
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Squares of the differences of neighbouring measured hours, over midnight when the next day counts, too.
fn differences(days: &[&DayRecord]) -> Vec<f64> {
    let mut found = Vec::new();
    for (i, day) in days.iter().enumerate() {
        let next = days.get(i + 1).filter(|next| day.date.tomorrow().ok() == Some(next.date));
        let hours = day.steps_by_hour.iter().copied().chain(next.map(|next| next.steps_by_hour[0]));
        let hours: Vec<Option<f64>> = hours.collect();
        found.extend(hours.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?).powi(2))));
    }
    found
}

/// Where the `length` hours in a row with the largest (`sign` 1) or smallest (−1) mean begin, and this mean. Of several, those whose
/// surroundings of up to four hours on each side are most so, then the first.
fn window(profile: &[f64; 24], length: usize, sign: f64) -> (usize, f64) {
    let sum = |from: usize, hours: usize| (from..from + hours).map(|hour| profile[hour % 24]).sum::<f64>();
    let key = |start: usize| -> [f64; 5] {
        std::array::from_fn(|wider| sign * sum(start + 24 - wider, length + 2 * wider))
    };
    let larger = |a: &[f64; 5], b: &[f64; 5]| {
        a.iter()
            .zip(b)
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne())
            .is_some_and(std::cmp::Ordering::is_gt)
    };
    let mut best = 0;
    for start in 1..24 {
        if larger(&key(start), &key(best)) {
            best = start;
        }
    }
    (best, sum(best, length) / length as f64)
}

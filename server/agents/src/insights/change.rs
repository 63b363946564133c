//! The last week, or the last day, against what is usual.

use std::f64::consts::FRAC_PI_2;

use super::inference::{rank_sum, two_sided};
use super::metric::{Raw, numbers, span, usual_spread};
use super::signal::{Signal, days_between, newest};
use crate::evidence::Evidence;
use crate::statistics::median;

/// Least days of the week and before it.
const LEAST_WEEK: usize = 4;
const LEAST_BEFORE: usize = 7;
/// Least days that one day is compared with.
const LEAST_USUAL: usize = 10;

/// Difference of medians over the spread of the days before. Certain by the rank-sum test; the interval by the standard error of a
/// median, 1.2533 σ/√n of normal data.
pub(super) fn of_week(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    let (week, before) = signal.split(evidence);
    if week.len() < LEAST_WEEK || before.len() < LEAST_BEFORE {
        return None;
    }
    let (now, usual) = (numbers(&week), numbers(&before));
    let (value, baseline) = (median(&now)?, median(&usual)?);
    let spread = usual_spread(signal, &usual);
    let error = 1.2533 * spread * (1.0 / now.len() as f64 + 1.0 / usual.len() as f64).sqrt();
    let difference = value - baseline;
    Some(Raw {
        value,
        baseline: Some(baseline),
        unit: signal.unit.to_owned(),
        effect: difference.abs() / spread,
        p: two_sided(rank_sum(&now, &usual)),
        interval: Some((difference - 1.96 * error, difference + 1.96 * error)),
        days: week.len(),
        span: span(&week),
        baseline_days: week.len() + before.len(),
    })
}

/// Signals that a single day says something of.
fn daily(signal: &Signal) -> bool {
    matches!(signal.id, "sleep" | "resting-heart-rate" | "heart-rate-variability" | "readiness")
}

/// One day against the days before it: how far outside of what is usual it lies, as a new value of a normal distribution around
/// their median.
pub(super) fn of_last(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    let days = signal.values(evidence);
    let ((date, value), before) = days.split_last()?;
    if !daily(signal) || before.len() < LEAST_USUAL || days_between(*date, newest(evidence)) > 1 {
        return None;
    }
    let usual = numbers(before);
    let baseline = median(&usual)?;
    let spread = usual_spread(signal, &usual);
    let error = spread * (1.0 + FRAC_PI_2 / usual.len() as f64).sqrt();
    Some(Raw {
        value: *value,
        baseline: Some(baseline),
        unit: signal.unit.to_owned(),
        effect: (value - baseline).abs() / spread,
        p: two_sided((value - baseline) / error),
        interval: None,
        days: 1,
        span: Some((*date, *date)),
        baseline_days: days.len(),
    })
}

//! A slow rise or fall over weeks.

use super::inference::{kendall, two_sided};
use super::metric::{Raw, numbers, span, usual_spread};
use super::signal::{Signal, days_between};
use crate::evidence::Evidence;
use crate::statistics::theil_sen;

/// Least days with a value, and from the first to the last of them.
const LEAST: usize = 10;
const LEAST_SPAN: i64 = 14;

/// Theil–Sen's slope a week with the interval of Sen (1968); certain by Kendall's test (Mann 1945). The effect is the change over the
/// whole time in spreads.
pub(super) fn measure(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    let days = signal.values(evidence);
    let (first, last) = span(&days)?;
    let length = days_between(first, last);
    if days.len() < LEAST || length < LEAST_SPAN {
        return None;
    }
    let points: Vec<(f64, f64)> =
        days.iter().map(|(date, value)| (days_between(first, *date) as f64, *value)).collect();
    let slope = theil_sen(&points)?;
    let (_, z) = kendall(&points);
    Some(Raw {
        value: slope.per_unit * 7.0,
        baseline: None,
        unit: format!("{} a week", signal.unit),
        effect: (slope.per_unit * length as f64).abs() / usual_spread(signal, &numbers(&days)),
        p: two_sided(z),
        interval: Some((slope.low * 7.0, slope.high * 7.0)),
        days: days.len(),
        span: Some((first, last)),
        baseline_days: days.len(),
    })
}

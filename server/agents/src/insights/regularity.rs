//! How much nights differ from each other.

use super::inference::two_sided;
use super::metric::{Raw, numbers, span};
use super::signal::Signal;
use crate::evidence::Evidence;
use crate::statistics::spread;

/// Least nights.
const LEAST: usize = 10;
/// Minutes. Within half an hour is regular, beyond an hour is not (Huang et al., J Am Coll Cardiol 2020, compare bedtimes within 30
/// minutes with those above 60 and 90).
pub(super) const REGULAR: f64 = 30.0;
pub(super) const IRREGULAR: f64 = 60.0;

/// The spread of bedtimes; of the time asleep where no times are known. Held against the nearer of the two bounds. Its standard error
/// is 1.167 σ/√n of normal data, the median absolute deviation having 37 % of the efficiency of σ (Rousseeuw & Croux 1993).
pub(super) fn measure(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    if !matches!(signal.id, "bedtime" | "sleep") {
        return None;
    }
    let days = signal.values(evidence);
    let times_known = || super::signal::named("bedtime").is_some_and(|it| it.values(evidence).len() >= LEAST);
    if days.len() < LEAST || (signal.id == "sleep" && times_known()) {
        return None;
    }
    let value = spread(&numbers(&days))?;
    let bound = if value > (REGULAR + IRREGULAR) / 2.0 { IRREGULAR } else { REGULAR };
    let error = 1.167 * value.max(signal.floor) / (days.len() as f64).sqrt();
    Some(Raw {
        value,
        baseline: Some(bound),
        unit: "minutes".to_owned(),
        effect: (value - bound).abs() / error.max(1.0),
        p: two_sided((value - bound) / error),
        interval: Some(((value - 1.96 * error).max(0.0), value + 1.96 * error)),
        days: days.len(),
        span: span(&days),
        baseline_days: days.len(),
    })
}

//! A usual day against what guidelines ask for.

use super::inference::{sign_test, two_sided};
use super::metric::{Raw, numbers, span, usual_spread};
use super::signal::Signal;
use crate::behavior::guideline as behavior;
use crate::evidence::Evidence;
use crate::statistics::median;

/// Least days.
const LEAST: usize = 7;

/// What a signal is held against, in its unit.
///
/// Steps, active minutes and sleep: those of [`crate::behavior::guideline`], by age. Resting heart rate: 100 bpm, above which it is
/// called fast; told as advice only.
pub(super) fn guideline(signal: &Signal, age: Option<u8>) -> Option<f64> {
    match signal.id {
        "steps" => Some(behavior::STEPS),
        "active-minutes" => Some(behavior::active_minutes_a_week(age) / 7.0),
        "sleep" => Some(behavior::sleep_minutes(age).0),
        "resting-heart-rate" => Some(100.0),
        _ => None,
    }
}

/// The median of up to 30 days. Certain by the sign test on days above and below; the interval of the median by order statistics
/// (normal approximation of the binomial).
pub(super) fn measure(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    let asked = guideline(signal, evidence.profile.age)?;
    let days = signal.values(evidence);
    if days.len() < LEAST {
        return None;
    }
    let mut values = numbers(&days);
    let value = median(&values)?;
    let effect = (value - asked).abs() / usual_spread(signal, &values);
    let apart: Vec<f64> = values.iter().map(|v| v - asked).filter(|v| *v != 0.0).collect();
    let above = apart.iter().filter(|v| **v > 0.0).count();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let place = (n as f64 / 2.0 - 0.98 * (n as f64).sqrt()).floor().max(0.0) as usize;
    Some(Raw {
        value,
        baseline: Some(asked),
        unit: signal.unit.to_owned(),
        effect,
        p: two_sided(sign_test(above, apart.len())),
        interval: Some((values[place], values[n - 1 - place])),
        days: n,
        span: span(&days),
        baseline_days: n,
    })
}

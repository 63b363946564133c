//! Days in a row, and the best day in weeks.

use super::level::guideline;
use super::metric::{Raw, numbers, usual_spread};
use super::signal::{Signal, days_between, newest};
use crate::evidence::Evidence;

/// Least days in a row, and before them to know what is usual.
const LEAST_RUN: usize = 4;
const LEAST_BEFORE: usize = 7;
/// Least days for a best one to mean something, and how many of the last may hold it.
const LEAST_FOR_BEST: usize = 20;
const RECENT: usize = 3;

/// Signals with a goal for a day.
fn counted(signal: &Signal) -> bool {
    matches!(signal.id, "steps" | "active-minutes" | "sleep")
}

/// Days in a row that keep the guideline, up to the newest one. Chance: that as many days all keep it by themselves, given the share
/// of days before that did. So many steps as always are no news.
pub(super) fn measure(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    let goal = guideline(signal, evidence.profile.age).filter(|_| counted(signal))?;
    let days = signal.values(evidence);
    let newest_value = days.last()?.0;
    if days_between(newest_value, newest(evidence)) > 1 {
        return None;
    }
    let mut run = 0;
    for (i, (date, value)) in days.iter().rev().enumerate() {
        let in_a_row = days_between(*date, newest_value) == i as i64;
        if !in_a_row || *value < goal {
            break;
        }
        run += 1;
    }
    let (before, these) = days.split_at(days.len() - run);
    if run < LEAST_RUN || before.len() < LEAST_BEFORE {
        return None;
    }
    let kept = before.iter().filter(|(_, value)| *value >= goal).count();
    let usual = (kept as f64 + 0.5) / (before.len() as f64 + 1.0);
    Some(Raw {
        value: run as f64,
        baseline: None,
        unit: "days in a row".to_owned(),
        effect: run as f64 * (1.0 - usual),
        p: usual.powi(i32::try_from(run).unwrap_or(i32::MAX)),
        interval: None,
        days: days.len(),
        span: Some((these.first()?.0, newest_value)),
        baseline_days: days.len(),
    })
}

/// The highest of at least 20 days, on one of the last three, well above the second. Chance: that the highest falls there by itself.
pub(super) fn best(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    if !matches!(signal.id, "steps" | "active-minutes") {
        return None;
    }
    let days = signal.values(evidence);
    if days.len() < LEAST_FOR_BEST {
        return None;
    }
    let (date, value) = *days.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let others: Vec<_> = days.iter().filter(|(other, _)| *other != date).copied().collect();
    let second = numbers(&others).into_iter().fold(f64::MIN, f64::max);
    if days_between(date, newest(evidence)) >= RECENT as i64 {
        return None;
    }
    Some(Raw {
        value,
        baseline: Some(second),
        unit: signal.unit.to_owned(),
        effect: (value - second) / usual_spread(signal, &numbers(&others)),
        p: RECENT as f64 / days.len() as f64,
        interval: None,
        days: days.len(),
        span: Some((date, date)),
        baseline_days: days.len(),
    })
}

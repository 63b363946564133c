//! Days of the week that differ from the others.

use jiff::civil::{Date, Weekday};

use super::inference::{of_many, rank_sum, two_sided};
use super::metric::{Raw, numbers, span, usual_spread};
use super::signal::Signal;
use crate::evidence::Evidence;
use crate::statistics::median;

/// Least days of one weekday, and of all others.
const LEAST_OF_DAY: usize = 3;
const LEAST_OTHERS: usize = 10;
/// Least weekend days and weekdays.
const LEAST_WEEKEND: usize = 4;
const LEAST_WEEKDAYS: usize = 8;

/// Signals that a week can shape.
fn weekly(signal: &Signal) -> bool {
    matches!(signal.id, "steps" | "active-minutes" | "sleep" | "bedtime")
}

/// One weekday against the six others, the most striking of seven having been chosen.
pub(super) fn measure(evidence: &Evidence, signal: &Signal, day: Weekday) -> Option<Raw> {
    let least = (LEAST_OF_DAY, LEAST_OTHERS);
    apart(evidence, signal, |date| date.weekday() == day, least, WEEK)
}

const WEEK: usize = 7;

/// Saturday and Sunday against the rest. Of sleep and bedtime the mornings count: the nights that end on these days.
pub(super) fn weekend(evidence: &Evidence, signal: &Signal) -> Option<Raw> {
    let free = |date: Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    apart(evidence, signal, free, (LEAST_WEEKEND, LEAST_WEEKDAYS), 1)
}

fn apart(
    evidence: &Evidence,
    signal: &Signal,
    belongs: impl Fn(Date) -> bool,
    (least, least_others): (usize, usize),
    looked_at: usize,
) -> Option<Raw> {
    if !weekly(signal) {
        return None;
    }
    let days = signal.values(evidence);
    let (inside, outside): (Vec<_>, Vec<_>) = days.iter().partition(|(date, _)| belongs(*date));
    if inside.len() < least || outside.len() < least_others {
        return None;
    }
    let (these, others) = (numbers(&inside), numbers(&outside));
    let (value, baseline) = (median(&these)?, median(&others)?);
    Some(Raw {
        value,
        baseline: Some(baseline),
        unit: signal.unit.to_owned(),
        effect: (value - baseline).abs() / usual_spread(signal, &others),
        p: of_many(two_sided(rank_sum(&these, &others)), looked_at),
        interval: None,
        days: days.len(),
        span: span(&days),
        baseline_days: days.len(),
    })
}

//! Days in a row: at or above the usual steps, or below half of them.
//!
//! Counted back from the newest day with steps. One day without data neither counts nor ends a run; two in a row end it.

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::statistics::median;

const LEAST_DAYS: usize = 7;

/// The days of a run, oldest first, and the usual steps it is measured by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) days: Vec<Date>,
    pub(super) usual: f64,
}

/// At or above the usual steps. `None` below seven days with steps; a run may be empty.
pub(super) fn streak(evidence: &Evidence) -> Option<Run> {
    run(evidence, |steps, usual| steps >= usual)
}

/// Below half of the usual steps.
pub(super) fn lapse(evidence: &Evidence) -> Option<Run> {
    run(evidence, |steps, usual| steps < usual / 2.0)
}

fn run(evidence: &Evidence, belongs: fn(f64, f64) -> bool) -> Option<Run> {
    let days = Evidence::values(&evidence.days, |day| day.steps);
    let values: Vec<f64> = days.iter().map(|(_, steps)| *steps).collect();
    let usual = median(&values).filter(|_| values.len() >= LEAST_DAYS)?;
    let mut found: Vec<Date> = Vec::new();
    for (date, steps) in days.iter().rev() {
        let near = |later: &Date| later.since(*date).is_ok_and(|span| span.get_days() <= 2);
        if !belongs(*steps, usual) || !found.last().is_none_or(near) {
            break;
        }
        found.push(*date);
    }
    found.reverse();
    Some(Run { days: found, usual })
}

//! Hours of the day with much, or little, movement.

use super::inference::{of_many, sign_test, two_sided};
use super::metric::Raw;
use super::signal::named;
use crate::evidence::{DayRecord, Evidence};
use crate::statistics::median;

/// Blocks of three hours, by the hour they begin.
pub(super) const BLOCKS: [usize; 6] = [6, 9, 12, 15, 18, 21];
pub(super) const LENGTH: usize = 3;

/// Least days with hours, hours that a day must have, and steps: a day indoors has no shape.
const LEAST: usize = 10;
const LEAST_HOURS: usize = 16;
const LEAST_STEPS: f64 = 1_000.0;

/// Steps of the block, against what an even day would have there. Certain by the sign test on days above and below, the most striking
/// of six blocks having been chosen.
pub(super) fn measure(evidence: &Evidence, from: usize) -> Option<Raw> {
    let over = |day: &&DayRecord| day.worn && day.date < evidence.today;
    let days: Vec<_> = evidence
        .days
        .iter()
        .filter(over)
        .filter_map(|day| shape(day, from).map(|(here, even)| (day.date, here, even)))
        .collect();
    if days.len() < LEAST {
        return None;
    }
    let here: Vec<f64> = days.iter().map(|(_, here, _)| *here).collect();
    let even: Vec<f64> = days.iter().map(|(_, _, even)| *even).collect();
    let above = days.iter().filter(|(_, here, even)| here > even).count();
    let (value, baseline) = (median(&here)?, median(&even)?);
    Some(Raw {
        value,
        baseline: Some(baseline),
        unit: named("steps")?.unit.to_owned(),
        // An even block once more, or nothing in it, is an effect of 2.
        effect: 2.0 * (value - baseline).abs() / baseline.max(1.0),
        p: of_many(two_sided(sign_test(above, days.len())), BLOCKS.len()),
        interval: None,
        days: days.len(),
        span: Some((days.first()?.0, days.last()?.0)),
        baseline_days: days.len(),
    })
}

/// Steps in the block, and in an even one of the day's six. Hours without a reading have none where the day was worn.
fn shape(day: &DayRecord, from: usize) -> Option<(f64, f64)> {
    let known = day.steps_by_hour.iter().flatten().count();
    let sum = |hours: std::ops::Range<usize>| day.steps_by_hour[hours].iter().flatten().sum::<f64>();
    let all = sum(BLOCKS[0]..24);
    let shaped = known >= LEAST_HOURS && all >= LEAST_STEPS;
    shaped.then(|| (sum(from..from + LENGTH), all / BLOCKS.len() as f64))
}

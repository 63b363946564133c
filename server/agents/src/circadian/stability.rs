//! Whether nights come at the same time, have moved once or twice, or follow no rhythm.
//!
//! Own rule. Nights are stable when they lie within an hour and a quarter of their median on average; weekends four hours late
//! still are. Else they have moved when one or two changes leave stretches of at least four nights, each within three quarters of an
//! hour, at times that differ by an hour and a half or more. Weekly changing shifts make more changes than a journey does.

use super::Rhythm;
use crate::behavior::timing::Night;
use crate::statistics::{center, median, unwrapped};

const LEAST_NIGHTS: usize = 5;
const LEAST_STRETCH: usize = 4;
const MOST_OFF: f64 = 75.0;
const MOST_OFF_IN_STRETCH: f64 = 45.0;
const LEAST_MOVE: f64 = 90.0;

/// The rhythm, and the place of the first night of the present one.
pub(super) fn judge(nights: &[Night]) -> (Rhythm, usize) {
    if nights.len() < LEAST_NIGHTS {
        return (Rhythm::Unknown, 0);
    }
    let middles: Vec<f64> = nights.iter().map(Night::middle).collect();
    let Some(around) = center(&middles) else { return (Rhythm::Unknown, 0) };
    let middles = unwrapped(&middles, around);
    if off(&middles) <= MOST_OFF * middles.len() as f64 {
        return (Rhythm::Stable, 0);
    }
    match moved(&middles) {
        Some(since) => (Rhythm::Moved, since),
        None => (Rhythm::Irregular, nights.len() - 1),
    }
}

/// Sum of distances from the median.
fn off(middles: &[f64]) -> f64 {
    let Some(middle) = median(middles) else { return 0.0 };
    middles.iter().map(|at| (at - middle).abs()).sum()
}

/// Where the last of one or two changes is, when they explain the times.
fn moved(middles: &[f64]) -> Option<usize> {
    let n = middles.len();
    let mut best: Option<(f64, usize, usize)> = None;
    // The first stretch may be empty: then there is one change only.
    for first in std::iter::once(0).chain(LEAST_STRETCH..n) {
        for second in first + LEAST_STRETCH..(n + 1).saturating_sub(LEAST_STRETCH) {
            let cost = off(&middles[..first]) + off(&middles[first..second]) + off(&middles[second..]);
            if best.is_none_or(|(least, ..)| cost < least) {
                best = Some((cost, first, second));
            }
        }
    }
    let (_, first, second) = best?;
    let stretches = [&middles[..first], &middles[first..second], &middles[second..]];
    let tight = stretches.iter().all(|stretch| off(stretch) <= MOST_OFF_IN_STRETCH * stretch.len() as f64);
    let away = (median(stretches[1])? - median(stretches[2])?).abs() >= LEAST_MOVE;
    (tight && away).then_some(second)
}

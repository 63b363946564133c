//! What rises or falls over up to 30 days, and what changed at once.

use jiff::civil::Date;

use super::signal::Signal;
use super::{ChangePoint, Trend, TrendVerdict, round};
use crate::evidence::Evidence;
use crate::statistics::{median, pettitt, theil_sen};

pub(super) fn find(evidence: &Evidence) -> Vec<Trend> {
    Signal::ALL.into_iter().filter_map(|signal| of(evidence, signal)).collect()
}

/// Days since the first of them, and values.
fn points(days: &[(Date, f64)]) -> Vec<(f64, f64)> {
    let Some((first, _)) = days.first() else { return Vec::new() };
    let since = |date: &Date| date.since(*first).ok().map(|span| f64::from(span.get_days()));
    days.iter().filter_map(|(date, value)| Some((since(date)?, *value))).collect()
}

/// Theil–Sen over the worn days with a value; `None` below five.
pub(super) fn of(evidence: &Evidence, signal: Signal) -> Option<Trend> {
    let days = Evidence::values(&evidence.days, |day| signal.read(day));
    let slope = theil_sen(&points(&days))?;
    let matters = signal.matters_a_week();
    let (per_week, low, high) =
        (round(slope.per_unit * 7.0), round(slope.low * 7.0), round(slope.high * 7.0));
    let verdict = if low > 0.0 && per_week >= matters {
        TrendVerdict::Rising
    } else if high < 0.0 && per_week <= -matters {
        TrendVerdict::Falling
    } else if low.abs().max(high.abs()) <= 3.0 * matters {
        TrendVerdict::Steady
    } else {
        TrendVerdict::Unclear
    };
    Some(Trend {
        metric: signal.name().to_owned(),
        unit: signal.unit().to_owned(),
        per_week,
        low,
        high,
        days: u32::try_from(days.len()).unwrap_or(0),
        verdict,
        from: days.first().map(|(date, _)| *date),
        to: days.last().map(|(date, _)| *date),
    })
}

/// Fewer days show no change of level, only chance.
const LEAST_DAYS: usize = 14;
const LEAST_DAYS_A_SIDE: usize = 5;
const MOST_P_VALUE: f64 = 0.01;

pub(super) fn changes(evidence: &Evidence) -> Vec<ChangePoint> {
    Signal::ALL.into_iter().filter_map(|signal| change(evidence, signal)).collect()
}

/// A change of level by Pettitt's test that is certain (p < 0.01 of at least 14 days, five on each side), large enough to matter, and
/// fits the days better than a straight line does.
fn change(evidence: &Evidence, signal: Signal) -> Option<ChangePoint> {
    let days = Evidence::values(&evidence.days, |day| signal.read(day));
    let values: Vec<f64> = days.iter().map(|(_, value)| *value).collect();
    let step = pettitt(&values).filter(|_| values.len() >= LEAST_DAYS)?;
    let sides = (step.at, values.len() - step.at);
    let large = (step.after - step.before).abs() >= signal.matters_at_once();
    if sides.0.min(sides.1) < LEAST_DAYS_A_SIDE || step.p_value >= MOST_P_VALUE || !large {
        return None;
    }
    let level = |i: usize| if i < step.at { step.before } else { step.after };
    let off_levels: f64 = values.iter().enumerate().map(|(i, value)| (value - level(i)).abs()).sum();
    if off_levels > off_line(&points(&days))? {
        return None;
    }
    let (before, after) = (round(step.before), round(step.after));
    let word = if after > before { "up" } else { "down" };
    let on = days[step.at].0;
    let unit = signal.unit();
    Some(ChangePoint {
        metric: signal.name().to_owned(),
        unit: unit.to_owned(),
        on,
        before,
        after,
        p_value: (step.p_value * 10_000.0).ceil() / 10_000.0,
        days: u32::try_from(values.len()).unwrap_or(0),
        detail: format!(
            "your {} went {word} around then: from about {before:.0} to {after:.0} {unit}",
            signal.name()
        ),
    })
}

/// Distance of all points from the Theil–Sen line through their medians.
fn off_line(points: &[(f64, f64)]) -> Option<f64> {
    let slope = theil_sen(points)?.per_unit;
    let rest: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
    let height = median(&rest)?;
    Some(rest.iter().map(|y| (y - height).abs()).sum())
}

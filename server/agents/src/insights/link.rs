//! Two signals that go together. Never told as one bringing the other: days cannot show that.

use super::inference::{kendall, of_many, two_sided};
use super::metric::{Raw, numbers, span, usual_spread};
use super::signal::{days_between, named};
use super::story::Direction::{self, Down, Up};
use crate::evidence::Evidence;
use crate::statistics::{median, theil_sen};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Two signals, `second` so many days after `first`. The night that ends on a day is that day's.
pub(super) struct Link {
    pub(super) first: &'static str,
    pub(super) second: &'static str,
    pub(super) days_later: i64,
    /// Which way `second` must go with more of `first` for a person to have something to try.
    pub(super) promising: Direction,
}

/// A handful that people can act on, chosen before looking; each more would make all the others less certain.
pub(super) const LINKS: &[Link] = &[
    Link { first: "sleep", second: "steps", days_later: 0, promising: Up },
    Link { first: "bedtime", second: "steps", days_later: 0, promising: Down },
    Link { first: "steps", second: "sleep", days_later: 1, promising: Up },
    Link { first: "sleep", second: "resting-heart-rate", days_later: 0, promising: Down },
    Link { first: "active-minutes", second: "heart-rate-variability", days_later: 1, promising: Up },
    Link { first: "sleep", second: "energy", days_later: 0, promising: Up },
];

/// Least pairs of days.
const LEAST: usize = 14;
/// Least tau-b: weaker links are of no use to anybody.
pub(super) const LEAST_TAU: f64 = 0.3;

pub(super) fn between(first: &str, second: &str) -> Option<&'static Link> {
    LINKS.iter().find(|link| link.first == first && link.second == second)
}

/// The median of `second` after days with more of `first` than usual, against the other days. Certain by Kendall's test on what remains
/// of both without the difference of weekends and without their trend (Theil–Sen), corrected for the links that could be looked
/// at: two things that both rise, or both belong to weekends, are not linked by that.
pub(super) fn measure(evidence: &Evidence, link: &Link) -> Option<Raw> {
    let pairs = pairs(evidence, link);
    if pairs.len() < LEAST {
        return None;
    }
    let looked_at = LINKS.iter().filter(|link| self::pairs(evidence, link).len() >= LEAST).count();
    let (tau, z) = kendall(&without_trend(&pairs));
    let firsts: Vec<f64> = pairs.iter().map(|(_, first, _)| *first).collect();
    let middle = median(&firsts)?;
    let (more, less): (Vec<_>, Vec<_>) = pairs.iter().partition(|(_, first, _)| *first > middle);
    let seconds = |of: &[(Date, f64, f64)]| of.iter().map(|(_, _, second)| *second).collect::<Vec<_>>();
    let (value, baseline) = (median(&seconds(&more))?, median(&seconds(&less))?);
    let second = named(link.second)?;
    let agrees = tau.abs() >= LEAST_TAU && tau * (value - baseline) > 0.0;
    let all: Vec<(Date, f64)> = pairs.iter().map(|(date, _, second)| (*date, *second)).collect();
    agrees.then_some(Raw {
        value,
        baseline: Some(baseline),
        unit: second.unit.to_owned(),
        effect: (value - baseline).abs() / usual_spread(second, &numbers(&all)),
        p: of_many(two_sided(z), looked_at),
        interval: None,
        days: pairs.len(),
        span: span(&all),
        baseline_days: pairs.len(),
    })
}

/// The day of `second`, with both values.
fn pairs(evidence: &Evidence, link: &Link) -> Vec<(Date, f64, f64)> {
    let (Some(first), Some(second)) = (named(link.first), named(link.second)) else { return Vec::new() };
    let firsts = first.values(evidence);
    let before = |date: Date| {
        let wanted = date.checked_sub(link.days_later.days()).ok()?;
        firsts.binary_search_by_key(&wanted, |(day, _)| *day).ok().map(|place| firsts[place].1)
    };
    let of_day = |(date, value)| before(date).map(|first| (date, first, value));
    second.values(evidence).into_iter().filter_map(of_day).collect()
}

/// Each value from the median of its part of the week.
fn without_weekends(pairs: &[(Date, f64, f64)], values: &[f64]) -> Vec<f64> {
    let free = |i: usize| matches!(pairs[i].0.weekday(), Weekday::Saturday | Weekday::Sunday);
    let usual = |wanted: bool| {
        let of: Vec<f64> = (0..values.len()).filter(|i| free(*i) == wanted).map(|i| values[i]).collect();
        median(&of).unwrap_or(0.0)
    };
    let (weekdays, weekend) = (usual(false), usual(true));
    values.iter().enumerate().map(|(i, value)| value - if free(i) { weekend } else { weekdays }).collect()
}

fn without_trend(pairs: &[(Date, f64, f64)]) -> Vec<(f64, f64)> {
    let Some((start, _, _)) = pairs.first() else { return Vec::new() };
    let at: Vec<f64> = pairs.iter().map(|(date, _, _)| days_between(*start, *date) as f64).collect();
    let rest = |values: Vec<f64>| -> Vec<f64> {
        let values = without_weekends(pairs, &values);
        let points: Vec<_> = at.iter().copied().zip(values.iter().copied()).collect();
        let slope = theil_sen(&points).map_or(0.0, |slope| slope.per_unit);
        points.iter().map(|(x, y)| y - slope * x).collect()
    };
    let firsts = rest(pairs.iter().map(|(_, first, _)| *first).collect());
    let seconds = rest(pairs.iter().map(|(_, _, second)| *second).collect());
    firsts.into_iter().zip(seconds).collect()
}

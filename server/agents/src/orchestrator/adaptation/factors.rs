//! The measures behind an adaptation: each is known from enough, or not known.

use jiff::Unit;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Observed, PLATEAU_DAYS, thousandths};
use crate::behavior::{Focus, Trend, TrendVerdict};

/// Days before today that check-ins count from.
const FORTNIGHT: i64 = 14;
/// As the routine's evolution judges: this many check-ins on this many days.
const LEAST_CHECK_INS: usize = 5;
const LEAST_DAYS: usize = 3;
/// Before it, nobody knows whether a habit of checking in was begun.
const LEAST_AGE: i64 = 7;
const LEAST_RATINGS: usize = 3;

/// Shares are 0–1 and rounded to thousandths. Absent: not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AdaptationFactors)]
pub struct Factors {
    /// Of what was planned and checked in during 14 days: done 1, partial ½.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adherence: Option<f64>,
    /// Of these days, or of those since the first check-in, how many have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<f64>,
    /// Of the trends of what is worked on: better 1, steady ½, worse 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
    /// Mean rating of tasks and insights, 1 as 0 and 5 as 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<f64>,
    /// Of the check-ins, how many say done. Triggers a change, and is no part of the effectiveness: adherence holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<f64>,
    /// Mean rating, 1–5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
    /// 0–100, as the behavior analysis has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness: Option<u8>,
}

impl Factors {
    pub(super) fn of(observed: &Observed<'_>) -> Self {
        let back = |date: Date| {
            date.until((Unit::Day, observed.today)).map_or(i64::MAX, |span| i64::from(span.get_days()))
        };
        let past = observed.check_ins.iter().filter(|check_in| back(check_in.date) >= 1);
        let age = past.clone().map(|check_in| back(check_in.date)).max();
        let recent: Vec<_> = past.filter(|check_in| back(check_in.date) <= FORTNIGHT).collect();
        let mut days: Vec<Date> = recent.iter().map(|check_in| check_in.date).collect();
        days.sort_unstable();
        days.dedup();
        let judged = recent.len() >= LEAST_CHECK_INS && days.len() >= LEAST_DAYS;
        let mean = |values: &[f64]| thousandths(values.iter().sum::<f64>() / values.len() as f64);
        let credits: Vec<f64> = recent.iter().map(|check_in| check_in.status.credit()).collect();
        let whole: Vec<f64> = credits.iter().map(|credit| f64::from(u8::from(*credit >= 1.0))).collect();
        let ratings = recent.iter().filter_map(|check_in| check_in.rating);
        let ratings: Vec<f64> =
            ratings.chain(observed.insight_ratings.iter().copied()).map(f64::from).collect();
        let rating = (ratings.len() >= LEAST_RATINGS).then(|| mean(&ratings));
        Self {
            adherence: judged.then(|| mean(&credits)),
            success: judged.then(|| mean(&whole)),
            engagement: age
                .filter(|age| *age >= LEAST_AGE)
                .map(|age| thousandths(days.len() as f64 / age.min(FORTNIGHT) as f64)),
            progress: progress(observed),
            satisfaction: rating.map(|rating| thousandths((rating - 1.0) / 4.0)),
            rating,
            readiness: observed.behavior.and_then(|behavior| behavior.readiness.score),
        }
    }

    /// Those that make the effectiveness.
    pub(super) fn known(&self) -> Vec<(&'static str, f64)> {
        let all = [
            ("adherence", self.adherence),
            ("engagement", self.engagement),
            ("progress", self.progress),
            ("satisfaction", self.satisfaction),
        ];
        all.into_iter().filter_map(|(name, share)| Some((name, share?))).collect()
    }

    /// The mean of what is known, 0–1.
    pub fn effectiveness(&self) -> Option<f64> {
        let known = self.known();
        let sum: f64 = known.iter().map(|(_, share)| share).sum();
        (!known.is_empty()).then(|| thousandths(sum / known.len() as f64))
    }
}

/// The trends of what is worked on, each with whether more of it is better.
fn worked_on<'a>(observed: &Observed<'a>) -> Vec<(&'a Trend, bool)> {
    let Some(behavior) = observed.behavior else { return Vec::new() };
    let focused = |focuses: &[Focus]| behavior.priorities.iter().any(|it| focuses.contains(&it.focus));
    let matters = |metric: &str| match metric {
        "steps" | "active minutes" => focused(&[Focus::Activity, Focus::Sitting]).then_some(true),
        "sleep" => focused(&[Focus::Sleep]).then_some(true),
        "resting heart rate" => focused(&[Focus::Recovery]).then_some(false),
        _ => None,
    };
    let told = behavior.trends.iter().filter(|trend| trend.days >= PLATEAU_DAYS);
    told.filter_map(|trend| Some((trend, matters(&trend.metric)?))).collect()
}

fn progress(observed: &Observed<'_>) -> Option<f64> {
    let told: Vec<f64> = worked_on(observed)
        .into_iter()
        .filter_map(|(trend, more_is_better)| match trend.verdict {
            TrendVerdict::Rising => Some(f64::from(u8::from(more_is_better))),
            TrendVerdict::Falling => Some(f64::from(u8::from(!more_is_better))),
            TrendVerdict::Steady => Some(0.5),
            TrendVerdict::Unclear => None,
        })
        .collect();
    (!told.is_empty()).then(|| thousandths(told.iter().sum::<f64>() / told.len() as f64))
}

/// What is worked on and did not move: the metric, and over how many measured days.
pub(super) fn plateau(observed: &Observed<'_>) -> Option<(String, u32)> {
    let worked_on = worked_on(observed);
    let (trend, _) = worked_on.into_iter().find(|(trend, _)| trend.verdict == TrendVerdict::Steady)?;
    let mut letters = trend.metric.chars();
    let first = letters.next()?.to_uppercase().to_string();
    Some((first + letters.as_str(), trend.days))
}

//! Which archetype's demands the days already meet. Explained demand by demand; the bounds are own choices.

use domain::archetype::Archetype;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::metric::Metric;
use super::round;
use crate::evidence::Evidence;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArchetypeFit {
    pub current: Archetype,
    /// The archetype whose demands are nearest to what the data show; `None`: not enough data.
    pub suggested: Option<Archetype>,
    pub reason: String,
    /// Every archetype with its demands against the data; empty without enough of them.
    #[serde(default)]
    pub scores: Vec<FitScore>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FitScore {
    pub archetype: Archetype,
    /// 0–100: the mean of its demands, load counted twice.
    pub score: u8,
    pub demands: Vec<Demand>,
}

/// What an archetype's plans ask for, and what the data show of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Demand {
    pub asks: String,
    pub wanted: f64,
    pub shown: f64,
    pub unit: String,
    /// 0–1.
    pub met: f64,
}

/// Another archetype is suggested when it fits better by this many points.
const CLEARLY_BETTER: u8 = 10;
/// A load this far from what a person does is no fit at all, minutes a day.
const FAR: f64 = 120.0;

pub(super) fn of(evidence: &Evidence) -> ArchetypeFit {
    let current = evidence.archetype;
    let none = |reason: &str| ArchetypeFit {
        current,
        suggested: None,
        reason: reason.to_owned(),
        scores: Vec::new(),
    };
    let Some(active) = Metric::ActivePerDay.of(evidence) else {
        return none(
            "not enough active minutes measured to compare archetypes: three days of the last week are needed",
        );
    };
    let spread = Metric::StepsSpread.of(evidence).map(|shown| shown.value);
    let sleep = Metric::SleepPerNight.of(evidence).map(|shown| shown.value);
    let scores: Vec<FitScore> =
        Archetype::ALL.into_iter().map(|archetype| score(archetype, active.value, spread, sleep)).collect();
    let of = |wanted: Archetype| scores.iter().find(|fit| fit.archetype == wanted).map_or(0, |fit| fit.score);
    // The first of several, so that the gentler one is suggested.
    let best = Archetype::ALL
        .into_iter()
        .fold(current, |best, archetype| if of(archetype) > of(best) { archetype } else { best });
    let suggested = if of(best) >= of(current).saturating_add(CLEARLY_BETTER) { best } else { current };
    let reason = format!(
        "{:.0} active minutes on a usual day; {suggested} plans ask for {} minutes of everything",
        active.value,
        suggested.minutes_per_day()
    );
    ArchetypeFit { current, suggested: Some(suggested), reason, scores }
}

fn score(archetype: Archetype, active: f64, spread: Option<f64>, sleep: Option<f64>) -> FitScore {
    let demand = |asks: &str, unit: &str, wanted: f64, shown: f64, met: f64| Demand {
        asks: asks.to_owned(),
        wanted: round(wanted),
        shown: round(shown),
        unit: unit.to_owned(),
        met: (met.clamp(0.0, 1.0) * 100.0).round() / 100.0,
    };
    let complexity = f64::from(archetype.complexity());
    // A plan holds gentle things beside the active ones: about twice the active minutes.
    let (minutes, fair) = (f64::from(archetype.minutes_per_day()), active * 2.0);
    let mut demands = vec![demand(
        "a plan near to what you do",
        "minutes a day",
        minutes,
        fair,
        1.0 - (minutes - fair).abs() / FAR,
    )];
    if let Some(spread) = spread {
        // The more a plan is built on, the steadier the days must be: 69 % for complexity 3, 27 % for 9.
        let most = 90.0 - 7.0 * complexity;
        demands.push(demand("days no more uneven than", "percent", most, spread, most / spread.max(1.0)));
    }
    if let Some(sleep) = sleep {
        let (asks, wanted, met) = if archetype == Archetype::ResilienceRebuilder {
            ("a need for rest: nights shorter than", 390.0, 0.5 + (390.0 - sleep) / 120.0)
        } else {
            let wanted = 330.0 + 10.0 * complexity;
            ("sleep for what it asks: at least", wanted, 1.0 - (wanted - sleep) / 120.0)
        };
        demands.push(demand(asks, "minutes", wanted, sleep, met));
    }
    let points: f64 = demands.iter().map(|demand| demand.met).sum::<f64>() + demands[0].met;
    let score = (100.0 * points / (demands.len() + 1) as f64).round() as u8;
    FitScore { archetype, score, demands }
}

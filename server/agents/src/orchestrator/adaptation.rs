//! What to change next, and why: read from check-ins, ratings, readiness and trends, never from a feeling.
//!
//! Effectiveness is the mean of what is known among adherence, engagement, progress and satisfaction; what is not known has
//! no part in it, and when nothing is known the answer is "not enough data". Triggers and levels are those of the first
//! HolisticOS's adaptation engine, which never ran: adherence below 40 % (urgent), success below 50 %, engagement below
//! 40 %, a plateau of 7 days, ratings of at most 4 of 10; at least 0.8 is excellent, 0.6 good, 0.4 moderate.

mod factors;
mod validate;

use domain::check_in::CheckIn;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::behavior::BehaviorAnalysis;

pub use factors::Factors;
pub use validate::validate;

/// More at once is more than a person changes.
pub const MOST_CHANGES: usize = 3;
const LEAST_ADHERENCE: f64 = 0.40;
const LEAST_SUCCESS: f64 = 0.50;
const LEAST_ENGAGEMENT: f64 = 0.40;
/// 4 of 10 on our scale of 1 to 5.
const LEAST_RATING: f64 = 2.0;
/// Measured days over which what is worked on did not move.
const PLATEAU_DAYS: u32 = 7;

/// What it is read from.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The person's local day: it is not over, so nothing of it counts.
    pub today: Date,
    pub check_ins: &'a [CheckIn],
    /// 1 (bad) to 5 (good), of insights of the last 30 days.
    pub insight_ratings: &'a [u8],
    /// Of this run; `None`: that step gave nothing.
    pub behavior: Option<&'a BehaviorAnalysis>,
    /// What was said the last time.
    pub before: Option<&'a Adaptation>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Adaptation {
    pub verdict: Verdict,
    pub factors: Factors,
    /// 0–1, the mean of the known factors; absent: none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effectiveness: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// How much more than the last time; absent: one of the two is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_last: Option<f64>,
    /// At most three, the most urgent first.
    pub changes: Vec<Change>,
    /// One or two sentences with the numbers.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AdaptationVerdict)]
pub enum Verdict {
    NotEnoughData,
    /// Nothing speaks for a change.
    Keep,
    Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = EffectivenessLevel)]
pub enum Level {
    Excellent,
    Good,
    Moderate,
    Low,
}

impl Level {
    pub fn of(effectiveness: f64) -> Self {
        match effectiveness {
            0.8.. => Self::Excellent,
            0.6.. => Self::Good,
            0.4.. => Self::Moderate,
            _ => Self::Low,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::Moderate => "moderate",
            Self::Low => "low",
        }
    }
}

/// What is to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AdaptationChange)]
pub struct Change {
    pub trigger: Trigger,
    pub urgency: Urgency,
    /// At most 200 characters.
    pub what: String,
    /// With the number that made it necessary. At most 200 characters.
    pub why: String,
}

/// In the order in which changes are made when there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AdaptationTrigger)]
pub enum Trigger {
    LowAdherence,
    LowReadiness,
    NegativeFeedback,
    LowSuccess,
    LowEngagement,
    Plateau,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    High,
    Medium,
    Low,
}

impl Trigger {
    pub fn urgency(self) -> Urgency {
        match self {
            Self::LowAdherence => Urgency::High,
            Self::Plateau => Urgency::Low,
            Self::LowReadiness | Self::NegativeFeedback | Self::LowSuccess | Self::LowEngagement => {
                Urgency::Medium
            }
        }
    }
}

/// What follows from what was observed.
pub fn adapt(observed: &Observed<'_>) -> Adaptation {
    let factors = Factors::of(observed);
    let effectiveness = factors.effectiveness();
    let level = effectiveness.map(Level::of);
    let mut changes: Vec<Change> = triggers(observed, &factors)
        .into_iter()
        .map(|(trigger, why)| Change {
            trigger,
            urgency: trigger.urgency(),
            what: remedy(trigger).to_owned(),
            why,
        })
        .collect();
    changes.truncate(MOST_CHANGES);
    let verdict = match (changes.is_empty(), effectiveness) {
        (false, _) => Verdict::Change,
        (true, Some(_)) => Verdict::Keep,
        (true, None) => Verdict::NotEnoughData,
    };
    let before = observed.before.and_then(|before| before.effectiveness);
    let since_last = effectiveness.zip(before).map(|(now, before)| thousandths(now - before));
    let reason = reason(verdict, &factors, effectiveness.zip(level), &changes);
    Adaptation { verdict, factors, effectiveness, level, since_last, changes, reason }
}

/// Each trigger that holds, in its order, with the number behind it.
fn triggers(observed: &Observed<'_>, factors: &Factors) -> Vec<(Trigger, String)> {
    let mut found = Vec::new();
    let low = |share: Option<f64>, least: f64| share.filter(|share| *share < least);
    let low_adherence = low(factors.adherence, LEAST_ADHERENCE);
    if let Some(share) = low_adherence {
        found.push((
            Trigger::LowAdherence,
            format!("{} of what was planned in 14 days was done, below 40 %.", percent(share)),
        ));
    }
    if let Some(score) = factors.readiness.filter(|score| *score < 50) {
        found.push((Trigger::LowReadiness, format!("Readiness is {score} of 100, below 50.")));
    }
    if let Some(rating) = factors.rating.filter(|rating| *rating <= LEAST_RATING) {
        found.push((Trigger::NegativeFeedback, format!("The mean rating is {rating:.1} of 5, at most 2.")));
    }
    if let Some(share) = low(factors.success, LEAST_SUCCESS) {
        found.push((
            Trigger::LowSuccess,
            format!("{} of the tasks were done whole in 14 days, below 50 %.", percent(share)),
        ));
    }
    if let Some(share) = low(factors.engagement, LEAST_ENGAGEMENT) {
        found.push((
            Trigger::LowEngagement,
            format!("There was a check-in on {} of the days, below 40 %.", percent(share)),
        ));
    }
    // More of the same is no answer where the plan is not done at all.
    if low_adherence.is_none()
        && let Some((metric, days)) = factors::plateau(observed)
    {
        found.push((Trigger::Plateau, format!("{metric} did not move over {days} measured days.")));
    }
    found
}

fn remedy(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::LowAdherence => "Keep at most three tasks, each in its smallest version, for a week.",
        Trigger::LowReadiness => "Make the next days lighter: rest and gentle movement first.",
        Trigger::NegativeFeedback => {
            "Leave out what was rated worst, and try another kind of task in its place."
        }
        Trigger::LowSuccess => "Make the tasks small enough to be done whole.",
        Trigger::LowEngagement => "Ask for one check-in a day, at a fixed time.",
        Trigger::Plateau => {
            "Change one thing about it: its time, its length or its kind, and look again after a week."
        }
    }
}

fn reason(verdict: Verdict, factors: &Factors, measured: Option<(f64, Level)>, changes: &[Change]) -> String {
    let known: Vec<String> =
        factors.known().into_iter().map(|(name, share)| format!("{name} {}", percent(share))).collect();
    let measure = measured.map(|(effectiveness, level)| {
        format!(
            "Effectiveness is {} ({}), from {}.",
            percent(effectiveness),
            level.as_str(),
            known.join(", ")
        )
    });
    match (verdict, measure) {
        (_, None) if changes.is_empty() => {
            "Not enough data: too few check-ins, ratings and trends to say what works.".to_owned()
        }
        (_, None) => "Too little is known to say what works; what is known speaks for a change.".to_owned(),
        (Verdict::Change, Some(measure)) => measure,
        (_, Some(measure)) => format!("{measure} Nothing speaks for a change."),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests;

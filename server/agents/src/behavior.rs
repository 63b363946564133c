//! The behavior agent: what a person does, whether it changes, and what matters most, each with its evidence.
//!
//! "Not enough data" is an answer. Every number that is claimed can be found in the evidence; the validator checks it.

mod advice;
mod fit;
pub(crate) mod guideline;
pub(crate) mod metric;
mod next_step;
mod patterns;
mod priorities;
pub(crate) mod readiness;
mod remembered;
pub(crate) mod rhythm;
mod signal;
mod streak;
mod strengths;
pub(crate) mod timing;
mod trends;
mod validate;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::data_quality::{self, DataQuality};
use crate::evidence::Evidence;
use crate::memory::MemoryUsed;

pub use fit::{ArchetypeFit, Demand, FitScore};
pub use guideline::Guideline;
pub use metric::{Metric, holds};
pub use readiness::{Mode, Readiness, ReadinessPart};
pub use validate::validate;

/// Of the planner: a stored answer of another version is made anew. Raise it when the same evidence gives another answer.
pub const VERSION: u32 = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BehaviorAnalysis {
    /// One or two sentences for the person.
    pub summary: String,
    pub data_quality: DataQuality,
    pub patterns: Vec<Pattern>,
    pub trends: Vec<Trend>,
    /// Where a level changed at once; only what is large and certain.
    #[serde(default)]
    pub change_points: Vec<ChangePoint>,
    pub readiness: Readiness,
    pub archetype_fit: ArchetypeFit,
    /// At most four.
    pub strengths: Vec<Strength>,
    /// At most three, most important first.
    pub priorities: Vec<Priority>,
    /// What should be talked over with a professional, said plainly. Never a diagnosis.
    pub professional_advice: Vec<String>,
    /// What was told or is remembered and stands in for what is not measured, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memories: Vec<MemoryUsed>,
}

/// A habit as the data show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pattern {
    pub kind: PatternKind,
    /// `None`: not enough data to say.
    pub verdict: Option<String>,
    pub detail: String,
    pub evidence: Option<MetricEvidence>,
    /// Further figures of the same habit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<MetricEvidence>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PatternKind {
    SleepDuration,
    /// How long nights are, from one to the next.
    SleepRegularity,
    /// When they are.
    SleepTiming,
    /// Weekends against weekdays, in the middle of sleep.
    SocialJetlag,
    ActivityConsistency,
    /// How the hours of the day repeat themselves.
    ActivityRhythm,
    WeekdayWeekend,
    Streak,
}

/// Numbers behind a statement. `metric` is a name of [`Metric`], which says how they are computed from the days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricEvidence {
    pub metric: String,
    pub value: f64,
    pub unit: String,
    /// What is usual for this person, or the guideline, in the same unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Days that the value rests on.
    pub days: u32,
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trend {
    pub metric: String,
    pub unit: String,
    /// Change per week with its 95 % interval (Theil–Sen).
    pub per_week: f64,
    pub low: f64,
    pub high: f64,
    pub days: u32,
    pub verdict: TrendVerdict,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
}

/// A level that changed from one day to the next (Pettitt 1979).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangePoint {
    pub metric: String,
    pub unit: String,
    /// The first day of the new level.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Medians before it and from it on.
    pub before: f64,
    pub after: f64,
    /// Of the test, below 0.01; rounded up to four places.
    pub p_value: f64,
    pub days: u32,
    pub detail: String,
}

/// What goes well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Strength {
    pub text: String,
    pub evidence: MetricEvidence,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guideline: Option<Guideline>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrendVerdict {
    Rising,
    Falling,
    /// The interval contains zero and is narrow.
    Steady,
    /// The interval is too wide to say.
    Unclear,
}

/// What to work on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Priority {
    pub focus: Focus,
    pub title: String,
    pub why: String,
    /// Why it weighs more than its figure alone: it has come back, or stayed, for weeks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurs: Option<String>,
    /// The next step, in the tone and size of the archetype.
    pub next_step: String,
    pub evidence: MetricEvidence,
    /// What the figure is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline: Option<Guideline>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Focus {
    Sleep,
    SleepRegularity,
    Activity,
    Sitting,
    Consistency,
    Recovery,
}

/// The analysis of what the evidence shows.
pub fn analyse(evidence: &Evidence) -> BehaviorAnalysis {
    let data_quality = data_quality::assess(evidence);
    let patterns = patterns::find(evidence);
    let readiness = readiness::assess(evidence);
    let priorities = priorities::choose(evidence, &readiness);
    let strengths = strengths::find(evidence);
    BehaviorAnalysis {
        notes: remembered::notes(evidence),
        memories: remembered::used(evidence, &priorities),
        summary: summary(evidence, &data_quality, &priorities, &strengths),
        trends: trends::find(evidence),
        change_points: trends::changes(evidence),
        archetype_fit: fit::of(evidence),
        professional_advice: advice::of(evidence),
        data_quality,
        patterns,
        readiness,
        strengths,
        priorities,
    }
}

fn summary(
    evidence: &Evidence,
    quality: &DataQuality,
    priorities: &[Priority],
    strengths: &[Strength],
) -> String {
    if evidence.anchor.is_none() {
        return "There is no data yet. Wear the device for a few days, or send scores; until then plans rest on your profile.".to_owned();
    }
    if quality.worn_days < 3 {
        return format!(
            "Only {} of the last {} days have data: too few to see habits. What follows is careful on purpose.",
            quality.worn_days, quality.window_days
        );
    }
    let strength =
        strengths.first().map(|strength| format!("Going well: {} ", strength.text)).unwrap_or_default();
    match priorities.first() {
        Some(first) => format!("{strength}First thing to work on: {}.", first.title.to_lowercase()),
        None => format!("{strength}Nothing stands out that needs work: keep going."),
    }
}

/// Median of a signal over worn days, with the days it rests on.
pub(crate) fn measured(
    evidence: &Evidence,
    metric: &str,
    unit: &str,
    signal: impl Fn(&crate::evidence::DayRecord) -> Option<f64>,
) -> Option<MetricEvidence> {
    let window = Evidence::values(evidence.window(), &signal);
    if window.len() < 3 {
        return None;
    }
    let values: Vec<f64> = window.iter().map(|(_, value)| *value).collect();
    let usual: Vec<f64> =
        Evidence::values(evidence.baseline(), &signal).into_iter().map(|(_, value)| value).collect();
    Some(MetricEvidence {
        metric: metric.to_owned(),
        value: crate::statistics::median(&values).map(round)?,
        unit: unit.to_owned(),
        baseline: if usual.len() >= 5 { crate::statistics::median(&usual).map(round) } else { None },
        days: u32::try_from(values.len()).unwrap_or(0),
        from: window.first().map(|(date, _)| *date),
        to: window.last().map(|(date, _)| *date),
    })
}

/// Minutes as hours and minutes: `7:05`.
fn hours(minutes: f64) -> String {
    let whole = minutes.round();
    format!("{:.0}:{:02.0}", (whole / 60.0).floor(), whole % 60.0)
}

pub(crate) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests;

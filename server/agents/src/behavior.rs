//! The behavior agent: what a person does, whether it changes, and what matters most, each with its evidence.
//!
//! "Not enough data" is an answer. Every number that is claimed can be found in the evidence; the validator checks it.

mod patterns;
mod priorities;
mod readiness;

use domain::archetype::Archetype;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::data_quality::{self, DataQuality};
use crate::evidence::Evidence;
use crate::violation::Violation;

pub use readiness::{Mode, Readiness};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BehaviorAnalysis {
    /// One or two sentences for the person.
    pub summary: String,
    pub data_quality: DataQuality,
    pub patterns: Vec<Pattern>,
    pub trends: Vec<Trend>,
    pub readiness: Readiness,
    pub archetype_fit: ArchetypeFit,
    pub strengths: Vec<String>,
    /// At most three, most important first.
    pub priorities: Vec<Priority>,
    /// What should be talked over with a professional, said plainly. Never a diagnosis.
    pub professional_advice: Vec<String>,
}

/// A habit as the data show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pattern {
    pub kind: PatternKind,
    /// `None`: not enough data to say.
    pub verdict: Option<String>,
    pub detail: String,
    pub evidence: Option<MetricEvidence>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PatternKind {
    SleepDuration,
    SleepRegularity,
    ActivityConsistency,
    WeekdayWeekend,
    Streak,
}

/// Numbers behind a statement.
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArchetypeFit {
    pub current: Archetype,
    /// The archetype whose demands are nearest to what the data show; `None`: not enough data.
    pub suggested: Option<Archetype>,
    pub reason: String,
}

/// What to work on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Priority {
    pub focus: Focus,
    pub title: String,
    pub why: String,
    /// The next step, in the tone and size of the archetype.
    pub next_step: String,
    pub evidence: MetricEvidence,
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
    let strengths = priorities::strengths(evidence);
    BehaviorAnalysis {
        summary: summary(evidence, &data_quality, &priorities, &strengths),
        trends: patterns::trends(evidence),
        archetype_fit: priorities::archetype_fit(evidence),
        professional_advice: priorities::professional_advice(evidence),
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
    strengths: &[String],
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
    let strength = strengths.first().map(|strength| format!("Going well: {strength} ")).unwrap_or_default();
    match priorities.first() {
        Some(first) => format!("{strength}First thing to work on: {}.", first.title.to_lowercase()),
        None => format!("{strength}Nothing stands out that needs work: keep going."),
    }
}

/// Everything an analysis must keep, whoever wrote it.
pub fn validate(analysis: &BehaviorAnalysis, evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    if analysis.priorities.len() > 3 {
        found.push(Violation::new("behavior.priorities", "more than three"));
    }
    let evidences = analysis.priorities.iter().map(|priority| &priority.evidence);
    for shown in evidences.chain(analysis.patterns.iter().filter_map(|pattern| pattern.evidence.as_ref())) {
        if !shown.value.is_finite() || shown.baseline.is_some_and(|baseline| !baseline.is_finite()) {
            found.push(Violation::new("behavior.number", shown.metric.clone()));
        }
        let known = |date: &Date| evidence.days.iter().any(|day| day.date == *date);
        if shown.from.iter().chain(shown.to.iter()).any(|date| !known(date)) {
            found.push(Violation::new(
                "behavior.days",
                format!("{} rests on days without data", shown.metric),
            ));
        }
        if usize::try_from(shown.days).unwrap_or(usize::MAX) > evidence.days.len() {
            found.push(Violation::new(
                "behavior.days",
                format!("{} rests on more days than there are", shown.metric),
            ));
        }
    }
    if analysis.readiness.score.is_some_and(|score| score > 100) {
        found.push(Violation::new("behavior.readiness", "above 100"));
    }
    for trend in &analysis.trends {
        if !(trend.low <= trend.per_week && trend.per_week <= trend.high) {
            found.push(Violation::new("behavior.trend", trend.metric.clone()));
        }
    }
    found
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

pub(crate) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests;

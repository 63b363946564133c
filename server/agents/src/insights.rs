//! The insights agent: a few things worth knowing, each against what is usual for this person.
//!
//! Fewer is fine, and none is an honest answer. The same insight is not given twice, by wording or by meaning.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::behavior::{BehaviorAnalysis, Focus, MetricEvidence, PatternKind, TrendVerdict};
use crate::evidence::Evidence;
use crate::violation::Violation;

pub const LEAST_ACTIONABILITY: f64 = 0.70;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Insight {
    /// The person's own name for it; given by the service before it is stored.
    pub id: String,
    pub category: Category,
    /// At most 60 characters.
    pub title: String,
    /// At most 200 characters.
    pub content: String,
    pub evidence: MetricEvidence,
    /// 0–1; at least what the release asks for.
    pub confidence: f64,
    /// 0–1; at least 0.7.
    pub actionability: f64,
    pub priority: Priority,
    pub next_step: String,
    pub content_hash: String,
    /// What it means, apart from its wording: category, metric and direction.
    pub meaning: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    Sleep,
    Activity,
    Energy,
    Routine,
    Recovery,
    Motivation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    Low,
    Medium,
    High,
}

/// An insight given before, and what the person thought of it.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownInsight {
    pub content_hash: String,
    pub meaning: String,
    pub category: Category,
    /// 1 (bad) to 5 (good).
    pub rating: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InsightRun {
    pub insights: Vec<Insight>,
    /// Candidates looked at.
    pub considered: u32,
    /// Why candidates were left out, by reason.
    pub left_out: Vec<String>,
}

pub fn extract(evidence: &Evidence, behavior: &BehaviorAnalysis, known: &[KnownInsight]) -> InsightRun {
    let mut candidates = candidates(behavior);
    let considered = u32::try_from(candidates.len()).unwrap_or(0);
    for candidate in &mut candidates {
        let disliked = known
            .iter()
            .filter(|known| known.category == candidate.category && known.rating.is_some_and(|r| r <= 2));
        candidate.confidence -= 0.05 * disliked.count() as f64;
    }
    candidates.sort_by(|a, b| b.priority.cmp(&a.priority).then(b.confidence.total_cmp(&a.confidence)));
    let (mut insights, mut left_out): (Vec<Insight>, Vec<String>) = (Vec::new(), Vec::new());
    let mut meanings: HashSet<String> = known.iter().map(|known| known.meaning.clone()).collect();
    let hashes: HashSet<&str> = known.iter().map(|known| known.content_hash.as_str()).collect();
    let most = usize::try_from(evidence.settings.insights_per_run).unwrap_or(5);
    for candidate in candidates {
        let reason = if candidate.confidence < evidence.settings.insight_confidence {
            "not confident enough"
        } else if hashes.contains(candidate.content_hash.as_str())
            || !meanings.insert(candidate.meaning.clone())
        {
            "already said"
        } else if insights.len() >= most {
            "more important ones came first"
        } else {
            insights.push(candidate);
            continue;
        };
        left_out.push(format!("{}: {reason}", candidate.title));
    }
    InsightRun { insights, considered, left_out }
}

fn candidates(behavior: &BehaviorAnalysis) -> Vec<Insight> {
    let mut found = Vec::new();
    for priority in &behavior.priorities {
        let category = match priority.focus {
            Focus::Sleep | Focus::SleepRegularity => Category::Sleep,
            Focus::Activity | Focus::Sitting => Category::Activity,
            Focus::Consistency => Category::Routine,
            Focus::Recovery => Category::Recovery,
        };
        let level = if found.is_empty() { Priority::High } else { Priority::Medium };
        found.push(insight(
            category,
            &priority.title,
            &priority.why,
            &priority.evidence,
            level,
            &priority.next_step,
            "improve",
        ));
    }
    for pattern in &behavior.patterns {
        let (Some(verdict), Some(shown)) = (&pattern.verdict, &pattern.evidence) else { continue };
        let told = match (pattern.kind, verdict.as_str()) {
            (PatternKind::WeekdayWeekend, "quieter weekends") => {
                ("Weekends are your quiet days", "Plan one pleasant outing for Saturday or Sunday.")
            }
            (PatternKind::WeekdayWeekend, "busier weekends") => {
                ("Weekends carry your activity", "Move a little of it to a weekday.")
            }
            (PatternKind::SleepDuration, "in the recommended range") => {
                ("Your sleep is long enough", "Keep the bedtime that gives you this.")
            }
            (PatternKind::ActivityConsistency, "steady") => {
                ("Your days are steady", "Use the steadiness: add one small thing at a fixed time.")
            }
            _ => continue,
        };
        let category =
            if pattern.kind == PatternKind::SleepDuration { Category::Sleep } else { Category::Activity };
        found.push(insight(
            category,
            told.0,
            &sentence(&pattern.detail),
            shown,
            Priority::Medium,
            told.1,
            verdict,
        ));
    }
    for trend in &behavior.trends {
        let (direction, word) = match trend.verdict {
            TrendVerdict::Rising => ("rising", "go up"),
            TrendVerdict::Falling => ("falling", "go down"),
            TrendVerdict::Steady | TrendVerdict::Unclear => continue,
        };
        let shown = MetricEvidence {
            metric: format!("{} per week", trend.metric),
            value: trend.per_week,
            unit: trend.unit.clone(),
            baseline: Some(0.0),
            days: trend.days,
            from: None,
            to: None,
        };
        let title = format!("Your {} {word}", trend.metric);
        let content =
            format!("By about {:.0} {} a week over {} days.", trend.per_week.abs(), trend.unit, trend.days);
        let step = if direction == "rising" {
            "Notice what made it possible, and keep that."
        } else {
            "Look at what changed in the last two weeks."
        };
        found.push(insight(Category::Motivation, &title, &content, &shown, Priority::Low, step, direction));
    }
    found
}

fn insight(
    category: Category,
    title: &str,
    content: &str,
    evidence: &MetricEvidence,
    priority: Priority,
    next_step: &str,
    direction: &str,
) -> Insight {
    let content = bounded(content, 200);
    let content_hash = content_hash(title, &content);
    // More days, more confidence: 3 days 0.75, a week 0.85, a month 0.95.
    let confidence = (0.95 - 0.6 / f64::from(evidence.days.max(1))).clamp(0.5, 0.95);
    Insight {
        id: content_hash[..16].to_owned(),
        category,
        title: bounded(title, 60),
        content,
        evidence: evidence.clone(),
        confidence: (confidence * 100.0).round() / 100.0,
        actionability: if priority == Priority::Low { 0.7 } else { 0.85 },
        priority,
        next_step: next_step.to_owned(),
        meaning: format!("{category:?}/{}/{direction}", evidence.metric).to_lowercase(),
        content_hash,
    }
}

/// Of the words that a person reads.
pub(crate) fn content_hash(title: &str, content: &str) -> String {
    hex::encode(Sha256::digest(format!("{title}\n{content}").as_bytes()))
}

fn bounded(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most - 1).collect();
    format!("{cut}…")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

pub fn validate(run: &InsightRun, evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    if run.insights.len() > 5 {
        found.push(Violation::new("insights.count", "more than five"));
    }
    let mut meanings = HashSet::new();
    for insight in &run.insights {
        let short = insight.title.chars().count() <= 60 && insight.content.chars().count() <= 200;
        let sure = insight.confidence >= evidence.settings.insight_confidence
            && insight.actionability >= LEAST_ACTIONABILITY;
        if !short || !sure || !insight.evidence.value.is_finite() || !meanings.insert(&insight.meaning) {
            found.push(Violation::new("insights.insight", insight.id.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior;
    use crate::evidence::sample;
    use domain::archetype::Archetype;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn valid_for_everybody_and_never_said_twice(seed: u64, archetype in prop::sample::select(Archetype::ALL.to_vec())) {
            let evidence = sample::evidence(seed, archetype);
            let behavior = behavior::analyse(&evidence);
            let first = extract(&evidence, &behavior, &[]);
            prop_assert_eq!(validate(&first, &evidence), vec![]);
            let known: Vec<_> = first.insights.iter().map(|insight| KnownInsight {
                content_hash: insight.content_hash.clone(),
                meaning: insight.meaning.clone(),
                category: insight.category,
                rating: None,
            }).collect();
            let second = extract(&evidence, &behavior, &known);
            prop_assert!(second.insights.iter().all(|insight| known.iter().all(|known| known.meaning != insight.meaning)));
        }
    }
}

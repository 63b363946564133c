//! The insights agent: a few things worth knowing, each against what is usual for this person.
//!
//! Everything that [`metric::Metric`] names is measured; what matters to a person becomes a story with words and a next step; what is
//! certain and can be acted on is ranked by importance, confidence and what the person's reactions taught; at most five
//! are given. Fewer is fine, and none is an honest answer that says why. The same thing is not said twice.

mod adherence;
mod change;
mod hours;
mod inference;
mod learned;
mod level;
mod lifecycle;
mod link;
mod metric;
mod rank;
mod regularity;
mod score;
mod signal;
mod step;
mod story;
mod streak;
mod trend;
mod validate;
mod weekday;
mod words;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::behavior::BehaviorAnalysis;
use crate::evidence::Evidence;

pub use learned::Reactions;
pub use lifecycle::{Category, Kind, KnownInsight, Priority, State};
pub use metric::{BaselineQuality, InsightEvidence, Strength};
pub use rank::ranking;
pub use story::Tone;
pub use validate::validate;

pub const LEAST_ACTIONABILITY: f64 = 0.70;
/// Insights of one run, whatever a release allows.
pub const MOST: usize = 5;

/// Of the planner: a stored answer of another version is made anew. Raise it when the same evidence gives another answer.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Insight {
    /// The person's own name for it; given by the service before it is stored.
    pub id: String,
    pub category: Category,
    pub kind: Kind,
    pub tone: Tone,
    /// At most 60 characters.
    pub title: String,
    /// At most 200 characters.
    pub content: String,
    pub evidence: InsightEvidence,
    pub strength: Strength,
    /// 0–1; at least what the release asks for. From certainty and the quality of the baseline.
    pub confidence: f64,
    /// 0–1; at least 0.7.
    pub actionability: f64,
    pub priority: Priority,
    /// At most 200 characters.
    pub next_step: String,
    pub content_hash: String,
    /// What it means, apart from its wording: category, subject, direction and size, as `sleep/bedtime/up/clear`.
    pub meaning: String,
    pub ranking: Ranking,
    /// Days after which it is not shown any more.
    pub valid_days: u32,
}

/// Why an insight stands where it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ranking {
    /// importance × confidence × usefulness.
    pub score: f64,
    /// 0–1, from effect, goal and the behavior analysis' priorities.
    pub importance: f64,
    /// What the person's reactions to the like of it taught; 1 without any.
    pub usefulness: f64,
    /// In words, for the console.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InsightRun {
    /// Best first.
    pub insights: Vec<Insight>,
    /// Figures looked at.
    pub considered: u32,
    /// Why candidates were left out, each with its title.
    pub left_out: Vec<String>,
    /// Why there is no insight, when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none_because: Option<String>,
}

impl Insight {
    /// Category, subject and direction: two insights of one topic say the same.
    pub fn topic(&self) -> &str {
        topic_of(&self.meaning)
    }
}

/// The topic in a meaning.
pub fn topic_of(meaning: &str) -> &str {
    meaning.rsplit_once('/').map_or(meaning, |(topic, _)| topic)
}

/// The insights of this person now. `known`: what was given before and how it was taken, of at least the last 30 days.
pub fn extract(evidence: &Evidence, behavior: &BehaviorAnalysis, known: &[KnownInsight]) -> InsightRun {
    let (stories, considered) = story::all(evidence);
    let zone = evidence.profile.zone();
    let reactions = Reactions { known, check_ins: &evidence.check_ins, zone: &zone, now: evidence.now };
    let mut candidates: Vec<Insight> =
        stories.iter().map(|story| insight(evidence, behavior, story, &reactions)).collect();
    rank::sort(&mut candidates);
    let most = usize::try_from(evidence.settings.insights_per_run).unwrap_or(MOST).min(MOST);
    // A person's own words can stand in a title; what breaks a rule by them is left out, not the whole run.
    let broken = |insight: &Insight| !validate::words(insight).is_empty();
    let (unfit, fit): (Vec<_>, Vec<_>) = candidates.into_iter().partition(broken);
    let (insights, mut left_out) = rank::choose(evidence, fit, known, most);
    left_out
        .extend(unfit.iter().map(|insight| format!("{}: breaks a rule of wording", insight.evidence.metric)));
    let none_because = insights.is_empty().then(|| none_because(evidence, considered, &left_out));
    InsightRun { insights, considered, left_out, none_because }
}

fn insight(
    evidence: &Evidence,
    behavior: &BehaviorAnalysis,
    story: &story::Story,
    reactions: &Reactions<'_>,
) -> Insight {
    let (title, content) = words::of(evidence, story);
    let (title, content) = (bounded(&title, 60), bounded(&content, 200));
    let content_hash = content_hash(&title, &content);
    let importance = score::importance(evidence, story, step::priority_of(behavior, story));
    let mut insight = Insight {
        id: content_hash[..16].to_owned(),
        category: story.category,
        kind: story.kind,
        tone: story.tone,
        title,
        content,
        evidence: story.measured.evidence.clone(),
        strength: story.measured.strength,
        confidence: score::confidence(&story.measured.strength),
        actionability: score::actionability(evidence, story),
        priority: Priority::of(importance),
        next_step: step::next(behavior, story),
        content_hash,
        meaning: story.meaning(),
        ranking: Ranking { score: 0.0, importance, usefulness: 1.0, reason: String::new() },
        valid_days: story.kind.valid_days(),
    };
    insight.ranking = rank::ranking(&insight, reactions);
    insight
}

fn none_because(evidence: &Evidence, considered: u32, left_out: &[String]) -> String {
    if evidence.days.is_empty() && evidence.check_ins.is_empty() && evidence.scores.is_empty() {
        return "There is no data yet. Wear the device for a week, or send scores and check-ins.".to_owned();
    }
    let with_data = evidence.days.iter().filter(|day| day.worn).count();
    if considered == 0 {
        return format!("{with_data} days of data are too few to know what is usual; a week is the least.");
    }
    let said = left_out.iter().filter(|line| line.ends_with("already said")).count();
    if said > 0 {
        return format!("What stands out was said before ({said}), and nothing new came since.");
    }
    format!(
        "{considered} figures of {with_data} days were looked at, and none differs from what is usual clearly enough to tell."
    )
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

#[cfg(test)]
mod tests;

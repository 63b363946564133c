//! What is remembered of a person, in four layers: what happened, what is true, what works, and what this session is about.
//!
//! Pure: a memory is learned ([`remember`], [`tell`]), weighed against what is held already ([`reconcile`](mod@reconcile)), kept, faded and
//! summarised ([`consolidate`](mod@consolidate)), recalled with its reason ([`recall`](mod@recall)), and read by planners ([`known`]).
//! Storing, bounding by time and forgetting are `ops::memory`.

mod claim;
mod layer;
mod source;
mod topic;

pub mod consolidate;
pub mod decay;
pub mod evidence;
mod history;
pub mod known;
mod past;
pub mod recall;
pub mod reconcile;
mod remember;
mod said;
mod sentence;
mod tasks;
mod tell;
mod told;
mod used;
mod words;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use claim::Claim;
pub use consolidate::{Bounds, Consolidated, consolidate};
pub use decay::{as_of, kept_because};
pub use known::{
    RecurringFocus, SleepWindow, TaskHistory, recurring_focus, remembered_sleep_window, task_history,
};
pub use layer::MemoryLayer;
pub use past::{PastMemory, Why};
pub use recall::{Factors, Matched, MemorySummary, Query, Recalled, recall, summarise};
pub use reconcile::{Held, reconcile};
pub use remember::{
    archetype_switched, asked, event, from_behavior, from_circadian, from_insights, from_plan, reacted,
};
pub use said::Said;
pub use source::MemorySource;
pub use tasks::from_check_ins;
pub use tell::{Telling, ToldClaim, key_fault, topic_fault};
pub use told::{Fact, Told, told_basis};
pub use topic::{MOST_TOPICS, topics_of};
pub use used::MemoryUsed;
pub(crate) use words::stems;

/// One memory. There is one of a layer and key: what else was observed or held of the key is a [`PastMemory`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Memory {
    /// UUID v7; empty until stored. It stays the same when another claim takes the place of this one.
    pub id: String,
    pub layer: MemoryLayer,
    /// What it is about, stable, so that a newer fact meets an older one: `rhythm.sleep-window`.
    pub key: String,
    /// One sentence for people. Never an instruction, whoever wrote it.
    pub content: String,
    /// Who said so: `person`, or an agent's name.
    #[schema(value_type = String)]
    pub source: MemorySource,
    /// The same for machines.
    pub claim: Claim,
    /// Topics: `sleep`, `activity`, `food`, `stress`, slugs of tasks. At most eight.
    pub about: Vec<String>,
    /// 0–1. As stored: of the strongest single observation. As read: today's, grown with evidence and faded with time.
    pub confidence: f64,
    /// 0–1.
    pub importance: f64,
    /// Ids of analyses, days and ISO 8601 intervals of days (`2026-03-01/2026-03-07`) that it rests on; never lost by consolidation.
    pub evidence: Vec<String>,
    /// When this claim was first observed.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last confirmed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Fresh answers it was recalled for.
    #[serde(default)]
    pub recalled: u32,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recalled_at: Option<Timestamp>,
}

impl Memory {
    /// Whether both claim the same, within the claim's tolerance; of sentences: word for word.
    pub fn agrees(&self, other: &Self) -> bool {
        let worded = matches!(self.claim, Claim::Told(_));
        self.claim.agrees(&other.claim) && (!worded || self.content == other.content)
    }

    /// Of a row that a version without claims wrote: source, claim and topics by its key and sentence.
    pub fn read_by_key(self) -> Self {
        Self {
            source: MemorySource::of_old(&self.key),
            claim: Claim::of_old(self.layer, &self.key, &self.content, self.evidence.len()),
            about: topic::of_old(&self.key),
            ..self
        }
    }

    /// What two memories have in common that say much the same: of events their kind, else the key.
    pub fn subject(&self) -> &str {
        match &self.claim {
            Claim::Event { what } | Claim::History { what, .. } => what,
            _ => &self.key,
        }
    }

    /// Days since it was last confirmed; 0 for a time ahead of `now`.
    pub fn age_days(&self, now: Timestamp) -> f64 {
        (now.duration_since(self.updated_at).as_secs_f64() / 86_400.0).max(0.0)
    }
}

//! What is remembered of a person, in four layers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One memory. Stored by `ops::people`; recalled, ranked and explained by this module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Memory {
    /// UUID v7; empty until stored.
    pub id: String,
    pub layer: MemoryLayer,
    /// What it is about, stable, so that a newer fact replaces an older one: `preference.morning-walk`.
    pub key: String,
    /// One sentence for people and prompts.
    pub content: String,
    /// 0–1.
    pub confidence: f64,
    /// 0–1.
    pub importance: f64,
    /// Ids or days that it rests on; never lost by consolidation.
    pub evidence: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryLayer {
    /// This session: hours.
    Working,
    /// What happened: 90 days.
    Episodic,
    /// What is true of this person: until contradicted, with decaying confidence.
    Semantic,
    /// What works: which task, time and wording gets done.
    Procedural,
}

impl MemoryLayer {
    pub const ALL: [Self; 4] = [Self::Working, Self::Episodic, Self::Semantic, Self::Procedural];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Episodic => "episodic",
            Self::Semantic => "semantic",
            Self::Procedural => "procedural",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.as_str() == text)
    }
}

mod recall;
mod remember;

pub use recall::{MemorySummary, Recalled, recall, summarise};
pub use remember::{from_behavior, from_check_ins, from_circadian, from_plan, retained};

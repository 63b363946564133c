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

//! What is no longer held, with when and why: so that a person can be told what was believed of them before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Memory;

/// Kept for a while after it left; its evidence with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PastMemory {
    /// With an id of its own: the id that it had as a memory is its successor's.
    pub memory: Memory,
    #[schema(value_type = String, format = DateTime)]
    pub left_at: Timestamp,
    pub why: Why,
    /// One sentence.
    pub reason: String,
    /// Key of the memory that has its evidence or its place now.
    pub replaced_by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It was held until another claim weighed more.
    Superseded,
    /// It was observed, and what is held weighed more. It comes back when more speaks for it.
    Contradicted,
    /// Nothing had confirmed it for so long that its confidence fell below 0.2.
    Faded,
    /// What happened is in a month's history now.
    Summarised,
    /// A task that nobody reported on for 180 days.
    Untouched,
    /// There were more than the bound, and it was the weakest.
    CrowdedOut,
}

impl Why {
    pub const ALL: [Self; 6] = [
        Self::Superseded,
        Self::Contradicted,
        Self::Faded,
        Self::Summarised,
        Self::Untouched,
        Self::CrowdedOut,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Superseded => "superseded",
            Self::Contradicted => "contradicted",
            Self::Faded => "faded",
            Self::Summarised => "summarised",
            Self::Untouched => "untouched",
            Self::CrowdedOut => "crowded-out",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

impl PastMemory {
    pub(super) fn of(
        memory: Memory,
        left_at: Timestamp,
        why: Why,
        reason: impl Into<String>,
        by: Option<&str>,
    ) -> Self {
        let memory = Memory { id: String::new(), ..memory };
        Self { memory, left_at, why, reason: reason.into(), replaced_by: by.map(str::to_owned) }
    }
}

//! The six archetypes: for whom a plan is, and how much of it.

mod meaning;
mod switch;

pub use switch::{Compatibility, Strategy, Transition};

use crate::field_error::FieldError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of person a plan is written for.
/// Source of the figures: `docs/agents.md`, taken over from the first HolisticOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Archetype {
    FoundationBuilder,
    ResilienceRebuilder,
    ConnectedExplorer,
    TransformationSeeker,
    SystematicImprover,
    PeakPerformer,
}

impl Archetype {
    pub const ALL: [Self; 6] = [
        Self::FoundationBuilder,
        Self::ResilienceRebuilder,
        Self::ConnectedExplorer,
        Self::TransformationSeeker,
        Self::SystematicImprover,
        Self::PeakPerformer,
    ];

    /// The name that apps send and people read: `Foundation Builder`.
    pub fn name(self) -> &'static str {
        match self {
            Self::FoundationBuilder => "Foundation Builder",
            Self::ResilienceRebuilder => "Resilience Rebuilder",
            Self::ConnectedExplorer => "Connected Explorer",
            Self::TransformationSeeker => "Transformation Seeker",
            Self::SystematicImprover => "Systematic Improver",
            Self::PeakPerformer => "Peak Performer",
        }
    }

    /// Accepts the name with spaces, `_` or `-`, in any case.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let wanted = text.trim().to_ascii_lowercase().replace(['_', '-'], " ");
        Self::ALL.into_iter().find(|a| a.name().to_ascii_lowercase() == wanted).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            FieldError::new("archetype", format!("must be one of: {names}"))
        })
    }

    /// How demanding a plan may be, 1–10.
    pub fn complexity(self) -> u8 {
        match self {
            Self::FoundationBuilder => 3,
            Self::ResilienceRebuilder => 4,
            Self::ConnectedExplorer => 5,
            Self::TransformationSeeker => 6,
            Self::SystematicImprover => 8,
            Self::PeakPerformer => 9,
        }
    }

    /// Minutes of plan per day.
    pub fn minutes_per_day(self) -> u32 {
        match self {
            Self::FoundationBuilder => 45,
            Self::ResilienceRebuilder | Self::ConnectedExplorer => 60,
            Self::SystematicImprover => 75,
            Self::TransformationSeeker => 90,
            Self::PeakPerformer => 120,
        }
    }

    /// Whether an analysis made for `self` still serves after a switch to `other`.
    pub fn compatible_with(self, other: Self) -> bool {
        use Archetype::{
            ConnectedExplorer, FoundationBuilder, PeakPerformer, ResilienceRebuilder, SystematicImprover,
            TransformationSeeker,
        };
        self == other
            || matches!(
                (self, other),
                (FoundationBuilder, ResilienceRebuilder | SystematicImprover)
                    | (ResilienceRebuilder | SystematicImprover, FoundationBuilder)
                    | (PeakPerformer, SystematicImprover)
                    | (SystematicImprover, PeakPerformer)
                    | (TransformationSeeker, ConnectedExplorer)
                    | (ConnectedExplorer, TransformationSeeker)
            )
    }
}

impl fmt::Display for Archetype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Archetype {
    type Error = FieldError;
    fn try_from(text: String) -> Result<Self, FieldError> {
        Self::parse(&text)
    }
}

impl From<Archetype> for String {
    fn from(archetype: Archetype) -> String {
        archetype.name().to_owned()
    }
}

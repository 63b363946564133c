//! Incidents: how bad, how far, and by when somebody must have acted.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// P0 is the worst. The clocks are those of the runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Severity {
    P0,
    P1,
    P2,
    P3,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::P0, Self::P1, Self::P2, Self::P3];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::P0 => "P0",
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }

    /// Within this, people must feel it no longer.
    pub fn mitigate_within(self) -> SignedDuration {
        match self {
            Self::P0 => SignedDuration::from_mins(15),
            Self::P1 => SignedDuration::from_hours(1),
            Self::P2 => SignedDuration::from_hours(24),
            Self::P3 => SignedDuration::from_hours(72),
        }
    }

    /// Within this, its cause must be gone.
    pub fn resolve_within(self) -> SignedDuration {
        match self {
            Self::P0 => SignedDuration::from_hours(1),
            Self::P1 => SignedDuration::from_hours(4),
            Self::P2 => SignedDuration::from_hours(24),
            Self::P3 => SignedDuration::from_hours(72),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum IncidentState {
    Open,
    Acknowledged,
    Resolved,
}

impl IncidentState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }

    /// A state that we did not write counts as open: it must not be overlooked.
    pub fn read(text: &str) -> Self {
        match text {
            "acknowledged" => Self::Acknowledged,
            "resolved" => Self::Resolved,
            _ => Self::Open,
        }
    }
}

/// Time left until `opened_at + within`; negative when it has passed.
pub fn time_left(opened_at: Timestamp, within: SignedDuration, now: Timestamp) -> SignedDuration {
    within - now.duration_since(opened_at)
}

//! A release as it is stored and shown.

use domain::release::AgentSettings;
use domain::release_line::{Move, ReleaseLine};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// What an operator asks for.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    pub settings: AgentSettings,
    /// What changes and why, 3–500 characters.
    pub note: String,
}

/// Immutable: a change is another release.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Release {
    /// `r-<year>.<month>.<number>`, UTC: `r-2026.03.1`.
    pub id: String,
    pub settings: AgentSettings,
    pub note: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: String,
    /// SHA-256 of the stored settings, checked whenever they are read.
    pub content_hash: String,
    /// The settings as stored.
    #[serde(skip)]
    pub(super) text: String,
}

impl Release {
    pub(super) fn new(
        id: String,
        new: NewRelease,
        created_at: Timestamp,
        created_by: String,
    ) -> Result<Self> {
        let text = serde_json::to_string(&new.settings)
            .map_err(|error| Error::internal("writing a release's settings", error))?;
        let content_hash = hash(&text);
        Ok(Self { id, settings: new.settings, note: new.note, created_at, created_by, content_hash, text })
    }
}

pub(super) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseStatus {
    /// Every admission gets it.
    Served,
    /// A rollback would go here.
    Previous,
    /// Rolled back from; restoring would bring it back.
    RolledBack,
    Retired,
}

/// A release in the list.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReleaseInfo {
    #[serde(flatten)]
    pub release: Release,
    pub status: ReleaseStatus,
    pub served: bool,
}

impl ReleaseInfo {
    pub(super) fn new(release: Release, line: &ReleaseLine) -> Self {
        let id = Some(release.id.as_str());
        let status = if line.current() == id {
            ReleaseStatus::Served
        } else if line.previous() == id {
            ReleaseStatus::Previous
        } else if line.restorable() == id {
            ReleaseStatus::RolledBack
        } else {
            ReleaseStatus::Retired
        };
        Self { release, served: status == ReleaseStatus::Served, status }
    }
}

/// One move of the pointer, for the history and the change strip.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReleaseMove {
    pub action: Move,
    /// In force from here on.
    pub release_id: String,
    /// In force before; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub by: String,
    pub reason: String,
}

/// A rollback that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RolledBack {
    pub from: String,
    pub to: String,
}

/// A rollback taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Restored {
    pub from: String,
    pub to: String,
}

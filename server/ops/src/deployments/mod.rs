//! Which build served when, and how it came and went: what charts, KPIs and the audit log call a deployment.
//!
//! A process writes its row when it serves, is seen again every half minute, and says why it ended. One that was killed
//! says nothing: its row has no end, and it is *silent*, not serving.

mod service;
mod store;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use service::{Upgraded, ask_upgrade, process_started, serving_here, upgrade_of};

/// Version and commit of a binary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Build {
    pub version: String,
    /// The commit it was built from, `-dirty` when files were changed since; `unknown` when it was built without git.
    pub revision: String,
}

impl std::fmt::Display for Build {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.version, self.revision)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Started by itself: by a person, a service manager, a container.
    Start,
    /// Started by the process before it, whose socket it took over.
    Upgrade,
}

impl How {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Upgrade => "upgrade",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Starting,
    Serving,
    /// Not heard of for too long and never said that it ended: killed, or its machine is gone.
    Silent,
    /// Asked to stop, and did.
    Stopped,
    /// Another process took its place.
    HandedOver,
    /// Never took the place it was started for.
    Failed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Silent => "silent",
            Self::Stopped => "stopped",
            Self::HandedOver => "handed-over",
            Self::Failed => "failed",
        }
    }
}

/// One process that served, or was to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deployment {
    pub id: String,
    pub how: How,
    pub state: State,
    /// Absent: it ended before it said what it is.
    pub build: Option<Build>,
    /// Who or what asked for it; absent: nobody said.
    pub asked_by: Option<String>,
    /// The deployment whose place it took.
    pub predecessor: Option<String>,
    pub host: String,
    pub pid: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    pub begun_at: Timestamp,
    /// When it began to serve; absent: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ready_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Why it ended or failed.
    pub detail: String,
}

/// How a process that serves ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stopped,
    HandedOver,
    Failed,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::HandedOver => "handed-over",
            Self::Failed => "failed",
        }
    }
}

/// An upgrade that this process has begun: what its successor must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    pub id: String,
    pub asked_by: Option<String>,
}

/// How it is after an upgrade that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aftermath {
    /// The new process had taken over before it was gone.
    pub served: bool,
    /// The old one was asked to stop meanwhile.
    pub stops: bool,
}

impl Aftermath {
    /// What `who` does now, what was lost, and what to do.
    pub fn words(self, who: &str) -> String {
        let does = match self.stops {
            true => "finishes what is under way and stops, as it was asked to",
            false => "goes on serving",
        };
        let lost = match self.served {
            true => "connections that the new process had taken ended with it: their apps must ask again",
            false => "nothing was lost",
        };
        let advice = if self.stops { "" } else { ". Mend the cause and upgrade again" };
        format!("{who} {does}, {lost}{advice}")
    }
}

/// What this process is, once it serves.
#[derive(Default)]
pub struct Deployments {
    own: OnceLock<(String, Build)>,
}

impl Deployments {
    /// Absent where nobody serves, as in commands.
    pub fn build(&self) -> Option<&Build> {
        self.own.get().map(|(_, build)| build)
    }

    pub fn id(&self) -> Option<&str> {
        self.own.get().map(|(id, _)| id.as_str())
    }
}

/// How often a process that serves says so.
pub(crate) const SEEN_EVERY: std::time::Duration = std::time::Duration::from_secs(30);
/// After three of these nobody can say whether it serves.
const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(100);
/// As long as roll-ups are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

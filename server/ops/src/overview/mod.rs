//! The verdict: what the first screen says, in words and figures.
//!
//! One pass over the last hour, a state for everything that matters, and one sentence on top. What was not measured
//! is said to be unknown: no zero stands for "nobody looked".

mod agents;
#[cfg(test)]
mod measured;
mod models;
mod outside;
mod signals;
#[cfg(test)]
mod tests;
mod verdict;

pub use agents::AgentRow;
pub use models::{ModelNow, ModelsAndCache};
pub use outside::{ChangeRow, OpenIncident, Outside, Spend};
pub use signals::{Signal, SystemRow};
pub use verdict::{Inputs, Targets, Verdict, verdict};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Result;
use crate::telemetry::{Filter, Window};

/// How something is, as a colour, an icon and a word show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    Ok,
    Unknown,
    Warn,
    Bad,
}

impl Tone {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    pub fn chart(self) -> crate::charts::Tone {
        match self {
            Self::Ok => crate::charts::Tone::Ok,
            Self::Unknown => crate::charts::Tone::Unknown,
            Self::Warn => crate::charts::Tone::Warn,
            Self::Bad => crate::charts::Tone::Bad,
        }
    }
}

impl From<domain::health::Status> for Tone {
    fn from(status: domain::health::Status) -> Self {
        use domain::health::Status;
        match status {
            Status::Ok => Self::Ok,
            Status::Unknown => Self::Unknown,
            Status::Degraded => Self::Warn,
            Status::Failing => Self::Bad,
        }
    }
}

/// The first screen.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    pub environment: String,
    /// Everything shown is made by the demo.
    pub demo: bool,
    pub verdict: Verdict,
    /// Traffic, errors, latency, memory: each with its last hour.
    pub signals: Vec<Signal>,
    /// The last hour of each agent.
    pub agents: Vec<AgentRow>,
    /// Ourselves, what we depend on, and money.
    pub system: Vec<SystemRow>,
    /// What writes the answers, and what was not written twice.
    pub models: ModelsAndCache,
    pub spend: Option<Spend>,
    pub incidents: Vec<OpenIncident>,
    /// What agents give up now because sums of the service fill, the longest first.
    pub degrade: Vec<crate::cost::ActiveStep>,
    /// The last 60 minutes, newest first.
    pub changes: Vec<ChangeRow>,
}

impl crate::Ops {
    /// The first screen, as of this moment.
    pub async fn overview(&self) -> Result<Overview> {
        let now = self.clock.now();
        let hour = self.last_hour(now).await?;
        let recent_window = Window::last(now, SignedDuration::from_mins(5));
        let recent = self.by_agent(recent_window).await?;
        let together = self.summary(recent_window, &Filter::default()).await?;
        let health = self.health_now();
        let outside = self.outside(now).await?;
        let targets = Targets::of(&self.config);
        let verdict = verdict(&Inputs {
            health: &health,
            recent: &together,
            agents: &recent,
            spend: outside.spend.as_ref(),
            shutoffs: &outside.shutoffs,
            incidents: &outside.incidents,
            targets,
        });
        let host = self.host_now();
        Ok(Overview {
            as_of: now,
            environment: self.config.server.environment.clone(),
            demo: self.config.demo,
            verdict,
            signals: signals::signals(&hour, &together, host.as_ref(), targets, self.telemetry_running()),
            agents: agents::rows(&hour, &recent, &health, &outside, targets),
            system: signals::system(
                &health,
                self.db.engine(),
                self.telemetry.dropped(),
                outside.spend.as_ref(),
            ),
            models: self.models_and_cache(now).await?,
            degrade: self.degrade_steps_now().await?,
            spend: outside.spend,
            incidents: outside.incidents,
            changes: outside.changes,
        })
    }

    /// Whether requests would be noticed: the tasks that keep them report.
    fn telemetry_running(&self) -> bool {
        let now = self.clock.now();
        self.jobs.heartbeats().get("telemetry-buckets").is_some_and(|beat| !beat.silent(now))
    }
}

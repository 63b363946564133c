//! How good what agents give is, and whether it changes: for one agent and one window, its traffic, how its plans and a model's
//! words were judged, how people took it, the drift of its outputs, and the releases it answered under.
//!
//! Counts are of answers, never of people: no id, no value, no text. They are made in memory while an answer is, written every ten
//! seconds, and kept by hour for thirty days; what a kill takes is at most the last ten seconds. Requests, costs and degraded answers
//! are telemetry's own figures.

mod by_release;
mod counts;
mod drift;
mod feedback;
mod prompt;
mod quality;
mod report;
mod span;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use by_release::AgentRelease;
pub(crate) use counts::{Counts, Fate};
pub use drift::{Bin, FeatureDrift};
pub use prompt::{PromptNow, PromptPart};
pub use quality::{BrokenRule, Measure};
pub use report::{AgentReport, EngineShare};
pub use span::Span;

use crate::error::Result;

/// Long enough to look back at what an incident was about; a row per hour and combination that occurred.
const KEEP_HOURS: i64 = 30 * 24;
pub(crate) const HOUR: i64 = 3_600_000;

impl crate::Ops {
    pub(crate) fn start_agent_quality_jobs(&self) {
        let write = |ops: crate::Ops| async move { ops.flush_agent_counts().await };
        self.jobs.every("agent-counts", Duration::from_secs(10), self.clock.clone(), write, self);
        let trim = |ops: crate::Ops| async move { ops.drop_old_agent_counts().await };
        self.jobs.every_on_duty(
            "agent-counts-retention",
            Duration::from_secs(600),
            self.clock.clone(),
            trim,
            self,
        );
    }

    pub(crate) async fn drop_old_agent_counts(&self) -> Result<()> {
        store::delete_before(&self.db, self.clock.now_ms() - KEEP_HOURS * HOUR).await
    }
}

//! The orchestrator: all agents as one workflow, with a record per step. A failed step degrades its own part only.
//!
//! memory → behavior, circadian → routine, nutrition → insights → memory. Running the steps is the service's part; this
//! module says in which order, and what the whole came to.

use domain::agent::Agent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The steps in their order. Recall comes first, remembering happens as each step is stored.
pub const STEPS: [Agent; 6] =
    [Agent::Memory, Agent::Behavior, Agent::Circadian, Agent::Routine, Agent::Nutrition, Agent::Insights];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    Ok,
    Failed,
    /// The deadline of the whole, or a limit of the run, was reached before it began.
    Skipped,
    /// Its agent was stopped when its turn came.
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepRecord {
    pub agent: Agent,
    pub status: StepStatus,
    pub attempts: u32,
    /// From the start of the workflow, milliseconds.
    pub start_ms: f64,
    pub duration_ms: f64,
    /// Why it failed, without health values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The model that wrote this part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Why this part is less than it would normally be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded_reason: Option<String>,
}

/// Why the whole is degraded; `None`: every step succeeded.
pub fn degraded_reason(steps: &[StepRecord]) -> Option<String> {
    let without = |stopped: bool, why: &str| {
        let missing = steps.iter().filter(|step| step.status != StepStatus::Ok);
        let missing = missing.filter(|step| (step.status == StepStatus::Stopped) == stopped);
        let missing: Vec<&str> = missing.map(|step| step.agent.as_str()).collect();
        (!missing.is_empty()).then(|| format!("without {}: {why}", missing.join(", ")))
    };
    let failed = without(false, "that step did not succeed");
    let stopped = without(true, "that agent is stopped");
    let both: Vec<String> = failed.into_iter().chain(stopped).collect();
    (!both.is_empty()).then(|| both.join("; "))
}

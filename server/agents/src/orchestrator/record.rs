//! What is kept of a workflow: one record per step, and the sum of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The steps, in the order in which they begin.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Read what memory knows.
    Recall,
    Behavior,
    Circadian,
    Routine,
    Nutrition,
    Insights,
    /// Write what was learnt.
    Remember,
}

impl StepKind {
    pub const ALL: [Self; 7] = [
        Self::Recall,
        Self::Behavior,
        Self::Circadian,
        Self::Routine,
        Self::Nutrition,
        Self::Insights,
        Self::Remember,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Behavior => "behavior",
            Self::Circadian => "circadian",
            Self::Routine => "routine",
            Self::Nutrition => "nutrition",
            Self::Insights => "insights",
            Self::Remember => "remember",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    Ok,
    /// There is an answer, but a lesser one; `error` says why.
    Degraded,
    Failed,
    /// Never begun.
    Skipped,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepRecord {
    pub step: StepKind,
    pub status: StepStatus,
    /// 0 when skipped.
    pub attempts: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// All attempts and the pauses between them.
    pub duration_ms: u64,
    /// For people, without health values.
    pub error: Option<String>,
}

impl StepRecord {
    pub fn gave_an_answer(&self) -> bool {
        matches!(self.status, StepStatus::Ok | StepStatus::Degraded)
    }
}

/// The whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WorkflowReport {
    pub status: WorkflowStatus,
    /// Always all seven, in the order of [`StepKind::ALL`].
    pub steps: Vec<StepRecord>,
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    pub duration_ms: u64,
    pub deadline_exceeded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkflowStatus {
    /// Every step is ok.
    Complete,
    /// At least one analysis or plan has an answer.
    Partial,
    /// None has.
    Failed,
}

impl WorkflowReport {
    pub(super) fn new(
        steps: Vec<StepRecord>,
        started_at: Timestamp,
        ended_at: Timestamp,
        deadline: Timestamp,
    ) -> Self {
        let memory = |step| matches!(step, StepKind::Recall | StepKind::Remember);
        let status = if steps.iter().all(|record| record.status == StepStatus::Ok) {
            WorkflowStatus::Complete
        } else if steps.iter().any(|record| !memory(record.step) && record.gave_an_answer()) {
            WorkflowStatus::Partial
        } else {
            WorkflowStatus::Failed
        };
        Self {
            status,
            steps,
            started_at,
            duration_ms: milliseconds(started_at, ended_at),
            deadline_exceeded: ended_at >= deadline,
        }
    }

    pub fn step(&self, step: StepKind) -> Option<&StepRecord> {
        self.steps.iter().find(|record| record.step == step)
    }
}

pub(super) fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

//! The steps of a workflow by name, and the record of each.

use domain::agent::{Agent, Engine, TokenUse};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = WorkflowStepName)]
pub enum Step {
    /// What is remembered of the person.
    Recall,
    Behavior,
    Circadian,
    Routine,
    Nutrition,
    Insights,
    /// What to change next, and why.
    Adaptation,
    /// What the run learned goes into the memory.
    Remember,
}

impl Step {
    /// In the order of the workflow.
    pub const ALL: [Self; 8] = [
        Self::Recall,
        Self::Behavior,
        Self::Circadian,
        Self::Routine,
        Self::Nutrition,
        Self::Insights,
        Self::Adaptation,
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
            Self::Adaptation => "adaptation",
            Self::Remember => "remember",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }

    /// Whose work it is. What to change next is the orchestrator's own.
    pub fn agent(self) -> Agent {
        match self {
            Self::Recall | Self::Remember => Agent::Memory,
            Self::Behavior => Agent::Behavior,
            Self::Circadian => Agent::Circadian,
            Self::Routine => Agent::Routine,
            Self::Nutrition => Agent::Nutrition,
            Self::Insights => Agent::Insights,
            Self::Adaptation => Agent::Orchestrator,
        }
    }

    /// The step in which this agent analyses or plans; `None`: it does not.
    pub fn of(agent: Agent) -> Option<Self> {
        match agent {
            Agent::Behavior => Some(Self::Behavior),
            Agent::Circadian => Some(Self::Circadian),
            Agent::Routine => Some(Self::Routine),
            Agent::Nutrition => Some(Self::Nutrition),
            Agent::Insights => Some(Self::Insights),
            Agent::Orchestrator | Agent::Memory | Agent::Chat => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Its turn has not come.
    Waiting,
    Running,
    Ok,
    Failed,
    /// The deadline of the whole, or a limit of the run, was reached before it began; or the workflow was cancelled.
    Skipped,
    /// Its agent was stopped when its turn came.
    Stopped,
}

impl StepStatus {
    const ALL: [Self; 6] =
        [Self::Waiting, Self::Running, Self::Ok, Self::Failed, Self::Skipped, Self::Stopped];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether nothing more will come of it.
    pub fn ended(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepRecord {
    pub step: Step,
    pub agent: Agent,
    pub status: StepStatus,
    /// How often it was begun, by whichever process.
    pub attempts: u32,
    /// When it was first begun; absent: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// From the start of the workflow, milliseconds.
    pub start_ms: f64,
    /// Of the attempt that ended it.
    pub duration_ms: f64,
    /// Why it failed or was left out, without health values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What wrote this part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// The model that wrote this part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Why this part is less than it would normally be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded_reason: Option<String>,
    /// US dollars. Of a call that was cut off with its process, the most that it may have cost.
    #[serde(default)]
    pub cost_usd: f64,
    /// Model calls that left.
    #[serde(default)]
    pub calls: u32,
    #[serde(default)]
    pub tokens: TokenUse,
    /// Where its answer is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis_id: Option<String>,
}

impl StepRecord {
    pub fn waiting(step: Step) -> Self {
        Self {
            step,
            agent: step.agent(),
            status: StepStatus::Waiting,
            attempts: 0,
            started_at: None,
            start_ms: 0.0,
            duration_ms: 0.0,
            error: None,
            engine: None,
            model: None,
            degraded_reason: None,
            cost_usd: 0.0,
            calls: 0,
            tokens: TokenUse::default(),
            analysis_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for step in Step::ALL {
            assert_eq!(Step::parse(step.as_str()), Some(step));
            assert_eq!(serde_json::to_value(step).unwrap(), step.as_str());
            assert!(Step::of(step.agent()).is_none_or(|of| of == step));
        }
        for status in StepStatus::ALL {
            assert_eq!(StepStatus::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}

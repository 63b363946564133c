//! Workflows: one run of all agents for one person, kept in the store from its request to its end (decision 19).
//!
//! A process that runs one holds its claim and renews it; every step is stored with its answer in one transaction that only
//! the holder can make. When a process dies or leaves, another goes on: what is stored is not done, and not paid, again.

mod answer;
mod book;
mod claims;
mod progress;
mod retention;
mod running;
mod service;
pub(crate) mod store;
mod tending;

#[cfg(test)]
mod tests;

pub use progress::{Change, Changes};
pub use service::Started;

pub(crate) use answer::{content, part_of};
pub(crate) use book::{Book, Done};
pub(crate) use claims::{Claim, Claimed};
pub(crate) use running::{Holding, Running};
pub(crate) use tending::in_words;

use agents::orchestrator::StepRecord;
use domain::archetype::Archetype;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answers::AgentAnswer;

/// One workflow as apps see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Workflow {
    /// UUID v7.
    pub id: String,
    pub user_id: String,
    pub status: Status,
    pub origin: Origin,
    /// As asked; once it began, the one it is made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archetype: Option<Archetype>,
    pub force_refresh: bool,
    /// The request that asked for it.
    pub request_id: String,
    /// In force when it was last admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub deadline_at: Timestamp,
    /// How often a process began it or went on with it.
    pub attempt: i64,
    /// Counts its changes.
    pub revision: i64,
    /// Why it failed, or why it waits; without health values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why its answer is less than it would normally be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded_reason: Option<String>,
    /// US dollars, of all its steps.
    pub cost_usd: f64,
    /// All of them, in their order.
    pub steps: Vec<StepRecord>,
    /// When it has ended and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AgentAnswer>,
    /// Of each step, when it last changed.
    #[serde(skip)]
    pub(crate) step_revisions: Vec<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = WorkflowStatus)]
pub enum Status {
    Queued,
    Running,
    /// Every step succeeded, and nothing was given up.
    Succeeded,
    /// It has an answer that is less than it would normally be.
    Degraded,
    Failed,
    Cancelled,
}

impl Status {
    const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Succeeded, Self::Degraded, Self::Failed, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    pub fn ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// Whether somebody waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = WorkflowOrigin)]
pub enum Origin {
    /// `POST /api/analyze`: an app waits for the answer.
    Analyze,
    /// `POST /api/workflows`.
    Background,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::Background => "background",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Analyze, Self::Background].into_iter().find(|origin| origin.as_str() == text)
    }
}

/// Some of a person's workflows, the newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkflowPage {
    /// Without their answers.
    pub workflows: Vec<Workflow>,
    /// As `before` it asks for those that follow; absent: there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

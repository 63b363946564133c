//! The agents by name, and what every answer says about how it came to be.

use crate::archetype::Archetype;
use crate::money::MicroUsd;
use crate::threshold::Decision;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who answers. Circadian belongs to behavior but has a path, a threshold and figures of its own.
/// `Chat` is no agent of ours: an app asks a model through us, in words of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Agent {
    Orchestrator,
    Behavior,
    Circadian,
    Memory,
    Routine,
    Nutrition,
    Insights,
    Chat,
}

impl Agent {
    /// Ours: those that plan, are judged, and have a row of figures.
    pub const ALL: [Self; 7] = [
        Self::Orchestrator,
        Self::Behavior,
        Self::Circadian,
        Self::Memory,
        Self::Routine,
        Self::Nutrition,
        Self::Insights,
    ];
    /// All under whose name requests and model calls are booked.
    pub const BOOKED: [Self; 8] = [
        Self::Orchestrator,
        Self::Behavior,
        Self::Circadian,
        Self::Memory,
        Self::Routine,
        Self::Nutrition,
        Self::Insights,
        Self::Chat,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Behavior => "behavior",
            Self::Circadian => "circadian",
            Self::Memory => "memory",
            Self::Routine => "routine",
            Self::Nutrition => "nutrition",
            Self::Insights => "insights",
            Self::Chat => "chat",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::BOOKED.into_iter().find(|agent| agent.as_str() == text)
    }

    /// For people: `Behavior`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Orchestrator => "Orchestrator",
            Self::Behavior => "Behavior",
            Self::Circadian => "Circadian",
            Self::Memory => "Memory",
            Self::Routine => "Routine",
            Self::Nutrition => "Nutrition",
            Self::Insights => "Insights",
            Self::Chat => "Apps' chats",
        }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What wrote an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Engine {
    /// The embedded, deterministic planner.
    Planner,
    /// A language model, judged by the planner's checks.
    Model,
    /// A stored answer, by the threshold's rule.
    Memory,
}

impl Engine {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planner => "planner",
            Self::Model => "model",
            Self::Memory => "memory",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Planner, Self::Model, Self::Memory].into_iter().find(|engine| engine.as_str() == text)
    }
}

/// The `meta` of every agent's answer. Nothing in it is a guess.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AnswerMeta {
    /// UUID v7; the console finds the request by it. Also in the header `x-request-id`.
    pub request_id: String,
    pub agent: Agent,
    pub archetype: Archetype,
    pub engine: Engine,
    /// The model that wrote, also where its words were kept from before. Absent: none did; or, of a workflow, several (each
    /// step names its own).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether the answer is less than it would normally be; `degraded_reason` says why.
    pub degraded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded_reason: Option<String>,
    /// Fresh or from memory, and why. Absent for agents that have no threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The release whose settings were in force.
    pub release: String,
    /// What the answer cost, settled, in US dollars.
    pub cost_usd: f64,
    /// Model calls made for it.
    pub attempts: u32,
    pub tokens: TokenUse,
    /// When the answer was computed (older than the request for answers from memory).
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub computed_at: jiff::Timestamp,
    /// From the first byte in the handler to the answer, milliseconds.
    pub duration_ms: f64,
}

/// Tokens of model calls, by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TokenUse {
    /// All that was sent, cached or not.
    pub input: u64,
    /// The part of `input` that the provider had in its cache.
    #[serde(default)]
    pub cached_input: u64,
    /// The part of `input` that the provider wrote into its cache, where it says so; absent: none, or not told.
    #[serde(default, skip_serializing_if = "is_none")]
    pub cache_write: u64,
    pub output: u64,
    /// The part of `output` that a model thought and did not say, where the provider says so; absent: none, or not told.
    #[serde(default, skip_serializing_if = "is_none")]
    pub reasoning: u64,
}

fn is_none(tokens: &u64) -> bool {
    *tokens == 0
}

impl std::ops::AddAssign for TokenUse {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.cached_input += other.cached_input;
        self.cache_write += other.cache_write;
        self.output += other.output;
        self.reasoning += other.reasoning;
    }
}

/// What an agent's run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub cost: MicroUsd,
    pub attempts: u32,
    pub tokens: TokenUse,
    /// Microseconds in which at least one model was being asked; the rest of its time is our own.
    pub provider_us: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_chats_are_no_agent() {
        for agent in Agent::BOOKED {
            assert_eq!(Agent::parse(agent.as_str()), Some(agent));
        }
        let only_booked: Vec<_> =
            Agent::BOOKED.into_iter().filter(|agent| !Agent::ALL.contains(agent)).collect();
        assert_eq!(only_booked, [Agent::Chat]);
    }
}

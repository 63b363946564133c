//! Who a memory is from.

use std::fmt;

use domain::agent::Agent;
use serde::{Deserialize, Serialize};

/// `person`, or an agent's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MemorySource {
    /// The person said or did so themselves.
    Person,
    Agent(Agent),
}

impl MemorySource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent(agent) => agent.as_str(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        if text == "person" { Some(Self::Person) } else { Agent::parse(text).map(Self::Agent) }
    }

    /// Of a memory that was stored before sources were: told by its key.
    pub fn of_old(key: &str) -> Self {
        match key.split('.').collect::<Vec<_>>()[..] {
            ["task", ..] => Self::Person,
            ["rhythm", ..] => Self::Agent(Agent::Circadian),
            ["plan" | "analysis", agent, ..] => Self::Agent(Agent::parse(agent).unwrap_or(Agent::Behavior)),
            _ => Self::Agent(Agent::Behavior),
        }
    }
}

impl fmt::Display for MemorySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for MemorySource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "must be person or an agent's name".to_owned())
    }
}

impl From<MemorySource> for String {
    fn from(source: MemorySource) -> Self {
        source.as_str().to_owned()
    }
}

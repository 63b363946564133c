//! The prompt of this build, by version and hash: its words are ours, and no health data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use agents::model::{Instructions, instructions};
use domain::agent::Agent;
use serde::Serialize;

/// Hashed once.
static PROMPTS: LazyLock<BTreeMap<Agent, (Instructions, String)>> = LazyLock::new(|| {
    let of = |agent| {
        let told = instructions(agent)?;
        let label = format!("{} #{}", told.version, told.hash());
        Some((agent, (told, label)))
    };
    Agent::ALL.into_iter().filter_map(of).collect()
});

/// What a model is told whoever an answer is for. What it is told of the person is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PromptNow {
    /// Version and the beginning of the SHA-256 of its words: `routine/1 #3fa9c2d1`.
    pub label: String,
    pub parts: Vec<PromptPart>,
}

/// A part of it, in the order of the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PromptPart {
    /// The archetype it is for; absent: everybody.
    pub archetype: Option<&'static str>,
    pub text: &'static str,
}

/// `routine/1 #3fa9c2d1`; `None` for agents that have no model part.
pub(super) fn label(agent: Agent) -> Option<String> {
    PROMPTS.get(&agent).map(|(_, label)| label.clone())
}

pub(super) fn now(agent: Agent) -> Option<PromptNow> {
    let (told, label) = PROMPTS.get(&agent)?;
    let part = |(of, text): &(Option<domain::archetype::Archetype>, &'static str)| PromptPart {
        archetype: of.map(domain::archetype::Archetype::name),
        text,
    };
    Some(PromptNow { label: label.clone(), parts: told.parts.iter().map(part).collect() })
}

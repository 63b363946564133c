//! How a language model takes part: it rewrites the words of the planner's draft, and nothing else.
//!
//! A prompt carries the draft's facts and its texts, each under a key. The reply gives texts by the same keys; they are put
//! back in their places after each was checked. Numbers, times, foods, evidence, ids and what a person must read are out of
//! the model's reach, so a reply can make an answer warmer, never invalid or unsafe. The whole is judged again by the
//! agent's own validator. No I/O here: who asks which model, and who pays, is the caller's business.

mod text;
mod tone;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use domain::agent::Agent;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::evidence::Evidence;
use crate::violation::Violation;
use words::Place;

/// Longer replies are not read.
const LONGEST_REPLY: usize = 64 * 1024;
/// Rules of a broken reply that are told to the model for its second try.
const TOLD: usize = 12;

/// What is sent, and what the reply must fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prompt {
    /// Changes with every change of wording: a release is judged by what it said.
    pub version: &'static str,
    pub messages: Vec<Message>,
    pub schema_name: &'static str,
    /// Strict JSON schema: one required text per key, no others.
    pub schema: Value,
    /// Enough for every text at its full length: a third of the characters, and the keys.
    pub max_output_tokens: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    System,
    User,
    Assistant,
}

/// Whether a model has any part in this agent's answers.
pub fn writes_for(agent: Agent) -> bool {
    words::version(agent).is_some()
}

/// `None` when there is nothing to rewrite: agents without words, drafts without texts.
pub fn prompt(agent: Agent, evidence: &Evidence, draft: &Value) -> Option<Prompt> {
    let version = words::version(agent)?;
    let places = words::places(agent, draft);
    if places.is_empty() {
        return None;
    }
    let texts: Map<String, Value> =
        places.iter().map(|place| (place.key.clone(), Value::from(place.text.as_str()))).collect();
    let question = json!({
        "agent": agent.as_str(),
        "archetype": evidence.archetype,
        "goal": evidence.profile.goal,
        "facts": words::facts(agent, draft),
        "draft": texts,
    });
    let messages = vec![
        Message { role: Role::System, content: tone::system(agent, evidence.archetype) },
        Message { role: Role::User, content: question.to_string() },
    ];
    Some(Prompt {
        version,
        messages,
        schema_name: "texts",
        schema: schema(&places),
        max_output_tokens: most_tokens(&places),
    })
}

/// One more round: the reply, and what was wrong with it.
pub fn repair(mut prompt: Prompt, reply: &str, violations: &[Violation]) -> Prompt {
    let faults: Vec<String> = violations.iter().take(TOLD).map(ToString::to_string).collect();
    let content = format!(
        "That broke rules:\n- {}\nAnswer again with the whole JSON object. Keep the draft's text wherever you are not sure.",
        faults.join("\n- ")
    );
    let reply = reply.chars().take(LONGEST_REPLY / 4).collect();
    prompt.messages.push(Message { role: Role::Assistant, content: reply });
    prompt.messages.push(Message { role: Role::User, content });
    prompt
}

/// The draft with the reply's texts in their places.
///
/// # Errors
/// The first broken rule: `too-long`, `not-json`, `keys`, `text`, `invented-number`, `wording`.
pub fn merge(agent: Agent, draft: &Value, reply: &str) -> Result<Value, Violation> {
    if reply.len() > LONGEST_REPLY {
        return Err(Violation::new("too-long", "the reply is longer than 64 KiB"));
    }
    let texts: BTreeMap<String, String> = serde_json::from_str(unfenced(reply))
        .map_err(|_| Violation::new("not-json", "the reply is not one JSON object of texts"))?;
    let places = words::places(agent, draft);
    if texts.len() != places.len() {
        return Err(Violation::new("keys", "the reply has other keys than the draft"));
    }
    let known = text::numbers(&words::facts(agent, draft).to_string());
    let mut merged = draft.clone();
    for place in &places {
        let words = texts
            .get(&place.key)
            .ok_or_else(|| Violation::new("keys", format!("{} is missing", place.key)))?;
        let words = words.trim();
        text::check(place, words, &known)?;
        if let Some(slot) = merged.pointer_mut(&place.pointer) {
            *slot = Value::from(words);
        }
    }
    Ok(merged)
}

fn schema(places: &[Place]) -> Value {
    let texts = places.iter().map(|place| {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": place.most });
        (place.key.clone(), schema)
    });
    let keys: Vec<&str> = places.iter().map(|place| place.key.as_str()).collect();
    json!({
        "type": "object",
        "properties": Map::from_iter(texts),
        "required": keys,
        "additionalProperties": false,
    })
}

fn most_tokens(places: &[Place]) -> u32 {
    let characters: usize = places.iter().map(|place| place.key.len() + place.most + 8).sum();
    u32::try_from(characters.div_ceil(3)).unwrap_or(u32::MAX).clamp(256, 4_096)
}

/// Some models wrap JSON in a code fence whatever they are told.
fn unfenced(reply: &str) -> &str {
    let reply = reply.trim();
    let Some(inner) = reply.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else {
        return reply;
    };
    inner.strip_prefix("json").unwrap_or(inner).trim()
}

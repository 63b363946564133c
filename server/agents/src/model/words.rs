//! Which texts of an answer a model may rewrite, and which facts it is told.
//!
//! Not among them: notes and advice that a person must read, limits, evidence, the reasons that name an archetype.

use domain::agent::Agent;
use serde_json::{Value, json};

/// One text of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What it is called in prompt and reply: `priorities_0_why`.
    pub(super) key: String,
    /// Where it is in the answer: `/priorities/0/why` (RFC 6901).
    pub(super) pointer: String,
    pub(super) text: String,
    /// Characters.
    pub(super) most: usize,
}

/// A list, the field in each of its entries, and the longest text.
type Field = (&'static str, &'static str, usize);

/// `None`: no model writes for this agent.
pub(super) fn version(agent: Agent) -> Option<&'static str> {
    match agent {
        Agent::Behavior => Some("behavior/1"),
        Agent::Routine => Some("routine/1"),
        Agent::Nutrition => Some("nutrition/1"),
        Agent::Insights => Some("insights/1"),
        Agent::Orchestrator | Agent::Circadian | Agent::Memory => None,
    }
}

pub(super) fn places(agent: Agent, draft: &Value) -> Vec<Place> {
    let mut places = Vec::new();
    let fields: &[Field] = match agent {
        Agent::Behavior => {
            take(draft, "/summary".to_owned(), 400, &mut places);
            &[
                ("patterns", "detail", 300),
                ("priorities", "title", 80),
                ("priorities", "why", 400),
                ("priorities", "next_step", 300),
            ]
        }
        Agent::Routine => {
            let blocks = draft["time_blocks"].as_array().map_or(0, Vec::len);
            for block in 0..blocks {
                for (field, most) in [("purpose", 200), ("why", 300)] {
                    take(draft, format!("/time_blocks/{block}/{field}"), most, &mut places);
                }
                let tasks = draft["time_blocks"][block]["tasks"].as_array().map_or(0, Vec::len);
                for task in 0..tasks {
                    for (field, most) in [("why", 400), ("scale_down", 200)] {
                        take(draft, format!("/time_blocks/{block}/tasks/{task}/{field}"), most, &mut places);
                    }
                }
            }
            &[]
        }
        Agent::Nutrition => &[("meals", "title", 120)],
        Agent::Insights => {
            &[("insights", "title", 60), ("insights", "content", 200), ("insights", "next_step", 300)]
        }
        Agent::Orchestrator | Agent::Circadian | Agent::Memory => &[],
    };
    for (list, field, most) in fields {
        for index in 0..draft[*list].as_array().map_or(0, Vec::len) {
            take(draft, format!("/{list}/{index}/{field}"), *most, &mut places);
        }
    }
    places
}

/// Absent and empty texts stay as they are.
fn take(draft: &Value, pointer: String, most: usize, places: &mut Vec<Place>) {
    let text = draft.pointer(&pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    if !text.trim().is_empty() {
        let key = pointer.trim_start_matches('/').replace('/', "_");
        // A planner's text may be longer than a model's should be; it may stay as it is.
        let most = most.max(text.chars().count());
        places.push(Place { key, pointer, text, most });
    }
}

/// What the texts are about, without ids, hashes and sources.
pub(super) fn facts(agent: Agent, draft: &Value) -> Value {
    let keep: &[&str] = match agent {
        Agent::Behavior => &["data_quality", "patterns", "trends", "readiness", "priorities", "strengths"],
        Agent::Routine => &["date", "readiness", "time_blocks", "total_minutes", "active_minutes", "limits"],
        Agent::Nutrition => &["date", "diet", "goal", "targets", "totals", "meals"],
        Agent::Insights => &["insights"],
        Agent::Orchestrator | Agent::Circadian | Agent::Memory => &[],
    };
    let mut facts = json!({});
    for field in keep {
        facts[*field] = draft[*field].clone();
    }
    drop_names(&mut facts);
    facts
}

fn drop_names(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !matches!(name.as_str(), "id" | "content_hash" | "source" | "meaning"));
            fields.values_mut().for_each(drop_names);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_names),
        _ => {}
    }
}

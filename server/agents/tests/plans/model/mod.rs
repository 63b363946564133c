//! A model's part seen from outside: what is asked, and what of any reply may reach a person.

mod arbitrary;
mod prompts;
mod replies;
mod safety;

use agents::evidence::Evidence;
use agents::violation::Violation;
use agents::{behavior, insights, nutrition, routine};
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::profile::Goal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::people::{check_ins, day, person};
use crate::routine::context;

/// The agents with texts.
const AGENTS: [Agent; 4] = [Agent::Behavior, Agent::Routine, Agent::Nutrition, Agent::Insights];

fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// The planner's draft; `None` when the agent refuses this person.
fn draft(agent: Agent, evidence: &Evidence) -> Option<Value> {
    Some(match agent {
        Agent::Behavior => to_json(&behavior::analyse(evidence)),
        Agent::Circadian => to_json(&agents::circadian::analyse(evidence)),
        Agent::Routine => {
            to_json(&routine::plan(evidence, &context(evidence), &routine::RoutineWishes::default()))
        }
        Agent::Nutrition => to_json(&nutrition::plan(evidence, &nutrition::NutritionWishes::default()).ok()?),
        Agent::Insights => to_json(&insights::extract(evidence, &behavior::analyse(evidence), &[])),
        Agent::Orchestrator | Agent::Memory | Agent::Chat => return None,
    })
}

/// What the agent's own validator says of an answer.
fn judge(agent: Agent, answer: &Value, evidence: &Evidence) -> Vec<Violation> {
    fn read<T: DeserializeOwned>(answer: &Value) -> T {
        serde_json::from_value(answer.clone()).unwrap()
    }
    match agent {
        Agent::Behavior => behavior::validate(&read(answer), evidence),
        Agent::Routine => {
            routine::validate(&read(answer), evidence, &context(evidence), &routine::RoutineWishes::default())
        }
        Agent::Nutrition => {
            nutrition::validate(&read(answer), evidence, &nutrition::NutritionWishes::default())
        }
        Agent::Insights => insights::validate(&read(answer), evidence),
        _ => Vec::new(),
    }
}

/// Somebody with much to say about: uneven days, short nights, a knee to spare, check-ins.
fn somebody(archetype: Archetype) -> Evidence {
    let mut evidence = person(archetype);
    evidence.profile.goal = Some(Goal::SleepBetter);
    evidence.profile.injuries = vec!["left knee of Ada".to_owned()];
    evidence.profile.allergies = vec!["peanut".to_owned()];
    for (i, record) in evidence.days.iter_mut().enumerate() {
        let i = i as f64;
        *record = day(record.date, 3_000.0 + 900.0 * i, 12.0 + i, 300.0 + 40.0 * (i % 4.0));
    }
    evidence.check_ins = check_ins(&["easy-walk", "stand-up", "screens-away"], 9, |day, i| {
        !(day as usize + i).is_multiple_of(3)
    });
    evidence
}

/// The part of the draft that the prompt shows.
fn shown(prompt: &agents::model::Prompt) -> Value {
    let question: Value = serde_json::from_str(&prompt.messages.last().unwrap().content).unwrap();
    question["draft"].clone()
}

/// Every text of a reply worded by `word`; ids and times of day stay.
fn reworded(reply: &Value, word: &impl Fn(&str) -> String) -> Value {
    match reply {
        Value::String(text) => Value::String(word(text)),
        Value::Array(items) => items.iter().map(|item| reworded(item, word)).collect(),
        Value::Object(fields) => {
            let fixed = |name: &str| matches!(name, "id" | "start" | "end");
            let field = |(name, value): (&String, &Value)| {
                (name.clone(), if fixed(name) { value.clone() } else { reworded(value, word) })
            };
            Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// The answer without the words and times that a model may write; of lists of words, how many there are.
fn fixed(answer: &Value) -> Value {
    let words = [
        "summary",
        "detail",
        "why",
        "next_step",
        "purpose",
        "title",
        "scale_down",
        "start",
        "end",
        "content",
        "content_hash",
        "strengths",
    ];
    match answer {
        Value::Object(fields) => {
            let kept = |(name, value): (&String, &Value)| {
                let word = words.contains(&name.as_str());
                (name.clone(), if word { json!(value.as_array().map(Vec::len)) } else { fixed(value) })
            };
            Value::Object(fields.iter().map(kept).collect())
        }
        Value::Array(items) => items.iter().map(fixed).collect(),
        other => other.clone(),
    }
}

/// What no reply may change.
fn unchangeable(answer: &Value) -> Value {
    // Times of blocks are not the model's: kept here, where `fixed` drops those of tasks.
    let blocks: Vec<Value> = answer["time_blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|block| json!([block["start"], block["end"]]))
        .collect();
    json!([fixed(answer), blocks])
}

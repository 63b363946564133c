//! The draft with a model's words in it.
//!
//! Starts from the draft and writes only where the table of parts allows, so nothing else can change. The first rule that a
//! reply breaks refuses all of it. Places are named in violations, contents never.

use std::collections::BTreeSet;

use domain::agent::Agent;
use domain::profile::ClockTime;
use serde_json::{Map, Value};

use super::parts::{Form, Found, Item, Items, Kind, find};
use super::{food, number, text};
use crate::violation::Violation;
use crate::{insights, routine};

/// The longest reply that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024;

/// The draft with what the model may write taken from its reply, which is a JSON object that fits the prompt's schema; a
/// fence of three backticks around it and spaces are tolerated.
///
/// # Errors
/// The first broken rule; see the module's list.
pub fn merge(agent: Agent, draft: &Value, reply: &str) -> Result<Value, Violation> {
    let reply = read(reply)?;
    let parts = find(agent, draft);
    if let Some(unknown) = reply.keys().find(|key| parts.iter().all(|found| found.key != key.as_str())) {
        return Err(unasked("", unknown));
    }
    let mut merged = draft.clone();
    for found in &parts {
        let said = reply.get(found.key).ok_or_else(|| missing(found.key))?;
        for (place, item, said) in matched(found, said)? {
            write(agent, found, &place, item, said, &mut merged)?;
        }
    }
    if agent == Agent::Insights {
        hash_again(draft, &mut merged);
    }
    Ok(merged)
}

fn read(reply: &str) -> Result<Map<String, Value>, Violation> {
    if reply.len() > MOST_BYTES {
        return Err(Violation::new("too-long", "the reply is larger than 64 KiB"));
    }
    let reply = reply.trim();
    let fenced = reply.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let bare = fenced.map_or(reply, |inside| inside.strip_prefix("json").unwrap_or(inside));
    match serde_json::from_str(bare) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Violation::new("json", "the reply is not an object")),
        Err(_) => Err(Violation::new("json", "the reply is not JSON")),
    }
}

fn shape(place: &str, what: &str) -> Violation {
    Violation::new("shape", format!("{place}: {what}"))
}

fn missing(place: &str) -> Violation {
    shape(place, "is missing")
}

/// A field that the schema does not have; its name is the model's, so it is only told when it is a plain one.
fn unasked(place: &str, name: &str) -> Violation {
    let plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let dot = if place.is_empty() { "" } else { "." };
    shape(&format!("{place}{dot}{}", if plain { name } else { "?" }), "is not in the schema")
}

/// Each item of the draft with what the reply says of it: as many as the draft has, by id or by position.
fn matched<'f, 'r>(
    found: &'f Found<'_>,
    said: &'r Value,
) -> Result<Vec<(String, &'f Item<'f>, &'r Value)>, Violation> {
    let key = found.key;
    if matches!(found.form, Form::Text(_)) {
        return Ok(found.items.iter().map(|item| (key.to_owned(), item, said)).collect());
    }
    let list = said.as_array().ok_or_else(|| shape(key, "must be a list"))?;
    if list.len() != found.items.len() {
        let (asked, given) = (found.items.len(), list.len());
        return Err(Violation::new("items", format!("{key}: {given} instead of {asked}")));
    }
    let id = match found.form {
        Form::Items(of) => of.id,
        Form::Text(_) => None,
    };
    let mut pairs = Vec::with_capacity(list.len());
    for (i, item) in found.items.iter().enumerate() {
        let place = format!("{key}[{i}]");
        let said = match id {
            None => &list[i],
            Some(name) => list
                .iter()
                .find(|said| said.get(name) == item.value.get(name))
                .ok_or_else(|| Violation::new("items", format!("{place}: its {name} is not in the reply")))?,
        };
        pairs.push((place, item, said));
    }
    Ok(pairs)
}

fn write(
    agent: Agent,
    found: &Found<'_>,
    place: &str,
    item: &Item<'_>,
    said: &Value,
    merged: &mut Value,
) -> Result<(), Violation> {
    match found.form {
        Form::Text(most) => {
            let drafted = item.value.as_str().unwrap_or_default();
            let worded = word(place, drafted, said, found.longest(None, *most), &number::in_text(drafted))?;
            set(merged, &item.pointer, worded);
        }
        Form::Items(of) => {
            let fields = said.as_object().ok_or_else(|| shape(place, "must be an object"))?;
            let known = |name: &str| of.id == Some(name) || of.fields.iter().any(|(field, _)| *field == name);
            if let Some(name) = fields.keys().find(|name| !known(name)) {
                return Err(unasked(place, name));
            }
            let numbers = numbers(of, item.value);
            for (name, kind) in of.fields {
                let place = format!("{place}.{name}");
                let said = fields.get(*name).ok_or_else(|| missing(&place))?;
                let written = match kind {
                    Kind::Clock => clock(&place, said)?,
                    Kind::Text(most) => {
                        let drafted = item.value[*name].as_str().unwrap_or_default();
                        word(&place, drafted, said, found.longest(Some(name), *most), &numbers)?
                    }
                };
                match agent {
                    Agent::Nutrition => food::check(&place, item, &written)?,
                    Agent::Routine if routine::asks_more(&written, &texts(of, item.value)) => {
                        let detail =
                            format!("{place}: asks for an effort or movement that the draft does not");
                        return Err(Violation::new("invented-load", detail));
                    }
                    _ => {}
                }
                set(merged, &format!("{}/{name}", item.pointer), written);
            }
        }
    }
    Ok(())
}

/// The numbers that an item's texts may say: those of its own texts, and of the fields that the table names.
fn numbers(of: &Items, item: &Value) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for name in of.numbers {
        number::in_value(&item[*name], &mut known);
    }
    known.extend(number::in_text(&texts(of, item)));
    known
}

/// All that a draft says of an item in words, a line each.
fn texts(of: &Items, item: &Value) -> String {
    let texts = of.fields.iter().filter(|(_, kind)| matches!(kind, Kind::Text(_)));
    texts.map(|(name, _)| item[*name].as_str().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// A text as it may be given. The draft's own is the planner's and needs no leave.
fn word(
    place: &str,
    drafted: &str,
    said: &Value,
    most: usize,
    known: &BTreeSet<String>,
) -> Result<String, Violation> {
    let said = said.as_str().ok_or_else(|| shape(place, "must be a text"))?;
    if said == drafted {
        return Ok(drafted.to_owned());
    }
    text::check(place, said, most, known)?;
    Ok(said.trim().to_owned())
}

/// A time of day. Whether a task may be then is the routine's validator's question.
fn clock(place: &str, said: &Value) -> Result<String, Violation> {
    let time = said.as_str().and_then(|text| ClockTime::parse(text).ok());
    time.map(|time| time.to_string()).ok_or_else(|| shape(place, "must be a time of day, HH:MM"))
}

fn set(merged: &mut Value, pointer: &str, text: String) {
    if let Some(slot) = merged.pointer_mut(pointer) {
        *slot = Value::String(text);
    }
}

/// The hash of an insight is that of its words: other words, another hash. Its id stays the person's.
fn hash_again(draft: &Value, merged: &mut Value) {
    let Some(insights) = merged.get_mut("insights").and_then(Value::as_array_mut) else { return };
    for (i, insight) in insights.iter_mut().enumerate() {
        let drafted = &draft["insights"][i];
        let (Some(title), Some(content)) = (insight["title"].as_str(), insight["content"].as_str()) else {
            continue;
        };
        let same = drafted["title"] == *title && drafted["content"] == *content;
        if !same && drafted.get("content_hash").is_some() {
            insight["content_hash"] = Value::String(insights::content_hash(title, content));
        }
    }
}

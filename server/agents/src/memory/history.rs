//! What happened long ago, by month: events that leave the episodic layer are counted, and their evidence goes on.

use std::collections::BTreeMap;

use domain::agent::Agent;

use super::{Claim, Memory, MemoryLayer, MemorySource, evidence, topic};

/// `history.plan.routine.2026-03`, of events of one kind and month. An event without evidence of its own is proved by its day.
pub(super) fn of_month(what: &str, month: &str, events: &[Memory]) -> Option<Memory> {
    let first = events.iter().min_by_key(|event| event.created_at)?;
    let last = events.iter().max_by_key(|event| event.updated_at)?;
    let mut topics: BTreeMap<String, u32> = BTreeMap::new();
    for topic in events.iter().flat_map(|event| &event.about) {
        *topics.entry(topic.clone()).or_default() += 1;
    }
    let days = evidence::of_days(
        events
            .iter()
            .filter(|event| event.evidence.is_empty())
            .map(|event| jiff::tz::TimeZone::UTC.to_datetime(event.created_at).date()),
    );
    let proofs = events.iter().map(|event| &event.evidence[..]).chain([&days[..]]);
    Some(build(what, month, &topics, evidence::unite(proofs), first, last))
}

/// Both histories of the same kind and month as one.
pub(super) fn joined(one: &Memory, other: &Memory) -> Option<Memory> {
    let (Claim::History { what, month, topics, .. }, Claim::History { topics: more, .. }) =
        (&one.claim, &other.claim)
    else {
        return None;
    };
    let mut all = topics.clone();
    for (topic, times) in more {
        *all.entry(topic.clone()).or_default() += times;
    }
    let first = if one.created_at <= other.created_at { one } else { other };
    let last = if one.updated_at >= other.updated_at { one } else { other };
    let mut joined =
        build(what, month, &all, evidence::unite([&one.evidence[..], &other.evidence]), first, last);
    joined.id.clone_from(&one.id);
    (joined.recalled, joined.recalled_at) = (one.recalled, one.recalled_at);
    Some(joined)
}

fn build(
    what: &str,
    month: &str,
    topics: &BTreeMap<String, u32>,
    evidence: Vec<String>,
    first: &Memory,
    last: &Memory,
) -> Memory {
    let count = evidence::count(&evidence);
    let mut by_frequency: Vec<(&String, u32)> = topics.iter().map(|(topic, times)| (topic, *times)).collect();
    by_frequency.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    by_frequency.truncate(topic::MOST_TOPICS);
    let most: Vec<&str> = by_frequency.iter().take(3).map(|(topic, _)| topic.as_str()).collect();
    let about = if most.is_empty() { String::new() } else { format!(", mostly {}", most.join(", ")) };
    Memory {
        id: String::new(),
        layer: MemoryLayer::Semantic,
        key: format!("history.{what}.{month}"),
        content: format!("In {month}: {count} × {}{about}", words(what)),
        source: MemorySource::Agent(Agent::Memory),
        about: topic::bounded(by_frequency.iter().map(|(topic, _)| topic.as_str())),
        claim: Claim::History {
            what: what.to_owned(),
            month: month.to_owned(),
            count,
            topics: by_frequency.into_iter().map(|(topic, times)| (topic.clone(), times)).collect(),
        },
        confidence: 1.0,
        importance: first.importance.max(last.importance),
        evidence,
        created_at: first.created_at,
        updated_at: last.updated_at,
        recalled: 0,
        recalled_at: None,
    }
}

fn words(what: &str) -> String {
    match what.split_once('.') {
        Some(("analysis", agent)) => format!("{agent} analysed"),
        Some(("plan", agent)) => format!("{agent} planned"),
        _ => match what {
            "check-ins" => "a day with reports on tasks".to_owned(),
            "reaction" => "a reaction to an insight".to_owned(),
            "insights" => "insights given".to_owned(),
            "archetype" => "another archetype".to_owned(),
            other => other.to_owned(),
        },
    }
}

//! What time does to memories: sessions are forgotten, events become histories of their month, facts fade, tasks that nobody reports on
//! go, and each layer keeps to its bound, the weakest leaving first.
//!
//! Doing it twice is doing it once. What leaves is handed back with when and why; the evidence of an event goes on in its history.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::decay::{EPISODIC, LEAST_CONFIDENCE, PROCEDURAL, SEMANTIC_HALF_LIFE_DAYS, WORKING};
use super::{Claim, Memory, MemoryLayer, MemorySource, PastMemory, Told, Why, as_of, history};

/// How many memories of each layer one person may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub working: usize,
    pub episodic: usize,
    pub semantic: usize,
    pub procedural: usize,
}

/// What is held after it, and what left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consolidated {
    /// With the ids they had; a new history has none yet.
    pub memories: Vec<Memory>,
    /// What this session was about is not among them: it is gone.
    pub past: Vec<PastMemory>,
}

/// Of memories as they are stored.
pub fn consolidate(memories: Vec<Memory>, now: Timestamp, bounds: Bounds) -> Consolidated {
    let mut layers: BTreeMap<MemoryLayer, Vec<Memory>> = BTreeMap::new();
    for memory in memories {
        layers.entry(memory.layer).or_default().push(memory);
    }
    let mut take = |layer| layers.remove(&layer).unwrap_or_default();
    let mut past = Vec::new();

    let mut working = take(MemoryLayer::Working);
    working.retain(|memory| now.duration_since(memory.updated_at) < WORKING);
    keep_strongest(&mut working, bounds.working, now);

    let mut episodic = take(MemoryLayer::Episodic);
    let mut events: Vec<Memory> =
        episodic.extract_if(.., |event| now.duration_since(event.updated_at) >= EPISODIC).collect();
    events.extend(keep_strongest(&mut episodic, bounds.episodic, now));
    let mut semantic = take(MemoryLayer::Semantic);
    summarise(events, &mut semantic, &mut past, now);

    let faded = semantic.extract_if(.., |fact| as_of(fact, now).is_none());
    past.extend(faded.map(|fact| {
        let reason = format!(
            "nothing confirmed it: confidence, which halves in {SEMANTIC_HALF_LIFE_DAYS} days, fell below {LEAST_CONFIDENCE}"
        );
        PastMemory::of(fact, now, Why::Faded, reason, None)
    }));
    let mut procedural = take(MemoryLayer::Procedural);
    let untouched = procedural.extract_if(.., |task| now.duration_since(task.updated_at) >= PROCEDURAL);
    past.extend(untouched.map(|task| {
        PastMemory::of(task, now, Why::Untouched, "nobody reported on this task for 180 days", None)
    }));
    for (layer, bound) in [(&mut semantic, bounds.semantic), (&mut procedural, bounds.procedural)] {
        let reason = format!("there were more than {bound} of its layer, and this was the weakest");
        let weakest = keep_strongest(layer, bound, now);
        past.extend(
            weakest
                .into_iter()
                .map(|memory| PastMemory::of(memory, now, Why::CrowdedOut, reason.clone(), None)),
        );
    }
    let memories = [working, episodic, semantic, procedural].concat();
    Consolidated { memories, past }
}

/// Events into the histories of their months.
fn summarise(events: Vec<Memory>, semantic: &mut Vec<Memory>, past: &mut Vec<PastMemory>, now: Timestamp) {
    let mut months: BTreeMap<(String, String), Vec<Memory>> = BTreeMap::new();
    for event in events {
        let month = event.created_at.strftime("%Y-%m").to_string();
        months.entry((event.subject().to_owned(), month)).or_default().push(event);
    }
    let mut places: HashMap<String, usize> =
        semantic.iter().enumerate().map(|(place, fact)| (fact.key.clone(), place)).collect();
    for ((what, month), events) in months {
        let Some(new) = history::of_month(&what, &month, &events) else { continue };
        let reason = format!("it is counted in the history of {month}");
        past.extend(
            events
                .into_iter()
                .map(|event| PastMemory::of(event, now, Why::Summarised, reason.clone(), Some(&new.key))),
        );
        let known = places.get(&new.key).copied();
        match known.and_then(|place| Some((place, history::joined(&semantic[place], &new)?))) {
            Some((place, joined)) => semantic[place] = joined,
            None => {
                places.insert(new.key.clone(), semantic.len());
                semantic.push(new);
            }
        }
    }
}

/// Leaves the strongest, in the order they were in, and gives back the rest. What guards a person, such as an allergy they told, never
/// leaves for want of room.
fn keep_strongest(layer: &mut Vec<Memory>, bound: usize, now: Timestamp) -> Vec<Memory> {
    if layer.len() <= bound {
        return Vec::new();
    }
    let mut ranked: Vec<(bool, f64, &Memory)> = layer
        .iter()
        .map(|memory| {
            let told = memory.source == MemorySource::Person && !matches!(memory.claim, Claim::Event { .. });
            (told, strength(memory, now), memory)
        })
        .collect();
    ranked.sort_by(|a, b| {
        b.0.cmp(&a.0)
            .then(b.1.total_cmp(&a.1))
            .then(b.2.updated_at.cmp(&a.2.updated_at))
            .then(a.2.key.cmp(&b.2.key))
    });
    let weakest: std::collections::HashSet<String> = ranked[bound..]
        .iter()
        .filter(|(.., memory)| !Told::guards(memory))
        .map(|(.., memory)| memory.key.clone())
        .collect();
    layer.extract_if(.., |memory| weakest.contains(&memory.key)).collect()
}

/// Today's confidence × importance, halved for every 90 days since it was confirmed.
fn strength(memory: &Memory, now: Timestamp) -> f64 {
    let confidence = as_of(memory, now).map_or(0.0, |today| today.confidence);
    confidence * memory.importance * 0.5_f64.powf(memory.age_days(now) / 90.0)
}

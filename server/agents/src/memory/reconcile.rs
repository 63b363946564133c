//! What is held of a key when something new is observed: it is confirmed, or contradicted, and then the weightier claim is held.
//!
//! The weight of a claim is the sum over its evidence of 0.5^(age / 30 days), times its confidence; what the person said themselves weighs
//! a hundred pieces. So one odd day changes nothing, a lasting change wins in the end, and what a person says of themselves holds for
//! a month at least against any data. The loser is kept in the past with its evidence, and comes back when more speaks for it.

use jiff::Timestamp;

use super::{Claim, Memory, MemorySource, PastMemory, Why, evidence};

/// All that is held of one layer and key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    pub current: Option<Memory>,
    /// Other claims of the same key, superseded or contradicted.
    pub rivals: Vec<PastMemory>,
}

/// What is held after `observed`, all of the same layer and key. The order in which things are observed at the same time does not matter.
pub fn reconcile(mut held: Held, observed: &[Memory], now: Timestamp) -> Held {
    let mut observed: Vec<&Memory> = observed.iter().collect();
    observed.sort_by_cached_key(|memory| (memory.updated_at, canonical(memory), memory.evidence.clone()));
    for memory in observed {
        held = one(held, memory, now);
    }
    held
}

/// The sum over the evidence, times confidence.
pub fn weight(memory: &Memory, now: Timestamp) -> f64 {
    evidence::weight(&memory.evidence, memory.updated_at, now) * memory.confidence
}

fn one(held: Held, observed: &Memory, now: Timestamp) -> Held {
    let Held { current, mut rivals } = held;
    let Some(current) = current else {
        return Held { current: Some(observed.clone()), rivals };
    };
    if current.agrees(observed) {
        return contest(confirmed(&current, observed), rivals, observed, now);
    }
    if current.claim.measured() {
        // Kinds that do not weigh against each other under one key: what was written before claims were.
        let reason = "it was measured anew from everything that is known";
        rivals.push(PastMemory::of(current.clone(), now, Why::Superseded, reason, Some(&observed.key)));
        return Held { current: Some(in_place_of(&current, observed.clone())), rivals };
    }
    match rivals.iter_mut().find(|rival| rival.memory.agrees(observed)) {
        Some(rival) => {
            rival.memory = confirmed(&rival.memory, observed);
            rival.left_at = now;
        }
        None => {
            rivals.push(PastMemory::of(observed.clone(), now, Why::Contradicted, "", Some(&observed.key)));
        }
    }
    contest(current, rivals, observed, now)
}

/// The weightiest is held. Of what the person said, the newest.
fn contest(current: Memory, mut rivals: Vec<PastMemory>, observed: &Memory, now: Timestamp) -> Held {
    let ahead = |one: &Memory, other: &Memory| {
        let both_said = one.source == MemorySource::Person && other.source == MemorySource::Person;
        let by_time = one.updated_at.cmp(&other.updated_at);
        let by_weight = weight(one, now).total_cmp(&weight(other, now));
        let order = if both_said { by_time.then(by_weight) } else { by_weight.then(by_time) };
        order.then_with(|| canonical(other).cmp(&canonical(one))).is_gt()
    };
    let best = (0..rivals.len())
        .reduce(|best, next| if ahead(&rivals[next].memory, &rivals[best].memory) { next } else { best });
    let winner = best.filter(|best| ahead(&rivals[*best].memory, &current));
    let Some(winner) = winner else {
        for rival in &mut rivals {
            if rival.why == Why::Contradicted && rival.memory.agrees(observed) {
                rival.reason = told(&current, &rival.memory, now);
            }
        }
        return Held { current: Some(current), rivals };
    };
    let risen = rivals.remove(winner).memory;
    let reason = told(&risen, &current, now);
    rivals.push(PastMemory::of(current.clone(), now, Why::Superseded, reason, Some(&current.key)));
    Held { current: Some(in_place_of(&current, risen)), rivals }
}

fn told(winner: &Memory, loser: &Memory, now: Timestamp) -> String {
    match (winner.source, loser.source) {
        (MemorySource::Person, MemorySource::Person) => "the person said otherwise later".to_owned(),
        (MemorySource::Person, _) => format!(
            "what the person said weighs more than the data: {:.1} to {:.1}",
            weight(winner, now),
            weight(loser, now)
        ),
        _ => format!(
            "more and newer evidence speaks for another claim: {:.1} to {:.1}",
            weight(winner, now),
            weight(loser, now)
        ),
    }
}

/// Both observations of one claim as one: the evidence united, the strongest confidence, the person's own words and figures, else the newer.
pub(super) fn confirmed(held: &Memory, observed: &Memory) -> Memory {
    if observed.claim.measured() {
        return measured(held, observed);
    }
    let newest =
        |memory: &Memory| (memory.updated_at, memory.source == MemorySource::Person, canonical(memory));
    let (newer, older) = if newest(observed) >= newest(held) { (observed, held) } else { (held, observed) };
    let said = [held, observed].into_iter().find(|memory| memory.source == MemorySource::Person);
    // What they said stays in their words and figures, however data confirm it.
    let words = said.filter(|_| held.source != observed.source).unwrap_or(newer);
    Memory {
        id: held.id.clone(),
        evidence: evidence::unite([&held.evidence[..], &observed.evidence]),
        confidence: held.confidence.max(observed.confidence),
        importance: held.importance.max(observed.importance),
        source: words.source,
        created_at: held.created_at.min(observed.created_at),
        updated_at: newer.updated_at.max(older.updated_at),
        recalled: held.recalled,
        recalled_at: held.recalled_at,
        ..words.clone()
    }
}

/// What was measured last counts: its figures, and of a task its days, for a report may have been taken back. What happened has happened:
/// evidence of events is united.
fn measured(held: &Memory, observed: &Memory) -> Memory {
    let (newer, older) =
        if observed.updated_at >= held.updated_at { (observed, held) } else { (held, observed) };
    let evidence = match newer.claim {
        Claim::TaskDone { .. } => newer.evidence.clone(),
        _ => evidence::unite([&newer.evidence[..], &older.evidence]),
    };
    Memory {
        id: held.id.clone(),
        evidence,
        created_at: held.created_at.min(observed.created_at),
        recalled: held.recalled,
        recalled_at: held.recalled_at,
        ..newer.clone()
    }
}

/// The row stays the key's; how often it was recalled was another claim's.
fn in_place_of(current: &Memory, risen: Memory) -> Memory {
    Memory { id: current.id.clone(), recalled: 0, recalled_at: None, ..risen }
}

/// A text that differs where claims differ, so that a tie falls the same way whatever came first.
fn canonical(memory: &Memory) -> String {
    format!("{:?} {} {} {}", memory.claim, memory.content, memory.source, memory.confidence)
}

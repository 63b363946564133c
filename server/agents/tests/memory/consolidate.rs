//! What time does: idempotent, bounded, and no evidence of an event is lost.

use std::time::Instant;

use agents::memory::{
    Bounds, Claim, Memory, MemoryLayer, MemorySource, Why, as_of, consolidate, evidence, kept_because,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::some::{TODAY, days_ago, event, noon, stores, window};

const WIDE: Bounds = Bounds { working: 100, episodic: 400, semantic: 300, procedural: 200 };

fn of_layer(memories: &[Memory], layer: MemoryLayer) -> Vec<&Memory> {
    memories.iter().filter(|memory| memory.layer == layer).collect()
}

proptest! {
    #[test]
    fn twice_is_once(all in stores(), bound in 0_usize..20, hours in 0_i64..24 * 300) {
        let bounds = Bounds { working: bound, episodic: bound, semantic: bound, procedural: bound };
        let now = noon(TODAY) + SignedDuration::from_hours(hours);
        let once = consolidate(all, now, bounds);
        let twice = consolidate(once.memories.clone(), now, bounds);
        prop_assert_eq!(twice.past, Vec::new());
        prop_assert_eq!(twice.memories, once.memories);
    }

    #[test]
    fn every_layer_keeps_to_its_bound_and_the_strongest_stay(all in stores(), bound in 0_usize..20) {
        let bounds = Bounds { working: bound, episodic: bound, semantic: bound, procedural: bound };
        let done = consolidate(all, noon(TODAY), bounds);
        for layer in MemoryLayer::ALL {
            prop_assert!(of_layer(&done.memories, layer).len() <= bound);
        }
        prop_assert!(done.memories.iter().all(|memory| as_of(memory, noon(TODAY)).is_some()));
        let crowded = done.past.iter().filter(|left| left.why == Why::CrowdedOut);
        let stayed = of_layer(&done.memories, MemoryLayer::Semantic);
        for left in crowded.filter(|left| left.memory.source == MemorySource::Person) {
            let learned = stayed.iter().filter(|memory| memory.source != MemorySource::Person);
            prop_assert!(left.memory.layer != MemoryLayer::Semantic || learned.count() == 0);
        }
    }

    #[test]
    fn nothing_leaves_without_a_reason_and_no_evidence_with_it(all in stores(), bound in 0_usize..20) {
        let bounds = Bounds { episodic: bound, ..WIDE };
        let done = consolidate(all.clone(), noon(TODAY), bounds);
        let lasting = |memories: &[Memory]| -> Vec<String> {
            let kept: Vec<&Memory> = memories.iter().filter(|memory| memory.layer != MemoryLayer::Working).collect();
            evidence::unite(kept.iter().map(|memory| &memory.evidence[..]))
        };
        let left: Vec<Memory> = done.past.iter().map(|left| left.memory.clone()).collect();
        prop_assert!(done.past.iter().all(|left| !left.reason.is_empty()));
        let histories: Vec<&Memory> =
            done.memories.iter().chain(&left).filter(|memory| matches!(memory.claim, Claim::History { .. })).collect();
        for event in done.past.iter().filter(|left| left.why == Why::Summarised) {
            let key = event.replaced_by.as_deref().unwrap();
            let history = histories.iter().find(|memory| memory.key == key).expect("a history of it");
            let united = evidence::unite([&history.evidence[..], &event.memory.evidence]);
            prop_assert_eq!(&united, &history.evidence);
        }
        let after = evidence::unite([&lasting(&done.memories)[..], &lasting(&left)]);
        prop_assert_eq!(evidence::unite([&lasting(&all)[..], &after]), after);
    }

    /// A job that runs late or often counts the same.
    #[test]
    fn in_steps_or_at_once_histories_count_the_same(ages in proptest::collection::btree_set(0_i64..260, 1..60), steps in 1_i64..30) {
        let all: Vec<Memory> = ages.iter().map(|ago| event("plan.routine", days_ago(*ago), &format!("id-{ago}"))).collect();
        let at_once = consolidate(all.clone(), noon(TODAY), WIDE);
        let mut in_steps = all;
        for step in (0..steps).rev() {
            let early = noon(TODAY) - SignedDuration::from_hours(24 * 5 * step);
            in_steps = consolidate(in_steps, early, WIDE).memories;
        }
        let sorted = |mut memories: Vec<Memory>| { memories.sort_by(|a, b| a.key.cmp(&b.key)); memories };
        prop_assert_eq!(sorted(in_steps), sorted(at_once.memories));
    }
}

#[test]
fn a_month_is_counted_with_its_topics() {
    let day = |ago: i64| days_ago(120 + ago);
    let mut all: Vec<Memory> =
        (0..3).map(|ago| event("plan.routine", day(ago), &format!("a-{ago}"))).collect();
    all[0].about = vec!["activity".to_owned(), "tasks".to_owned()];
    all[1].about = vec!["tasks".to_owned()];
    all.push(Memory { evidence: Vec::new(), ..event("analysis.behavior", day(0), "") });
    let done = consolidate(all, noon(TODAY), WIDE);
    let told: Vec<(&str, &str)> =
        done.memories.iter().map(|memory| (memory.key.as_str(), memory.content.as_str())).collect();
    assert_eq!(
        told,
        [
            ("history.analysis.behavior.2025-11", "In 2025-11: 1 × behavior analysed"),
            ("history.plan.routine.2025-11", "In 2025-11: 3 × routine planned, mostly tasks, activity"),
        ]
    );
    assert_eq!(
        done.memories[0].evidence,
        [day(0).to_string()],
        "an event without evidence is proved by its day"
    );
    assert_eq!(done.past.len(), 4);
    assert_eq!(done.past[0].reason, "it is counted in the history of 2025-11");
}

#[test]
fn facts_fade_by_halves_and_what_the_person_said_does_not() {
    let fact = |ago: i64| Memory { evidence: Vec::new(), ..window(420, 1380, 0.8, [days_ago(ago)]) };
    let today = |memory: &Memory| as_of(memory, noon(TODAY)).map(|memory| memory.confidence);
    assert_eq!(today(&fact(0)), Some(0.8));
    assert_eq!(today(&fact(120)), Some(0.4));
    assert_eq!(today(&fact(240)), Some(0.2));
    assert_eq!(today(&fact(241)), None);
    let told = Memory { source: MemorySource::Person, ..fact(2_000) };
    assert_eq!(today(&told), Some(0.8));
    // 30 days of evidence gain half of what is missing to 0.98.
    let thirty = window(420, 1380, 0.8, (0..30).map(days_ago));
    assert!((today(&thirty).unwrap() - 0.89).abs() < 1e-9);
    assert_eq!(
        kept_because(&as_of(&fact(120), noon(TODAY)).unwrap()),
        "Confidence 0.40, half of it after 120 days without confirmation: kept for 120 more days"
    );
}

#[test]
fn layers_keep_for_their_time() {
    let now = noon(TODAY);
    let of = |layer, hours: i64| {
        let updated_at = now - SignedDuration::from_hours(hours);
        let claim = Claim::TaskDone { slug: "walk".to_owned(), share: 1.0, times: 8.0 };
        Memory { layer, claim, updated_at, ..window(420, 1380, 0.9, [TODAY]) }
    };
    let cases =
        [(MemoryLayer::Working, 24), (MemoryLayer::Episodic, 24 * 90), (MemoryLayer::Procedural, 24 * 180)];
    for (layer, hours) in cases {
        assert!(as_of(&of(layer, hours - 1), now).is_some(), "{layer:?}");
        assert!(as_of(&of(layer, hours), now).is_none(), "{layer:?}");
    }
    let fortnight = as_of(&of(MemoryLayer::Procedural, 24 * 14), now).unwrap();
    assert_eq!(fortnight.claim, Claim::TaskDone { slug: "walk".to_owned(), share: 1.0, times: 4.0 });
    assert!((fortnight.confidence - 0.9 * 0.8).abs() < 1e-9);
}

#[test]
fn ten_thousand_memories_are_consolidated_in_a_tenth_of_a_second() {
    let mut all = Vec::new();
    for n in 0..10_000_i64 {
        let mut memory =
            event("plan.routine", days_ago(n % 200), &format!("0195a1b2-0000-7000-8000-{n:012}"));
        memory.layer = MemoryLayer::ALL[usize::try_from(n % 4).unwrap()];
        if matches!(memory.layer, MemoryLayer::Semantic) {
            memory = Memory {
                evidence: evidence::of_days((0..30).map(days_ago)),
                ..window(420, 1380, 0.8, [TODAY])
            };
        }
        memory.key = format!("k.{n}");
        all.push(memory);
    }
    let mut took = Vec::new();
    for _ in 0..10 {
        let copy = all.clone();
        let begun = Instant::now();
        let done = consolidate(copy, noon(TODAY), WIDE);
        took.push(begun.elapsed());
        assert!(done.past.len() > 5_000);
    }
    let best = took.iter().min().unwrap();
    println!("10,000 memories of one person: {best:?}");
    // Unoptimised, on a machine that does other things as well, it may take some more.
    let bound = if cfg!(debug_assertions) { 300 } else { 100 };
    assert!(best.as_millis() <= bound, "{best:?}");
}

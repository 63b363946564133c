//! Hours of sleep that are told or remembered, where nights do not say them.

use agents::behavior;
use agents::circadian::{Rhythm, Source, analyse, validate};
use agents::memory::{Claim, Memory, MemorySource, ToldClaim, from_circadian};
use agents::routine::RoutineWishes;
use domain::agent::Agent;
use domain::archetype::Archetype;

use super::{at, day, told};
use crate::people::person;

fn window(wake: &str, bed: &str) -> Memory {
    told("rhythm.sleep-window", "x", Some(ToldClaim::SleepWindow { wake: at(wake), bed: at(bed) }))
}

/// Read from so many nights by the circadian agent.
fn learned(wake: &str, bed: &str, nights: &str) -> Memory {
    Memory {
        source: MemorySource::Agent(Agent::Circadian),
        claim: Claim::SleepWindow { wake: at(wake), bed: at(bed) },
        evidence: vec![nights.to_owned()],
        confidence: 0.6,
        ..window(wake, bed)
    }
}

fn sleepless() -> agents::evidence::Evidence {
    let mut evidence = person(Archetype::FoundationBuilder);
    for record in &mut evidence.days {
        (record.sleep_start, record.sleep_end) = (None, None);
    }
    evidence
}

#[test]
fn without_nights_the_told_window_stands_in_and_is_said_to_be_told() {
    let mut evidence = sleepless();
    assert_eq!(analyse(&evidence).source, Source::Assumed);
    evidence.memories = vec![learned("09:00", "01:00", "2026-01-01/2026-01-30"), window("05:30", "21:45")];
    let found = analyse(&evidence);
    assert_eq!(
        (found.wake_time, found.bed_time, found.source, found.days),
        (at("05:30"), at("21:45"), Source::Told, 0)
    );
    assert_eq!(found.chronotype, None, "no chronotype of what is not measured");
    assert!(found.notes[0].contains("not measured"));
    assert_eq!(
        (found.memories[0].key.as_str(), found.memories[0].used_for.as_str()),
        ("rhythm.sleep-window", "wake and bed time")
    );
    assert_eq!(validate(&found, &evidence), []);
    let learned = from_circadian(&found, "a", &evidence, evidence.now);
    assert_eq!(learned.len(), 1, "what was told is not learned as if it were data: {learned:?}");

    let analysis = behavior::analyse(&evidence);
    assert_eq!(behavior::validate(&analysis, &evidence), []);
    assert!(analysis.notes[0].contains("21:45 to 05:30") && analysis.memories.len() == 1);
    let plan = day(&evidence, &RoutineWishes::default());
    assert_eq!(plan.blocks[0].start, at("05:30"));
    assert!(
        plan.notes
            .iter()
            .any(|note| note.contains("told or remembered, not measured (memory “rhythm.sleep-window”)"))
    );
    assert!(plan.notes.iter().all(|note| !note.contains("are assumed")));

    evidence.memories.clear();
    let violations = behavior::validate(&analysis, &evidence);
    assert!(violations.iter().any(|violation| violation.rule == "behavior.memories"), "{violations:?}");
}

#[test]
fn remembered_nights_stand_in_after_wishes_and_before_a_default() {
    let mut evidence = sleepless();
    evidence.profile.wake_time = Some(at("08:00"));
    evidence.memories = vec![learned("06:00", "22:00", "2026-02-01/2026-02-03")];
    let found = analyse(&evidence);
    assert_eq!((found.wake_time, found.source), (at("06:00"), Source::Remembered));
    assert_eq!(validate(&found, &evidence), []);
    evidence.memories[0].confidence = 0.25;
    assert_eq!(analyse(&evidence).source, Source::Profile, "too faded to plan by");
}

#[test]
fn nights_go_before_memory_unless_they_are_irregular() {
    let mut evidence = person(Archetype::FoundationBuilder);
    evidence.memories = vec![window("05:30", "21:45")];
    let found = analyse(&evidence);
    assert_eq!((found.source, found.memories.len()), (Source::SleepTimes, 0), "what is measured is right");

    for (n, record) in evidence.days.iter_mut().enumerate() {
        let start = [-120, 300, 90, -30, 480, 200, -180][n % 7];
        (record.sleep_start, record.sleep_end) = (Some(start), Some(start + 400));
    }
    let told = analyse(&evidence);
    assert_eq!((told.rhythm, told.source, told.wake_time), (Rhythm::Irregular, Source::Told, at("05:30")));
    assert!(told.notes[0].contains("what you told of them"));
    assert_eq!(validate(&told, &evidence), []);

    evidence.memories = vec![learned("06:00", "22:00", "2026-02-01/2026-02-13")];
    assert_eq!(
        analyse(&evidence).source,
        Source::SleepTimes,
        "thirteen nights are too few to outlast a rhythm"
    );
    evidence.memories = vec![learned("06:00", "22:00", "2026-02-01/2026-02-14")];
    let remembered = analyse(&evidence);
    assert_eq!((remembered.source, remembered.chronotype), (Source::Remembered, None));
    assert_eq!(validate(&remembered, &evidence), []);
}

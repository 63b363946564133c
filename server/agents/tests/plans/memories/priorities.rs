//! A focus that recurs is a reason for a priority.

use agents::behavior::{Focus, analyse, validate};
use agents::memory::{Claim, Memory, MemorySource};
use domain::agent::Agent;
use domain::archetype::Archetype;

use super::said;
use crate::people::person;

fn focus(focus: Focus, days: &str) -> Memory {
    Memory {
        source: MemorySource::Agent(Agent::Behavior),
        key: "focus.sleep".to_owned(),
        id: "f".to_owned(),
        claim: Claim::Focus { focus },
        evidence: vec![days.to_owned()],
        ..said("x")
    }
}

#[test]
fn it_decides_between_alike_figures_and_names_itself() {
    let mut evidence = person(Archetype::FoundationBuilder);
    for record in &mut evidence.days {
        // 20 minutes short of seven hours: 0.17; 1,200 steps short of 7,000: 0.2.
        (record.sleep_minutes, record.steps, record.active_minutes) =
            (Some(400.0), Some(5_800.0), Some(30.0));
    }
    let first = |evidence: &_| analyse(evidence).priorities.remove(0);
    assert_eq!(first(&evidence).focus, Focus::Activity);
    evidence.memories = vec![focus(Focus::Sleep, "2026-02-01/2026-02-14")];
    assert_eq!(first(&evidence).focus, Focus::Activity, "a fortnight is not yet a pattern");
    evidence.memories = vec![focus(Focus::Sleep, "2026-02-01/2026-02-23")];
    let found = analyse(&evidence);
    assert_eq!(found.priorities[0].focus, Focus::Sleep);
    assert_eq!(
        found.priorities[0].recurs.as_deref(),
        Some("It is no matter of one week: 23 days of data have shown it.")
    );
    assert_eq!((found.memories[0].id.as_str(), found.memories.len()), ("f", 1));
    assert_eq!(validate(&found, &evidence), []);

    let mut invented = found.clone();
    invented.priorities[0].recurs = Some("For 300 days.".to_owned());
    let mut silent = found;
    silent.memories.clear();
    for (wrong, rule) in [(invented, "behavior.recurs"), (silent, "behavior.memories")] {
        assert!(validate(&wrong, &evidence).iter().any(|violation| violation.rule == rule), "{rule}");
    }
}

#[test]
fn a_memory_alone_makes_no_priority() {
    let mut evidence = person(Archetype::FoundationBuilder);
    for record in &mut evidence.days {
        (record.sleep_minutes, record.sleep_end) = (Some(480.0), Some(420));
    }
    evidence.memories = vec![focus(Focus::Sleep, "2026-01-01/2026-02-23")];
    let found = analyse(&evidence);
    assert!(
        found.priorities.iter().all(|priority| priority.focus != Focus::Sleep) && found.memories.is_empty()
    );
}

//! What people write down of their days, as figures.

use agents::behavior::{Mode, analyse, validate};
use agents::evidence::Evidence;
use agents::routine::RoutineWishes;
use domain::archetype::Archetype;
use domain::journal::JournalFigures;
use jiff::ToSpan;
use proptest::prelude::*;

use super::day;
use crate::people::{TODAY, people, person};

/// So many days up to today, the last with its own figures (mood, energy, stress).
fn journal(days: i32, usual: [u8; 3], last: [u8; 3]) -> Vec<JournalFigures> {
    let of = |ago: i32| {
        let [mood, energy, stress] = if ago == 0 { last } else { usual };
        let date = TODAY.checked_sub(ago.days()).unwrap();
        JournalFigures { date, mood: Some(mood), energy: Some(energy), stress: Some(stress) }
    };
    (0..days).rev().map(of).collect()
}

fn alone() -> Evidence {
    let mut evidence = person(Archetype::SystematicImprover);
    evidence.days.clear();
    evidence
}

#[test]
fn a_bad_day_by_their_own_account_lowers_readiness_and_is_said_to_be_self_reported() {
    let mut evidence = alone();
    evidence.journal = journal(7, [4, 4, 2], [2, 2, 4]);
    let found = analyse(&evidence);
    let readiness = &found.readiness;
    // Two steps of half a step each are clamped to 3: 75 − 45, all three alike.
    assert_eq!((readiness.score, readiness.mode), (Some(30), Mode::Recovery));
    assert_eq!(readiness.from, ["your journal (self-reported)"]);
    assert_eq!(readiness.parts[0].name, "energy (self-reported)");
    assert_eq!((readiness.parts[0].value, readiness.parts[0].baseline), (2.0, Some(4.0)));
    assert_eq!(validate(&found, &evidence), []);
    let plan = day(&evidence, &RoutineWishes::default());
    assert_eq!(plan.readiness, Some(30));
    assert!(plan.notes.iter().any(|note| note.contains("A day of recovery")));

    evidence.journal = journal(7, [3, 3, 3], [5, 5, 1]);
    assert_eq!(analyse(&evidence).readiness.score, Some(85), "alone it shows no more");
}

#[test]
fn few_or_old_entries_say_nothing() {
    let mut evidence = alone();
    evidence.journal = journal(6, [4, 4, 2], [1, 1, 5]);
    assert_eq!(analyse(&evidence).readiness.score, None);
    evidence.journal = journal(9, [4, 4, 2], [1, 1, 5]);
    evidence.journal.truncate(7);
    assert_eq!(analyse(&evidence).readiness.score, None, "the newest is of two days ago");
    evidence.journal = journal(8, [4, 4, 2], [1, 1, 5]);
    evidence.journal.truncate(7);
    assert_eq!(analyse(&evidence).readiness.score, Some(75), "yesterday's counts");
}

#[test]
fn it_weighs_beside_what_is_measured() {
    let mut evidence = person(Archetype::SystematicImprover);
    for record in &mut evidence.days {
        record.resting_heart_rate = None;
    }
    let before = analyse(&evidence).readiness;
    evidence.journal = journal(10, [4, 4, 2], [2, 2, 4]);
    let after = analyse(&evidence).readiness;
    // 410 minutes asleep are 84 points, 0.4 of 0.7; the journal's 30 are the rest.
    assert_eq!((before.score, after.score), (Some(84), Some(61)));
}

#[test]
fn stress_of_the_week_is_a_reason_for_a_task() {
    let said = |journal: Vec<JournalFigures>| {
        let mut evidence = person(Archetype::ResilienceRebuilder);
        evidence.journal = journal;
        let plan = day(&evidence, &RoutineWishes::default());
        let tasks = plan.blocks.into_iter().flat_map(|block| block.tasks);
        tasks.filter(|task| task.why.contains("(self-reported)")).map(|task| task.why).collect::<Vec<_>>()
    };
    let stressed = said(journal(4, [3, 3, 4], [3, 3, 5]));
    assert_eq!(stressed.len(), 1, "it is said once");
    assert!(
        stressed[0].ends_with("You wrote down stress of 4.2 of 5 over 4 days (self-reported)."),
        "{stressed:?}"
    );
    assert!(said(journal(4, [3, 3, 2], [3, 3, 5])).is_empty());
    assert!(said(journal(2, [3, 3, 5], [3, 3, 5])).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_journal_is_judged_and_planned_with(
        mut evidence in people(),
        figures in proptest::collection::vec((0..40_i32, proptest::option::of(1..=5_u8), proptest::option::of(1..=5_u8), proptest::option::of(1..=5_u8)), 0..40),
    ) {
        let of = |(ago, mood, energy, stress): (i32, _, _, _)| JournalFigures {
            date: evidence.today.checked_sub(ago.days()).unwrap(), mood, energy, stress,
        };
        evidence.journal = figures.into_iter().map(of).collect();
        prop_assert_eq!(validate(&analyse(&evidence), &evidence), vec![]);
        day(&evidence, &RoutineWishes::default());
    }
}

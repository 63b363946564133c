//! Movement that was told of, and tasks that are remembered.

use std::collections::BTreeSet;

use agents::memory::{Claim, Memory, MemoryLayer, MemorySource, ToldClaim};
use agents::routine::{BlockName, ExerciseTiming, RoutineWishes, TaskKind};
use domain::archetype::Archetype;
use domain::check_in::CheckInStatus;
use jiff::ToSpan;
use proptest::prelude::*;
use proptest::sample;

use super::{day, said, slugs, told, words};
use crate::people::{TODAY, check_ins, people, person};

/// Somebody who trains, over a fortnight of days.
fn fortnight(memories: &[Memory]) -> Vec<agents::routine::RoutinePlan> {
    let one = |ahead: i32| {
        let mut evidence = person(Archetype::PeakPerformer);
        evidence.today = TODAY.checked_add(ahead.days()).unwrap();
        for record in &mut evidence.days {
            record.active_minutes = Some(60.0);
            record.sleep_minutes = Some(460.0);
        }
        evidence.memories = memories.to_vec();
        day(&evidence, &RoutineWishes::default())
    };
    (0..14).map(one).collect()
}

fn count(days: &[agents::routine::RoutinePlan], part: &str) -> usize {
    let given = days.iter().flat_map(slugs).filter(|slug| slug.contains(part)).count();
    let tasks = days.iter().flat_map(|day| &day.blocks).flat_map(|block| &block.tasks);
    given + tasks.flat_map(|task| &task.swaps).filter(|swap| swap.slug.contains(part)).count()
}

#[test]
fn what_a_person_does_not_want_is_neither_given_nor_offered() {
    assert!(count(&fortnight(&[]), "run") > 0);
    let typed = told("avoid.run", "No running", Some(ToldClaim::Avoids { activities: words(&["jogging"]) }));
    for memory in [typed, told("avoid.run", "Dislikes running", None)] {
        let days = fortnight(&[memory]);
        assert_eq!(count(&days, "run"), 0);
        assert!(
            days[0].notes.iter().any(|note| note.contains("memory “avoid.run”") && note.contains("Easy run"))
        );
        assert_eq!(days[0].memories[0].used_for, "tasks that are left out");
    }
}

#[test]
fn a_told_injury_is_as_safe_as_one_of_the_profile() {
    let mut profile = person(Archetype::PeakPerformer);
    profile.profile.injuries = words(&["knee"]);
    let mut memory = person(Archetype::PeakPerformer);
    memory.memories = vec![told("body.knee", "Has a bad knee", None)];
    let wishes = RoutineWishes::default();
    let (by_profile, by_memory) = (day(&profile, &wishes), day(&memory, &wishes));
    assert_eq!(slugs(&by_profile), slugs(&by_memory));
    assert_ne!(slugs(&by_memory), slugs(&day(&person(Archetype::PeakPerformer), &wishes)));
    assert!(by_memory.notes.iter().any(|note| note.contains("left out (memory “body.knee”)")));

    profile.profile.injuries = words(&["pregnant"]);
    memory.memories = vec![told("body.now", "Is pregnant", None)];
    let (by_profile, by_memory) = (day(&profile, &wishes), day(&memory, &wishes));
    assert_eq!(
        (by_profile.limits.hardest, slugs(&by_profile)),
        (by_memory.limits.hardest, slugs(&by_memory))
    );
    assert!(by_memory.notes.iter().any(|note| note.contains("is for a professional to say")));
}

#[test]
fn a_like_beside_an_injury_is_not_for_a_professional() {
    let mut memory = person(Archetype::PeakPerformer);
    let wishes = RoutineWishes::default();
    memory.memories = vec![told("body.knee", "Has a bad knee", None)];
    let alone = day(&memory, &wishes);
    memory.memories = vec![told("body.knee", "Has a bad knee, likes swimming", None)];
    let beside = day(&memory, &wishes);
    assert_eq!((alone.limits.hardest, slugs(&alone)), (beside.limits.hardest, slugs(&beside)));
    assert!(!beside.notes.iter().any(|note| note.contains("is for a professional to say")));
    memory.memories = vec![told("body.knee", "Knee surgery two weeks ago", injuries(&["knee"]))];
    let surgery = day(&memory, &wishes);
    assert!(surgery.notes.iter().any(|note| note.contains("is for a professional to say")));
}

fn injuries(parts: &[&str]) -> Option<ToldClaim> {
    Some(ToldClaim::Injuries { parts: words(parts) })
}

#[test]
fn exercise_stands_where_it_was_told_unless_the_request_wishes_otherwise() {
    let mut evidence = person(Archetype::SystematicImprover);
    evidence.memories = vec![told("sport.when", "Can exercise in the mornings only", None)];
    let blocks = |wishes: &RoutineWishes| -> Vec<BlockName> {
        let plan = day(&evidence, wishes);
        let told = plan.memories.iter().any(|used| used.used_for == "the time of day for exercise");
        assert_eq!(told, wishes.exercise_timing.is_none());
        let trains = |block: &&agents::routine::TimeBlock| {
            block.tasks.iter().any(|task| task.kind == TaskKind::Exercise)
        };
        plan.blocks.iter().filter(trains).map(|block| block.name).collect()
    };
    assert_eq!(blocks(&RoutineWishes::default()), [BlockName::Morning]);
    let evening =
        RoutineWishes { exercise_timing: Some(ExerciseTiming::Evening), ..RoutineWishes::default() };
    assert_eq!(blocks(&evening), [BlockName::Evening]);
}

fn task(slug: &str, share: f64) -> Memory {
    Memory {
        layer: MemoryLayer::Procedural,
        key: format!("task.{slug}"),
        id: format!("id-{slug}"),
        claim: Claim::TaskDone { slug: slug.to_owned(), share, times: 1.0 },
        source: MemorySource::Person,
        ..said("x")
    }
}

#[test]
fn what_worked_before_comes_back_and_what_did_not_is_held_back() {
    let plain = fortnight(&[]);
    let times = |days: &[agents::routine::RoutinePlan], slug: &str| {
        days.iter().flat_map(slugs).filter(|given| *given == slug).count()
    };
    // Tasks that are given on some days, so that they can become more or fewer.
    let given: BTreeSet<&str> = plain.iter().flat_map(slugs).collect();
    let some: Vec<&str> =
        given.into_iter().filter(|slug| (2..10).contains(&times(&plain, slug))).take(8).collect();
    let (mut more, mut fewer) = (0, 0);
    for slug in some {
        let (worked, failed) = (fortnight(&[task(slug, 0.9)]), fortnight(&[task(slug, 0.1)]));
        more += times(&worked, slug);
        fewer += times(&failed, slug);
        let tasks = worked.iter().flat_map(|day| &day.blocks).flat_map(|block| &block.tasks);
        let own: Vec<_> = tasks.filter(|task| task.id.get(11..) == Some(slug)).collect();
        assert!(own.iter().all(|task| !task.new), "{slug} was done before");
        assert!(
            own.iter().any(|task| task.why.ends_with("It is remembered to work: done 90 % of the times.")),
            "{slug}"
        );
        let used: Vec<&str> = worked[0].memories.iter().map(|used| used.id.as_str()).collect();
        assert_eq!(used, [format!("id-{slug}")]);
    }
    assert!(more > fewer + 8, "{more} to {fewer}");
}

#[test]
fn what_check_ins_judge_is_not_counted_again() {
    let mut evidence = person(Archetype::SystematicImprover);
    evidence.check_ins = check_ins(&["easy-walk", "brisk-walk"], 10, |_, which| which == 0);
    let plain = day(&evidence, &RoutineWishes::default());
    assert!(evidence.check_ins.iter().any(|it| it.status == CheckInStatus::Skipped));
    evidence.memories = vec![task("easy-walk", 0.1), task("brisk-walk", 0.9)];
    assert_eq!(day(&evidence, &RoutineWishes::default()), plain);
}

const SAID: &[&str] = &[
    "Hates running",
    "Dislikes walking",
    "Has a bad knee",
    "Is pregnant",
    "Exercise in the evenings only",
    "Does not like yoga, swimming, the gym and cycling",
    "Lower back hurts",
    "Does not want strength or dancing",
    "Trains only in the morning",
    "Does not like stretching",
    "My diagnosis: a bad shoulder",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_day_with_anything_told_is_whole(
        mut evidence in people(),
        told_of in proptest::collection::vec((sample::select(SAID), 0..4_usize), 0..5),
        avoided in proptest::collection::vec("[a-z]{3,9}( [a-z]{3,6})?", 0..3),
        common in proptest::collection::vec(sample::select(vec!["stand up", "walk", "water", "window", "movement", "light", "breathing"]), 0..4),
    ) {
        let mut memories: Vec<Memory> =
            told_of.into_iter().map(|(content, n)| told(&format!("diagnosis.{n}"), content, None)).collect();
        let activities: Vec<String> = avoided.into_iter().chain(common.into_iter().map(str::to_owned)).collect();
        if !activities.is_empty() {
            memories.push(told("avoid", "x", Some(ToldClaim::Avoids { activities })));
        }
        evidence.memories = memories;
        day(&evidence, &RoutineWishes::default());
    }
}

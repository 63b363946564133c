use std::collections::HashSet;

use domain::archetype::Archetype;
use domain::profile::ClockTime;
use proptest::prelude::*;

use super::{Context, RoutineWishes, Timing, plan, validate};
use crate::evidence::{Evidence, sample};
use crate::{behavior, circadian};

fn context(evidence: &Evidence) -> Context {
    Context::new(&behavior::analyse(evidence), &circadian::analyse(evidence))
}

fn wishes() -> impl Strategy<Value = RoutineWishes> {
    let timing =
        prop::option::of(prop::sample::select(vec![Timing::Morning, Timing::Midday, Timing::Evening]));
    let equipment =
        prop::sample::subsequence(vec!["kettlebell".to_owned(), "bike".to_owned(), "pool".to_owned()], 0..3);
    (timing, equipment, prop::option::of(10_u32..240)).prop_map(
        |(exercise_timing, equipment, max_minutes)| RoutineWishes { exercise_timing, equipment, max_minutes },
    )
}

proptest! {
    #[test]
    fn every_plan_keeps_the_rules(seed: u64, archetype in prop::sample::select(Archetype::ALL.to_vec()), wishes in wishes()) {
        let evidence = sample::evidence(seed, archetype);
        let context = context(&evidence);
        let plan = plan(&evidence, &context, &wishes);
        prop_assert_eq!(validate(&plan, &evidence, &context, &wishes), vec![]);
        prop_assert_eq!(&plan, &super::plan(&evidence, &context, &wishes));
    }

    #[test]
    fn the_validator_sees_an_overlap_and_too_many_minutes(seed: u64) {
        let evidence = sample::evidence(seed, Archetype::PeakPerformer);
        let context = context(&evidence);
        let wishes = RoutineWishes::default();
        let mut plan = plan(&evidence, &context, &wishes);
        let block = plan.time_blocks.iter_mut().find(|block| block.tasks.len() >= 2).unwrap();
        block.tasks[1].start = block.tasks[0].start;
        block.tasks[0].minutes += 300;
        let rules: HashSet<_> = validate(&plan, &evidence, &context, &wishes).into_iter().map(|v| v.rule).collect();
        prop_assert!(rules.contains("routine.overlap"));
    }
}

#[test]
fn archetypes_get_visibly_different_days() {
    let titles = |archetype| -> HashSet<String> {
        let evidence = sample::evidence(7, archetype);
        let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
        plan.time_blocks.into_iter().flat_map(|block| block.tasks).map(|task| task.title).collect()
    };
    for (i, one) in Archetype::ALL.into_iter().enumerate() {
        for other in &Archetype::ALL[i + 1..] {
            assert_ne!(titles(one), titles(*other), "{one} and {other}");
        }
    }
}

#[test]
fn a_bad_knee_gets_no_knee_work() {
    let mut evidence = sample::evidence(11, Archetype::PeakPerformer);
    evidence.profile.injuries = vec!["left knee".to_owned()];
    let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
    let tasks: Vec<_> =
        plan.time_blocks.iter().flat_map(|block| &block.tasks).map(|task| task.title.as_str()).collect();
    for title in ["Strength: squats, rows, presses", "Zone 2 run or fast walk", "Bodyweight circuit"] {
        assert!(!tasks.contains(&title));
    }
}

#[test]
fn a_night_owl_day_runs_past_midnight() {
    let mut evidence = sample::evidence_of(vec![]);
    evidence.profile.wake_time = Some(ClockTime::parse("10:30").unwrap());
    evidence.profile.bed_time = Some(ClockTime::parse("02:00").unwrap());
    let context = context(&evidence);
    let plan = plan(&evidence, &context, &RoutineWishes::default());
    assert_eq!(validate(&plan, &evidence, &context, &RoutineWishes::default()), vec![]);
    assert_eq!(plan.time_blocks[4].end.to_string(), "02:00");
}

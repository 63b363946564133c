//! How a routine follows what was done, liked and measured.

mod histories;

use crate::people::{TODAY, check_ins, day, person};
use crate::routine::{context, titles};
use agents::routine::{ChangeKind, Decision, RoutineWishes, TaskDecision, plan};
use domain::archetype::Archetype;
use domain::check_in::CheckInStatus;

#[test]
fn evolution_follows_the_table() {
    let decide = |days, share: usize| {
        let mut evidence = person(Archetype::SystematicImprover);
        let slugs = ["brisk-walk", "stand-up", "screens-away", "three-lines", "dim-lights"];
        let done = |day: i32, i: usize| (day as usize * 5 + i) * 7 % 20 < share;
        evidence.check_ins = check_ins(&slugs, days, done);
        plan(&evidence, &context(&evidence), &RoutineWishes::default()).evolution.decision
    };
    assert_eq!(decide(2, 20), Decision::Begin, "two days are too few");
    assert_eq!(decide(10, 6), Decision::Simplify);
    assert_eq!(decide(10, 12), Decision::Maintain);
    assert_eq!(decide(6, 20), Decision::Maintain, "not yet a week");
    assert_eq!(decide(10, 16), Decision::Progress);
    assert_eq!(decide(20, 16), Decision::Progress, "80 % for two weeks is not 85");
    assert_eq!(decide(20, 19), Decision::Intensify);
    assert_eq!(decide(13, 20), Decision::Progress, "two weeks are 14 days");
}

#[test]
fn what_works_stays_and_what_does_not_goes() {
    let mut evidence = person(Archetype::ResilienceRebuilder);
    let slugs = ["breathing-long", "three-lines", "tai-chi"];
    evidence.check_ins = check_ins(&slugs, 10, |day, i| match i {
        0 => true,
        1 => day % 2 == 0,
        _ => false,
    });
    let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
    let titles = titles(&plan);
    assert!(
        titles.contains(&"Breathing: in 4, out 6") && !titles.contains(&"Tai chi or qigong"),
        "{titles:?}"
    );
}

#[test]
fn what_is_liked_comes_back() {
    let with = |slug: &str, rating| {
        let mut evidence = person(Archetype::ResilienceRebuilder);
        evidence.check_ins = check_ins(&["tai-chi", "gentle-yoga", "stand-up"], 6, |day, _| day % 3 > 0);
        for check_in in evidence.check_ins.iter_mut().filter(|c| c.task_id.ends_with(slug)) {
            check_in.rating = Some(rating);
        }
        let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
        titles(&plan).join("|")
    };
    assert!(with("tai-chi", 5).contains("Tai chi") && !with("tai-chi", 1).contains("Tai chi"));
    assert!(with("gentle-yoga", 5).contains("yoga") && !with("gentle-yoga", 1).contains("yoga"));
}

#[test]
fn a_disliked_task_is_swapped_even_when_done_and_the_plan_says_so() {
    let mut evidence = person(Archetype::ResilienceRebuilder);
    evidence.check_ins = check_ins(&["tai-chi", "stand-up", "breathing-long"], 8, |_, _| true);
    for (rating, check_in) in
        [2, 1, 2].into_iter().zip(evidence.check_ins.iter_mut().filter(|c| c.task_id.ends_with("tai-chi")))
    {
        check_in.rating = Some(rating);
    }
    let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
    let judged = plan.evolution.tasks.iter().find(|task| task.slug == "tai-chi").unwrap();
    assert_eq!((judged.decision, judged.completion, judged.rating), (TaskDecision::Swap, 1.0, Some(1.7)));
    assert!(!titles(&plan).contains(&"Tai chi or qigong"));
    let change = plan.changes.iter().find(|change| change.slug == "tai-chi").unwrap();
    assert_eq!(change.what, ChangeKind::Swapped);
    assert_eq!(
        change.why,
        "Rated 1.7 of 5 although done 100 % of 8 times in two weeks: something else instead."
    );
    let instead = change.instead.as_deref().unwrap();
    let task =
        plan.blocks.iter().flat_map(|block| &block.tasks).find(|task| task.id.ends_with(instead)).unwrap();
    assert_eq!(task.kind, agents::routine::TaskKind::Exercise, "{instead}");
}

#[test]
fn partial_counts_half() {
    let completion = |statuses: [CheckInStatus; 4]| {
        let mut evidence = person(Archetype::SystematicImprover);
        evidence.check_ins = check_ins(&["brisk-walk", "stand-up"], 4, |_, _| true);
        for (check_in, status) in
            evidence.check_ins.iter_mut().filter(|c| c.task_id.ends_with("walk")).zip(statuses)
        {
            check_in.status = status;
        }
        let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
        let walk = plan.evolution.tasks.iter().find(|task| task.slug == "brisk-walk").unwrap().clone();
        (walk.completion, walk.decision, plan.evolution.completion_7_days)
    };
    use CheckInStatus::{Done, Partial, Skipped};
    assert_eq!(completion([Done, Done, Done, Skipped]), (0.75, TaskDecision::Adapt, Some(0.875)));
    assert_eq!(completion([Done, Done, Done, Partial]), (0.875, TaskDecision::Keep, Some(0.938)));
    assert_eq!(completion([Partial, Partial, Partial, Skipped]), (0.375, TaskDecision::Remove, Some(0.688)));
}

#[test]
fn the_ramp_follows_the_persons_own_week() {
    let most = |active: f64| {
        let mut evidence = person(Archetype::PeakPerformer);
        for day in &mut evidence.days {
            day.active_minutes = Some(active);
        }
        plan(&evidence, &context(&evidence), &RoutineWishes::default()).limits
    };
    // A week of 7 × 20 × 1.1 minutes, on five days of training and two of rest; without hard days on seven.
    assert_eq!((most(0.0).week_active_minutes, most(0.0).active_minutes), (70, 10));
    assert_eq!((most(20.0).week_active_minutes, most(20.0).active_minutes), (154, 22));
    assert_eq!((most(50.0).week_active_minutes, most(50.0).active_minutes), (385, 77));
    let mut unknown = person(Archetype::PeakPerformer);
    unknown.days = vec![day(TODAY, 9000.0, 90.0, 420.0)];
    let plan = plan(&unknown, &context(&unknown), &RoutineWishes::default());
    assert!(plan.active_minutes <= 15, "one day is not a week");
}

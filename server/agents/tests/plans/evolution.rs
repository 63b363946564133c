//! How a routine follows what was done, liked and measured.

use crate::people::{TODAY, check_ins, day, person};
use crate::routine::{context, titles};
use agents::routine::{Decision, RoutineWishes, plan};
use domain::archetype::Archetype;

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
fn the_ramp_follows_the_persons_own_week() {
    let most = |active: f64| {
        let mut evidence = person(Archetype::PeakPerformer);
        for day in &mut evidence.days {
            day.active_minutes = Some(active);
        }
        plan(&evidence, &context(&evidence), &RoutineWishes::default()).active_minutes
    };
    assert!(most(0.0) <= 10 && most(20.0) <= 22 && most(50.0) <= 55 && most(50.0) > 22);
    let mut unknown = person(Archetype::PeakPerformer);
    unknown.days = vec![day(TODAY, 9000.0, 90.0, 420.0)];
    let plan = plan(&unknown, &context(&unknown), &RoutineWishes::default());
    assert!(plan.active_minutes <= 15, "one day is not a week");
}

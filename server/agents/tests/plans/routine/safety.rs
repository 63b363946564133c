//! What nobody is asked to do: by injuries, by data of long ago, on the day after recovery; and what is said of people's days.

use agents::evidence::Evidence;
use agents::routine::{DayKind, Intensity, RoutineWishes, plan, plan_week, swap, validate};
use domain::archetype::Archetype;
use jiff::ToSpan;

use super::{analysed, rules, titles};
use crate::people::{TODAY, check_ins, day, person};

/// Somebody who is active for an hour a day and past their first days with us.
fn trained(archetype: Archetype) -> Evidence {
    let mut evidence = person(archetype);
    evidence.days.iter_mut().for_each(|day| day.active_minutes = Some(60.0));
    evidence.check_ins = check_ins(&["easy-walk", "stand-up"], 12, |_, _| true);
    evidence
}

fn hardest(evidence: &Evidence) -> Intensity {
    let week = plan_week(evidence, &analysed(evidence), &RoutineWishes::default());
    let tasks = week.days.iter().flat_map(|day| &day.blocks).flat_map(|block| &block.tasks);
    tasks.map(|task| task.intensity).max().unwrap()
}

#[test]
fn data_of_long_ago_allow_nothing_hard() {
    let mut evidence = trained(Archetype::PeakPerformer);
    evidence.anchor = TODAY.checked_sub(14.days()).ok();
    assert_eq!(hardest(&evidence), Intensity::Vigorous, "a fortnight is fresh");
    evidence.anchor = TODAY.checked_sub(15.days()).ok();
    assert!(hardest(&evidence) < Intensity::Vigorous);
    let week = plan_week(&evidence, &analysed(&evidence), &RoutineWishes::default());
    assert_eq!(week.minutes.usual, None);
    assert!(week.days[0].limits.reason.contains("15 days old"), "{}", week.days[0].limits.reason);
    let said = week.days.iter().flat_map(|day| &day.blocks).flat_map(|block| &block.tasks);
    assert!(!said.into_iter().any(|task| task.why.contains("over 7")), "no figures of long ago as if of now");
}

#[test]
fn who_spares_an_ankle_squats_with_no_weight() {
    let wishes = RoutineWishes {
        equipment: ["dumbbells", "kettlebell"].map(str::to_owned).to_vec(),
        ..RoutineWishes::default()
    };
    for archetype in Archetype::ALL {
        let mut evidence = trained(archetype);
        evidence.profile.injuries = vec!["ankle".to_owned()];
        let liked = ["dumbbell-strength", "kettlebell-strength", "stand-up"];
        evidence.check_ins = check_ins(&liked, 12, |ago, _| ago % 2 == 0);
        for day in &plan_week(&evidence, &analysed(&evidence), &wishes).days {
            let squats = |title: &&str| title.to_lowercase().contains("squat") || title.contains("lunge");
            assert_eq!(titles(day).into_iter().find(squats), None, "{archetype}");
            assert!(day.notes.iter().all(|note| !note.contains("professional")));
        }
        let mut bad = plan(&evidence, &analysed(&evidence), &wishes);
        bad.blocks[0].tasks[0].title = "Goblet squats".to_owned();
        bad.blocks[0].tasks[0].intensity = Intensity::Light;
        assert!(rules(&bad, &evidence, &analysed(&evidence), &wishes).contains(&"injury"));
    }
}

/// Readiness of yesterday was 32: a night of 200 minutes costs all of sleep's points, an even heart has 75.
#[test]
fn the_day_after_recovery_returns_gently() {
    let mut evidence = trained(Archetype::PeakPerformer);
    evidence.days.push(day(TODAY, 7_200.0, 60.0, 470.0));
    let kind = |evidence: &Evidence| plan(evidence, &analysed(evidence), &RoutineWishes::default()).training;
    assert_eq!(kind(&evidence).kind, DayKind::Hard, "Tuesday");
    let yesterday = evidence.days.len() - 2;
    evidence.days[yesterday].sleep_minutes = Some(200.0);
    let gentle = kind(&evidence);
    assert_eq!(gentle.kind, DayKind::Easy, "{}", gentle.why);
    assert!(gentle.why.contains("after recovery"));
}

/// A device that knows no nights: 60 active, 440 light and 940 still minutes are the whole day, 480 of them in bed.
#[test]
fn sleep_is_not_told_as_sitting() {
    let mut evidence = person(Archetype::FoundationBuilder);
    for day in &mut evidence.days {
        (day.active_minutes, day.lightly_active_minutes) = (Some(60.0), Some(440.0));
        (day.sedentary_minutes, day.minutes_in_bed) = (Some(940.0), Some(480.0));
    }
    let sat = |evidence: &Evidence| {
        let plan = plan(evidence, &analysed(evidence), &RoutineWishes::default());
        let whys: Vec<String> =
            plan.blocks.into_iter().flat_map(|block| block.tasks).map(|task| task.why).collect();
        whys.into_iter().find_map(|why| why.split_once("You sat about ").map(|(_, rest)| rest.to_owned()))
    };
    assert_eq!(sat(&evidence).as_deref(), Some("8 hours a day over 7 days."));
    for day in &mut evidence.days {
        (day.sleep_minutes, day.minutes_in_bed) = (None, None);
    }
    assert_eq!(sat(&evidence), None, "without nights nobody can tell");
}

#[test]
fn the_young_have_their_own_guideline() {
    let mut evidence = person(Archetype::FoundationBuilder);
    evidence.profile.age = Some(15);
    let week = plan_week(&evidence, &analysed(&evidence), &RoutineWishes::default());
    assert_eq!(week.minutes.guideline, [420, 420]);
    assert!(week.notes[0].contains("420") && !week.notes[0].contains("150"), "{:?}", week.notes);
    evidence.profile.age = Some(18);
    let week = plan_week(&evidence, &analysed(&evidence), &RoutineWishes::default());
    assert_eq!(week.minutes.guideline, [150, 300]);
}

/// Figures that are not those of the tasks are a violation, never a panic.
#[test]
fn sums_that_are_too_small_are_judged_as_well() {
    let evidence = person(Archetype::ConnectedExplorer);
    let (context, wishes) = (analysed(&evidence), RoutineWishes::default());
    let mut bad = plan(&evidence, &context, &wishes);
    assert!(bad.new_tasks > 0);
    for wrong in [0, u32::MAX] {
        bad.new_tasks = wrong;
        assert!(!validate(&bad, &evidence, &context, &wishes).is_empty());
        for task in bad.blocks.iter().flat_map(|block| &block.tasks) {
            for offer in &task.swaps {
                let _ = swap(&bad, &task.id, &offer.slug);
            }
        }
    }
}

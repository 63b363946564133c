//! Weeks over any person and the real ones: seven days that fit together, told again from outside of the planner.

use agents::evidence::Evidence;
use agents::routine::{
    Context, DayKind, Intensity, RoutinePlan, RoutineWeek, RoutineWishes, Task, plan, plan_week,
    validate_week,
};
use domain::archetype::Archetype;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::profile::ClockTime;
use jiff::ToSpan;
use proptest::prelude::*;

use super::{analysed, situations, text, wishes};
use crate::people::{TODAY, person};
use crate::real;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    #[test]
    fn every_week_is_valid((evidence, context) in situations(), wishes in wishes()) {
        check(&plan_week(&evidence, &context, &wishes), &evidence, &context, &wishes);
    }
}

#[test]
fn the_weeks_of_real_people() {
    for (id, data) in real::people() {
        for archetype in Archetype::ALL {
            let evidence = real::evidence(&data, archetype);
            let week = plan_week(&evidence, &analysed(&evidence), &RoutineWishes::default());
            println!(
                "{id} {archetype}: {:?} strength {} hard {} rest {}",
                week.minutes, week.strength_days, week.hard_days, week.rest_days
            );
            check(&week, &evidence, &analysed(&evidence), &RoutineWishes::default());
        }
    }
}

fn tasks(day: &RoutinePlan) -> impl Iterator<Item = &Task> {
    day.blocks.iter().flat_map(|block| &block.tasks)
}

/// Words of strength in titles: this test does not ask the library.
fn strength(day: &RoutinePlan) -> bool {
    let words = ["trength", "push-ups", "circuit", "Bridges", "Core:", "swing"];
    tasks(day).any(|task| words.iter().any(|word| task.title.contains(word)))
}

fn hardest(day: &RoutinePlan) -> Intensity {
    tasks(day).map(|task| task.intensity).max().unwrap()
}

fn check(week: &RoutineWeek, evidence: &Evidence, context: &Context, wishes: &RoutineWishes) {
    let found = validate_week(week, evidence, context, wishes);
    let said = || week.days.iter().map(text).collect::<String>();
    assert!(found.is_empty(), "{found:?}\n{}", said());
    assert_eq!(week.days[0], plan(evidence, context, wishes), "today's plan is the week's first day");
    for (i, day) in week.days.iter().enumerate() {
        assert_eq!(day.date, evidence.today.checked_add((i as i32).days()).unwrap());
    }
    for pair in week.days.windows(2) {
        assert!(!(strength(&pair[0]) && strength(&pair[1])), "strength twice in a row\n{}", said());
        if hardest(&pair[0]) == Intensity::Vigorous {
            assert!(hardest(&pair[1]) <= Intensity::Light, "no rest after a hard day\n{}", said());
        }
    }
    let hard = week.days.iter().filter(|day| hardest(day) == Intensity::Vigorous).count();
    let most = match evidence.archetype {
        Archetype::TransformationSeeker | Archetype::PeakPerformer => 2,
        Archetype::SystematicImprover => 1,
        _ => 0,
    };
    assert!(hard <= most && week.hard_days as usize == hard);
    // The ramp, from the days of the evidence alone.
    let worn = evidence.days.iter().rev().take(7).filter(|day| day.worn);
    let own: Vec<f64> = worn.filter_map(|day| day.active_minutes).collect();
    let mean = own.iter().sum::<f64>() / own.len().max(1) as f64;
    let ramp = if own.len() < 3 { 105.0 } else { (mean * 1.1 * 7.0).max(70.0) };
    let out_of_date = evidence.age_days().is_some_and(|age| age > 14);
    let ramp = if out_of_date { ramp.min(105.0) } else { ramp };
    let planned: u32 = week
        .days
        .iter()
        .flat_map(tasks)
        .filter(|t| t.intensity >= Intensity::Moderate)
        .map(|t| t.minutes)
        .sum();
    assert!(f64::from(planned) <= ramp + 1e-9 && planned == week.minutes.planned, "{planned} of {ramp}");
    let new: Vec<_> =
        week.days.iter().flat_map(tasks).filter(|task| task.new).map(|task| &task.id[11..]).collect();
    assert!(evidence.archetype != Archetype::FoundationBuilder || new.len() <= 3, "{new:?}");
    let mut once = new.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), new.len(), "new is new once");
}

/// Somebody fit for hard days: 60 active minutes a day.
fn fit(archetype: Archetype) -> Evidence {
    let mut evidence = person(archetype);
    for day in &mut evidence.days {
        day.active_minutes = Some(60.0);
    }
    evidence
}

#[test]
fn a_week_of_training_by_hand() {
    let evidence = fit(Archetype::PeakPerformer);
    let week = plan_week(&evidence, &analysed(&evidence), &RoutineWishes::default());
    let kinds: Vec<DayKind> = week.days.iter().map(|day| day.training.kind).collect();
    use DayKind::{Easy, Hard, Rest, Strength};
    assert_eq!(kinds, [Hard, Rest, Strength, Hard, Rest, Strength, Easy], "Tuesday to Monday");
    assert_eq!((week.hard_days, week.strength_days, week.rest_days), (2, 2, 2));
    assert_eq!((week.minutes.usual, week.minutes.most), (Some(420), 462));
    assert!(week.minutes.moderate_equivalent > week.minutes.planned, "vigorous counts twice");
}

#[test]
fn rest_follows_what_was_done_and_not_what_was_planned() {
    // Wednesday, the day after a hard Tuesday.
    let on_wednesday = |status: Option<CheckInStatus>| {
        let mut evidence = fit(Archetype::PeakPerformer);
        let yesterday = evidence.today;
        evidence.today = evidence.today.tomorrow().unwrap();
        evidence.check_ins.extend(status.map(|status| CheckIn {
            task_id: format!("{yesterday}-run-intervals"),
            title: None,
            status,
            rating: None,
            date: yesterday,
            note: None,
        }));
        plan(&evidence, &analysed(&evidence), &RoutineWishes::default()).training.kind
    };
    assert_eq!(on_wednesday(None), DayKind::Rest, "nobody said that it was skipped");
    assert_eq!(on_wednesday(Some(CheckInStatus::Done)), DayKind::Rest);
    assert_eq!(on_wednesday(Some(CheckInStatus::Partial)), DayKind::Rest);
    assert_eq!(on_wednesday(Some(CheckInStatus::Skipped)), DayKind::Easy);
    // And a hard day that was not planned is rested from, too.
    let mut evidence = fit(Archetype::PeakPerformer);
    let yesterday = TODAY.yesterday().unwrap();
    let task_id = format!("{yesterday}-run-intervals");
    let status = CheckInStatus::Done;
    evidence.check_ins =
        vec![CheckIn { task_id, title: None, status, rating: None, date: yesterday, note: None }];
    assert_eq!(plan(&evidence, &analysed(&evidence), &RoutineWishes::default()).training.kind, DayKind::Rest);
}

#[test]
fn muscles_that_were_trained_yesterday_rest() {
    let with = |slug: &str| {
        let mut evidence = fit(Archetype::ConnectedExplorer);
        let date = TODAY.yesterday().unwrap();
        let task_id = format!("{date}-{slug}");
        let status = CheckInStatus::Done;
        evidence.check_ins = vec![CheckIn { task_id, title: None, status, rating: None, date, note: None }];
        let plan = plan(&evidence, &analysed(&evidence), &RoutineWishes::default());
        assert_eq!(plan.training.kind, DayKind::Strength);
        strength(&plan)
    };
    assert!(with("easy-walk"), "a Tuesday has strength");
    assert!(!with("bodyweight-strength"), "but not after a Monday with all muscles");
}

#[test]
fn tomorrow_comes_as_the_week_said_when_today_was_done() {
    let (mut kinds, mut kept, mut all) = (0, 0, 0);
    for (i, data) in real::people().values().enumerate() {
        let archetype = Archetype::ALL[i % 6];
        let today = real::evidence(data, archetype);
        let week = plan_week(&today, &analysed(&today), &RoutineWishes::default());
        let mut tomorrow = today.clone();
        tomorrow.today = today.today.tomorrow().unwrap();
        tomorrow.check_ins.extend(tasks(&week.days[0]).map(|task| CheckIn {
            task_id: task.id.clone(),
            title: None,
            status: CheckInStatus::Done,
            rating: None,
            date: today.today,
            note: None,
        }));
        let mut context = analysed(&today);
        context.readiness = None;
        let plan = plan(&tomorrow, &context, &RoutineWishes::default());
        kinds += usize::from(plan.training.kind == week.days[1].training.kind);
        let told: Vec<&str> = tasks(&week.days[1]).map(|task| task.title.as_str()).collect();
        kept += told.iter().filter(|title| tasks(&plan).any(|task| task.title == **title)).count();
        all += told.len();
    }
    println!("33 people: {kinds} kinds of day and {kept} of {all} tasks as the week said");
    assert!(kinds >= 31 && kept * 100 >= all * 75, "{kinds} of 33, {kept} of {all}");
}

#[test]
fn an_early_start_moves_the_evening_before_it() {
    let mut evidence = fit(Archetype::SystematicImprover);
    let at = |text: &str| ClockTime::parse(text).unwrap();
    (evidence.profile.wake_time, evidence.profile.bed_time) = (Some(at("07:00")), Some(at("23:00")));
    let context = Context::from_profile(&evidence.profile);
    let wishes: RoutineWishes =
        serde_json::from_str(r#"{"early_starts": [{"day": "friday", "wake": "05:30"}]}"#).unwrap();
    let week = plan_week(&evidence, &context, &wishes);
    assert_eq!(validate_week(&week, &evidence, &context, &wishes), []);
    let day = |i: usize| (week.days[i].rhythm.wake.to_string(), week.days[i].rhythm.bed.to_string());
    assert_eq!(day(1), ("07:00".to_owned(), "23:00".to_owned()), "Wednesday");
    assert_eq!(day(2), ("07:00".to_owned(), "21:30".to_owned()), "Thursday: earlier to bed");
    assert_eq!(day(3), ("05:30".to_owned(), "23:00".to_owned()), "Friday");
    assert_eq!(week.days[2].rhythm.vigorous_until.to_string(), "18:30");
    let twice =
        r#"{"early_starts": [{"day": "friday", "wake": "05:30"}, {"day": "friday", "wake": "05:00"}]}"#;
    let twice: RoutineWishes = serde_json::from_str(twice).unwrap();
    assert_eq!(twice.check().unwrap_err()[0].field, "early_starts[1].day");
    // What does not fit is said.
    let late: RoutineWishes =
        serde_json::from_str(r#"{"early_starts": [{"day": "tuesday", "wake": "09:00"}]}"#).unwrap();
    let today = plan(&evidence, &context, &late);
    assert!(today.notes.iter().any(|note| note.contains("09:00")) && today.rhythm.wake == at("07:00"));
}

#[test]
fn changed_weeks_are_refused() {
    let evidence = fit(Archetype::PeakPerformer);
    let (context, wishes) = (analysed(&evidence), RoutineWishes::default());
    let good = plan_week(&evidence, &context, &wishes);
    let refused = |change: &dyn Fn(&mut RoutineWeek)| {
        let mut week = good.clone();
        change(&mut week);
        validate_week(&week, &evidence, &context, &wishes).into_iter().map(|v| v.rule).collect::<Vec<_>>()
    };
    assert_eq!(refused(&|_| {}), [""; 0]);
    assert!(refused(&|week| week.minutes.planned += 1).contains(&"sum"));
    assert!(refused(&|week| week.hard_days = 0).contains(&"sum"));
    assert!(refused(&|week| week.days[1].training.kind = DayKind::Easy).contains(&"training"));
    assert_eq!(refused(&|week| drop(week.days.pop())), ["days"]);
    let swapped = refused(&|week| week.days.swap(1, 2));
    assert!(swapped.contains(&"date") && swapped.contains(&"limits"), "{swapped:?}");
    // A hard session on the day of rest.
    let hard = tasks(&good.days[0]).find(|task| task.intensity == Intensity::Vigorous).unwrap().clone();
    let twice = refused(&|week| {
        let mut task = hard.clone();
        task.id = format!("{}{}", week.days[1].date, &task.id[10..]);
        task.new = false;
        week.days[1].blocks[0].tasks.push(task);
    });
    assert!(
        twice.contains(&"rest") && twice.contains(&"intensity") && twice.contains(&"hard-days"),
        "{twice:?}"
    );
}

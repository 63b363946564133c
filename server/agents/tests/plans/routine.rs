//! Routines over any person: valid, within limits, different for different people.

use crate::people::{TODAY, check_ins, day, person};
use agents::evidence::Evidence;
use agents::routine::{
    BlockName, Context, Decision, ExerciseTiming, Focus, Intensity, Need, RoutinePlan, RoutineWishes, Task,
    TaskKind, plan, validate,
};
use domain::archetype::Archetype;
use domain::profile::{ClockTime, Goal};
use jiff::ToSpan;
use proptest::prelude::*;
use proptest::{collection, option, sample};

fn context(evidence: &Evidence) -> Context {
    Context::from_profile(&evidence.profile)
}

fn titles(plan: &RoutinePlan) -> Vec<&str> {
    plan.blocks.iter().flat_map(|block| block.tasks.iter().map(|task| task.title.as_str())).collect()
}

fn rules(
    plan: &RoutinePlan,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Vec<&'static str> {
    validate(plan, evidence, context, wishes).into_iter().map(|violation| violation.rule).collect()
}

prop_compose! {
    fn wishes()(
        exercise_timing in option::of(sample::select(vec![
            ExerciseTiming::Morning, ExerciseTiming::Midday, ExerciseTiming::Evening,
        ])),
        equipment in collection::vec(
            sample::select(vec!["kettlebell", "Dumbbells", "bike", "gym", "pool", "rower", "trampoline"])
                .prop_map(str::to_owned), 0..4),
        max_minutes in option::of(10_u32..=240),
    ) -> RoutineWishes {
        RoutineWishes { exercise_timing, equipment, max_minutes }
    }
}

prop_compose! {
    fn situations()(
        mut evidence in crate::people::people(),
        readiness in option::of(0_u8..=100),
        energy in collection::vec(0_u8..=100, 24),
        focus in sample::subsequence(
            vec![Focus::Sleep, Focus::Activity, Focus::Recovery, Focus::Regularity, Focus::Stress], 0..3),
        slugs in sample::subsequence(vec![
            "easy-walk", "brisk-walk", "gentle-yoga", "stand-up", "daylight-drink", "water-on-waking", "own-movement",
            "bodyweight-strength", "breathing-long", "screens-away", "dim-lights", "breakfast-simple",
        ], 0..8),
        days in 0_i32..20,
        share in 0_usize..=10,
    ) -> (Evidence, Context) {
        let ago = evidence.today;
        evidence.check_ins = check_ins(&slugs, days, |day, i| (day as usize * 7 + i * 3) % 10 < share)
            .into_iter()
            .map(|mut c| {
                let shift = TODAY.since(c.date).unwrap();
                c.date = ago.checked_sub(shift).unwrap();
                c.task_id = format!("{}{}", c.date, &c.task_id[10..]);
                c
            })
            .collect();
        let mut context = context(&evidence);
        context.readiness = readiness;
        context.focus = focus;
        for (slot, level) in context.energy.iter_mut().enumerate() {
            *level = energy[slot / 4];
        }
        (evidence, context)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_plan_is_valid((evidence, context) in situations(), wishes in wishes()) {
        let plan = plan(&evidence, &context, &wishes);
        let found = validate(&plan, &evidence, &context, &wishes);
        prop_assert!(found.is_empty(), "{:?}\n{}", found, text(&plan));
        let most = (f64::from(evidence.archetype.minutes_per_day()) * evidence.settings.routine_load).max(10.0);
        prop_assert!(f64::from(plan.total_minutes) <= most && plan.total_minutes <= wishes.max_minutes.unwrap_or(999));
        // Independent of the validator's own clock: minute by minute, nothing twice.
        let mut busy = [false; 1440];
        for task in plan.blocks.iter().flat_map(|block| &block.tasks) {
            for minute in 0..task.minutes as usize {
                let at = (usize::from(task.start.minutes()) + minute) % 1440;
                prop_assert!(!busy[at], "{} overlaps", task.id);
                busy[at] = true;
            }
        }
        if evidence.archetype == Archetype::FoundationBuilder {
            prop_assert!(plan.new_tasks <= 3);
        }
        prop_assert_eq!(&plan, &agents::routine::plan(&evidence, &context, &wishes));
        let json = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(serde_json::from_str::<RoutinePlan>(&json).unwrap(), plan);
    }

    #[test]
    fn changed_plans_are_refused(
        (evidence, context) in situations(), wishes in wishes(), change in 0_usize..9, at in any::<sample::Index>(),
    ) {
        let mut bad = plan(&evidence, &context, &wishes);
        let full: Vec<usize> = (0..5).filter(|i| !bad.blocks[*i].tasks.is_empty()).collect();
        let block = full[at.index(full.len())];
        let expected = match change {
            0 => {
                let mut twin = bad.blocks[block].tasks[0].clone();
                twin.id.push_str("-again");
                bad.blocks[block].tasks.push(twin);
                "overlap"
            }
            1 => { bad.blocks[block].tasks[0].minutes = 300; "minutes" }
            2 => { bad.total_minutes += 1; "sum" }
            3 => { bad.blocks.swap(0, 1); "blocks" }
            4 => { bad.blocks[block].tasks[0].id = "yesterday-walk".to_owned(); "id" }
            5 => {
                for block in &mut bad.blocks { block.tasks.retain(|t| !t.serves.contains(&Need::Hydration)); }
                "basics"
            }
            6 => { bad.evolution.decision = Decision::Intensify; bad.evolution.reason.push('!'); "evolution" }
            7 => { bad.limits.minutes += 60; "limits" }
            _ => {
                let task = &mut bad.blocks[block].tasks[0];
                task.start = ClockTime::from_minutes(i64::from(context.wake.minutes()) - 30);
                "window"
            }
        };
        prop_assert!(rules(&bad, &evidence, &context, &wishes).contains(&expected), "{}", expected);
    }
}

/// A task of a model's own, put into an otherwise good plan.
fn with_task(
    title: &str,
    block: usize,
    kind: TaskKind,
    intensity: Intensity,
    evidence: &Evidence,
) -> Vec<&'static str> {
    let (context, wishes) = (context(evidence), RoutineWishes::default());
    let mut plan = plan(evidence, &context, &wishes);
    let mut task = plan.blocks[0].tasks[0].clone();
    task.id = format!("{}-own-idea", evidence.today);
    (task.title, task.kind, task.intensity) = (title.to_owned(), kind, intensity);
    task.serves.clear();
    plan.blocks[block].tasks.push(task);
    rules(&plan, evidence, &context, &wishes)
}

#[test]
fn injuries_and_evenings_are_respected_in_a_models_own_words() {
    let mut evidence = person(Archetype::PeakPerformer);
    assert!(!with_task("Ten squats", 1, TaskKind::Exercise, Intensity::Light, &evidence).contains(&"injury"));
    evidence.profile.injuries = vec!["left knee".to_owned()];
    assert!(with_task("Ten squats", 1, TaskKind::Exercise, Intensity::Light, &evidence).contains(&"injury"));
    assert!(
        with_task("Sprint intervals", 3, TaskKind::Exercise, Intensity::Light, &evidence)
            .contains(&"evening")
    );
}

#[test]
fn too_many_minutes_are_refused_even_when_the_sums_agree() {
    let evidence = person(Archetype::TransformationSeeker);
    let (context, wishes) = (context(&evidence), RoutineWishes::default());
    let longer = |wanted: &dyn Fn(&Task) -> bool, more: u32| {
        let mut plan = plan(&evidence, &context, &wishes);
        let task =
            plan.blocks.iter_mut().flat_map(|block| &mut block.tasks).find(|task| wanted(task)).unwrap();
        task.minutes += more;
        task.end = ClockTime::from_minutes(i64::from(task.start.minutes()) + i64::from(task.minutes));
        let active = task.intensity >= Intensity::Moderate;
        plan.total_minutes += more;
        plan.active_minutes += if active { more } else { 0 };
        rules(&plan, &evidence, &context, &wishes)
    };
    assert!(longer(&|task| task.kind == TaskKind::Focus, 30).contains(&"load"));
    assert!(longer(&|task| task.intensity == Intensity::Moderate, 10).contains(&"ramp"));
}

#[test]
fn ten_minutes_are_enough_for_a_valid_day() {
    let timings =
        [None, Some(ExerciseTiming::Morning), Some(ExerciseTiming::Midday), Some(ExerciseTiming::Evening)];
    for archetype in Archetype::ALL {
        for (exercise_timing, max_minutes) in timings.into_iter().flat_map(|t| (10..30).map(move |m| (t, m)))
        {
            for injuries in [vec![], vec!["ankle".to_owned(), "neck".to_owned(), "hip".to_owned()]] {
                let mut evidence = person(archetype);
                evidence.settings.routine_new_tasks = 1;
                evidence.profile.injuries = injuries;
                let wishes =
                    RoutineWishes { exercise_timing, equipment: vec![], max_minutes: Some(max_minutes) };
                let plan = plan(&evidence, &context(&evidence), &wishes);
                let found = validate(&plan, &evidence, &context(&evidence), &wishes);
                assert!(found.is_empty(), "{found:?} {}", text(&plan));
            }
        }
    }
}

#[test]
fn injured_people_still_get_movement_that_spares_them() {
    for archetype in Archetype::ALL {
        let mut evidence = person(archetype);
        evidence.profile.injuries =
            ["knee", "ankle", "shoulder", "lower back", "wrist", "hip"].map(str::to_owned).to_vec();
        let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
        let exercise: Vec<_> = plan
            .blocks
            .iter()
            .flat_map(|block| &block.tasks)
            .filter(|task| task.kind == TaskKind::Exercise)
            .map(|task| task.title.as_str())
            .collect();
        assert!(
            !exercise.is_empty() && exercise.iter().all(|t| !t.to_lowercase().contains("walk")),
            "{exercise:?}"
        );
    }
}

#[test]
fn archetypes_get_visibly_different_plans() {
    for (i, one) in Archetype::ALL.into_iter().enumerate() {
        for other in &Archetype::ALL[..i] {
            let (a, b) = (person(one), person(*other));
            let wishes = RoutineWishes::default();
            let (a, b) = (plan(&a, &context(&a), &wishes), plan(&b, &context(&b), &wishes));
            let (a, b) = (titles(&a), titles(&b));
            let same = a.iter().filter(|title| b.contains(title)).count();
            assert!(same * 10 <= a.len().max(b.len()) * 7, "{one} and {other} share {same} of {}", a.len());
        }
    }
}

#[test]
fn explorers_vary_from_day_to_day_and_builders_do_not() {
    let over_days = |archetype| {
        let days = (0..5).map(|day| {
            let mut evidence = person(archetype);
            evidence.today = TODAY.checked_add(day.days()).unwrap();
            let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
            titles(&plan).join("|")
        });
        let mut days: Vec<String> = days.collect();
        days.dedup();
        days.len()
    };
    assert!(over_days(Archetype::ConnectedExplorer) >= 4);
    assert_eq!(over_days(Archetype::FoundationBuilder), 1, "Tuesday to Saturday of one week");
}

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

#[test]
fn wishes_say_what_is_wrong_with_them() {
    let wishes =
        RoutineWishes { equipment: vec![String::new()], max_minutes: Some(5), ..RoutineWishes::default() };
    let fields: Vec<_> = wishes.check().unwrap_err().into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["equipment[0]", "max_minutes"]);
    assert!(serde_json::from_str::<RoutineWishes>(r#"{"exercise_timing":"noon"}"#).is_err());
    assert!(serde_json::from_str::<RoutineWishes>(r#"{"equipement":[]}"#).is_err());
}

fn text(plan: &RoutinePlan) -> String {
    let mut out = format!(
        "{} {} readiness {:?}: {} min of {}, active {} of {}, new {} of {}, hardest {:?}\n  {:?}: {}\n",
        plan.date,
        plan.archetype,
        plan.readiness,
        plan.total_minutes,
        plan.limits.minutes,
        plan.active_minutes,
        plan.limits.active_minutes,
        plan.new_tasks,
        plan.limits.new_tasks,
        plan.limits.hardest,
        plan.evolution.decision,
        plan.evolution.reason
    );
    for block in &plan.blocks {
        out += &format!("  {} {}-{} — {}\n", block.name.title(), block.start, block.end, block.purpose);
        for t in &block.tasks {
            let new = if t.new { " NEW" } else { "" };
            out += &format!(
                "    {}-{} {} [{:?} {:?} {:?}{new}] {}\n",
                t.start, t.end, t.title, t.kind, t.intensity, t.priority, t.why
            );
        }
    }
    out + &format!("  {:?}\n", plan.notes)
}

/// `cargo test -p agents --test plans routine::show -- --ignored --nocapture`
#[test]
#[ignore = "for reading plans by eye"]
fn show() {
    for archetype in Archetype::ALL {
        let evidence = person(archetype);
        println!("{}", text(&plan(&evidence, &context(&evidence), &RoutineWishes::default())));
    }
    let mut tired = person(Archetype::PeakPerformer);
    tired.profile.wake_time = ClockTime::parse("05:45").ok();
    let mut low = context(&tired);
    low.readiness = Some(31);
    println!("{}", text(&plan(&tired, &low, &RoutineWishes::default())));
    let mut owl = person(Archetype::TransformationSeeker);
    owl.profile.wake_time = ClockTime::parse("09:30").ok();
    owl.profile.bed_time = ClockTime::parse("01:30").ok();
    owl.profile.goal = Some(Goal::GainMuscle);
    let wishes = RoutineWishes {
        exercise_timing: Some(ExerciseTiming::Evening),
        equipment: vec!["dumbbells".to_owned(), "bike".to_owned()],
        max_minutes: Some(75),
    };
    println!("{}", text(&plan(&owl, &context(&owl), &wishes)));
    let mut done = person(Archetype::SystematicImprover);
    done.check_ins =
        check_ins(&["talk-test-walk", "log-one-number", "screens-away", "work-shutdown"], 20, |_, _| true);
    println!("{}", text(&plan(&done, &context(&done), &RoutineWishes::default())));
    let mut trained = person(Archetype::PeakPerformer);
    trained.days.iter_mut().for_each(|day| day.active_minutes = Some(75.0));
    trained.check_ins =
        check_ins(&["dumbbell-strength", "rest-deep", "hip-mobility", "cool-bedroom"], 9, |day, i| {
            (day + i as i32) % 5 > 0
        });
    let mut ready = context(&trained);
    ready.readiness = Some(82);
    ready.focus = vec![Focus::Recovery, Focus::Activity];
    let gym =
        RoutineWishes { equipment: vec!["dumbbells".into(), "rower".into()], ..RoutineWishes::default() };
    println!("{}", text(&plan(&trained, &ready, &gym)));
    let mut failing = person(Archetype::TransformationSeeker);
    failing.check_ins =
        check_ins(&["plus-five-walk", "weekly-target", "milestone-check", "stand-up"], 9, |day, i| {
            i == 3 || day % 4 == 0
        });
    println!("{}", text(&plan(&failing, &context(&failing), &RoutineWishes::default())));
    let short = RoutineWishes { max_minutes: Some(15), ..RoutineWishes::default() };
    let mut hurt = person(Archetype::ConnectedExplorer);
    hurt.profile.injuries = vec!["ankle".to_owned()];
    println!("{}", text(&plan(&hurt, &context(&hurt), &short)));
}

/// `cargo test -p agents --test plans routine::weeks -- --ignored --nocapture`
#[test]
#[ignore = "for reading plans by eye"]
fn weeks() {
    for archetype in Archetype::ALL {
        println!("== {archetype}");
        for day in 6..13 {
            let mut evidence = person(archetype);
            evidence.today = TODAY.checked_add(day.days()).unwrap();
            evidence.days.iter_mut().for_each(|day| day.active_minutes = Some(60.0));
            let wishes =
                RoutineWishes { equipment: vec!["dumbbells".to_owned()], ..RoutineWishes::default() };
            let plan = plan(&evidence, &context(&evidence), &wishes);
            println!(
                "{:?} {} min: {}",
                evidence.today.weekday(),
                plan.total_minutes,
                titles(&plan).join(" · ")
            );
        }
    }
    for (wake, bed) in [("15:00", "07:00"), ("12:00", "21:00"), ("04:30", "20:30")] {
        let mut evidence = person(Archetype::ConnectedExplorer);
        evidence.profile.wake_time = ClockTime::parse(wake).ok();
        evidence.profile.bed_time = ClockTime::parse(bed).ok();
        println!("{}", text(&plan(&evidence, &context(&evidence), &RoutineWishes::default())));
    }
}

#[test]
fn blocks_are_named_as_apps_know_them() {
    let evidence = person(Archetype::FoundationBuilder);
    let json = serde_json::to_value(plan(&evidence, &context(&evidence), &RoutineWishes::default())).unwrap();
    let names: Vec<_> = json["blocks"].as_array().unwrap().iter().map(|b| b["name"].clone()).collect();
    assert_eq!(names, BlockName::ALL.map(BlockName::title));
    assert_eq!(json["date"], "2026-03-03");
    assert_eq!(json["archetype"], "Foundation Builder");
}

#[test]
fn a_task_on_the_wire() {
    let evidence = person(Archetype::SystematicImprover);
    let plan = plan(&evidence, &context(&evidence), &RoutineWishes::default());
    insta::assert_json_snapshot!(plan.blocks[0].tasks[1], @r#"
    {
      "id": "2026-03-03-talk-test-walk",
      "title": "Walk by the talk test, note the minutes",
      "why": "One measured variable: minutes at moderate effort. You had 28 active minutes a day over 7 days; this stays within 10 % more.",
      "start": "07:30",
      "end": "07:55",
      "minutes": 25,
      "type": "exercise",
      "priority": "high",
      "intensity": "moderate",
      "serves": [
        "movement",
        "sunlight"
      ],
      "new": true,
      "scale_down": "The same route, half of it."
    }
    "#);
    insta::assert_json_snapshot!(plan.limits, @r#"
    {
      "minutes": 67,
      "active_minutes": 30,
      "new_tasks": 2,
      "hardest": "moderate",
      "exercise_required": true,
      "reason": "28 active minutes a day over the last 7 days, at most 10 % more: 30 minutes."
    }
    "#);
    insta::assert_json_snapshot!(plan.evolution, @r#"
    {
      "decision": "begin",
      "completion_7_days": null,
      "completion_14_days": null,
      "days_checked_in": 0,
      "tasks": [],
      "reason": "0 check-ins in two weeks are too few to judge: a first plan."
    }
    "#);
}

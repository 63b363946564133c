//! Days that are unlike others: clock changes, night shifts, short days, and injuries of all kinds.

use agents::evidence::Evidence;
use agents::routine::{
    Context, Intensity, Need, RoutinePlan, RoutineWishes, Task, TaskKind, plan, plan_week, validate,
    validate_week,
};
use domain::archetype::Archetype;
use domain::profile::ClockTime;

use super::{analysed, rules, text};
use crate::people::person;
use crate::real;

fn at(text: &str) -> ClockTime {
    ClockTime::parse(text).unwrap()
}

fn awake(archetype: Archetype, wake: &str, bed: &str) -> (Evidence, Context) {
    let mut evidence = person(archetype);
    (evidence.profile.wake_time, evidence.profile.bed_time) = (Some(at(wake)), Some(at(bed)));
    let context = Context::from_profile(&evidence.profile);
    (evidence, context)
}

fn tasks(plan: &RoutinePlan) -> impl Iterator<Item = &Task> {
    plan.blocks.iter().flat_map(|block| &block.tasks)
}

#[test]
fn days_of_23_and_25_hours() {
    // Berlin 2026: 02:00 does not exist on 29 March, and comes twice on 25 October.
    for today in ["2026-03-28", "2026-10-24"] {
        for archetype in Archetype::ALL {
            // A night shift is awake then, whoever sleeps at night is not.
            for (wake, bed, meets) in
                [("18:00", "10:00", true), ("20:30", "12:00", true), ("07:00", "23:00", false)]
            {
                let (mut evidence, context) = awake(archetype, wake, bed);
                evidence.profile.time_zone = Some("Europe/Berlin".to_owned());
                evidence.today = today.parse().unwrap();
                let wishes = RoutineWishes::default();
                let week = plan_week(&evidence, &context, &wishes);
                assert_eq!(validate_week(&week, &evidence, &context, &wishes), [], "{archetype} {wake}");
                let day = &week.days[0];
                let said = day.notes.iter().any(|note| note.contains("between 02:00 and 03:00"));
                assert_eq!(said, meets, "{:?}", day.notes);
                let inside = |task: &&Task| {
                    (at("01:59")..at("03:00")).contains(&task.end) && task.end > at("02:00")
                        || (at("02:00")..at("03:00")).contains(&task.start)
                };
                assert!(tasks(day).find(inside).is_none() || !meets, "{}", text(day));
            }
        }
    }
    // The rule is the validator's own as well: a task moved into the hour is refused.
    let (mut evidence, context) = awake(Archetype::PeakPerformer, "18:00", "10:00");
    evidence.profile.time_zone = Some("Europe/Berlin".to_owned());
    evidence.today = "2026-03-28".parse().unwrap();
    let wishes = RoutineWishes::default();
    let mut moved = plan(&evidence, &context, &wishes);
    for block in &mut moved.blocks {
        if block.start <= at("02:00") && at("02:00") < block.end && block.start < at("12:00") {
            let task = &mut block.tasks[0];
            task.start = at("02:10");
            task.end = ClockTime::from_minutes(130 + i64::from(task.minutes));
        }
    }
    assert!(rules(&moved, &evidence, &context, &wishes).contains(&"clock-change"));
}

#[test]
fn shifts_midnights_and_short_days() {
    for archetype in Archetype::ALL {
        for (wake, bed) in [
            ("17:00", "08:00"),
            ("22:00", "14:00"),
            ("13:00", "03:30"),
            ("07:00", "15:00"),
            ("23:55", "08:00"),
            ("04:00", "00:30"),
        ] {
            let (evidence, context) = awake(archetype, wake, bed);
            let wishes = RoutineWishes::default();
            let week = plan_week(&evidence, &context, &wishes);
            assert_eq!(validate_week(&week, &evidence, &context, &wishes), [], "{archetype} {wake}–{bed}");
            let day = &week.days[0];
            assert_eq!((day.rhythm.wake, day.rhythm.bed), (at(wake), at(bed)), "an eight-hour day is a day");
            // From outside: minutes since waking, meals in their order and apart.
            let since = |time: ClockTime| {
                (i32::from(time.minutes()) - i32::from(at(wake).minutes())).rem_euclid(1440)
            };
            let long = since(at(bed));
            let mut meals: Vec<_> = tasks(day).filter(|task| task.serves.contains(&Need::Meal)).collect();
            meals.sort_by_key(|meal| since(meal.start));
            assert_eq!(meals.len(), 3);
            for pair in meals.windows(2) {
                let gap = since(pair[1].start) - since(pair[0].end);
                assert!(
                    (60..=420).contains(&gap),
                    "{archetype} {wake}–{bed}: {gap} minutes between meals\n{}",
                    text(day)
                );
            }
            assert!(tasks(day).all(|task| since(task.start) + task.minutes as i32 <= long));
            assert!(since(meals[2].end) <= long - 90, "time between dinner and bed");
        }
    }
}

#[test]
fn vigorous_effort_stays_away_from_bed() {
    let mut hard = 0;
    for (wake, bed) in [("07:00", "23:00"), ("07:00", "15:00"), ("17:00", "08:00"), ("12:00", "23:00")] {
        let (mut evidence, mut context) = awake(Archetype::PeakPerformer, wake, bed);
        for day in &mut evidence.days {
            day.active_minutes = Some(80.0);
        }
        context.readiness = Some(90);
        let day = plan(&evidence, &context, &RoutineWishes::default());
        for task in tasks(&day).filter(|task| task.intensity == Intensity::Vigorous) {
            hard += 1;
            let left = (i32::from(at(bed).minutes()) - i32::from(task.end.minutes())).rem_euclid(1440);
            assert!(left >= 180, "{left} minutes before bed");
        }
    }
    assert!(hard >= 3, "a Tuesday of a fit person is hard");
    // Whoever moves it there is refused, in whatever block: the slump of a short day ends within three hours of bed.
    let (mut evidence, context) = awake(Archetype::PeakPerformer, "07:00", "15:00");
    for day in &mut evidence.days {
        day.active_minutes = Some(80.0);
    }
    let wishes = RoutineWishes::default();
    let mut late = plan(&evidence, &context, &wishes);
    let vigorous = |task: &Task| task.intensity == Intensity::Vigorous;
    let mut task = tasks(&late).find(|task| vigorous(task)).unwrap().clone();
    (task.start, task.end) = (at("12:00"), ClockTime::from_minutes(12 * 60 + i64::from(task.minutes)));
    for block in &mut late.blocks {
        block.tasks.retain(|task| !vigorous(task));
    }
    late.blocks[2].tasks.push(task);
    assert!(rules(&late, &evidence, &context, &wishes).contains(&"evening"), "{}", text(&late));
}

#[test]
fn every_injury_is_spared_and_professionals_are_named() {
    // What none of these may hold in any title, day or swap.
    let never: [(&str, &[&str]); 11] = [
        ("knee", &["squat", "lunge", "run", "cycl", "dance", "hike"]),
        ("lower back", &["swing", "deadlift", "row", "Bridges", "run"]),
        ("rotator cuff", &["push-up", "press", "Swim", "yoga", "plank"]),
        ("ankle", &["walk", "Walk", "run", "dance", "leg while"]),
        ("wrist", &["push-up", "yoga", "ettlebell", "umbbell"]),
        ("hip", &["squat", "lunge", "yoga", "Bridges", "floor"]),
        ("neck", &["yoga", "Swim", "neck", "dead bug"]),
        ("tennis elbow", &["push-up", "ettlebell", "umbbell", "band"]),
        ("hamstring", &["run", "squat", "lunge", "swing", "Bridges", "stretching"]),
        ("Achilles tendon", &["walk", "Walk", "run", "heel raises", "dance"]),
        ("plantar fascia", &["walk", "Walk", "run", "heel raises", "dance"]),
    ];
    let equipment = ["kettlebell", "dumbbells", "bike", "band", "gym", "pool", "rower", "roller"];
    let wishes =
        RoutineWishes { equipment: equipment.map(str::to_owned).to_vec(), ..RoutineWishes::default() };
    for (injury, words) in never {
        for data in real::people().values().take(8) {
            for archetype in Archetype::ALL {
                let mut evidence = real::evidence(data, archetype);
                evidence.profile.injuries = vec![injury.to_owned()];
                let week = plan_week(&evidence, &analysed(&evidence), &wishes);
                assert_eq!(validate_week(&week, &evidence, &analysed(&evidence), &wishes), []);
                for task in week.days.iter().flat_map(tasks) {
                    let moves = task.intensity != Intensity::None;
                    let offers = task.swaps.iter().map(|offer| &offer.title);
                    for title in offers.chain([&task.title]).filter(|_| moves) {
                        assert!(!words.iter().any(|word| title.contains(word)), "{injury}: {title}");
                    }
                }
            }
        }
    }
    for word in ["pregnant", "heart attack last year", "fractured wrist", "long covid"] {
        let mut evidence = person(Archetype::PeakPerformer);
        for day in &mut evidence.days {
            day.active_minutes = Some(80.0);
        }
        evidence.profile.injuries = vec![word.to_owned()];
        let week = plan_week(&evidence, &analysed(&evidence), &RoutineWishes::default());
        for day in &week.days {
            assert!(day.notes.iter().any(|note| note.contains(word) && note.contains("professional")));
            assert!(tasks(day).all(|task| task.intensity <= Intensity::Light), "{}", text(day));
        }
    }
}

#[test]
fn who_sits_long_gets_up_twice_and_no_figure_is_beyond_belief() {
    let sitting = |minutes: f64, night: bool| {
        let mut evidence = person(Archetype::SystematicImprover);
        for day in &mut evidence.days {
            day.sedentary_minutes = Some(minutes);
            if !night {
                (day.sleep_minutes, day.minutes_in_bed) = (None, None);
            }
        }
        let day = plan(&evidence, &analysed(&evidence), &RoutineWishes::default());
        assert_eq!(validate(&day, &evidence, &analysed(&evidence), &RoutineWishes::default()), []);
        let breaks = tasks(&day).filter(|task| task.serves.contains(&Need::Break)).count();
        (breaks, tasks(&day).any(|task| task.why.contains("You sat")))
    };
    assert!(sitting(720.0, true).0 >= 2 && sitting(720.0, true).1);
    assert!(!sitting(1_150.0, false).1, "a device without nights counts sleep as sitting");
    assert!(sitting(720.0, false).1, "where six hours are left for the night, it does not");
}

#[test]
fn days_of_real_people() {
    for (id, data) in real::people() {
        for archetype in Archetype::ALL {
            let evidence = real::evidence(&data, archetype);
            let (context, wishes) = (analysed(&evidence), RoutineWishes::default());
            let day = plan(&evidence, &context, &wishes);
            assert_eq!(validate(&day, &evidence, &context, &wishes), [], "{id} {archetype}");
            assert!(day.total_minutes <= archetype.minutes_per_day());
            let peak = &day.blocks[1];
            assert!(peak.tasks.iter().any(|task| task.kind == TaskKind::Focus), "{id}: {}", text(&day));
            let titles: Vec<_> = tasks(&day).map(|task| &task.title).collect();
            assert!((1..titles.len()).all(|i| !titles[..i].contains(&titles[i])), "{titles:?}");
        }
    }
}

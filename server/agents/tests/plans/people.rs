//! People to plan for: one to change by hand, and any at all.

use agents::evidence::{DayRecord, Evidence};
use domain::archetype::Archetype;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::profile::{ClockTime, Diet, Goal, Profile, Sex};
use domain::release::AgentSettings;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::{collection, option, sample};

pub(crate) const TODAY: Date = date(2026, 3, 3);

pub(crate) fn day(date: Date, steps: f64, active: f64, sleep: f64) -> DayRecord {
    DayRecord {
        date,
        worn: true,
        steps: Some(steps),
        active_minutes: Some(active),
        lightly_active_minutes: Some(180.0),
        sedentary_minutes: Some(700.0),
        energy_kcal: None,
        sleep_minutes: Some(sleep),
        minutes_in_bed: Some(sleep + 30.0),
        sleep_start: Some(-60),
        sleep_end: Some(-60 + sleep as i32),
        resting_heart_rate: Some(61.0),
        heart_rate_variability: None,
        weight_kg: None,
        steps_by_hour: [None; 24],
    }
}

pub(crate) fn person(archetype: Archetype) -> Evidence {
    let days =
        (1..=14).rev().map(|ago| day(TODAY.checked_sub(ago.days()).unwrap(), 7200.0, 28.0, 410.0)).collect();
    Evidence {
        profile: Profile {
            age: Some(38),
            sex: Some(Sex::Female),
            height_cm: Some(168.0),
            weight_kg: Some(70.0),
            ..Profile::default()
        },
        archetype,
        settings: AgentSettings::default(),
        now: "2026-03-03T07:00:00Z".parse::<Timestamp>().unwrap(),
        today: TODAY,
        anchor: Some(TODAY),
        window_days: 7,
        days,
        weights: Vec::new(),
        scores: Vec::new(),
        check_ins: Vec::new(),
        journal: Vec::new(),
        memories: Vec::new(),
        intake: agents::evidence::Intake::default(),
    }
}

/// One check-in per slug and day, `done` of every `of` days done.
pub(crate) fn check_ins(slugs: &[&str], days: i32, done: impl Fn(i32, usize) -> bool) -> Vec<CheckIn> {
    let mut all = Vec::new();
    for ago in (1..=days).rev() {
        let date = TODAY.checked_sub(ago.days()).unwrap();
        for (i, slug) in slugs.iter().enumerate() {
            let status = if done(ago, i) { CheckInStatus::Done } else { CheckInStatus::Skipped };
            let task_id = format!("{date}-{slug}");
            all.push(CheckIn { task_id, title: None, status, rating: None, date, note: None });
        }
    }
    all
}

const ALLERGIES: &[&str] = &[
    "peanut",
    "nuts",
    "milk",
    "dairy",
    "gluten",
    "egg",
    "soy",
    "fish",
    "shellfish",
    "sesame",
    "strawberries",
    "tomato",
    "Erdnuss",
    "almond",
    "legumes",
];
const INJURIES: &[&str] =
    &["knee", "lower back", "left shoulder", "ankle", "wrist", "hip", "neck", "something odd"];

pub(crate) fn diets() -> impl Strategy<Value = Option<Diet>> {
    use Diet::{GlutenFree, Halal, Kosher, LactoseFree, LowFodmap, Omnivore, Pescatarian, Vegan, Vegetarian};
    let all = [Omnivore, Vegetarian, Vegan, Pescatarian, Halal, Kosher, GlutenFree, LactoseFree, LowFodmap];
    option::of(sample::select(all.to_vec()))
}

pub(crate) fn allergies() -> impl Strategy<Value = Vec<String>> {
    collection::vec(sample::select(ALLERGIES).prop_map(str::to_owned), 0..4)
}

prop_compose! {
    fn profiles()(
        age in option::of(13_u8..100),
        sex in option::of(sample::select(vec![Sex::Female, Sex::Male, Sex::Other])),
        height_cm in option::of(140.0_f64..205.0),
        weight_kg in option::of(38.0_f64..180.0),
        goal in option::of(sample::select(vec![
            Goal::LoseWeight, Goal::GainMuscle, Goal::Maintain, Goal::SleepBetter, Goal::MoreEnergy,
            Goal::ReduceStress, Goal::Fitness,
        ])),
        diet in diets(),
        allergies in allergies(),
        injuries in collection::vec(sample::select(INJURIES).prop_map(str::to_owned), 0..4),
        wake in option::of(0_i64..1440),
        bed in option::of(0_i64..1440),
    ) -> Profile {
        Profile {
            age, sex, height_cm, weight_kg, goal, diet, allergies, injuries,
            wake_time: wake.map(ClockTime::from_minutes),
            bed_time: bed.map(ClockTime::from_minutes),
            ..Profile::default()
        }
    }
}

prop_compose! {
    fn settings()(
        routine_load in 0.5_f64..=1.5,
        routine_new_tasks in 1_u32..=6,
        meals_per_day in 3_u32..=5,
        protein_g_per_kg in 0.8_f64..=2.2,
    ) -> AgentSettings {
        AgentSettings { routine_load, routine_new_tasks, meals_per_day, protein_g_per_kg, ..AgentSettings::default() }
    }
}

prop_compose! {
    pub(crate) fn people()(
        profile in profiles(),
        settings in settings(),
        archetype in sample::select(Archetype::ALL.to_vec()),
        ago in 0_i32..400,
        measured in 0_i32..20,
        steps in 0.0_f64..20_000.0,
        active in 0.0_f64..150.0,
        sleep in 200.0_f64..600.0,
    ) -> Evidence {
        let today = TODAY.checked_sub(ago.days()).unwrap();
        let days = (1..=measured).rev().map(|back| day(today.checked_sub(back.days()).unwrap(), steps, active, sleep));
        Evidence {
            profile,
            settings,
            today,
            days: days.collect(),
            ..person(archetype)
        }
    }
}

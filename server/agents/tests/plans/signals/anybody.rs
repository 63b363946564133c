//! Ten thousand people with any days at all: every figure, sum and interval holds.

use agents::evidence::{DayRecord, Evidence};
use agents::{behavior, circadian};
use domain::archetype::Archetype;
use jiff::ToSpan;
use proptest::prelude::*;
use proptest::{collection::vec, option, sample};

use crate::people::{TODAY, day, person};

prop_compose! {
    /// One day with any values, also absurd ones: evidence can be made by hand.
    fn anything()(
        worn in prop::bool::weighted(0.9),
        steps in option::weighted(0.8, 0.0_f64..40_000.0),
        active in option::weighted(0.7, 0.0_f64..300.0),
        sleep in option::weighted(0.8, 0.0_f64..1_200.0),
        night in option::weighted(0.6, (-700_i32..700, 30_i32..900)),
        heart in option::weighted(0.5, 30.0_f64..140.0),
        hours in option::weighted(0.3, 0.0_f64..2_000.0),
        quiet in 0_usize..24,
    ) -> DayRecord {
        let level = |hour: usize| hours.map(|most| if (hour + quiet) % 24 < 8 { 0.0 } else { most * (hour % 5) as f64 });
        DayRecord {
            worn,
            steps,
            active_minutes: active,
            sleep_minutes: sleep,
            sleep_start: night.map(|(start, _)| start),
            sleep_end: night.map(|(start, length)| start + length),
            resting_heart_rate: heart,
            steps_by_hour: std::array::from_fn(level),
            ..day(TODAY, 0.0, 0.0, 0.0)
        }
    }
}

prop_compose! {
    fn anybody()(
        days in prop_oneof![49 => vec(anything(), 0..9), 1 => vec(anything(), 25..30)],
        archetype in sample::select(Archetype::ALL.to_vec()),
        age in option::of(13_u8..95),
        ago in 0_i32..5,
    ) -> Evidence {
        let count = i32::try_from(days.len()).unwrap();
        let date = |i: i32| TODAY.checked_sub((count - i + ago).days()).unwrap();
        let days: Vec<_> = (0..).zip(days).map(|(i, day)| DayRecord { date: date(i), ..day }).collect();
        let mut evidence = person(archetype);
        evidence.anchor = days.iter().rev().find(|day| day.worn).map(|day| day.date);
        evidence.profile.age = age;
        Evidence { days, ..evidence }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn everybody_gets_a_valid_answer(evidence in anybody()) {
        let habits = behavior::analyse(&evidence);
        prop_assert_eq!(behavior::validate(&habits, &evidence), vec![]);
        let day = circadian::analyse(&evidence);
        prop_assert_eq!(circadian::validate(&day, &evidence), vec![]);
        prop_assert_eq!(day.energy_timeline.iter().filter(|slot| slot.energy > 100).count(), 0);
        let shown = habits.patterns.iter().flat_map(|pattern| pattern.evidence.iter().chain(&pattern.more));
        for shown in shown.chain(habits.priorities.iter().map(|priority| &priority.evidence)) {
            prop_assert!(shown.value.is_finite() && shown.days as usize <= evidence.days.len());
            let bounds = match shown.unit.as_str() {
                "share" => 0.0..=1.0,
                "ratio" => 0.0..=4.0,
                "minutes after midnight" => 0.0..=1_440.0,
                "points" => -100.0..=100.0,
                _ => 0.0..=f64::MAX,
            };
            prop_assert!(bounds.contains(&shown.value), "{}", shown.metric);
        }
    }
}

//! People made from a seed, for tests: tidy or gappy, early or late, active or not.

use domain::archetype::Archetype;
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::profile::{Diet, Goal, Profile, Sex};
use domain::release::AgentSettings;
use jiff::{SignedDuration, Timestamp};

use super::{Evidence, PersonData};

pub(crate) const NOW: &str = "2026-03-03T07:00:00Z";

/// A small generator of numbers that look random: splitmix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

pub(crate) fn reading(kind: BiomarkerKind, value: f64, start: Timestamp, minutes: i64) -> Biomarker {
    Biomarker {
        category: kind.category(),
        kind,
        value,
        unit: kind.unit().to_owned(),
        aggregation: None,
        periodicity: None,
        start,
        end: start + SignedDuration::from_mins(minutes),
        source: None,
    }
}

pub(crate) fn person(seed: u64) -> PersonData {
    let mut dice = Dice(seed);
    let now: Timestamp = NOW.parse().unwrap();
    let (base_steps, base_sleep) = (1_500 + dice.roll(12_000), 270 + dice.roll(270));
    let days = dice.roll(45);
    let mut biomarkers = Vec::new();
    for back in (1..=days).rev() {
        let midnight: Timestamp = "2026-03-03T00:00:00Z".parse::<Timestamp>().unwrap()
            - SignedDuration::from_hours(24 * i64::try_from(back).unwrap());
        if dice.roll(8) == 0 {
            continue;
        }
        let steps = (base_steps + dice.roll(5_000)) as f64;
        biomarkers.push(reading(BiomarkerKind::Steps, steps, midnight, 1_439));
        biomarkers.push(reading(BiomarkerKind::FairlyActiveMinutes, dice.roll(60) as f64, midnight, 1_439));
        if dice.roll(4) > 0 {
            let asleep = (base_sleep + dice.roll(90)) as f64;
            let bed = midnight - SignedDuration::from_mins(i64::try_from(dice.roll(150)).unwrap());
            biomarkers.push(reading(BiomarkerKind::SleepDuration, asleep, bed, asleep as i64 + 20));
        }
    }
    let pick = |dice: &mut Dice, words: &[&str]| -> Vec<String> {
        words.iter().filter(|_| dice.roll(4) == 0).map(|word| (*word).to_owned()).collect()
    };
    let diets = [
        None,
        Some(Diet::Omnivore),
        Some(Diet::Vegetarian),
        Some(Diet::Vegan),
        Some(Diet::Pescatarian),
        Some(Diet::Halal),
        Some(Diet::Kosher),
        Some(Diet::GlutenFree),
        Some(Diet::LactoseFree),
        Some(Diet::LowFodmap),
    ];
    let profile = Profile {
        age: (dice.roll(3) > 0).then(|| 18 + u8::try_from(dice.roll(70)).unwrap()),
        sex: [None, Some(Sex::Female), Some(Sex::Male), Some(Sex::Other)]
            [usize::try_from(dice.roll(4)).unwrap()],
        height_cm: (dice.roll(3) > 0).then(|| 150.0 + dice.roll(50) as f64),
        weight_kg: (dice.roll(3) > 0).then(|| 45.0 + dice.roll(90) as f64),
        goal: [None, Some(Goal::LoseWeight), Some(Goal::GainMuscle), Some(Goal::SleepBetter)]
            [usize::try_from(dice.roll(4)).unwrap()],
        diet: diets[usize::try_from(dice.roll(10)).unwrap()],
        allergies: pick(
            &mut dice,
            &["peanut", "milk", "gluten", "soy", "egg", "fish", "tree nuts", "sesame"],
        ),
        dislikes: pick(&mut dice, &["broccoli", "tofu", "oats"]),
        injuries: pick(&mut dice, &["knee", "lower back", "shoulder"]),
        ..Profile::default()
    };
    assert!(now.as_second() > 0);
    PersonData { profile, biomarkers, ..PersonData::default() }
}

pub(crate) fn evidence(seed: u64, archetype: Archetype) -> Evidence {
    Evidence::from_data(person(seed), archetype, AgentSettings::default(), NOW.parse().unwrap(), 7)
}

/// Days (steps, minutes asleep; 0 for neither) that end yesterday, oldest first.
pub(crate) fn evidence_of(days: Vec<(f64, f64)>) -> Evidence {
    let last: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    let count = i64::try_from(days.len()).unwrap();
    let mut biomarkers = Vec::new();
    for (i, (steps, asleep)) in (0_i64..).zip(days) {
        let midnight = last - SignedDuration::from_hours(24 * (count - 1 - i));
        biomarkers.push(reading(BiomarkerKind::Steps, steps, midnight, 1_439));
        biomarkers.push(reading(
            BiomarkerKind::SedentaryMinutes,
            if steps == 0.0 { 1_440.0 } else { 700.0 },
            midnight,
            1_439,
        ));
        if asleep > 0.0 {
            let bed = midnight - SignedDuration::from_mins(60);
            biomarkers.push(reading(BiomarkerKind::SleepDuration, asleep, bed, asleep as i64 + 10));
        }
    }
    let data = PersonData { biomarkers, ..PersonData::default() };
    Evidence::from_data(data, Archetype::FoundationBuilder, AgentSettings::default(), NOW.parse().unwrap(), 7)
}

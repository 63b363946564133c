//! Dirt in an export changes nothing but the data quality that tells of it.

use agents::evidence::{Evidence, Reason};
use agents::{behavior, circadian};
use domain::health_data::{Biomarker, BiomarkerKind as Kind};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;

use super::wearer::{Wearer, ago, reading, walking};

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Asia/Kolkata",
    // Clocks change by half an hour here.
    "Australia/Lord_Howe",
];

/// What a device that works writes: whole days with nights and heart data, some days missing.
fn tidy(zone: &str, days: i64, seeds: &[u16]) -> Wearer {
    let mut wearer = Wearer::new(zone);
    for back in (1..=days).rev() {
        let seed = |part: i64| i64::from(seeds[((back * 7 + part) as usize) % seeds.len()]);
        if seed(0) % 9 == 0 {
            continue;
        }
        let date = ago(back);
        let lively = 0.6 + (seed(1) % 80) as f64 / 100.0;
        let wake = 6 + seed(2) % 3;
        wearer.hours(date, |hour| (walking(hour, wake, 23) * lively).round());
        wearer.night(date, -60 + seed(3) % 90, wake * 60 + seed(4) % 45);
        let awake_minutes = [
            Kind::VeryActiveMinutes,
            Kind::FairlyActiveMinutes,
            Kind::LightlyActiveMinutes,
            Kind::SedentaryMinutes,
        ];
        for (kind, minutes) in awake_minutes.into_iter().zip([seed(5) % 40, seed(6) % 40, 200, 700]) {
            wearer.sum(kind, minutes as f64, date);
        }
        let morning = wearer.at(date, 7 * 60);
        wearer.put(Kind::RestingHeartRate, 55.0 + (seed(7) % 12) as f64, morning, morning);
        wearer.put(Kind::HeartRateVariabilityRmssd, 35.0 + (seed(8) % 30) as f64, morning, morning);
        if back % 2 == 0 {
            wearer.put(Kind::WeightKg, 71.0 + (seed(9) % 20) as f64 / 10.0, morning, morning);
        }
    }
    wearer
}

/// The same readings with what real exports have between them.
fn dirty(wearer: &Wearer, days: i64, seeds: &[u16]) -> Vec<Biomarker> {
    let mut all = wearer.readings.clone();
    let clean = wearer.readings.clone();
    let now = wearer.now();
    for (place, seed) in seeds.iter().enumerate() {
        let one = &clean[usize::from(*seed) % clean.len()];
        let day = SignedDuration::from_hours(24);
        let absurd = |kind: Kind, value: f64| Biomarker {
            value,
            ..reading(kind, 0.0, one.start, one.start + day, "watch")
        };
        match place % 12 {
            // The same row again, also from a copy of the same device.
            0 => all.push(one.clone()),
            1 => all.extend([one.clone(), Biomarker { source: None, ..one.clone() }]),
            // A phone that counts fewer or more steps, on a few of the same days.
            2 if one.kind == Kind::Steps => {
                all.push(Biomarker {
                    value: (one.value * if seed % 2 == 0 { 0.6 } else { 1.4 }).round(),
                    source: Some("phone".to_owned()),
                    ..one.clone()
                });
            }
            3 => all.push(absurd(Kind::Steps, 200_000.0)),
            4 => all.push(absurd(Kind::SleepDuration, 1_800.0)),
            5 => all.push(Biomarker { end: one.start, ..absurd(Kind::RestingHeartRate, 300.0) }),
            6 => all.push(absurd(Kind::SedentaryMinutes, f64::NAN)),
            7 => all.push(Biomarker { end: one.start + day / 24, ..absurd(Kind::Steps, 50_000.0) }),
            // Once: of many, nobody could tell which is the person.
            8 if place == 8 => all.push(Biomarker { end: one.start, ..absurd(Kind::WeightKg, 103.0) }),
            // From the future.
            9 => all.push(Biomarker { start: now + day, end: now + day * 2, ..one.clone() }),
            // A sum that was exported once more, in another time zone.
            10 => all.extend(
                clean
                    .iter()
                    .find(|sum| sum.kind == Kind::Steps && sum.end.duration_since(sum.start) > day / 2)
                    .map(|sum| Biomarker {
                        start: sum.start + day / 12,
                        end: sum.end + day / 12,
                        ..sum.clone()
                    }),
            ),
            // A day in a drawer, where there was none.
            _ => {
                let date = ago(i64::from(*seed) % days + 1);
                let noon = wearer.at(date, 720);
                let first = clean.iter().map(|reading| reading.start).min().unwrap();
                if noon > first
                    && clean.iter().all(|reading| wearer.zone.to_datetime(reading.end).date() != date)
                {
                    let (start, end) = (wearer.at(date, 0), wearer.at(date, 1_439));
                    all.push(reading(Kind::Steps, 0.0, start, end, "watch"));
                    all.push(reading(Kind::SedentaryMinutes, 1_440.0, start, end, "watch"));
                }
            }
        }
    }
    // Out of order.
    let count = all.len();
    for (place, seed) in (0..count).zip(seeds.iter().cycle()) {
        all.swap(place, (usize::from(*seed) * 31 + place) % count);
    }
    all
}

/// All that is said of a person, without what was set aside.
fn said(evidence: &Evidence) -> (behavior::BehaviorAnalysis, circadian::CircadianAnalysis) {
    let mut habits = behavior::analyse(evidence);
    habits.data_quality.set_aside.clear();
    (habits, circadian::analyse(evidence))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn dirt_changes_nothing(
        zone in select(&ZONES[..]),
        days in 12_i64..40,
        seeds in prop::collection::vec(any::<u16>(), 24..60),
    ) {
        let wearer = tidy(zone, days, &seeds);
        prop_assume!(wearer.readings.len() > 300);
        let clean = wearer.evidence();
        prop_assert_eq!(&clean.intake.set_aside, &vec![]);
        let soiled = wearer.evidence_of(dirty(&wearer, days, &seeds));
        for (one, other) in clean.days.iter().zip(&soiled.days).filter(|(one, _)| one.worn) {
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(said(&clean), said(&soiled));
        prop_assert_eq!(behavior::validate(&behavior::analyse(&soiled), &soiled), vec![]);
        let told: Vec<Reason> = soiled.intake.set_aside.iter().map(|line| line.reason).collect();
        for reason in [Reason::Implausible, Reason::Duplicate, Reason::Future] {
            prop_assert!(told.contains(&reason), "{reason:?} is not told");
        }
    }
}

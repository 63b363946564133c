use domain::archetype::Archetype;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::health_data::{Biomarker, BiomarkerKind, Scale, Score, ScoreKind};
use domain::release::AgentSettings;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::evidence::sample::{Dice, NOW, reading};
use crate::evidence::{Evidence, PersonData};

mod by_hand;
mod guidelines;
mod month;
mod people;
mod ranks;

/// Somebody with `days` days of data up to yesterday of `NOW`, `more` days beyond it, and habits drawn from the seed: weekends,
/// a slow trend, a changed last week, nights that go with steps, gaps, check-ins, scores, hours.
fn somebody(seed: u64, days: i64, more: i64) -> PersonData {
    let mut dice = Dice(seed);
    let chance = |dice: &mut Dice, of: u64| dice.roll(of) == 0;
    let base = 2_000.0 + dice.roll(11_000) as f64;
    let noise = 300.0 + dice.roll(3_000) as f64;
    let weekend = [0.0, 0.0, -0.5, 0.7][dice.roll(4) as usize];
    let trend = [0.0, 0.0, 60.0, -60.0][dice.roll(4) as usize];
    let changed = [1.0, 1.0, 0.6, 1.5][dice.roll(4) as usize];
    let (asleep, restless) = (290.0 + dice.roll(230) as f64, 10.0 + dice.roll(80) as f64);
    let linked = if chance(&mut dice, 4) { 25.0 } else { 0.0 };
    let gap = 4 + dice.roll(12);
    let (hourly, hearts, scored) = (chance(&mut dice, 6), chance(&mut dice, 2), chance(&mut dice, 3));
    let tasks = ["easy-walk", "screens-away", "morning-stretch", "evening-reading"];
    let works: Vec<u64> = tasks.iter().map(|_| 1 + dice.roll(10)).collect();
    let checks_in = chance(&mut dice, 2);
    let mut data = PersonData::default();
    let midnight: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    for back in (-more + 1..=days).rev() {
        let start = midnight - SignedDuration::from_hours(24 * back);
        let date = jiff::tz::TimeZone::UTC.to_datetime(start).date();
        if chance(&mut dice, gap) {
            continue;
        }
        let mut wave = || dice.roll(2_001) as f64 / 1_000.0 - 1.0;
        let night = (asleep + restless * wave()).clamp(60.0, 900.0);
        let free = date.weekday().to_monday_zero_offset() >= 5;
        let week = if back <= 7 { changed } else { 1.0 };
        let of_day = if free { 1.0 + weekend } else { 1.0 };
        let steps = ((base + noise * wave() + trend * (days - back) as f64) * of_day * week
            + linked * (night - asleep))
            .max(1.0);
        push_steps(&mut data, start, steps.round(), hourly);
        data.biomarkers.push(reading(
            BiomarkerKind::FairlyActiveMinutes,
            (steps / 300.0).round(),
            start,
            1_439,
        ));
        data.biomarkers.push(reading(
            BiomarkerKind::SedentaryMinutes,
            (1_000.0 - steps / 40.0).round(),
            start,
            1_439,
        ));
        let bed = start - SignedDuration::from_mins((60.0 + restless * wave()) as i64);
        data.biomarkers.push(reading(BiomarkerKind::SleepDuration, night.round(), bed, night as i64 + 20));
        if hearts {
            data.biomarkers.push(reading(
                BiomarkerKind::RestingHeartRate,
                (60.0 + 5.0 * wave()).round(),
                start,
                600,
            ));
            let ms = (45.0 + 12.0 * wave()).round();
            data.biomarkers.push(reading(BiomarkerKind::HeartRateVariabilityRmssd, ms, start, 600));
            data.biomarkers.push(reading(BiomarkerKind::WeightKg, 80.0 + 0.1 * back as f64, start, 1));
        }
        if scored {
            data.scores.push(score(start + SignedDuration::from_hours(7), 60.0 + 25.0 * wave()));
        }
        if checks_in && back >= 1 {
            for (slug, works) in tasks.iter().zip(&works) {
                let done = dice.roll(10) < *works;
                data.check_ins.push(check_in(slug, date, done));
            }
        }
    }
    data
}

fn push_steps(data: &mut PersonData, start: Timestamp, steps: f64, hourly: bool) {
    if !hourly {
        data.biomarkers.push(reading(BiomarkerKind::Steps, steps, start, 1_439));
        return;
    }
    for hour in 0..24_i64 {
        let share = if (17..20).contains(&hour) { 0.2 } else { 0.4 / 21.0 };
        let at = start + SignedDuration::from_hours(hour);
        data.biomarkers.push(reading(BiomarkerKind::Steps, (steps * share).round(), at, 59));
    }
}

fn score(at: Timestamp, value: f64) -> Score {
    let score = value.round();
    Score { kind: ScoreKind::Readiness, score, scale: Scale::Percent, state: None, factors: Vec::new(), at }
}

fn check_in(slug: &str, date: jiff::civil::Date, done: bool) -> CheckIn {
    let status = if done { CheckInStatus::Done } else { CheckInStatus::Skipped };
    let title = Some(slug.replace('-', " "));
    CheckIn { task_id: format!("{date}-{slug}"), title, status, rating: None, date, note: None }
}

/// What is known of them `later` days after `NOW`.
fn seen(data: &PersonData, later: i64, archetype: Archetype) -> Evidence {
    let now = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * later);
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let oldest = now - SignedDuration::from_hours(24 * 60);
    let known = |reading: &&Biomarker| reading.end <= now && reading.end >= oldest;
    let data = PersonData {
        profile: data.profile.clone(),
        biomarkers: data.biomarkers.iter().filter(known).cloned().collect(),
        scores: data.scores.iter().filter(|score| score.at <= now).cloned().collect(),
        check_ins: data
            .check_ins
            .iter()
            .filter(|it| it.date < today && it.date > today.checked_sub(60.days()).unwrap())
            .cloned()
            .collect(),
        ..PersonData::default()
    };
    Evidence::from_data(data, archetype, AgentSettings::default(), now, 7)
}

//! What the demo's devices measured: thirty days of readings, scores and check-ins of one person.
//!
//! The same person and moment give the same readings. Nothing lies after that moment; some days the device lay in a drawer.

use domain::check_in::{CheckIn, CheckInStatus};
use domain::health_data::{Biomarker, BiomarkerKind, Scale, Score, ScoreKind};
use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::SEED;
use super::dice::Dice;
use super::people::Person;

/// Days of data before today.
pub(super) const DAYS: i64 = 30;

const SOURCE: &str = "demo";

/// Share of the day's steps by the hour since waking.
const WALKING: [f64; 16] = [3.0, 8.0, 5.0, 4.0, 4.0, 8.0, 6.0, 4.0, 3.0, 4.0, 9.0, 12.0, 9.0, 5.0, 3.0, 1.0];

/// Tasks that people report on, by the titles of the planner's library.
const TASKS: [&str; 4] =
    ["Step outside into daylight", "Gentle morning stretch", "Easy walk outside", "Write down one intention"];

/// One person's data.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measured {
    pub(super) readings: Vec<Biomarker>,
    pub(super) scores: Vec<Score>,
    pub(super) check_ins: Vec<CheckIn>,
}

/// Everything that `person` (the `place`-th of them) has sent by `now`.
pub(super) fn measured(person: &Person, place: usize, now: Timestamp) -> Measured {
    let zone = person.profile.zone();
    let today = zone.to_datetime(now).date();
    let mut all = Measured::default();
    for ago in (0..=DAYS).rev() {
        let Ok(date) = today.checked_sub(ago.days()) else { continue };
        let mut dice = Dice::of(SEED + place as u64, ago);
        let mut day = Day { person, date, ago, dice: &mut dice, all: &mut all };
        day.measure();
    }
    all.readings.retain(|reading| reading.end <= now);
    all.scores.retain(|score| score.at <= now);
    all
}

struct Day<'a> {
    person: &'a Person,
    date: Date,
    ago: i64,
    dice: &'a mut Dice,
    all: &'a mut Measured,
}

impl Day<'_> {
    fn measure(&mut self) {
        let worn = self.dice.chance(self.person.habit.worn);
        let shift = self.dice.normal() * self.person.habit.irregular_minutes;
        let length = self.dice.normal() * 25.0;
        let weekend = matches!(self.date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let late = if weekend { self.person.habit.irregular_minutes } else { 0.0 };
        let wake = self.usual(self.person.profile.wake_time, 420.0) + shift * 0.6 + late;
        let mut asleep_at = self.usual(self.person.profile.bed_time, 1_380.0) + shift + late - length;
        // Bed times are those of the evening before, midnight and the hours after it included.
        if asleep_at > 720.0 {
            asleep_at -= 1_440.0;
        }
        let asleep = (wake - asleep_at).clamp(210.0, 640.0);
        if worn {
            self.night(wake, asleep);
            self.waking_hours(wake, asleep, weekend);
        }
        if self.dice.chance(0.2) {
            let kg = self.person.profile.weight_kg.unwrap_or(70.0) + self.ago as f64 * 0.02;
            let kg = kg + self.dice.normal() * 0.3;
            self.put(BiomarkerKind::WeightKg, (kg * 10.0).round() / 10.0, wake + 15.0, 0.0);
        }
        if self.ago > 0 && self.ago <= 14 && self.dice.chance(0.5) {
            self.report();
        }
    }

    fn usual(&self, time: Option<domain::profile::ClockTime>, otherwise: f64) -> f64 {
        time.map_or(otherwise, |time| f64::from(time.minutes()))
    }

    fn night(&mut self, wake: f64, asleep: f64) {
        let habit = &self.person.habit;
        let awake = self.dice.between(12.0, 45.0);
        let tired = (430.0 - asleep).max(0.0) / 60.0;
        let heart = (habit.resting_heart_rate + tired * 1.5 + self.dice.normal() * 1.2).clamp(38.0, 110.0);
        let hrv = (habit.hrv_ms * (1.0 - tired * 0.05) + self.dice.normal() * 4.0).clamp(8.0, 200.0);
        let readiness = (78.0 - tired * 9.0 + self.dice.normal() * 6.0).clamp(12.0, 99.0);
        let sleep = (asleep / 480.0 * 84.0 + self.dice.normal() * 4.0).clamp(10.0, 99.0);
        self.put(BiomarkerKind::SleepDuration, asleep.round(), wake - asleep, asleep);
        self.put(
            BiomarkerKind::MinutesInBed,
            (asleep + awake).round(),
            wake - asleep - awake,
            asleep + awake,
        );
        self.put(BiomarkerKind::SleepAwakeDuration, awake.round(), wake - asleep, asleep);
        self.put(BiomarkerKind::RestingHeartRate, heart.round(), wake, 0.0);
        self.put(BiomarkerKind::HeartRateVariabilityRmssd, hrv.round(), wake, 0.0);
        self.score(ScoreKind::Readiness, readiness, wake + 5.0);
        self.score(ScoreKind::Sleep, sleep, wake + 5.0);
    }

    fn waking_hours(&mut self, wake: f64, asleep: f64, weekend: bool) {
        let habit = &self.person.habit;
        let mood = (1.0 + self.dice.normal() * 0.22) * if weekend { 0.88 } else { 1.0 };
        let total = (habit.steps * mood).clamp(400.0, 45_000.0);
        let weights = WALKING.map(|weight| weight * self.dice.between(0.6, 1.4));
        let whole: f64 = weights.iter().sum();
        let first = (wake / 60.0).floor() * 60.0;
        let mut steps = 0.0;
        for (hour, weight) in weights.iter().enumerate() {
            let at = first + hour as f64 * 60.0;
            // What is walked after midnight belongs to the next day's records.
            if at >= 1_440.0 {
                break;
            }
            let here = (total * weight / whole).round();
            steps += here;
            self.put(BiomarkerKind::Steps, here, at, 60.0);
        }
        let active = (habit.active_minutes * mood + self.dice.normal() * 6.0).clamp(2.0, 200.0).round();
        let light = self.dice.between(120.0, 240.0).round();
        self.put(BiomarkerKind::Steps, steps, 0.0, WHOLE_DAY);
        self.put(BiomarkerKind::ActiveMinutes, active, 0.0, WHOLE_DAY);
        self.put(BiomarkerKind::LightlyActiveMinutes, light, 0.0, WHOLE_DAY);
        let sedentary = (1_440.0 - asleep - active - light).clamp(120.0, 1_200.0).round();
        self.put(BiomarkerKind::SedentaryMinutes, sedentary, 0.0, WHOLE_DAY);
    }

    fn report(&mut self) {
        let Some(title) = self.dice.pick(&TASKS).copied() else { return };
        let status = self.dice.weighted(&[
            (CheckInStatus::Done, 6.0),
            (CheckInStatus::Partial, 2.0),
            (CheckInStatus::Skipped, 2.0),
        ]);
        let rating = self.dice.around(3.2).clamp(1, 5) as u8;
        self.all.check_ins.push(CheckIn {
            task_id: format!("{}-{}", self.date, title.to_lowercase().replace(' ', "-")),
            title: Some(title.to_owned()),
            status: status.unwrap_or(CheckInStatus::Done),
            rating: Some(rating),
            date: self.date,
            note: None,
        });
    }

    /// A reading that begins `minute` minutes after this day's midnight, negative before it.
    fn put(&mut self, kind: BiomarkerKind, value: f64, minute: f64, length: f64) {
        let Some(start) = self.at(minute) else { return };
        let long = SignedDuration::from_secs((length * 60.0) as i64);
        let end = start + if length >= WHOLE_DAY { long - SignedDuration::from_secs(1) } else { long };
        self.all.readings.push(reading(kind, value, start, end));
    }

    fn score(&mut self, kind: ScoreKind, score: f64, minute: f64) {
        let Some(at) = self.at(minute) else { return };
        let score = score.round();
        self.all.scores.push(Score {
            kind,
            score,
            scale: Scale::Percent,
            state: None,
            factors: Vec::new(),
            at,
        });
    }

    fn at(&self, minute: f64) -> Option<Timestamp> {
        let zone = self.person.profile.zone();
        let midnight = zone.to_timestamp(self.date.at(0, 0, 0, 0)).ok()?;
        Some(midnight + SignedDuration::from_mins(minute.round() as i64))
    }
}

const WHOLE_DAY: f64 = 1_440.0;

/// A reading of the demo's device.
pub(super) fn reading(kind: BiomarkerKind, value: f64, start: Timestamp, end: Timestamp) -> Biomarker {
    Biomarker {
        category: kind.category(),
        kind,
        value,
        unit: kind.unit().to_owned(),
        aggregation: None,
        periodicity: None,
        start,
        end,
        source: Some(SOURCE.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::people::everybody;

    #[test]
    fn the_same_moment_gives_the_same_valid_readings_and_people_differ() {
        let now: Timestamp = crate::testing::START.parse().unwrap();
        let people = everybody().unwrap();
        let once: Vec<_> = people.iter().enumerate().map(|(i, person)| measured(person, i, now)).collect();
        let again: Vec<_> = people.iter().enumerate().map(|(i, person)| measured(person, i, now)).collect();
        assert_eq!(once, again);
        for (person, data) in people.iter().zip(&once) {
            let count = data.readings.len();
            assert!((400..1_100).contains(&count), "{}: {count}", person.id);
            for reading in &data.readings {
                reading.clone().checked(now).unwrap();
                assert!(reading.end <= now);
            }
            for report in &data.check_ins {
                report.check().unwrap();
            }
        }
        let steps = |data: &Measured| {
            let hours = data.readings.iter().filter(|r| r.kind == BiomarkerKind::Steps);
            hours.map(|r| r.value).sum::<f64>()
        };
        let (least, most) = (steps(&once[14]), steps(&once[8]));
        assert!(most > 3.0 * least, "{most} against {least}");
    }
}

//! What is watched of a person, one row per signal, and its values by local day.

use domain::health_data::ScoreKind;
use jiff::ToSpan;
use jiff::civil::Date;

use super::Category;
use crate::evidence::{DayRecord, Evidence};

/// Which way is better. Where neither is, a change is told without praise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
    Neither,
}

/// How a value is written for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// `7,200 steps`
    Count(&'static str),
    /// `6 h 40 min`
    Duration,
    /// `23:10`, of minutes after midnight, negative before it.
    Clock,
    /// `71.5 kg`
    Decimal(&'static str),
}

/// A value a day, oldest first.
pub(super) type Days = Vec<(Date, f64)>;

const STEPS: &str = " steps";

pub(super) struct Signal {
    /// Stable: it is stored with insights.
    pub(super) id: &'static str,
    /// As it stands in a sentence after "your".
    pub(super) label: &'static str,
    pub(super) unit: &'static str,
    pub(super) written: Written,
    pub(super) category: Category,
    pub(super) better: Better,
    /// The least spread between days that is believed, in the signal's unit: devices round, and nobody is a clock.
    pub(super) floor: f64,
    /// The least difference that matters to a person, in the signal's unit.
    pub(super) matters: f64,
    /// How directly a person can change it, 0–1: 1 what one does, less what follows from it in weeks.
    pub(super) control: f64,
    source: Source,
}

enum Source {
    /// Of a day that is over, or may count while it lasts.
    Day {
        read: fn(&DayRecord) -> Option<f64>,
        grows: bool,
    },
    Score(ScoreKind),
    /// Whatever was worn.
    Scale,
}

const fn day(read: fn(&DayRecord) -> Option<f64>) -> Source {
    Source::Day { read, grows: false }
}

/// A sum that grows until midnight: today's is not one yet.
const fn sum(read: fn(&DayRecord) -> Option<f64>) -> Source {
    Source::Day { read, grows: true }
}

/// Least differences: 1,000 steps a day go with lower mortality (Banach et al. 2023); 20 minutes of sleep and 30 of timing are
/// about what people notice; 3 bpm and a fifth of a usual variability are beyond a device's own noise. The rest are judgements.
pub(super) const SIGNALS: &[Signal] = &[
    Signal {
        id: "steps",
        label: "steps a day",
        unit: "steps",
        written: Written::Count(STEPS),
        category: Category::Activity,
        better: Better::Higher,
        floor: 500.0,
        matters: 1_000.0,
        control: 1.0,
        source: sum(|day| day.steps),
    },
    Signal {
        id: "active-minutes",
        label: "active minutes a day",
        unit: "minutes",
        written: Written::Count(" active minutes"),
        category: Category::Activity,
        better: Better::Higher,
        floor: 5.0,
        matters: 8.0,
        control: 1.0,
        source: sum(|day| day.active_minutes),
    },
    Signal {
        id: "sitting",
        label: "still time a day",
        unit: "minutes",
        written: Written::Duration,
        category: Category::Activity,
        better: Better::Lower,
        floor: 20.0,
        matters: 45.0,
        control: 1.0,
        // Above this the device lay somewhere for most of the day.
        source: sum(|day| day.sedentary_minutes.filter(|minutes| *minutes < 1_300.0)),
    },
    Signal {
        id: "sleep",
        label: "sleep a night",
        unit: "minutes",
        written: Written::Duration,
        category: Category::Sleep,
        better: Better::Higher,
        floor: 10.0,
        matters: 20.0,
        control: 1.0,
        source: day(|day| day.sleep_minutes),
    },
    Signal {
        id: "bedtime",
        label: "bedtime",
        unit: "minutes after midnight",
        written: Written::Clock,
        category: Category::Sleep,
        better: Better::Neither,
        floor: 10.0,
        matters: 30.0,
        control: 1.0,
        source: day(|day| day.sleep_start.map(f64::from)),
    },
    Signal {
        id: "resting-heart-rate",
        label: "resting heart rate",
        unit: "bpm",
        written: Written::Count(" bpm"),
        category: Category::Recovery,
        better: Better::Lower,
        floor: 1.0,
        matters: 3.0,
        control: 0.7,
        source: day(|day| day.resting_heart_rate),
    },
    Signal {
        id: "heart-rate-variability",
        label: "heart rate variability",
        unit: "ms",
        written: Written::Count(" ms"),
        category: Category::Recovery,
        better: Better::Higher,
        floor: 3.0,
        matters: 6.0,
        control: 0.7,
        source: day(|day| day.heart_rate_variability),
    },
    Signal {
        id: "weight",
        label: "weight",
        unit: "kg",
        written: Written::Decimal(" kg"),
        category: Category::Nutrition,
        better: Better::Neither,
        floor: 0.3,
        matters: 0.7,
        control: 0.8,
        source: Source::Scale,
    },
    Signal {
        id: "readiness",
        label: "readiness score",
        unit: "of 100",
        written: Written::Count(" of 100"),
        category: Category::Recovery,
        better: Better::Higher,
        floor: 4.0,
        matters: 8.0,
        control: 0.8,
        source: Source::Score(ScoreKind::Readiness),
    },
    Signal {
        id: "energy",
        label: "energy score",
        unit: "of 100",
        written: Written::Count(" of 100"),
        category: Category::Energy,
        better: Better::Higher,
        floor: 4.0,
        matters: 8.0,
        control: 0.8,
        source: Source::Score(ScoreKind::Energy),
    },
    Signal {
        id: "wellbeing",
        label: "wellbeing score",
        unit: "of 100",
        written: Written::Count(" of 100"),
        category: Category::Motivation,
        better: Better::Higher,
        floor: 4.0,
        matters: 8.0,
        control: 0.8,
        source: Source::Score(ScoreKind::MentalWellbeing),
    },
];

pub(super) fn named(id: &str) -> Option<&'static Signal> {
    SIGNALS.iter().find(|signal| signal.id == id)
}

impl Signal {
    /// Values of the 30 days that evidence holds, oldest first, one a day. Of several scores of a day the last counts.
    pub(super) fn values(&self, evidence: &Evidence) -> Vec<(Date, f64)> {
        match &self.source {
            Source::Day { read, grows } => Evidence::values(&evidence.days, read)
                .into_iter()
                .filter(|(date, value)| value.is_finite() && !(*grows && *date >= evidence.today))
                .collect(),
            Source::Score(kind) => scores(evidence, *kind),
            Source::Scale => evidence.weights.clone(),
        }
    }

    /// The values of the last week that has any, and those before it.
    pub(super) fn split(&self, evidence: &Evidence) -> (Days, Days) {
        let all = self.values(evidence);
        let first = week_start(evidence);
        let at = all.partition_point(|(date, _)| *date < first);
        (all[at..].to_vec(), all[..at].to_vec())
    }

    /// What an insight about it is about: steps and active minutes are two ways to count the same.
    pub(super) fn subject(&self) -> &'static str {
        if matches!(self.id, "steps" | "active-minutes") { "movement" } else { self.id }
    }

    /// For people. Rounded to what they can use: steps to hundreds, minutes to five where they are hours.
    pub(super) fn say(&self, value: f64) -> String {
        match self.written {
            Written::Count(word) if value.abs() >= 1_000.0 => {
                format!("{}{word}", thousands((value / 100.0).round() * 100.0))
            }
            Written::Count(word) if value.round() == 0.0 => format!("no{word}"),
            Written::Count(word) if word == STEPS && value.abs() >= 100.0 => {
                format!("{:.0}{word}", (value / 10.0).round() * 10.0)
            }
            Written::Count(word) => format!("{value:.0}{word}"),
            Written::Duration => duration(value),
            Written::Clock => clock(value),
            Written::Decimal(word) => format!("{value:.1}{word}"),
        }
    }

    /// A difference for people: of times of day in minutes.
    pub(super) fn say_difference(&self, value: f64) -> String {
        match self.written {
            Written::Clock => duration(value.abs()),
            _ => self.say(value.abs()),
        }
    }
}

/// The first day of the last seven, up to the last day with data.
pub(super) fn week_start(evidence: &Evidence) -> Date {
    newest(evidence).checked_sub(6.days()).unwrap_or(Date::MIN)
}

/// The last day that the device measured; of people without one, today.
pub(super) fn newest(evidence: &Evidence) -> Date {
    evidence.days.last().map_or(evidence.today, |day| day.date)
}

/// Days from `from` to `to`.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn scores(evidence: &Evidence, kind: ScoreKind) -> Vec<(Date, f64)> {
    let zone = evidence.profile.zone();
    let mut found: Vec<(Date, f64)> = Vec::new();
    for score in evidence.scores.iter().filter(|score| score.kind == kind && score.score.is_finite()) {
        let date = zone.to_datetime(score.at).date();
        let age = days_between(date, evidence.today);
        if !(0..30).contains(&age) {
            continue;
        }
        match found.last_mut() {
            Some((last, value)) if *last == date => *value = score.score,
            _ => found.push((date, score.score)),
        }
    }
    found.sort_by_key(|(date, _)| *date);
    found
}

fn duration(minutes: f64) -> String {
    let minutes = if minutes >= 60.0 { (minutes / 5.0).round() * 5.0 } else { minutes.round() };
    let (hours, rest) = ((minutes / 60.0).floor(), minutes % 60.0);
    match (hours > 0.0, rest > 0.0) {
        (true, true) => format!("{hours:.0} h {rest:.0} min"),
        (true, false) => format!("{hours:.0} h"),
        (false, _) => format!("{rest:.0} minutes"),
    }
}

fn clock(minutes: f64) -> String {
    let minutes = ((minutes / 5.0).round() * 5.0) as i64;
    let of_day = minutes.rem_euclid(1440);
    format!("{:02}:{:02}", of_day / 60, of_day % 60)
}

fn thousands(value: f64) -> String {
    let whole = value.abs().round() as i64;
    if whole >= 1_000 { format!("{},{:03}", whole / 1_000, whole % 1_000) } else { whole.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        let say = |id: &str, value: f64| named(id).unwrap().say(value);
        assert_eq!(say("steps", 7_249.0), "7,200 steps");
        assert_eq!(say("steps", 12_050.0), "12,100 steps");
        assert_eq!((say("steps", 643.0), say("steps", 0.2)), ("640 steps".to_owned(), "no steps".to_owned()));
        assert_eq!(say("resting-heart-rate", 104.0), "104 bpm");
        assert_eq!(say("sleep", 401.0), "6 h 40 min");
        assert_eq!(say("sleep", 420.0), "7 h");
        assert_eq!(say("sleep", 42.0), "42 minutes");
        assert_eq!(say("bedtime", -61.0), "23:00");
        assert_eq!(say("bedtime", 33.0), "00:35");
        assert_eq!(say("weight", 71.46), "71.5 kg");
        assert_eq!(named("bedtime").unwrap().say_difference(-44.0), "44 minutes");
    }

    #[test]
    fn ids_are_unique_and_floors_positive() {
        for (i, signal) in SIGNALS.iter().enumerate() {
            assert!(SIGNALS[..i].iter().all(|other| other.id != signal.id));
            assert!(signal.floor > 0.0 && signal.matters > 0.0 && (0.0..=1.0).contains(&signal.control));
        }
    }
}

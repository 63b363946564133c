//! How much the data can carry: said with every analysis, because an answer is only as good as it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::{DayRecord, Evidence, PartialDay, SetAside};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DataQuality {
    pub level: Level,
    /// Share of the window's days × signals (steps, active minutes, sleep) that were measured, 0–1.
    pub completeness: f64,
    /// Days looked at closely, and how many of them the device was worn.
    pub window_days: u32,
    pub worn_days: u32,
    /// Worn days before the window, of at most 30 with it: what is usual for this person.
    pub baseline_days: u32,
    /// Days between the newest data and today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_data_days_ago: Option<i64>,
    /// What would make the answers better.
    pub missing: Vec<String>,
    /// Each signal that the agents read, whether it was measured or not.
    #[serde(default)]
    pub signals: Vec<SignalCoverage>,
    /// Stretches without data between the first and the newest day of at most 30, oldest first.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Days of at most 30 on which the device was not worn, gaps included.
    #[serde(default)]
    pub not_worn_days: u32,
    /// Days of them that were measured in part only: their sums do not count.
    #[serde(default)]
    pub partial_days: Vec<PartialDay>,
    /// Readings that were not taken for data, by signal and reason, of all that was looked at (about 60 days).
    #[serde(default)]
    pub set_aside: Vec<SetAside>,
}

/// How often one signal was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignalCoverage {
    pub signal: String,
    /// Days with a value in the window, and before it.
    pub window_days: u32,
    pub baseline_days: u32,
    /// Days between its newest value and today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_days_ago: Option<i64>,
}

/// A stretch of days without data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    pub days: u32,
}

/// ≥ 0.8 excellent, ≥ 0.6 good, ≥ 0.3 fair, else poor (the first HolisticOS' scale).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Poor,
    Fair,
    Good,
    Excellent,
}

impl Level {
    fn of(completeness: f64) -> Self {
        match completeness {
            c if c >= 0.8 => Self::Excellent,
            c if c >= 0.6 => Self::Good,
            c if c >= 0.3 => Self::Fair,
            _ => Self::Poor,
        }
    }
}

type Signal = fn(&DayRecord) -> Option<f64>;

/// The first three make the completeness.
const SIGNALS: [(&str, Signal); 9] = [
    ("steps", |day| day.steps),
    ("active minutes", |day| day.active_minutes),
    ("sleep", |day| day.sleep_minutes),
    ("sleep times", |day| day.sleep_start.and(day.sleep_end).map(f64::from)),
    ("steps by the hour", |day| day.steps_by_hour.iter().any(Option::is_some).then_some(1.0)),
    ("sedentary minutes", |day| day.sedentary_minutes),
    ("resting heart rate", |day| day.resting_heart_rate),
    ("heart rate variability", |day| day.heart_rate_variability),
    ("weight", |day| day.weight_kg),
];
const COUNTED: usize = 3;
/// Data older than this say little of today.
const FRESH_DAYS: i64 = 3;

pub fn assess(evidence: &Evidence) -> DataQuality {
    let window_days = evidence.window_days.max(7);
    let signals: Vec<SignalCoverage> =
        SIGNALS.into_iter().map(|(name, signal)| coverage(evidence, name, signal)).collect();
    let measured: u32 = signals[..COUNTED].iter().map(|signal| signal.window_days).sum();
    let completeness = f64::from(measured) / f64::from(COUNTED as u32 * window_days);
    let worn = |days: &[DayRecord]| count(days.iter().filter(|day| day.worn).count());
    let shown = |date: Date| evidence.days.iter().any(|day| day.date == date);
    DataQuality {
        level: Level::of(completeness),
        completeness: (completeness * 100.0).round() / 100.0,
        window_days,
        worn_days: worn(evidence.window()),
        baseline_days: worn(evidence.baseline()),
        newest_data_days_ago: evidence.age_days(),
        missing: missing(evidence, &signals),
        gaps: gaps(&evidence.days),
        not_worn_days: count(evidence.days.iter().filter(|day| !day.worn).count()),
        partial_days: evidence.intake.partial.iter().filter(|day| shown(day.date)).cloned().collect(),
        set_aside: evidence.intake.set_aside.clone(),
        signals,
    }
}

fn coverage(evidence: &Evidence, name: &str, signal: Signal) -> SignalCoverage {
    // A scale is stood on, not worn.
    let has = |day: &&DayRecord| (day.worn || name == "weight") && signal(day).is_some();
    let newest = match name {
        "weight" => evidence.weights.last().map(|(date, _)| *date),
        _ => evidence.days.iter().rev().find(has).map(|day| day.date),
    };
    SignalCoverage {
        signal: name.to_owned(),
        window_days: count(evidence.window().iter().filter(has).count()),
        baseline_days: count(evidence.baseline().iter().filter(has).count()),
        newest_days_ago: newest.and_then(|date| Some(i64::from(evidence.today.since(date).ok()?.get_days()))),
    }
}

fn missing(evidence: &Evidence, signals: &[SignalCoverage]) -> Vec<String> {
    let window = evidence.window_days.max(7);
    let mut missing: Vec<String> = signals[..COUNTED]
        .iter()
        .filter(|signal| signal.window_days < 4)
        .map(|signal| format!("{}: {} of {window} days", signal.signal, signal.window_days))
        .collect();
    let nights = |name: &str| {
        signals.iter().filter(|s| s.signal == name).map(|s| s.window_days + s.baseline_days).sum()
    };
    let (slept, timed): (u32, u32) = (nights("sleep"), nights("sleep times"));
    if slept >= 3 && timed < 5 {
        missing.push("when nights begin and end, for regularity and chronotype".to_owned());
    }
    let (heart, variability): (u32, u32) = (nights("resting heart rate"), nights("heart rate variability"));
    if heart + variability == 0 {
        missing.push("resting heart rate or heart rate variability, for readiness".to_owned());
    }
    if let Some(age) = evidence.age_days().filter(|age| *age > FRESH_DAYS) {
        missing.push(format!("newer data: the newest is {age} days old"));
    }
    missing
}

/// Two days in a row or more without a worn device.
fn gaps(days: &[DayRecord]) -> Vec<Gap> {
    let stretches = days.chunk_by(|a, b| a.worn == b.worn);
    let gap = |stretch: &[DayRecord]| {
        let (first, last) = (stretch.first()?, stretch.last()?);
        let days = count(stretch.len());
        (!first.worn && days >= 2).then_some(Gap { from: first.date, to: last.date, days })
    };
    stretches.filter_map(gap).collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

//! How much the data can carry: said with every analysis, because an answer is only as good as it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::{DayRecord, Evidence};

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

pub fn assess(evidence: &Evidence) -> DataQuality {
    let window = evidence.window();
    let has = |signal: fn(&DayRecord) -> Option<f64>| Evidence::values(window, signal).len();
    let signals: [(&str, usize); 3] = [
        ("steps", has(|day| day.steps)),
        ("active minutes", has(|day| day.active_minutes)),
        ("sleep", has(|day| day.sleep_minutes)),
    ];
    let asked = 3 * usize::try_from(evidence.window_days.max(7)).unwrap_or(7);
    let completeness = signals.iter().map(|(_, n)| n).sum::<usize>() as f64 / asked as f64;
    let mut missing: Vec<String> = signals
        .iter()
        .filter(|(_, n)| *n < 4)
        .map(|(name, n)| format!("{name}: {n} of {} days", evidence.window_days.max(7)))
        .collect();
    if Evidence::values(&evidence.days, |day| day.resting_heart_rate.or(day.heart_rate_variability))
        .is_empty()
    {
        missing.push("resting heart rate or heart rate variability, for readiness".to_owned());
    }
    DataQuality {
        level: match completeness {
            c if c >= 0.8 => Level::Excellent,
            c if c >= 0.6 => Level::Good,
            c if c >= 0.3 => Level::Fair,
            _ => Level::Poor,
        },
        completeness: (completeness * 100.0).round() / 100.0,
        window_days: evidence.window_days.max(7),
        worn_days: u32::try_from(window.iter().filter(|day| day.worn).count()).unwrap_or(0),
        baseline_days: u32::try_from(evidence.baseline().iter().filter(|day| day.worn).count()).unwrap_or(0),
        newest_data_days_ago: evidence.age_days(),
        missing,
    }
}

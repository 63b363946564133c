//! How much a person can take on today, and from what that is read.

use domain::health_data::ScoreKind;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::{DayRecord, Evidence};
use crate::statistics::{median, spread};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// 0–100; `None`: nothing recent to read it from.
    pub score: Option<u8>,
    pub mode: Mode,
    /// What it was read from.
    pub from: Vec<String>,
}

/// Above 75 performance, 50–75 productive, below recovery. Unknown is treated as productive, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    Recovery,
    Productive,
    Performance,
}

/// A score from the device counts when it is from the last two days; else sleep, resting heart rate and heart rate
/// variability of the last nights are compared with the person's own usual.
pub(super) fn assess(evidence: &Evidence) -> Readiness {
    let recent = evidence.scores.iter().rev().find(|score| {
        score.kind == ScoreKind::Readiness
            && evidence.now.duration_since(score.at).abs() <= SignedDuration::from_hours(48)
    });
    if let Some(score) = recent {
        let value = score.score.clamp(0.0, 100.0).round() as u8;
        return Readiness {
            score: Some(value),
            mode: mode(value),
            from: vec!["the device's readiness score".to_owned()],
        };
    }
    let mut parts = Vec::new();
    let mut from = Vec::new();
    if let Some(sleep) = last(evidence, |day| day.sleep_minutes) {
        parts.push(100.0 - (450.0 - sleep).max(0.0) * 0.4);
        from.push(format!("last night's sleep of {} h", super::patterns::hours(sleep)));
    }
    if let Some(distance) = against_usual(evidence, |day| day.resting_heart_rate) {
        parts.push(75.0 - 20.0 * distance);
        from.push("resting heart rate against your usual".to_owned());
    }
    if let Some(distance) = against_usual(evidence, |day| day.heart_rate_variability) {
        parts.push(75.0 + 15.0 * distance);
        from.push("heart rate variability against your usual".to_owned());
    }
    if parts.is_empty() {
        let why = "unknown: no readiness score, sleep or heart data of the last days; taken as productive";
        return Readiness { score: None, mode: Mode::Productive, from: vec![why.to_owned()] };
    }
    let value = (parts.iter().sum::<f64>() / parts.len() as f64).clamp(0.0, 100.0).round() as u8;
    Readiness { score: Some(value), mode: mode(value), from }
}

fn mode(score: u8) -> Mode {
    match score {
        76.. => Mode::Performance,
        50..=75 => Mode::Productive,
        _ => Mode::Recovery,
    }
}

/// The value of the anchor day or the day before it.
fn last(evidence: &Evidence, signal: fn(&DayRecord) -> Option<f64>) -> Option<f64> {
    evidence.days.iter().rev().take(2).find_map(signal)
}

/// How many usual spreads the newest value lies above the usual, within ±3.
fn against_usual(evidence: &Evidence, signal: fn(&DayRecord) -> Option<f64>) -> Option<f64> {
    let newest = last(evidence, signal)?;
    let values: Vec<f64> =
        Evidence::values(&evidence.days, signal).into_iter().map(|(_, value)| value).collect();
    if values.len() < 7 {
        return None;
    }
    Some(((newest - median(&values)?) / spread(&values)?.max(1.0)).clamp(-3.0, 3.0))
}

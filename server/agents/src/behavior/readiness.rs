//! How much a person can take on today, and from what that is read: every part with its value, baseline and weight.

use domain::health_data::ScoreKind;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hours;
use crate::evidence::{DayRecord, Evidence};
use crate::statistics::{median, spread};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// 0–100; `None`: nothing recent to read it from.
    pub score: Option<u8>,
    pub mode: Mode,
    /// What it was read from.
    pub from: Vec<String>,
    /// The parts of the score: the mean of their points by weight.
    #[serde(default)]
    pub parts: Vec<ReadinessPart>,
}

/// One thing that readiness was read from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReadinessPart {
    pub name: String,
    pub value: f64,
    pub unit: String,
    /// What it is held against: the person's usual, or what a night should have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// 0–100.
    pub points: f64,
    /// Share of the score, 0–1; all parts together are 1.
    pub weight: f64,
}

/// Above 75 performance, 50–75 productive, below recovery. Unknown is treated as productive, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    Recovery,
    Productive,
    Performance,
}

/// A night of this length takes nothing off, minutes.
const ENOUGH_SLEEP: f64 = 450.0;
/// Of each figure of the journal: three of them weigh as much as the heart.
const FELT_WEIGHT: f64 = 0.1;
/// What one part alone can show, and what a person wrote down alone.
const MOST_ALONE: f64 = 85.0;
/// Older values say nothing of today.
const FRESH_DAYS: i32 = 2;
/// Days behind a usual value of the heart.
const LEAST_DAYS: usize = 7;

/// A score from the device counts when it is of the last two days; else sleep, resting heart rate and heart rate variability of
/// the last two days are compared with what a night should have and with the person's own usual. Points and weights are own
/// choices: a minute of sleep below 7:30 h costs 0.4 points; one usual spread of heart rate above the usual costs 20, of
/// variability below it 15, from 75, as does each figure of the journal; one part alone shows 85 at most (that a heart is held against the person's own baseline: Plews et al. 2013, Buchheit 2014).
pub(super) fn assess(evidence: &Evidence) -> Readiness {
    if let Some(value) = told(evidence) {
        let part = ReadinessPart {
            name: "readiness score".to_owned(),
            value,
            unit: "points".to_owned(),
            baseline: None,
            points: value,
            weight: 1.0,
        };
        return read(vec![part], vec!["the device's readiness score".to_owned()]);
    }
    let (mut parts, mut from) = (Vec::new(), Vec::new());
    let part = |name: &str, unit: &str, value: f64, baseline: f64, points: f64, weight: f64| ReadinessPart {
        name: name.to_owned(),
        value: super::round(value),
        unit: unit.to_owned(),
        baseline: Some(super::round(baseline)),
        points: super::round(points.clamp(0.0, 100.0)),
        weight,
    };
    if let Some(sleep) = last(evidence, |day| day.sleep_minutes) {
        let points = 100.0 - (ENOUGH_SLEEP - sleep).max(0.0) * 0.4;
        parts.push(part("sleep", "minutes", sleep, ENOUGH_SLEEP, points, 0.4));
        from.push(format!("the newest night's sleep of {} h", hours(sleep)));
    }
    if let Some((newest, usual, distance)) = against_usual(evidence, |day| day.resting_heart_rate) {
        parts.push(part("resting heart rate", "bpm", newest, usual, 75.0 - 20.0 * distance, 0.3));
        from.push("resting heart rate against your usual".to_owned());
    }
    if let Some((newest, usual, distance)) = against_usual(evidence, |day| day.heart_rate_variability) {
        parts.push(part("heart rate variability", "ms", newest, usual, 75.0 + 15.0 * distance, 0.3));
        from.push("heart rate variability against your usual".to_owned());
    }
    let measured = parts.len();
    let felt = crate::journal::felt(evidence);
    for felt in &felt {
        let points = 75.0 + 15.0 * felt.better;
        let name = format!("{} (self-reported)", felt.name);
        parts.push(part(&name, "of 5", felt.value, felt.usual, points, FELT_WEIGHT));
    }
    from.extend((!felt.is_empty()).then(|| "your journal (self-reported)".to_owned()));
    if parts.is_empty() {
        let why =
            "unknown: no readiness score, sleep, heart data or journal of the last days; taken as productive";
        let from = vec![why.to_owned()];
        return Readiness { score: None, mode: Mode::Productive, from, parts };
    }
    let all: f64 = parts.iter().map(|part| part.weight).sum();
    let alone = parts.len() == 1 || measured == 0;
    for part in &mut parts {
        if alone {
            part.points = part.points.min(MOST_ALONE);
        }
        part.weight = (part.weight / all * 100.0).round() / 100.0;
    }
    read(parts, from)
}

/// The score as it was the day before, from what was known then; `None`: nothing recent to read it from.
pub(crate) fn of_yesterday(evidence: &Evidence) -> Option<u8> {
    let mut then = evidence.clone();
    then.today = evidence.today.yesterday().ok()?;
    then.now = evidence.now - SignedDuration::from_hours(24);
    then.days.retain(|day| day.date <= then.today);
    assess(&then).score
}

fn read(parts: Vec<ReadinessPart>, from: Vec<String>) -> Readiness {
    let all: f64 = parts.iter().map(|part| part.weight).sum();
    let points: f64 = parts.iter().map(|part| part.points * part.weight).sum::<f64>() / all;
    let score = points.clamp(0.0, 100.0).round() as u8;
    Readiness { score: Some(score), mode: mode(score), from, parts }
}

pub(super) fn mode(score: u8) -> Mode {
    match score {
        76.. => Mode::Performance,
        50..=75 => Mode::Productive,
        _ => Mode::Recovery,
    }
}

/// The newest readiness score of a device in the last two days.
fn told(evidence: &Evidence) -> Option<f64> {
    let age = |at| evidence.now.duration_since(at);
    let fresh = |at| (SignedDuration::ZERO..=SignedDuration::from_hours(48)).contains(&age(at));
    let scores = evidence.scores.iter().filter(|score| score.kind == ScoreKind::Readiness && fresh(score.at));
    let newest = scores.max_by(|a, b| a.at.cmp(&b.at).then(a.score.total_cmp(&b.score)));
    newest.map(|score| super::round(score.score.clamp(0.0, 100.0)))
}

/// The value of today or one of the two days before.
fn last(evidence: &Evidence, signal: fn(&DayRecord) -> Option<f64>) -> Option<f64> {
    let fresh =
        |day: &&DayRecord| evidence.today.since(day.date).is_ok_and(|span| span.get_days() <= FRESH_DAYS);
    evidence.days.iter().rev().take_while(fresh).filter(|day| day.worn).find_map(signal)
}

/// The newest value, the usual one, and how many usual spreads it lies above, within ±3.
fn against_usual(evidence: &Evidence, signal: fn(&DayRecord) -> Option<f64>) -> Option<(f64, f64, f64)> {
    let newest = last(evidence, signal)?;
    let values: Vec<f64> =
        Evidence::values(&evidence.days, signal).into_iter().map(|(_, value)| value).collect();
    if values.len() < LEAST_DAYS {
        return None;
    }
    let usual = median(&values)?;
    Some((newest, usual, ((newest - usual) / spread(&values)?.max(1.0)).clamp(-3.0, 3.0)))
}

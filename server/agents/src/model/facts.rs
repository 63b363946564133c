//! What a model is told of a person: figures, days and a goal.
//!
//! Never who they are, and none of their own words: no name, id, source, injury, allergy or memory. Small on purpose.

use domain::profile::Goal;
use serde::Serialize;
use serde_json::{Map, Value};

use super::parts::{Form, Found};
use crate::behavior::{MetricEvidence, measured};
use crate::data_quality::{self, Level};
use crate::evidence::{DayRecord, Evidence};

/// Days that are shown one by one.
const DAYS: usize = 7;

/// How far the figures can be trusted, in short.
#[derive(Serialize)]
struct Quality {
    level: Level,
    window_days: u32,
    worn_days: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest_data_days_ago: Option<i64>,
    missing: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Facts {
    data_quality: Quality,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    /// What is usual, against the person's own baseline.
    figures: Vec<MetricEvidence>,
    /// The newest worn days, oldest first.
    days: Vec<Day>,
    /// By the name of a list in the draft: what each of its items is about, in the same order.
    about: Map<String, Value>,
}

#[derive(Serialize)]
struct Day {
    date: jiff::civil::Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_minutes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sleep_minutes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resting_heart_rate: Option<i64>,
}

pub(super) fn of(evidence: &Evidence, parts: &[Found<'_>]) -> Facts {
    type Signal = fn(&DayRecord) -> Option<f64>;
    let signals: [(&str, &str, Signal); 4] = [
        ("steps per day", "steps", |day| day.steps),
        ("active minutes per day", "minutes", |day| day.active_minutes),
        ("sleep per night", "minutes", |day| day.sleep_minutes),
        ("resting heart rate", "bpm", |day| day.resting_heart_rate),
    ];
    let figures =
        signals.into_iter().filter_map(|(name, unit, signal)| measured(evidence, name, unit, signal));
    let worn: Vec<&DayRecord> = evidence.window().iter().filter(|day| day.worn).collect();
    let newest = &worn[worn.len().saturating_sub(DAYS)..];
    Facts {
        data_quality: Quality::of(evidence),
        goal: evidence.profile.goal,
        figures: figures.collect(),
        days: newest.iter().map(|day| Day::of(day)).collect(),
        about: parts.iter().filter_map(about).collect(),
    }
}

impl Quality {
    fn of(evidence: &Evidence) -> Self {
        let all = data_quality::assess(evidence);
        Self {
            level: all.level,
            window_days: all.window_days,
            worn_days: all.worn_days,
            newest_data_days_ago: all.newest_data_days_ago,
            missing: all.missing,
        }
    }
}

impl Day {
    fn of(day: &DayRecord) -> Self {
        let whole = |value: Option<f64>| value.map(|value| value.round() as i64);
        Self {
            date: day.date,
            steps: whole(day.steps),
            active_minutes: whole(day.active_minutes),
            sleep_minutes: whole(day.sleep_minutes),
            resting_heart_rate: whole(day.resting_heart_rate),
        }
    }
}

fn about(found: &Found<'_>) -> Option<(String, Value)> {
    let Form::Items(of) = found.form else { return None };
    let item = |value: &Value| -> Value {
        let fields = of.about.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
        Value::Object(fields.collect())
    };
    Some((found.key.to_owned(), found.items.iter().map(|found| item(found.value)).collect()))
}

//! The circadian part of behavior: when this person is awake and strong, in 96 slots of 15 minutes.
//!
//! Read from sleep times where they are known, else from what the person told of their nights, else from the hours with steps, else from
//! what is remembered of earlier nights, else from the person's wishes, else from a documented default; it always says which. Nights that
//! follow no rhythm are not averaged: it says so, and goes by what was told or is remembered from two weeks of nights, else by the newest.

mod chronotype;
mod energy;
mod stability;
mod steps;
mod times;
mod validate;

use domain::profile::ClockTime;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::behavior::MetricEvidence;
use crate::evidence::Evidence;
use crate::memory::MemoryUsed;

pub use validate::validate;

/// Of the planner: a stored answer of another version is made anew. Raise it when the same evidence gives another answer.
pub const VERSION: u32 = 2;

pub const SLOTS: usize = 96;
const SLOT_MINUTES: i64 = 15;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CircadianAnalysis {
    /// `None`: not enough data to say.
    pub chronotype: Option<Chronotype>,
    /// What the chronotype was read from, or why it was not.
    #[serde(default)]
    pub chronotype_basis: ChronotypeBasis,
    pub wake_time: ClockTime,
    pub bed_time: ClockTime,
    /// The middle half of the nights; `None` when times are wishes or assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_window: Option<TimeWindow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleep_window: Option<TimeWindow>,
    /// What wake and bed time were read from.
    pub source: Source,
    /// Nights or days they rest on.
    pub days: u32,
    #[serde(default)]
    pub rhythm: Rhythm,
    /// The first night of the present rhythm, when it has moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// What the person should know of all this, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What wake and bed time are from, where nights do not say them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memories: Vec<MemoryUsed>,
    /// What the curve of energy was shaped by.
    #[serde(default)]
    pub energy_source: EnergySource,
    /// One per 15 minutes, from midnight, local time.
    pub energy_timeline: Vec<Slot>,
    /// The timeline, in stretches of one zone.
    pub windows: Vec<Window>,
}

/// By the middle of sleep on free days, corrected (Roenneberg et al. 2007). Bounds: own choice, as apps know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Chronotype {
    /// Middle of sleep before 02:30.
    Early,
    Intermediate,
    /// Middle of sleep after 05:00.
    Late,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChronotypeBasis {
    pub method: ChronotypeMethod,
    /// 0–1; 0 without a chronotype. More for free days than for all nights, more for nights than for steps, more with more days.
    pub confidence: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<MetricEvidence>,
    /// In words; without a chronotype, what is missing.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChronotypeMethod {
    /// Middle of sleep on free days, corrected for sleep caught up (Roenneberg et al. 2007).
    FreeDays,
    /// Middle of sleep of all nights.
    AllNights,
    /// Middle of the five hours with the fewest steps (Van Someren et al. 1999).
    Steps,
    #[default]
    None,
}

/// Whether nights come at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rhythm {
    Stable,
    /// Stable, at another time than before, as after a journey or with a new job.
    Moved,
    /// Nights come at many different times, as in shift work.
    Irregular,
    /// Too few nights to say.
    #[default]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeWindow {
    pub start: ClockTime,
    pub end: ClockTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    SleepTimes,
    /// What the person told of their nights; not measured.
    Told,
    HourlySteps,
    /// What is remembered of earlier nights; not measured now.
    Remembered,
    Profile,
    /// 07:00 to 23:00: nothing was known.
    Assumed,
}

/// What the curve was shaped by, beside wake and bed time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnergySource {
    /// The two-process model alone.
    #[default]
    Model,
    /// The model, and to a fifth the person's own steps by the hour.
    ModelAndSteps,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    pub time: ClockTime,
    /// 0–100.
    pub energy: u8,
    pub zone: Zone,
}

/// Energy ≥ 75 peak, ≥ 50 maintenance, else recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    Peak,
    Maintenance,
    Recovery,
}

impl Zone {
    fn of(energy: u8) -> Self {
        match energy {
            75.. => Self::Peak,
            50..=74 => Self::Maintenance,
            _ => Self::Recovery,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Window {
    pub zone: Zone,
    pub start: ClockTime,
    pub minutes: u32,
}

/// Wake and bed time alone, with what they were taken from.
pub(crate) struct HoursOfSleep {
    pub(crate) wake: ClockTime,
    pub(crate) bed: ClockTime,
    pub(crate) source: Source,
    pub(crate) memory: Option<MemoryUsed>,
}

pub(crate) fn times_of(evidence: &Evidence) -> HoursOfSleep {
    let times = times::read(evidence);
    HoursOfSleep {
        wake: ClockTime::from_minutes(times.wake),
        bed: ClockTime::from_minutes(times.bed),
        source: times.source,
        memory: times.memory,
    }
}

pub fn analyse(evidence: &Evidence) -> CircadianAnalysis {
    let times = times::read(evidence);
    let (chronotype, basis) = chronotype::of(evidence, &times);
    let (levels, energy_source) = energy::levels(evidence, &times, &basis);
    let timeline: Vec<Slot> = (0_i64..)
        .zip(levels)
        .map(|(slot, energy)| Slot {
            time: ClockTime::from_minutes(slot * SLOT_MINUTES),
            energy,
            zone: Zone::of(energy),
        })
        .collect();
    CircadianAnalysis {
        chronotype,
        chronotype_basis: basis,
        wake_time: ClockTime::from_minutes(times.wake),
        bed_time: ClockTime::from_minutes(times.bed),
        wake_window: times.wake_window,
        sleep_window: times.sleep_window,
        source: times.source,
        days: times.days,
        rhythm: times.rhythm,
        since: times.since,
        notes: notes(&times),
        memories: times.memory.into_iter().collect(),
        energy_source,
        windows: windows(&timeline),
        energy_timeline: timeline,
    }
}

fn notes(times: &times::Times) -> Vec<String> {
    let mut notes = Vec::new();
    match (times.rhythm, times.since) {
        (Rhythm::Irregular, _) => notes.push(format!(
            "Your nights follow no steady rhythm, as in shift work. Nothing is averaged: this day goes by {}.",
            match times.source {
                Source::SleepTimes | Source::HourlySteps => "your newest sleep",
                Source::Told => "what you told of them",
                Source::Remembered => "what is remembered of earlier ones",
                Source::Profile => "your wishes",
                Source::Assumed => "a usual day",
            }
        )),
        (Rhythm::Moved, Some(since)) => notes.push(format!(
            "Your nights moved to other hours around {since}. This day goes by the nights since then."
        )),
        _ => {}
    }
    match times.source {
        Source::SleepTimes => {}
        Source::HourlySteps => notes.push(
            "Wake and bed time are read from the hours in which you walk: sleep times would make them exact.".to_owned(),
        ),
        Source::Told => notes.push(
            "Wake and bed time are what you told of your nights: they are not measured.".to_owned(),
        ),
        Source::Remembered => notes.push(
            match times.rhythm {
                Rhythm::Irregular => "Wake and bed time are remembered from earlier, steadier nights.",
                _ => "Wake and bed time are remembered from earlier nights: no newer ones are known.",
            }
            .to_owned(),
        ),
        Source::Profile => notes.push("Wake and bed time are your wishes: no sleep times are known yet.".to_owned()),
        Source::Assumed if times.rhythm == Rhythm::Irregular => {
            notes.push("A day from 07:00 to 23:00 is assumed: sleep times or wishes would change that.".to_owned());
        }
        Source::Assumed => notes.push(
            "A day from 07:00 to 23:00 is assumed: neither sleep times, steps by the hour nor wishes are known.".to_owned(),
        ),
    }
    notes
}

fn windows(timeline: &[Slot]) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for slot in timeline {
        match windows.last_mut().filter(|window| window.zone == slot.zone) {
            Some(window) => window.minutes += SLOT_MINUTES as u32,
            None => windows.push(Window { zone: slot.zone, start: slot.time, minutes: SLOT_MINUTES as u32 }),
        }
    }
    windows
}

#[cfg(test)]
mod tests;

//! What the planners know of a person: raw data in, one record per local day out.

use domain::archetype::Archetype;
use domain::check_in::CheckIn;
use domain::health_data::{Biomarker, Score};
use domain::journal::JournalFigures;
use domain::profile::Profile;
use domain::release::AgentSettings;
use jiff::{Timestamp, civil::Date};

use crate::memory::Memory;

/// Everything stored about a person that an agent may look at, as the store returns it, oldest first.
#[derive(Clone, Debug, Default)]
pub struct PersonData {
    pub profile: Profile,
    /// Of the last 60 days before the newest reading, at least.
    pub scores: Vec<Score>,
    /// Likewise.
    pub biomarkers: Vec<Biomarker>,
    /// Of the last 60 days.
    pub check_ins: Vec<CheckIn>,
    /// Mood, energy and stress that the person wrote down, of the last 60 days, oldest first; none of their words.
    pub journal: Vec<JournalFigures>,
    /// What is held of this person today, as [`crate::memory::as_of`] returns it.
    pub memories: Vec<Memory>,
}

/// The evidence of one run. Built once per request by [`Evidence::from_data`], read by every planner.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub profile: Profile,
    pub archetype: Archetype,
    pub settings: AgentSettings,
    pub now: Timestamp,
    /// The person's local day at `now`: the day plans are made for.
    pub today: Date,
    /// The last local day with a worn device, at most `today`. Windows end here, so that old exports can still be
    /// read; how old it is stands in the data quality. `None`: no data at all.
    pub anchor: Option<Date>,
    /// How many days up to `anchor` this run looks at closely (the decision's `days`, 1–7, at least 7 when initial).
    pub window_days: u32,
    /// Up to 30 days ending at `anchor`, oldest first, without gaps: days without data are records with `None`s.
    pub days: Vec<DayRecord>,
    /// Weights by day, oldest first, kg: of up to 30 days up to the newest. A scale is stood on, not worn: they count without a
    /// device, and after its last day.
    pub weights: Vec<(Date, f64)>,
    pub scores: Vec<Score>,
    pub check_ins: Vec<CheckIn>,
    /// Of the last 60 days, oldest first.
    pub journal: Vec<JournalFigures>,
    pub memories: Vec<Memory>,
    /// What of the readings was not taken for data, and which days were measured in part only.
    pub intake: Intake,
}

/// One local day of a person. `None` means *not measured*, never zero.
#[derive(Clone, Debug, PartialEq)]
pub struct DayRecord {
    pub date: Date,
    /// `false` when the device was not worn (0 steps and 1440 sedentary minutes, or no reading at all):
    /// such a day is not data.
    pub worn: bool,
    pub steps: Option<f64>,
    /// Very + fairly active minutes (moderate-to-vigorous), or the source's own `active_minutes`.
    pub active_minutes: Option<f64>,
    pub lightly_active_minutes: Option<f64>,
    pub sedentary_minutes: Option<f64>,
    pub energy_kcal: Option<f64>,
    /// Of the night that ended on this day, minutes.
    pub sleep_minutes: Option<f64>,
    pub minutes_in_bed: Option<f64>,
    /// Local minutes relative to this day's midnight (negative: before midnight), when start and end are known.
    pub sleep_start: Option<i32>,
    pub sleep_end: Option<i32>,
    pub resting_heart_rate: Option<f64>,
    /// rMSSD (or SDNN when only that exists), ms.
    pub heart_rate_variability: Option<f64>,
    pub weight_kg: Option<f64>,
    /// Steps by local hour, 0–23; all `None` when the source has daily sums only.
    pub steps_by_hour: [Option<f64>; 24],
}

/// Days that a baseline is taken from.
const BASELINE_DAYS: i64 = 30;

impl Evidence {
    /// Sorts raw data into local days, whatever order it comes in. Days end at the person's midnight, daylight saving included; a
    /// night belongs to the day it ended; the same reading twice counts once; hourly and daily steps are never added together,
    /// nor two devices. What no person can have measured is set aside and counted; sums of days that were measured in part
    /// only, today's among them, are *not measured*.
    pub fn from_data(
        data: PersonData,
        archetype: Archetype,
        settings: AgentSettings,
        now: Timestamp,
        window_days: u32,
    ) -> Self {
        let zone = data.profile.zone();
        let today = zone.to_datetime(now).date();
        let (by_day, intake) = days::collect(&data.biomarkers, &zone, now, data.profile.weight_kg);
        let anchor = by_day.iter().rev().find(|(_, day)| day.worn).map(|(date, _)| *date);
        let days = anchor.map(|anchor| days::last(&by_day, anchor, BASELINE_DAYS)).unwrap_or_default();
        Self {
            profile: data.profile,
            archetype,
            settings,
            now,
            today,
            anchor,
            window_days,
            days,
            weights: days::weights(&by_day, BASELINE_DAYS),
            scores: data.scores,
            check_ins: data.check_ins,
            journal: data.journal,
            memories: data.memories,
            intake,
        }
    }

    /// The days that this run looks at closely, oldest first.
    pub fn window(&self) -> &[DayRecord] {
        let length = usize::try_from(self.window_days.max(7)).unwrap_or(7);
        &self.days[self.days.len().saturating_sub(length)..]
    }

    /// The days before the window: what is usual for this person.
    pub fn baseline(&self) -> &[DayRecord] {
        &self.days[..self.days.len() - self.window().len()]
    }

    /// Worn days with a value of `signal`, as (day, value), oldest first.
    pub fn values(days: &[DayRecord], signal: impl Fn(&DayRecord) -> Option<f64>) -> Vec<(Date, f64)> {
        days.iter()
            .filter(|day| day.worn)
            .filter_map(|day| signal(day).map(|value| (day.date, value)))
            .collect()
    }

    /// The newest known weight: measured, else from the profile. kg.
    pub fn weight_kg(&self) -> Option<f64> {
        self.weights.last().map(|(_, kg)| *kg).or(self.profile.weight_kg)
    }

    /// How many days the newest worn day lies before today.
    pub fn age_days(&self) -> Option<i64> {
        let anchor = self.anchor?;
        self.today.since(anchor).ok().map(|span| i64::from(span.get_days()))
    }

    /// The age in days of data that say nothing of what the person can do or burns today: above 14. Own bound; endurance falls
    /// measurably within four weeks without training (Mujika & Padilla, Sports Med 2000;30:79).
    pub(crate) fn out_of_date(&self) -> Option<i64> {
        self.age_days().filter(|age| *age > 14)
    }
}

mod days;
pub mod fitbit;
mod intake;
mod night;
#[cfg(test)]
pub(crate) mod sample;
mod sources;
mod wear;
mod weight;

pub use intake::{Intake, PartialDay, PartialReason, Reason, SetAside};

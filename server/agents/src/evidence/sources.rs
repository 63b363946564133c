//! Which device is believed for a signal on a day. Two devices are never added.
//!
//! The one that has the signal on most days; of two with as many, the one that has more signals, then the first by name. On days
//! without it the next one stands in.

use std::collections::{BTreeMap, BTreeSet};

use domain::health_data::{Biomarker, BiomarkerKind};
use jiff::civil::Date;

/// Signals that must come from one device on a day, because they are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Steps,
    /// Active, lightly active and sedentary minutes make one day.
    Minutes,
    Energy,
    Sleep,
    RestingHeartRate,
    Variability,
    Weight,
}

impl Group {
    /// `None`: no part of a day's record.
    pub(super) fn of(kind: BiomarkerKind) -> Option<Self> {
        use BiomarkerKind as K;
        Some(match kind {
            K::Steps => Self::Steps,
            K::ActiveMinutes
            | K::VeryActiveMinutes
            | K::FairlyActiveMinutes
            | K::LightlyActiveMinutes
            | K::SedentaryMinutes => Self::Minutes,
            K::EnergyKcal => Self::Energy,
            K::SleepDuration | K::MinutesInBed => Self::Sleep,
            K::RestingHeartRate => Self::RestingHeartRate,
            K::HeartRateVariabilityRmssd | K::HeartRateVariabilitySdnn => Self::Variability,
            K::WeightKg => Self::Weight,
            _ => return None,
        })
    }
}

/// A reading that a day may be made of.
pub(super) struct Placed<'a> {
    pub(super) reading: &'a Biomarker,
    pub(super) date: Date,
    pub(super) group: Group,
    /// Part of a day, not its sum.
    pub(super) intraday: bool,
}

impl Placed<'_> {
    pub(super) fn source(&self) -> &str {
        self.reading.source.as_deref().unwrap_or_default()
    }
}

/// For each day and group the believed source; for steps by the hour the believed one of those that have hours.
pub(super) struct Believed<'a> {
    days: BTreeMap<(Date, Group), &'a str>,
    hours: BTreeMap<Date, &'a str>,
}

impl<'a> Believed<'a> {
    pub(super) fn of(placed: &'a [Placed<'a>]) -> Self {
        let mut seen: BTreeMap<(Group, &str), BTreeSet<Date>> = BTreeMap::new();
        let mut groups: BTreeMap<&str, BTreeSet<Group>> = BTreeMap::new();
        for one in placed {
            seen.entry((one.group, one.source())).or_default().insert(one.date);
            groups.entry(one.source()).or_default().insert(one.group);
        }
        let rank = |group: Group, source: &'a str| {
            let days = seen.get(&(group, source)).map_or(0, BTreeSet::len);
            let signals = groups.get(source).map_or(0, BTreeSet::len);
            (std::cmp::Reverse(days), std::cmp::Reverse(signals), source)
        };
        let mut believed = Self { days: BTreeMap::new(), hours: BTreeMap::new() };
        for one in placed {
            let better = |known: &&'a str| rank(one.group, one.source()) < rank(one.group, known);
            let day = believed.days.entry((one.date, one.group)).or_insert_with(|| one.source());
            if better(&*day) {
                *day = one.source();
            }
            if one.group == Group::Steps && one.intraday {
                let hours = believed.hours.entry(one.date).or_insert_with(|| one.source());
                if better(&*hours) {
                    *hours = one.source();
                }
            }
        }
        believed
    }

    /// Whether the day's record rests on this reading.
    pub(super) fn day(&self, one: &Placed<'_>) -> bool {
        self.days.get(&(one.date, one.group)).is_some_and(|source| *source == one.source())
    }

    /// Whether the day's steps by the hour rest on it.
    pub(super) fn hours(&self, one: &Placed<'_>) -> bool {
        let part = one.group == Group::Steps && one.intraday;
        part && self.hours.get(&one.date).is_some_and(|source| *source == one.source())
    }
}

//! What of the readings was not taken for data, and why: nothing is dropped silently.

use std::collections::BTreeMap;

use domain::health_data::{Biomarker, BiomarkerKind};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of the readings that the days were made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intake {
    /// By signal and reason.
    pub set_aside: Vec<SetAside>,
    /// Days whose sums do not count because the device was worn for a part of them only, oldest first.
    pub partial: Vec<PartialDay>,
}

/// Readings of one signal that were not used for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetAside {
    /// As the data names it: `steps`, `sleep_duration`.
    pub signal: String,
    pub reason: Reason,
    pub readings: u32,
}

/// Why a reading was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No living person has this value: outside of the signal's believable range, or more than 300 steps a minute.
    Implausible,
    /// It begins after now.
    Future,
    /// The same reading once more.
    Duplicate,
    /// It covers the same time as a larger one of the same device.
    Overlap,
    /// Another device measured the same on that day; two are never added.
    OtherSource,
    /// With the other minutes of its day it makes more than a day.
    MoreThanADay,
    /// More than 15 % away from the weights of the two weeks around it.
    Leap,
}

/// A day with a device that was worn for a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartialDay {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Hours that were measured and not part of the long stillness; `None` when no hours are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
    pub reason: PartialReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartialReason {
    /// The day is not over.
    Today,
    /// Hours are missing that other days have.
    HoursMissing,
    /// Less than half of the usual steps, and six hours in a row without one while this person is usually up.
    LongStillness,
    /// Sleep, but no step and a whole day of sitting.
    NightOnly,
}

/// Counts what is set aside while days are made.
#[derive(Default)]
pub(super) struct Ledger(BTreeMap<(BiomarkerKind, Reason), u32>);

impl Ledger {
    pub(super) fn add(&mut self, kind: BiomarkerKind, reason: Reason) {
        *self.0.entry((kind, reason)).or_default() += 1;
    }

    pub(super) fn told(self) -> Vec<SetAside> {
        let line = |((kind, reason), readings): ((BiomarkerKind, Reason), u32)| SetAside {
            signal: kind.as_str().to_owned(),
            reason,
            readings,
        };
        self.0.into_iter().map(line).collect()
    }
}

/// Four steps a second is a sprint; a little above it no interval of any length goes.
const MOST_STEPS_A_MINUTE: f64 = 300.0;

/// What is wrong with a reading by itself. Limits are the domain's, which an import keeps already; data can be older than a
/// limit.
pub(super) fn fault(reading: &Biomarker, now: Timestamp) -> Option<Reason> {
    let (least, most) = reading.kind.believable();
    let length = reading.end.duration_since(reading.start);
    let too_fast = reading.kind == BiomarkerKind::Steps
        && length > SignedDuration::ZERO
        && reading.value > MOST_STEPS_A_MINUTE * (length.as_secs_f64() / 60.0).max(1.0);
    if !(least..=most).contains(&reading.value)
        || length < SignedDuration::ZERO
        || length > SignedDuration::from_hours(36)
        || too_fast
    {
        return Some(Reason::Implausible);
    }
    (reading.start > now).then_some(Reason::Future)
}

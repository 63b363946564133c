//! What a memory says, for machines: typed, so that two of them can agree or not.

use std::collections::BTreeMap;

use domain::profile::ClockTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MemoryLayer, Said};
use crate::behavior::Focus;

/// Two sleep windows say the same when both ends are this near, minutes. Half an hour is what people vary by from week to week
/// without living by another rhythm (our choice; two slots of the circadian timeline).
pub(super) const WINDOW_TOLERANCE_MIN: i64 = 30;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Claim {
    /// When this person usually wakes and goes to bed, local time.
    SleepWindow { wake: ClockTime, bed: ClockTime },
    /// What the behavior analysis found to work on.
    Focus { focus: Focus },
    /// How a task goes.
    TaskDone {
        slug: String,
        /// Done of reported, 0–1; a report counts half after 14 days.
        share: f64,
        /// Reports, counted likewise: three fresh ones are 3.0, after 14 days 1.5.
        times: f64,
    },
    /// Something that happened.
    Event {
        /// `analysis.behavior`, `plan.routine`, `check-ins`, `reaction`, `archetype`, `insights`, `asked`.
        what: String,
    },
    /// What happened in a month, counted.
    History {
        what: String,
        /// `2026-03`.
        month: String,
        /// Pieces of evidence: analyses, plans, days.
        count: u32,
        /// The most frequent topics with how many events they were of; at most eight.
        topics: BTreeMap<String, u32>,
    },
    /// The sentence itself is the claim; the person said it.
    Told(Said),
}

impl Claim {
    /// Whether both say the same.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::SleepWindow { wake, bed }, Self::SleepWindow { wake: other_wake, bed: other_bed }) => {
                apart(*wake, *other_wake) <= WINDOW_TOLERANCE_MIN
                    && apart(*bed, *other_bed) <= WINDOW_TOLERANCE_MIN
            }
            (Self::Focus { focus }, Self::Focus { focus: other }) => focus == other,
            (Self::TaskDone { slug, .. }, Self::TaskDone { slug: other, .. }) => slug == other,
            (Self::Event { what }, Self::Event { what: other }) => what == other,
            (
                Self::History { what, month, .. },
                Self::History { what: other_what, month: other_month, .. },
            ) => what == other_what && month == other_month,
            (Self::Told(said), Self::Told(other)) => said == other,
            _ => false,
        }
    }

    /// Measured anew from everything each time: the newest is right, and there is nothing to weigh.
    pub fn measured(&self) -> bool {
        matches!(self, Self::TaskDone { .. } | Self::Event { .. } | Self::History { .. })
    }

    /// Of a memory that a version without claims wrote, from the sentence and key it used.
    pub fn of_old(layer: MemoryLayer, key: &str, content: &str, evidence: usize) -> Self {
        let words = || content.split(|c: char| c.is_whitespace() || c == '(');
        let times: Vec<ClockTime> = words().filter_map(|word| ClockTime::parse(word).ok()).collect();
        match (layer, key.split_once('.'), &times[..]) {
            (MemoryLayer::Semantic, Some(("rhythm", _)), [wake, bed]) => {
                Self::SleepWindow { wake: *wake, bed: *bed }
            }
            (MemoryLayer::Semantic, Some(("focus", name)), _) => match focus(name) {
                Some(focus) => Self::Focus { focus },
                None => Self::Told(Said::default()),
            },
            (MemoryLayer::Procedural, Some(("task", slug)), _) => {
                let percent = words().rev().find_map(|word| word.parse::<f64>().ok()).unwrap_or(0.0);
                Self::TaskDone { slug: slug.to_owned(), share: percent / 100.0, times: evidence as f64 }
            }
            (MemoryLayer::Episodic | MemoryLayer::Working, ..) => {
                let kind = key.rsplit_once('.').map_or(key, |(kind, _)| kind);
                Self::Event { what: kind.to_owned() }
            }
            _ => Self::Told(Said::default()),
        }
    }
}

/// Keys of the version before ran words together: `sleepregularity`.
fn focus(name: &str) -> Option<Focus> {
    [
        Focus::Sleep,
        Focus::SleepRegularity,
        Focus::Activity,
        Focus::Sitting,
        Focus::Consistency,
        Focus::Recovery,
    ]
    .into_iter()
    .find(|focus| format!("{focus:?}").eq_ignore_ascii_case(&name.replace('-', "")))
}

/// Minutes between two times of day, the short way round.
fn apart(one: ClockTime, other: ClockTime) -> i64 {
    let forward = (i64::from(one.minutes()) - i64::from(other.minutes())).rem_euclid(1_440);
    forward.min(1_440 - forward)
}

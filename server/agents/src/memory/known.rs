//! What planners ask of memories. Of memories as [`super::as_of`] returns them.

use std::collections::BTreeSet;

use domain::profile::ClockTime;

use super::{Claim, Memory, evidence};
use crate::behavior::Focus;

/// Below it a sleep window is not planned by: two nights' worth (0.5 + 2/40), half faded.
const LEAST_SURE: f64 = 0.3;
/// A focus comes back when it rests on more days than two weekly windows have.
const RECURRING_DAYS: u32 = 15;

/// When this person usually wakes and goes to bed.
#[derive(Clone, Debug, PartialEq)]
pub struct SleepWindow {
    pub wake: ClockTime,
    pub bed: ClockTime,
    /// 0–1, today's.
    pub confidence: f64,
    /// Of the memory.
    pub id: String,
}

/// The surest window that is remembered; `None`: there is none, or none that one could plan by.
pub fn remembered_sleep_window(memories: &[Memory]) -> Option<SleepWindow> {
    let windows = memories.iter().filter_map(|memory| match memory.claim {
        Claim::SleepWindow { wake, bed } if memory.confidence >= LEAST_SURE => {
            Some(SleepWindow { wake, bed, confidence: memory.confidence, id: memory.id.clone() })
        }
        _ => None,
    });
    windows.max_by(|a, b| a.confidence.total_cmp(&b.confidence).then_with(|| b.id.cmp(&a.id)))
}

/// How a task went.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskHistory {
    /// Done of reported, 0–1.
    pub share: f64,
    /// Reports that still count: one counts half after 14 days.
    pub times: f64,
    /// 0–1, today's.
    pub confidence: f64,
    /// Of the memory.
    pub id: String,
}

/// `None`: fewer than three reports, or none for 180 days.
pub fn task_history(memories: &[Memory], task: &str) -> Option<TaskHistory> {
    memories.iter().find_map(|memory| match &memory.claim {
        Claim::TaskDone { slug, share, times } if slug == task => Some(TaskHistory {
            share: *share,
            times: *times,
            confidence: memory.confidence,
            id: memory.id.clone(),
        }),
        _ => None,
    })
}

/// Foods that the person said they do not like: lower case, each once, in order.
pub fn told_dislikes(memories: &[Memory]) -> Vec<String> {
    let foods = memories.iter().flat_map(|memory| match &memory.claim {
        Claim::Told { dislikes } => &dislikes[..],
        _ => &[],
    });
    foods.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What this person has had to work on for more than a fortnight of days in all, longest first, with how many days.
pub fn recurring_focus(memories: &[Memory]) -> Vec<(Focus, u32)> {
    let mut found: Vec<(Focus, u32)> = memories
        .iter()
        .filter_map(|memory| match memory.claim {
            Claim::Focus { focus } => Some((focus, evidence::count(&memory.evidence))),
            _ => None,
        })
        .filter(|(_, days)| *days >= RECURRING_DAYS)
        .collect();
    found.sort_by_key(|(focus, days)| (std::cmp::Reverse(*days), format!("{focus:?}")));
    found
}

//! What planners ask of memories beside what the person told ([`super::Told`]). Of memories as [`super::as_of`] returns them.

use domain::profile::ClockTime;

use super::{Claim, Memory, MemorySource, evidence};
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
    /// The person said so themselves.
    pub told: bool,
    /// Nights or days that it was read from; the person's own word counts as one.
    pub nights: u32,
    /// Of the memory.
    pub id: String,
    pub key: String,
}

/// The person's own word, else the surest window that is remembered; `None`: there is none, or none that one could plan by.
pub fn remembered_sleep_window(memories: &[Memory]) -> Option<SleepWindow> {
    let windows = memories.iter().filter_map(|memory| match memory.claim {
        Claim::SleepWindow { wake, bed } if memory.confidence >= LEAST_SURE => Some(SleepWindow {
            wake,
            bed,
            confidence: memory.confidence,
            told: memory.source == MemorySource::Person,
            nights: evidence::count(&memory.evidence),
            id: memory.id.clone(),
            key: memory.key.clone(),
        }),
        _ => None,
    });
    windows.max_by(|a, b| {
        a.told.cmp(&b.told).then(a.confidence.total_cmp(&b.confidence)).then_with(|| b.id.cmp(&a.id))
    })
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
    pub key: String,
}

/// `None`: fewer than three reports, or none for 180 days.
pub fn task_history(memories: &[Memory], task: &str) -> Option<TaskHistory> {
    memories.iter().find_map(|memory| match &memory.claim {
        Claim::TaskDone { slug, share, times } if slug == task => Some(TaskHistory {
            share: *share,
            times: *times,
            confidence: memory.confidence,
            id: memory.id.clone(),
            key: memory.key.clone(),
        }),
        _ => None,
    })
}

/// What comes back on the list of what to work on.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurringFocus {
    pub focus: Focus,
    /// Days of data that showed it.
    pub days: u32,
    /// Of the memory.
    pub id: String,
    pub key: String,
}

/// What this person has had to work on for more than a fortnight of days in all, longest first.
pub fn recurring_focus(memories: &[Memory]) -> Vec<RecurringFocus> {
    let mut found: Vec<RecurringFocus> = memories
        .iter()
        .filter_map(|memory| match memory.claim {
            Claim::Focus { focus } => Some(RecurringFocus {
                focus,
                days: evidence::count(&memory.evidence),
                id: memory.id.clone(),
                key: memory.key.clone(),
            }),
            _ => None,
        })
        .filter(|found| found.days >= RECURRING_DAYS)
        .collect();
    found.sort_by_key(|found| (std::cmp::Reverse(found.days), format!("{:?}", found.focus)));
    found
}

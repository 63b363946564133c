//! What memory adds to an analysis: a focus that comes back, and the hours of sleep where nights are not measured.

use super::{Focus, Priority};
use crate::circadian::{self, Source};
use crate::evidence::Evidence;
use crate::memory::{MemoryUsed, RecurringFocus, recurring_focus, remembered_sleep_window};

/// What a focus that recurs weighs more: between a tenth of a priority's usual range and an archetype's leaning (own choice), so that it
/// decides between figures that are alike.
pub(super) const RECURS: f64 = 0.15;

/// The focus, if this person has had to work on it for more than a fortnight of days.
pub(super) fn recurring(evidence: &Evidence, focus: Focus) -> Option<RecurringFocus> {
    recurring_focus(&evidence.memories).into_iter().find(|found| found.focus == focus)
}

/// Said beside the priority's own reason.
pub(super) fn recurs(found: &RecurringFocus) -> String {
    format!("It is no matter of one week: {} days of data have shown it.", found.days)
}

/// The hours of sleep that plans go by, where they are no nights' of now.
pub(super) fn notes(evidence: &Evidence) -> Vec<String> {
    if evidence.memories.is_empty() || remembered_sleep_window(&evidence.memories).is_none() {
        return Vec::new();
    }
    let times = circadian::times_of(evidence);
    let from = match times.source {
        Source::Told => "what you told of your nights",
        Source::Remembered => "what is remembered of earlier nights",
        _ => return Vec::new(),
    };
    vec![format!(
        "Your nights are not measured well enough to say when you sleep: plans go by {from}, {} to {}.",
        times.bed, times.wake
    )]
}

pub(super) fn used(evidence: &Evidence, priorities: &[Priority]) -> Vec<MemoryUsed> {
    if evidence.memories.is_empty() {
        return Vec::new();
    }
    let recurring = priorities.iter().filter_map(|priority| {
        let found = recurring(evidence, priority.focus)?;
        Some(MemoryUsed::new(&found.id, &found.key, "the weight of a priority"))
    });
    circadian::times_of(evidence).memory.into_iter().chain(recurring).collect()
}

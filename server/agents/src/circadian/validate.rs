//! Everything a circadian day must keep: its shape, and that it is the evidence's.

use super::{CircadianAnalysis, SLOT_MINUTES, SLOTS, Zone, analyse, windows};
use crate::behavior::holds;
use crate::evidence::Evidence;
use crate::violation::Violation;

pub fn validate(analysis: &CircadianAnalysis, evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    if analysis.energy_timeline.len() != SLOTS {
        found.push(Violation::new(
            "circadian.slots",
            format!("{} instead of 96", analysis.energy_timeline.len()),
        ));
    }
    for (slot, expected) in analysis.energy_timeline.iter().zip((0_i64..).map(|n| n * SLOT_MINUTES)) {
        if i64::from(slot.time.minutes()) != expected
            || slot.zone != Zone::of(slot.energy)
            || slot.energy > 100
        {
            found.push(Violation::new("circadian.slot", slot.time.to_string()));
        }
    }
    if analysis.windows != windows(&analysis.energy_timeline) {
        found.push(Violation::new("circadian.windows", "are not the timeline's"));
    }
    let basis = &analysis.chronotype_basis;
    if analysis.chronotype.is_some() != basis.evidence.is_some()
        || basis.evidence.as_ref().is_some_and(|shown| !holds(shown, evidence))
        || !(0.0..=1.0).contains(&basis.confidence)
    {
        found.push(Violation::new("circadian.chronotype", "is not in the evidence"));
    }
    let own = analyse(evidence);
    let same = [
        (
            "circadian.times",
            analysis.wake_time == own.wake_time
                && analysis.bed_time == own.bed_time
                && analysis.wake_window == own.wake_window
                && analysis.sleep_window == own.sleep_window
                && (analysis.source, analysis.days) == (own.source, own.days),
        ),
        ("circadian.rhythm", (analysis.rhythm, analysis.since) == (own.rhythm, own.since)),
        (
            "circadian.chronotype",
            analysis.chronotype == own.chronotype && analysis.chronotype_basis == own.chronotype_basis,
        ),
        (
            "circadian.energy",
            analysis.energy_timeline == own.energy_timeline && analysis.energy_source == own.energy_source,
        ),
        ("circadian.notes", analysis.notes == own.notes),
        ("circadian.memories", analysis.memories == own.memories),
    ];
    for (rule, holds) in same {
        if !holds && found.iter().all(|violation| violation.rule != rule) {
            found.push(Violation::new(rule, "is not the evidence's"));
        }
    }
    found
}

//! How sure a memory is today, and whether it is still kept.
//!
//! Stored confidence is that of the strongest single observation, so that nothing needs to be written as time goes by: what is
//! read is computed. The figures are our choice and stand in decision 21.

use jiff::{SignedDuration, Timestamp};

use super::{Claim, Memory, MemoryLayer, MemorySource, evidence};

pub const WORKING: SignedDuration = SignedDuration::from_hours(24);
pub const EPISODIC: SignedDuration = SignedDuration::from_hours(24 * 90);
/// A task nobody reported on for so long says nothing of today.
pub const PROCEDURAL: SignedDuration = SignedDuration::from_hours(24 * 180);
/// Confidence of a fact halves in this time unless it is confirmed.
pub const SEMANTIC_HALF_LIFE_DAYS: f64 = 120.0;
/// Below it a fact is no longer held.
pub const LEAST_CONFIDENCE: f64 = 0.2;
/// A report on a task counts half after this many days.
pub const REPORT_HALF_LIFE_DAYS: f64 = 14.0;
/// Nothing learned from data is surer than this.
pub const MOST_CONFIDENCE: f64 = 0.98;

/// The memory as it is today: its confidence, and of a task how many reports still count. `None`: no longer kept. Of a stored memory only,
/// not of one that this has returned.
pub fn as_of(memory: &Memory, now: Timestamp) -> Option<Memory> {
    let age = now.duration_since(memory.updated_at);
    let mut today = memory.clone();
    match memory.layer {
        MemoryLayer::Working => (age < WORKING).then_some(today),
        MemoryLayer::Episodic => (age < EPISODIC).then_some(today),
        MemoryLayer::Procedural => {
            if let Claim::TaskDone { times, .. } = &mut today.claim {
                *times *= 0.5_f64.powf(memory.age_days(now) / REPORT_HALF_LIFE_DAYS);
                today.confidence = memory.confidence * sure(*times);
            }
            (age < PROCEDURAL).then_some(today)
        }
        MemoryLayer::Semantic => {
            today.confidence = semantic(memory, now);
            (today.confidence >= LEAST_CONFIDENCE).then_some(today)
        }
    }
}

/// Three reports that count are 0.75, one is 0.5: the share of one's own experience in an estimate that begins with one doubt
/// (Laplace's rule of succession, with one pseudo-count).
fn sure(times: f64) -> f64 {
    times / (times + 1.0)
}

fn semantic(memory: &Memory, now: Timestamp) -> f64 {
    let own = memory.confidence;
    if memory.source == MemorySource::Person {
        // What they said of themselves holds until they say otherwise, or lasting data do.
        return own;
    }
    let grown = match memory.claim {
        Claim::History { .. } => own,
        _ => grown(own, evidence::count(&memory.evidence)),
    };
    grown * 0.5_f64.powf(memory.age_days(now) / SEMANTIC_HALF_LIFE_DAYS)
}

/// Confidence of a fact that rests on so many pieces of evidence: half of what is missing to 0.98 is gained with 30 of them. It
/// depends on the evidence alone, so saying the same twice gains nothing.
pub fn grown(own: f64, pieces: u32) -> f64 {
    own + (MOST_CONFIDENCE - own).max(0.0) * (1.0 - 0.5_f64.powf(f64::from(pieces) / 30.0))
}

/// Why and until when it is kept, in one sentence. Of a memory as [`as_of`] returns it.
pub fn kept_because(memory: &Memory) -> String {
    let until = |kept: SignedDuration| (memory.updated_at + kept).strftime("%F");
    match memory.layer {
        MemoryLayer::Working => {
            format!("Of this session: kept until {}", (memory.updated_at + WORKING).strftime("%F %H:%M UTC"))
        }
        MemoryLayer::Episodic => {
            format!("It happened: kept until {}, then counted in the history of its month", until(EPISODIC))
        }
        MemoryLayer::Procedural => {
            format!("What was reported: kept until {} without another report", until(PROCEDURAL))
        }
        MemoryLayer::Semantic if memory.source == MemorySource::Person => {
            "The person said so: kept until they say otherwise, or lasting data do".to_owned()
        }
        MemoryLayer::Semantic => {
            let days = SEMANTIC_HALF_LIFE_DAYS * (memory.confidence / LEAST_CONFIDENCE).log2();
            format!(
                "Confidence {:.2}, half of it after {SEMANTIC_HALF_LIFE_DAYS} days without confirmation: kept for {:.0} more days",
                memory.confidence,
                days.max(0.0).floor()
            )
        }
    }
}

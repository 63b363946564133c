//! What is worth remembering of an answer, and for how long. Ids are given by the store.

use std::collections::BTreeMap;

use domain::agent::Agent;
use domain::check_in::CheckIn;
use jiff::{SignedDuration, Timestamp};

use super::{Memory, MemoryLayer};
use crate::behavior::BehaviorAnalysis;
use crate::circadian::{CircadianAnalysis, Source};

const WORKING: SignedDuration = SignedDuration::from_hours(24);
const EPISODIC: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Confidence of a fact halves in this time unless it is confirmed; below 0.2 it is forgotten.
const SEMANTIC_HALF_LIFE_DAYS: f64 = 120.0;

fn memory(
    layer: MemoryLayer,
    key: String,
    content: String,
    weight: (f64, f64),
    evidence: Vec<String>,
    now: Timestamp,
) -> Memory {
    let (confidence, importance) = weight;
    Memory {
        id: String::new(),
        layer,
        key,
        content,
        confidence,
        importance,
        evidence,
        created_at: now,
        updated_at: now,
    }
}

/// The event of an analysis, and what it says of the person.
pub fn from_behavior(analysis: &BehaviorAnalysis, now: Timestamp) -> Vec<Memory> {
    let mut memories = vec![memory(
        MemoryLayer::Episodic,
        format!("analysis.behavior.{}", now.strftime("%F")),
        format!("Behavior was analysed: {}", analysis.summary),
        (1.0, 0.4),
        Vec::new(),
        now,
    )];
    for priority in &analysis.priorities {
        let days =
            priority.evidence.from.iter().chain(&priority.evidence.to).map(ToString::to_string).collect();
        memories.push(memory(
            MemoryLayer::Semantic,
            format!("focus.{:?}", priority.focus).to_lowercase(),
            format!("Working on: {}", priority.title.to_lowercase()),
            (0.8, 0.8),
            days,
            now,
        ));
    }
    memories
}

pub fn from_circadian(analysis: &CircadianAnalysis, now: Timestamp) -> Vec<Memory> {
    if matches!(analysis.source, Source::Assumed | Source::Profile) {
        return Vec::new();
    }
    let content = format!("Usually wakes at {} and goes to bed at {}", analysis.wake_time, analysis.bed_time);
    let confidence = (0.5 + f64::from(analysis.days) / 40.0).min(0.95);
    vec![memory(
        MemoryLayer::Semantic,
        "rhythm.sleep-window".to_owned(),
        content,
        (confidence, 0.9),
        Vec::new(),
        now,
    )]
}

/// The event of a plan.
pub fn from_plan(agent: Agent, analysis_id: &str, now: Timestamp) -> Memory {
    memory(
        MemoryLayer::Episodic,
        format!("plan.{agent}.{}", now.strftime("%F")),
        format!("A {agent} plan was made"),
        (1.0, 0.3),
        vec![analysis_id.to_owned()],
        now,
    )
}

/// Which tasks get done: success counts with decay (a check-in counts half after 14 days), three at least.
pub fn from_check_ins(check_ins: &[CheckIn], today: jiff::civil::Date, now: Timestamp) -> Vec<Memory> {
    let mut tasks: BTreeMap<&str, (f64, f64, Vec<String>)> = BTreeMap::new();
    for check_in in check_ins {
        let Some(title) = check_in.title.as_deref() else { continue };
        let age = today.since(check_in.date).map_or(0, |span| span.get_days()).max(0);
        let weight = 0.5_f64.powf(f64::from(age) / 14.0);
        let (done, all, days) = tasks.entry(title).or_default();
        *done += weight * check_in.status.credit();
        *all += weight;
        days.push(check_in.date.to_string());
    }
    tasks
        .into_iter()
        .filter(|(_, (_, _, days))| days.len() >= 3)
        .map(|(title, (done, all, days))| {
            let share = done / all.max(f64::EPSILON);
            let word = if share >= 0.8 {
                "gets done"
            } else if share >= 0.4 {
                "gets done in part"
            } else {
                "rarely gets done"
            };
            memory(
                MemoryLayer::Procedural,
                format!("task.{}", title.to_lowercase().replace(' ', "-")),
                format!("\"{title}\" {word} ({:.0} %)", share * 100.0),
                (0.9, 0.7),
                days,
                now,
            )
        })
        .collect()
}

/// Whether a memory is still kept, and with which confidence. Running it twice changes nothing.
pub fn retained(memory: &Memory, now: Timestamp) -> Option<f64> {
    let age = now.duration_since(memory.updated_at);
    match memory.layer {
        MemoryLayer::Working => (age < WORKING).then_some(memory.confidence),
        MemoryLayer::Episodic => (age < EPISODIC).then_some(memory.confidence),
        MemoryLayer::Procedural => Some(memory.confidence),
        MemoryLayer::Semantic => {
            let days = age.as_hours().max(0) as f64 / 24.0;
            let confidence = memory.confidence * 0.5_f64.powf(days / SEMANTIC_HALF_LIFE_DAYS);
            (confidence >= 0.2).then_some(confidence)
        }
    }
}

//! Which memories matter now, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Memory, MemoryLayer};

/// A memory with the reason it was recalled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recalled {
    pub memory: Memory,
    /// recency × importance × relevance, 0–1.
    pub score: f64,
    pub why: String,
}

/// What is known of a person, counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemorySummary {
    pub working: u32,
    pub episodic: u32,
    pub semantic: u32,
    pub procedural: u32,
    /// The facts most relied on, best first; at most five.
    pub strongest: Vec<String>,
}

/// Best first, at most `most`. Recency halves in 30 days; relevance is the share of the query's words found in the
/// memory, and 1 for an empty query.
pub fn recall(memories: &[Memory], query: &str, now: Timestamp, most: usize) -> Vec<Recalled> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let mut recalled: Vec<Recalled> = memories
        .iter()
        .filter_map(|memory| {
            let days = now.duration_since(memory.updated_at).as_hours().max(0) as f64 / 24.0;
            let recency = 0.5_f64.powf(days / 30.0);
            let text = format!("{} {}", memory.key, memory.content).to_lowercase();
            let hits = words.iter().filter(|word| text.contains(word.as_str())).count();
            let relevance = if words.is_empty() { 1.0 } else { hits as f64 / words.len() as f64 };
            if relevance == 0.0 {
                return None;
            }
            let score = recency * memory.importance * relevance * memory.confidence;
            let why = format!(
                "{} memory, {days:.0} days old, importance {:.1}, confidence {:.1}, {hits} of {} words",
                memory.layer.as_str(),
                memory.importance,
                memory.confidence,
                words.len()
            );
            Some(Recalled { memory: memory.clone(), score: (score * 1_000.0).round() / 1_000.0, why })
        })
        .collect();
    recalled.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.memory.key.cmp(&b.memory.key)));
    recalled.truncate(most);
    recalled
}

pub fn summarise(memories: &[Memory], now: Timestamp) -> MemorySummary {
    let count =
        |layer| u32::try_from(memories.iter().filter(|memory| memory.layer == layer).count()).unwrap_or(0);
    let facts: Vec<Memory> = memories
        .iter()
        .filter(|memory| matches!(memory.layer, MemoryLayer::Semantic | MemoryLayer::Procedural))
        .cloned()
        .collect();
    MemorySummary {
        working: count(MemoryLayer::Working),
        episodic: count(MemoryLayer::Episodic),
        semantic: count(MemoryLayer::Semantic),
        procedural: count(MemoryLayer::Procedural),
        strongest: recall(&facts, "", now, 5).into_iter().map(|recalled| recalled.memory.content).collect(),
    }
}

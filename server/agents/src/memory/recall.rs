//! Which memories matter now, and why: recency × importance × relevance × confidence, each with its number and its words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Memory, MemoryLayer, words};

/// Hits of one subject, such as plans of routine: the rest of a list is for others.
const MOST_OF_A_SUBJECT: usize = 2;
/// Relevance, for an agent, of what is about nothing in particular.
const GENERAL: f64 = 0.5;

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Query<'a> {
    /// A person's words; empty: everything.
    pub words: &'a str,
    /// What an agent works on; empty: everything.
    pub topics: &'a [&'a str],
}

/// A memory with the reason it was recalled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recalled {
    pub memory: Memory,
    /// recency × importance × relevance × confidence, 0–1, rounded to thousandths.
    pub score: f64,
    pub factors: Factors,
    pub matched: Matched,
    /// The same in one sentence, without what the memory says.
    pub why: String,
}

/// The parts of a score, 0–1 each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Factors {
    /// Halves in 6 hours (working), 30 days (episodic), 60 days (procedural) or 180 days (semantic) since it was confirmed.
    pub recency: f64,
    pub importance: f64,
    /// Of words: the share of the query's that it has, each by how rare it is among this person's memories, ln(1 + memories / memories
    /// with it). Of topics: 1 with one in common, 0.5 without any of its own. 1 when nothing was asked for.
    pub relevance: f64,
    pub confidence: f64,
}

/// What of the query was found in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Matched {
    /// Stems of words.
    pub words: Vec<String>,
    pub topics: Vec<String>,
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

/// Best first, at most `most`, at most two of a subject. Of memories as [`super::as_of`] returns them. What has nothing of what was asked
/// for is not recalled.
pub fn recall(memories: &[Memory], query: &Query<'_>, now: Timestamp, most: usize) -> Vec<Recalled> {
    let asked = words::stems(query.words);
    let texts: Vec<BTreeSet<String>> = if asked.is_empty() {
        Vec::new()
    } else {
        memories.iter().map(|memory| words::stems(&text_of(memory))).collect()
    };
    let rarity: BTreeMap<&str, f64> = asked
        .iter()
        .map(|word| {
            let with = texts.iter().filter(|text| text.contains(word)).count().max(1);
            (word.as_str(), (1.0 + memories.len() as f64 / with as f64).ln())
        })
        .collect();
    let all: f64 = rarity.values().sum();
    let mut hits: Vec<(f64, &Memory, Factors, Matched)> = memories
        .iter()
        .enumerate()
        .filter_map(|(i, memory)| {
            let matched = Matched {
                words: texts.get(i).map_or_else(Vec::new, |text| asked.intersection(text).cloned().collect()),
                topics: memory
                    .about
                    .iter()
                    .filter(|topic| query.topics.contains(&topic.as_str()))
                    .cloned()
                    .collect(),
            };
            let of_words = match all {
                0.0 => 1.0,
                all => matched.words.iter().map(|word| rarity[word.as_str()]).sum::<f64>() / all,
            };
            let of_topics = match (query.topics.is_empty() || !matched.topics.is_empty(), &memory.about[..]) {
                (true, _) => 1.0,
                (false, []) => GENERAL,
                (false, _) => 0.0,
            };
            let factors = Factors {
                recency: 0.5_f64.powf(memory.age_days(now) / half_life_days(memory.layer)),
                importance: memory.importance,
                relevance: of_words * of_topics,
                confidence: memory.confidence,
            };
            let score = factors.recency * factors.importance * factors.relevance * factors.confidence;
            (factors.relevance > 0.0).then_some((score, memory, factors, matched))
        })
        .collect();
    hits.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.key.cmp(&b.1.key)));
    let mut of_subject: HashMap<&str, usize> = HashMap::new();
    hits.retain(|(_, memory, ..)| {
        let seen = of_subject.entry(memory.subject()).or_default();
        *seen += 1;
        *seen <= MOST_OF_A_SUBJECT
    });
    hits.truncate(most);
    hits.into_iter()
        .map(|(score, memory, factors, matched)| Recalled {
            why: why(memory, factors, &matched, asked.len(), now),
            memory: memory.clone(),
            score: (score * 1_000.0).round() / 1_000.0,
            factors,
            matched,
        })
        .collect()
}

/// Days in which the recency of a layer halves (our choice; a third to two thirds of the time that it is kept).
fn half_life_days(layer: MemoryLayer) -> f64 {
    match layer {
        MemoryLayer::Working => 0.25,
        MemoryLayer::Episodic => 30.0,
        MemoryLayer::Procedural => 60.0,
        MemoryLayer::Semantic => 180.0,
    }
}

fn text_of(memory: &Memory) -> String {
    format!("{} {} {}", memory.key, memory.content, memory.about.join(" "))
}

/// Without what it says: this goes where memories themselves do not.
fn why(memory: &Memory, factors: Factors, matched: &Matched, asked: usize, now: Timestamp) -> String {
    let about = match (&matched.words[..], &matched.topics[..]) {
        ([], []) if factors.relevance < 1.0 => "about nothing in particular".to_owned(),
        ([], []) => "whatever it is about".to_owned(),
        ([], topics) => format!("about {}", topics.join(", ")),
        (words, _) => format!("{} of {asked} words: {}", words.len(), words.join(", ")),
    };
    format!(
        "{} memory, {about}; relevance {:.2} × recency {:.2} (confirmed {:.0} days ago) × importance {:.2} × confidence {:.2}",
        memory.layer.as_str(),
        factors.relevance,
        factors.recency,
        memory.age_days(now).floor(),
        factors.importance,
        factors.confidence,
    )
}

/// Of memories as [`super::as_of`] returns them.
pub fn summarise(memories: &[Memory], now: Timestamp) -> MemorySummary {
    let count =
        |layer| u32::try_from(memories.iter().filter(|memory| memory.layer == layer).count()).unwrap_or(0);
    let facts: Vec<Memory> = memories
        .iter()
        .filter(|memory| matches!(memory.layer, MemoryLayer::Semantic | MemoryLayer::Procedural))
        .cloned()
        .collect();
    let strongest = recall(&facts, &Query::default(), now, 5);
    MemorySummary {
        working: count(MemoryLayer::Working),
        episodic: count(MemoryLayer::Episodic),
        semantic: count(MemoryLayer::Semantic),
        procedural: count(MemoryLayer::Procedural),
        strongest: strongest.into_iter().map(|recalled| recalled.memory.content).collect(),
    }
}

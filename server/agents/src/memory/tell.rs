//! What an app tells of a person in their words. It is data: stored, recalled and shown, never followed.

use domain::field_error::FieldError;
use domain::profile::ClockTime;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Claim, MOST_TOPICS, Memory, MemoryLayer, MemorySource, evidence, topic};

const LONGEST_KEY: usize = 80;
const LONGEST_CONTENT: usize = 300;
const MOST_FOODS: usize = 20;

/// A fact that the person told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// 1–80 of a–z, 0–9, `.` and `-`. The key of something learned, such as `rhythm.sleep-window`, speaks for or against it.
    pub key: String,
    /// One sentence, 1–300 characters.
    pub content: String,
    /// At most 8 topics of a–z, 0–9 and `-`, up to 40 characters each; without any it is recalled by every agent.
    #[serde(default)]
    pub about: Vec<String>,
    /// The same for planners, where it is one of these.
    #[serde(default)]
    pub claim: Option<ToldClaim>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ToldClaim {
    /// Foods they do not like: at most 20 of 1–40 characters.
    Dislikes { foods: Vec<String> },
    /// When they usually wake and go to bed, local time.
    SleepWindow { wake: ClockTime, bed: ClockTime },
}

impl Telling {
    /// # Errors
    /// Every fault at once, with its field.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults: Vec<FieldError> = key_fault("key", &self.key).into_iter().collect();
        let length = self.content.trim().chars().count();
        if !(1..=LONGEST_CONTENT).contains(&length) || self.content.chars().any(char::is_control) {
            faults.push(FieldError::new("content", "must be one sentence of 1 to 300 characters"));
        }
        if self.about.len() > MOST_TOPICS {
            faults.push(FieldError::new("about", "must have at most 8 topics"));
        }
        let topics = self.about.iter().take(MOST_TOPICS).enumerate();
        faults.extend(topics.filter_map(|(i, topic)| topic_fault(&format!("about[{i}]"), topic)));
        if let Some(ToldClaim::Dislikes { foods }) = &self.claim {
            let right = |food: &String| (1..=40).contains(&food.trim().chars().count());
            if foods.is_empty() || foods.len() > MOST_FOODS || !foods.iter().all(right) {
                faults.push(FieldError::new("claim.foods", "must be 1 to 20 foods of 1 to 40 characters"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// What is remembered of it. `today` is the person's.
    pub fn into_memory(self, today: Date, now: Timestamp) -> Memory {
        let mut about: Vec<&str> = self.about.iter().map(String::as_str).collect();
        let claim = match self.claim {
            Some(ToldClaim::SleepWindow { wake, bed }) => {
                about.insert(0, topic::SLEEP);
                Claim::SleepWindow { wake, bed }
            }
            Some(ToldClaim::Dislikes { foods }) => {
                about.insert(0, topic::FOOD);
                let mut dislikes: Vec<String> = foods.iter().map(|food| food.trim().to_lowercase()).collect();
                dislikes.sort_unstable();
                dislikes.dedup();
                Claim::Told { dislikes }
            }
            None => Claim::Told { dislikes: Vec::new() },
        };
        about.truncate(MOST_TOPICS);
        Memory {
            id: String::new(),
            layer: MemoryLayer::Semantic,
            key: self.key,
            content: self.content.trim().to_owned(),
            source: MemorySource::Person,
            claim,
            about: topic::bounded(about),
            confidence: 0.95,
            importance: 0.9,
            evidence: vec![evidence::said(today)],
            created_at: now,
            updated_at: now,
            recalled: 0,
            recalled_at: None,
        }
    }
}

/// What is wrong with a key that an app names.
pub fn key_fault(field: &str, key: &str) -> Option<FieldError> {
    let fits = (1..=LONGEST_KEY).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if !fits {
        return Some(FieldError::new(field, "must be 1 to 80 of a-z, 0-9, '.' and '-'"));
    }
    key.starts_with("history.")
        .then(|| FieldError::new(field, "must not begin with history., which is counted"))
}

/// What is wrong with a topic.
pub fn topic_fault(field: &str, topic: &str) -> Option<FieldError> {
    let fits = (1..=40).contains(&topic.len())
        && topic.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (!fits).then(|| FieldError::new(field, "must be 1 to 40 of a-z, 0-9 and '-'"))
}

//! What an app tells of a person in their words. It is data: stored, recalled and shown, never followed.

use domain::field_error::FieldError;
use domain::profile::{ClockTime, Diet};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Claim, MOST_TOPICS, Memory, MemoryLayer, MemorySource, Said, Told, evidence, said, topic};
use crate::routine::ExerciseTiming;

const LONGEST_KEY: usize = 80;
const LONGEST_CONTENT: usize = 300;
const MOST_WORDS: usize = 20;

/// Keys under which agents learn facts from data.
const LEARNED: [&str; 2] = ["rhythm.", "focus."];

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
    /// Foods that must never be in a plan: at most 20 of 1–40 characters. A later fact of the same key must name
    /// all of them; to take one away, forget the memory.
    Allergies { foods: Vec<String> },
    /// Kept beside the profile's: a plan fits both.
    Diet { diet: Diet },
    /// Parts of the body to spare, and whatever else movement must heed, such as a pregnancy: at most 20 of 1–40 characters.
    Injuries { parts: Vec<String> },
    /// What they do not want to do, such as `running`: at most 20 of 1–40 characters.
    Avoids { activities: Vec<String> },
    /// The only part of the day for exercise. The wish of a request goes before it.
    ExerciseTiming { timing: ExerciseTiming },
}

impl ToldClaim {
    /// The words of a claim, with their field.
    fn words(&self) -> Option<(&'static str, &[String])> {
        match self {
            Self::Dislikes { foods } | Self::Allergies { foods } => Some(("claim.foods", foods)),
            Self::Injuries { parts } => Some(("claim.parts", parts)),
            Self::Avoids { activities } => Some(("claim.activities", activities)),
            Self::SleepWindow { .. } | Self::Diet { .. } | Self::ExerciseTiming { .. } => None,
        }
    }
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
        if let Some((field, words)) = self.claim.as_ref().and_then(ToldClaim::words) {
            let right = |word: &String| {
                (1..=40).contains(&word.trim().chars().count()) && !word.chars().any(char::is_control)
            };
            if words.is_empty() || words.len() > MOST_WORDS || !words.iter().all(right) {
                faults.push(FieldError::new(field, "must be 1 to 20 entries of 1 to 40 characters"));
            }
        }
        if faults.is_empty() && LEARNED.iter().any(|learned| self.key.starts_with(learned)) {
            let memory = self.clone().into_memory(Date::default(), Timestamp::UNIX_EPOCH);
            if Told::guards(&memory) {
                let why = "must be a key of its own for what a plan must never break: data may speak against this one";
                faults.push(FieldError::new("key", why));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// What is remembered of it. `today` is the person's.
    pub fn into_memory(self, today: Date, now: Timestamp) -> Memory {
        let mut about: Vec<&str> = self.about.iter().map(String::as_str).collect();
        let told = |said: Said| Claim::Told(said);
        let none = Said::default();
        let (topic, claim) = match self.claim {
            Some(ToldClaim::SleepWindow { wake, bed }) => {
                (Some(topic::SLEEP), Claim::SleepWindow { wake, bed })
            }
            Some(ToldClaim::Dislikes { foods }) => {
                (Some(topic::FOOD), told(Said { dislikes: said::words(&foods), ..none }))
            }
            Some(ToldClaim::Allergies { foods }) => {
                (Some(topic::FOOD), told(Said { allergies: said::words(&foods), ..none }))
            }
            Some(ToldClaim::Diet { diet }) => (Some(topic::FOOD), told(Said { diet: Some(diet), ..none })),
            Some(ToldClaim::Injuries { parts }) => {
                (Some(topic::ACTIVITY), told(Said { injuries: said::words(&parts), ..none }))
            }
            Some(ToldClaim::Avoids { activities }) => {
                (Some(topic::ACTIVITY), told(Said { avoids: said::words(&activities), ..none }))
            }
            Some(ToldClaim::ExerciseTiming { timing }) => {
                (Some(topic::ACTIVITY), told(Said { exercise: Some(timing), ..none }))
            }
            None => (None, told(none)),
        };
        about.splice(0..0, topic);
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

//! What a person told that planners must respect, typed: all that is not in the sentence alone.

use domain::profile::Diet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routine::ExerciseTiming;

/// Lower case and sorted, each word once. Empty: the sentence alone is the claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Said {
    /// Foods they said they do not like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dislikes: Vec<String>,
    /// Foods that must never be in a plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diet: Option<Diet>,
    /// Parts of the body to spare, and whatever else movement must heed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub injuries: Vec<String>,
    /// What they do not want to do: `running`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub avoids: Vec<String>,
    /// The only part of the day for exercise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercise: Option<ExerciseTiming>,
}

/// As [`Said`] has them.
pub(super) fn words(told: &[String]) -> Vec<String> {
    let mut words: Vec<String> = told.iter().map(|word| word.trim().to_lowercase()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

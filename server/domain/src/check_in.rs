//! What a person says they did: the feedback that plans evolve from.

use crate::field_error::FieldError;
use serde::{Deserialize, Serialize};

/// One task of one day, reported on. A second check-in for the same task and day replaces the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CheckIn {
    /// The `id` of the task in the plan. 1–128 characters.
    pub task_id: String,
    /// The task's title, kept so that "what works" survives the plan. At most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub status: CheckInStatus,
    /// 1 (bad) to 5 (good).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// The local day the task was planned for, `YYYY-MM-DD`.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = Date))]
    pub date: jiff::civil::Date,
    /// The person's own words. At most 500 characters. Never logged, never sent to a model as instructions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum CheckInStatus {
    Done,
    Partial,
    Skipped,
}

impl CheckInStatus {
    /// How much of the task was done, 0–1: partial counts half.
    pub fn credit(self) -> f64 {
        match self {
            Self::Done => 1.0,
            Self::Partial => 0.5,
            Self::Skipped => 0.0,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partial => "partial",
            Self::Skipped => "skipped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Done, Self::Partial, Self::Skipped].into_iter().find(|status| status.as_str() == text)
    }
}

impl CheckIn {
    /// Every fault at once.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Vec::new();
        if self.task_id.is_empty() || self.task_id.len() > 128 {
            faults.push(FieldError::new("task_id", "must be 1 to 128 characters"));
        }
        if self.title.as_ref().is_some_and(|title| title.len() > 200) {
            faults.push(FieldError::new("title", "must be at most 200 characters"));
        }
        if self.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
            faults.push(FieldError::new("rating", "must be 1 to 5"));
        }
        if !(2000..=2200).contains(&self.date.year()) {
            faults.push(FieldError::new("date", "must be a day between 2000 and 2200"));
        }
        if self.note.as_ref().is_some_and(|note| note.chars().count() > 500) {
            faults.push(FieldError::new("note", "must be at most 500 characters"));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

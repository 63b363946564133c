//! The cost shutoff: how strong it is, and what an admission has to know of it.

use crate::field_error::FieldError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ShutoffMode {
    /// Planner only: no model is called, `force_refresh` is not honoured, and every answer says so.
    Degrade,
    /// No agent answers; the refusal says who decided and until when.
    Stop,
}

impl ShutoffMode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Degrade => "degrade",
            Self::Stop => "stop",
        }
    }

    pub fn parse(text: &str) -> Result<Self, FieldError> {
        match text {
            "degrade" => Ok(Self::Degrade),
            "stop" => Ok(Self::Stop),
            _ => Err(FieldError::new("mode", "must be degrade or stop")),
        }
    }
}

/// A shutoff in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Shutoff {
    pub mode: ShutoffMode,
    pub reason: String,
    /// Who decided: a person's email, `key:<prefix>`, or `system`.
    pub by: String,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// When it ends by itself; absent: until somebody restores spending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// Set at the ceiling: only a person with a fresh sign-in ends it.
    #[serde(default)]
    pub latched: bool,
}

impl Shutoff {
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether replacing this one would let more be spent: a weaker mode, or the same mode ending earlier.
    /// Going from degrade to stop never does, whatever the end: strengthening must not wait for somebody senior.
    pub fn loosened_by(&self, mode: ShutoffMode, expires_at: Option<Timestamp>) -> bool {
        match (self.mode, mode) {
            (ShutoffMode::Stop, ShutoffMode::Degrade) => true,
            (ShutoffMode::Degrade, ShutoffMode::Stop) => false,
            _ => match (self.expires_at, expires_at) {
                (None, end) => end.is_some(),
                (Some(old), new) => new.is_some_and(|new| new < old),
            },
        }
    }
}

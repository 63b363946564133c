//! What is wrong with one field of an input: the unit of every 4xx answer.

use serde::Serialize;

/// One refused field. `field` is a path in the body (`items[3].value`), `detail` says what was expected.
/// The refused value itself is never repeated: it may be a health value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[error("{field}: {detail}")]
pub struct FieldError {
    /// Path of the field, in the notation of the body: `items[3].value`.
    pub field: String,
    /// What was expected, in words.
    pub detail: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }

    /// The same fault, seen from outside: `value` becomes `items[3].value`.
    pub fn within(mut self, outer: &str) -> Self {
        self.field = if self.field.is_empty() { outer.to_owned() } else { format!("{outer}.{}", self.field) };
        self
    }
}

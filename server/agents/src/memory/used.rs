//! Which memory a planner used, and for what: part of the plan, and what an answer names first.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::told::Fact;

/// A memory that a plan went by. It says for what, never what the memory says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemoryUsed {
    /// Of the memory.
    pub id: String,
    pub key: String,
    /// In words: `foods that are never in the plan`.
    pub used_for: String,
}

impl MemoryUsed {
    pub(crate) fn new(id: &str, key: &str, used_for: impl Into<String>) -> Self {
        Self { id: id.to_owned(), key: key.to_owned(), used_for: used_for.into() }
    }

    /// How a text for the person names it. Keys are an app's words: one that says what only a professional may is not repeated.
    pub(crate) fn called(&self) -> String {
        if crate::wording::oversteps(&self.key.replace(['.', '-'], " "))
            || crate::wording::oversteps(&self.key)
        {
            "a memory".to_owned()
        } else {
            format!("memory “{}”", self.key)
        }
    }

    /// Each memory once.
    pub(crate) fn of_facts<'a, T: 'a>(
        facts: impl IntoIterator<Item = &'a Fact<T>>,
        used_for: &str,
    ) -> Vec<Self> {
        let mut used: Vec<Self> = Vec::new();
        for fact in facts {
            if used.iter().all(|known| known.id != fact.id || known.key != fact.key) {
                used.push(Self::new(&fact.id, &fact.key, used_for));
            }
        }
        used
    }
}

//! A release: an immutable set of agent settings. What is served points at one of them.

use crate::field_error::FieldError;
use serde::{Deserialize, Serialize};

/// The planner parameters that an operator may change from release to release.
/// Every field has a default and a range, so that a stored release from last year still reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AgentSettings {
    /// Base of the memory threshold, data points, 10–200. See [`crate::threshold`].
    pub threshold_base: u32,
    /// Minutes of plan per day relative to the archetype's, 0.5–1.5.
    pub routine_load: f64,
    /// Largest number of tasks that are new to the person in one routine, 1–6.
    pub routine_new_tasks: u32,
    /// Main meals and snacks a day, 3–5.
    pub meals_per_day: u32,
    /// Grams of protein per kg of body weight, 0.8–2.2.
    pub protein_g_per_kg: f64,
    /// Insights per run, 1–5.
    pub insights_per_run: u32,
    /// Least confidence of an insight, 0.5–0.95.
    pub insight_confidence: f64,
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self {
            threshold_base: 50,
            routine_load: 1.0,
            routine_new_tasks: 3,
            meals_per_day: 4,
            protein_g_per_kg: 1.4,
            insights_per_run: 5,
            insight_confidence: 0.75,
        }
    }
}

impl AgentSettings {
    /// Every fault at once.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let ranges = [
            ("threshold_base", f64::from(self.threshold_base), 10.0, 200.0),
            ("routine_load", self.routine_load, 0.5, 1.5),
            ("routine_new_tasks", f64::from(self.routine_new_tasks), 1.0, 6.0),
            ("meals_per_day", f64::from(self.meals_per_day), 3.0, 5.0),
            ("protein_g_per_kg", self.protein_g_per_kg, 0.8, 2.2),
            ("insights_per_run", f64::from(self.insights_per_run), 1.0, 5.0),
            ("insight_confidence", self.insight_confidence, 0.5, 0.95),
        ];
        let faults: Vec<_> = ranges
            .into_iter()
            .filter(|(_, value, least, most)| !(least..=most).contains(&value))
            .map(|(field, _, least, most)| FieldError::new(field, format!("must be {least} to {most}")))
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

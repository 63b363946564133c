//! What a caller asks of a day's food: the `preferences` of the API.

use domain::field_error::FieldError;
use domain::profile::Diet;
use serde::{Deserialize, Serialize};

/// Beside the profile, all optional. Unknown fields are refused, so that a misspelt allergy is never lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NutritionWishes {
    /// Instead of the profile's diet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diet: Option<Diet>,
    /// On top of the profile's allergies; there is no way to take one away here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<String>,
    /// 3–5. Instead of the release's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meals_per_day: Option<u32>,
}

impl NutritionWishes {
    /// Every fault at once.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Vec::new();
        if self.allergies.len() > 30 {
            faults.push(FieldError::new("allergies", "must have at most 30 entries"));
        }
        for (i, word) in self.allergies.iter().enumerate() {
            if word.trim().is_empty() || word.len() > 60 {
                faults.push(FieldError::new(format!("allergies[{i}]"), "must be 1 to 60 characters"));
            }
        }
        if self.meals_per_day.is_some_and(|meals| !(3..=5).contains(&meals)) {
            faults.push(FieldError::new("meals_per_day", "must be 3 to 5"));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

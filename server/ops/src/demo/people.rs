//! Who lives in the demo: two dozen invented people, written down in `people.json`.
//!
//! All archetypes, many diets, allergies and injuries; early and late, active and not, steady and irregular.

use domain::id::UserId;
use domain::profile::Profile;
use serde::Deserialize;

use crate::error::{Error, Result};

/// One invented person.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    /// `demo-anna`.
    pub(super) id: UserId,
    pub(super) profile: Profile,
    pub(super) habit: Habit,
}

/// What their device measures on a usual day.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Habit {
    pub(super) steps: f64,
    /// Deviation of their bed and wake times, minutes.
    pub(super) irregular_minutes: f64,
    pub(super) active_minutes: f64,
    pub(super) resting_heart_rate: f64,
    pub(super) hrv_ms: f64,
    /// Share of days on which the device is worn.
    pub(super) worn: f64,
}

pub(super) fn everybody() -> Result<Vec<Person>> {
    serde_json::from_str(include_str!("people.json"))
        .map_err(|error| Error::internal("reading the demo's people", error))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::archetype::Archetype;

    use super::*;

    #[test]
    fn everybody_is_valid_and_every_archetype_is_there() {
        let people = everybody().unwrap();
        assert_eq!(people.len(), 24);
        let ids: HashSet<_> = people.iter().map(|person| person.id.as_str()).collect();
        assert!(ids.len() == 24 && ids.iter().all(|id| id.starts_with("demo-")));
        for person in &people {
            person.profile.check().unwrap();
        }
        for archetype in Archetype::ALL {
            assert!(people.iter().any(|person| person.profile.archetype == Some(archetype)), "{archetype}");
        }
    }
}

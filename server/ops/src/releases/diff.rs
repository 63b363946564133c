//! What changes between two releases, setting by setting.

use domain::release::AgentSettings;
use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SettingChange {
    /// The setting's name, as in the settings: `routine_load`.
    pub name: String,
    pub from: Value,
    pub to: Value,
}

/// Only what differs, by name.
pub fn diff(from: &AgentSettings, to: &AgentSettings) -> Vec<SettingChange> {
    let (Ok(Value::Object(from)), Ok(Value::Object(mut to))) =
        (serde_json::to_value(from), serde_json::to_value(to))
    else {
        return Vec::new();
    };
    from.into_iter()
        .map(|(name, from)| SettingChange { to: to.remove(&name).unwrap_or_default(), name, from })
        .filter(|change| change.from != change.to)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_differs_and_nothing_else() {
        let from = AgentSettings::default();
        let to = AgentSettings { routine_load: 0.8, meals_per_day: 5, ..from.clone() };
        let lines: Vec<_> =
            diff(&from, &to).iter().map(|c| format!("{} {} -> {}", c.name, c.from, c.to)).collect();
        assert_eq!(lines, ["meals_per_day 4 -> 5", "routine_load 1.0 -> 0.8"]);
        assert_eq!(diff(&to, &to), []);
    }
}

//! What one set of settings changes against another, setting by setting.

use domain::release::AgentSettings;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettingChange {
    pub setting: String,
    pub from: String,
    pub to: String,
}

/// Empty when there is nothing to compare with.
pub(super) fn changes(from: Option<&AgentSettings>, to: &AgentSettings) -> Vec<SettingChange> {
    let fields = |settings: &AgentSettings| match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let Some(from) = from.map(fields) else { return Vec::new() };
    let changed = fields(to).into_iter().filter(|(setting, value)| from.get(setting) != Some(value));
    changed
        .map(|(setting, value)| SettingChange {
            from: from.get(&setting).map(ToString::to_string).unwrap_or_default(),
            to: value.to_string(),
            setting,
        })
        .collect()
}

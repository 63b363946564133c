//! Configuration: embedded defaults, then a file, then the environment. Checked once, at start.
//!
//! Nothing else reads the environment. `config.default.toml` is the manual.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use crate::error::{Error, Result};

const DEFAULTS: &str = include_str!("../config.default.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub store: Store,
    pub access: Access,
    pub telemetry: Telemetry,
    pub health: Health,
    pub cost: Cost,
    pub alerts: Alerts,
    pub email: Email,
    pub slack: Slack,
    pub agents: Agents,
    /// Set by `--demo` only: everything shown is labelled.
    #[serde(skip)]
    pub demo: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub addr: String,
    pub public_url: String,
    pub environment: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub url: String,
    pub data_dir: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub session_idle_minutes: u32,
    pub session_absolute_hours: u32,
    pub sign_in_attempts: u32,
    pub setup_link_hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    pub raw_days: u32,
    pub queue: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    pub interval_seconds: u64,
    pub memory_alert_mb: u64,
    pub memory_critical_mb: u64,
    pub disk_free_percent: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub alert_usd: f64,
    pub budget_usd: f64,
    pub ceiling_usd: f64,
    pub time_zone: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    pub evaluate_seconds: u64,
    pub for_seconds: u64,
    pub error_rate_percent: f64,
    pub p95_ms: u64,
    pub min_requests: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Email {
    pub smtp_url: SecretString,
    pub from: String,
    pub to: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slack {
    pub webhook_url: SecretString,
    pub bot_token: SecretString,
    pub channel: String,
    pub api_base_url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agents {
    pub per_user_per_minute: u32,
    pub workflow_deadline_ms: u64,
}

impl Config {
    /// Defaults, then `file`, then the environment (`HOLISTICOS__SECTION__KEY`, `DATABASE_URL`).
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let environment = config::Environment::with_prefix("HOLISTICOS")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("email.to");
        let mut sources =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(file) = file {
            sources = sources.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let mut config: Self = sources
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| Error::Config(format!("configuration: {error}")))?;
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        if let Ok(url) = std::env::var("DATABASE_URL") {
            config.store.url = url;
        }
        Ok(config)
    }

    /// The defaults alone: what tests start from.
    pub fn defaults() -> Self {
        config::Config::builder()
            .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .expect("the embedded defaults are complete: a test reads them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_defaults_are_complete() {
        let config = Config::defaults();
        assert!(
            config.cost.alert_usd < config.cost.budget_usd
                && config.cost.budget_usd < config.cost.ceiling_usd
        );
    }
}

//! Configuration: embedded defaults, then a file, then the environment. Checked once, at start.
//!
//! Nothing else reads the environment. `config.default.toml` is the manual. A fault stops the start, and names the file
//! and line, or the environment variable, that the setting came from.

mod check;
mod degrade;
pub(crate) mod limits;
pub mod model;
mod origin;
mod reconciliation;
#[cfg(test)]
mod tests;
mod workflows;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use domain::access::Tier;
use domain::agent::Agent;
use domain::ladder;
use domain::money::MicroUsd;
use secrecy::SecretString;
use serde::Deserialize;

use crate::error::{Error, Result};
pub use degrade::{Degrade, RunLimit, RunLimits};
pub use limits::{LimitRules, Limits, TierLimits};
pub use model::Model;
use origin::Origins;
pub use reconciliation::Reconciliation;
pub use workflows::Workflows;

const DEFAULTS: &str = include_str!("../../config.default.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub store: Store,
    pub access: Access,
    pub telemetry: Telemetry,
    pub health: Health,
    pub cost: Cost,
    pub caps: Caps,
    pub degrade: Degrade,
    pub run_limits: RunLimits,
    pub limits: Limits,
    pub model: Model,
    /// Asked in this order when the one before is not answering.
    #[serde(default)]
    pub fallback_models: Vec<Model>,
    pub reconciliation: Reconciliation,
    pub alerts: Alerts,
    pub email: Email,
    pub slack: Slack,
    pub agents: Agents,
    pub workflows: Workflows,
    pub memory: Memory,
    /// Set by `--demo` only: everything shown is labelled.
    #[serde(skip)]
    pub demo: bool,
    #[serde(skip)]
    origins: Origins,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub addr: String,
    pub public_url: String,
    pub environment: String,
    pub drain_seconds: u64,
    pub stop_seconds: u64,
    pub upgrade_seconds: u64,
    pub deployed_by: String,
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
    pub disk_free_alert_mb: u64,
    pub disk_free_critical_mb: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub alert_usd: f64,
    pub budget_usd: f64,
    pub ceiling_usd: f64,
    pub time_zone: String,
    pub essential_agents: Vec<Agent>,
    pub essential_usd: f64,
}

impl Cost {
    pub(crate) fn caps(&self) -> ladder::Caps {
        ladder::Caps {
            alert: MicroUsd::from_usd(self.alert_usd),
            budget: MicroUsd::from_usd(self.budget_usd),
            ceiling: MicroUsd::from_usd(self.ceiling_usd),
        }
    }
}

/// Dollars; 0: no cap. Beside the global ones of [`Cost`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    pub free_person_day_usd: f64,
    pub free_person_month_usd: f64,
    pub premium_person_day_usd: f64,
    pub premium_person_month_usd: f64,
    pub admin_person_day_usd: f64,
    pub admin_person_month_usd: f64,
    pub free_tier_day_usd: f64,
    pub premium_tier_day_usd: f64,
    pub admin_tier_day_usd: f64,
    pub agent_day_usd: f64,
    pub model_day_usd: f64,
    pub key_day_usd: f64,
    pub global_month_usd: f64,
}

impl Caps {
    /// Per day and per month.
    pub fn person(&self, tier: Tier) -> (f64, f64) {
        match tier {
            Tier::Free => (self.free_person_day_usd, self.free_person_month_usd),
            Tier::Premium => (self.premium_person_day_usd, self.premium_person_month_usd),
            Tier::Admin => (self.admin_person_day_usd, self.admin_person_month_usd),
        }
    }

    pub fn tier_day(&self, tier: Tier) -> f64 {
        match tier {
            Tier::Free => self.free_tier_day_usd,
            Tier::Premium => self.premium_tier_day_usd,
            Tier::Admin => self.admin_tier_day_usd,
        }
    }

    /// Every cap with its key.
    fn all(&self) -> [(&'static str, f64); 13] {
        [
            ("caps.free_person_day_usd", self.free_person_day_usd),
            ("caps.free_person_month_usd", self.free_person_month_usd),
            ("caps.premium_person_day_usd", self.premium_person_day_usd),
            ("caps.premium_person_month_usd", self.premium_person_month_usd),
            ("caps.admin_person_day_usd", self.admin_person_day_usd),
            ("caps.admin_person_month_usd", self.admin_person_month_usd),
            ("caps.free_tier_day_usd", self.free_tier_day_usd),
            ("caps.premium_tier_day_usd", self.premium_tier_day_usd),
            ("caps.admin_tier_day_usd", self.admin_tier_day_usd),
            ("caps.agent_day_usd", self.agent_day_usd),
            ("caps.model_day_usd", self.model_day_usd),
            ("caps.key_day_usd", self.key_day_usd),
            ("caps.global_month_usd", self.global_month_usd),
        ]
    }
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
    pub kept_words_mb: u64,
    pub kept_words_minutes: u32,
}

/// How many memories of each layer one person may have, and how long and many of the past are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    pub working: u32,
    pub episodic: u32,
    pub semantic: u32,
    pub procedural: u32,
    pub past: u32,
    pub past_days: u32,
}

impl Config {
    /// Defaults, then `file`, then the environment (`HOLISTICOS__SECTION__KEY`, `DATABASE_URL`).
    ///
    /// # Errors
    /// `Config`: every setting that is unknown, of the wrong type or out of its range, with its place and the remedy.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::read(file, environment)
    }

    fn read(file: Option<&Path>, environment: Vec<(String, String)>) -> Result<Self> {
        let origins = Origins::find(file, &environment)?;
        let variables = environment.iter().filter(|(name, _)| name.starts_with(origin::PREFIX)).cloned();
        let variables = config::Environment::with_prefix("HOLISTICOS")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("email.to")
            .with_list_parse_key("cost.essential_agents")
            .with_list_parse_key("model.billed_as")
            .with_list_parse_key("degrade.steps")
            .with_list_parse_key("degrade.single_model_steps")
            .with_list_parse_key("degrade.behavior")
            .with_list_parse_key("degrade.routine")
            .with_list_parse_key("degrade.nutrition")
            .with_list_parse_key("degrade.insights")
            .with_list_parse_key("degrade.chat")
            .source(Some(variables.collect()));
        let mut sources = config::Config::builder().add_source(defaults());
        if let Some(text) = origins.file_text() {
            sources = sources.add_source(config::File::from_str(text, config::FileFormat::Toml));
        }
        let read = sources.add_source(variables).build().and_then(config::Config::try_deserialize);
        let mut config: Self = read.map_err(|error| origins.explain(&error))?;
        config.origins = origins;
        if let Some((_, url)) = environment.into_iter().find(|(name, _)| name == "DATABASE_URL") {
            config.store.url = url;
        }
        config.check()?;
        Ok(config)
    }

    /// The error of a setting that cannot be used: where it was set, its name, `what` is wrong with it.
    ///
    /// `key` is dotted (`email.to`). `what` says what must be, and never the value of a secret.
    pub(crate) fn fault(&self, key: &str, what: impl Display) -> Error {
        Error::Config(self.origins.fault(key, what))
    }

    /// The folder that `--data` names.
    pub fn set_data_dir(&mut self, folder: &Path) {
        self.origins.set_above("store.data_dir", "flag --data".to_owned());
        self.store.data_dir = folder.to_owned();
    }

    /// Fills the store URL from the data folder when none was given, and makes that folder.
    pub fn settle_store_url(&mut self) -> Result<()> {
        if self.store.url.is_empty() {
            std::fs::create_dir_all(&self.store.data_dir).map_err(|error| {
                let folder = self.store.data_dir.display();
                self.fault(
                    "store.data_dir",
                    format!("names the folder {folder}, which cannot be made: {error}"),
                )
            })?;
            self.store.url = format!("sqlite:{}", self.store.data_dir.join("holisticos.db").display());
        }
        Ok(())
    }

    /// Links in pages and mails point to the address listened on, unless a public URL was given.
    pub fn settle_public_url(&mut self, addr: std::net::SocketAddr) {
        if self.server.public_url.is_empty() {
            self.server.public_url = format!("http://{addr}");
        }
    }

    /// Names of the models, the first asked first.
    pub fn model_names(&self) -> Vec<&str> {
        let all = std::iter::once(&self.model).chain(&self.fallback_models);
        all.map(|model| model.name.as_str()).filter(|name| !name.is_empty()).collect()
    }

    /// The defaults alone: what tests start from.
    pub fn defaults() -> Self {
        config::Config::builder()
            .add_source(defaults())
            .build()
            .and_then(config::Config::try_deserialize)
            .expect("the embedded defaults are complete: a test reads them")
    }
}

fn defaults() -> config::File<config::FileSourceString, config::FileFormat> {
    config::File::from_str(DEFAULTS, config::FileFormat::Toml)
}

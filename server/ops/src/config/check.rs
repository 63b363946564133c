//! The range of every setting, checked once at start: all faults are told together.

use std::fmt::Display;

use jiff::tz::TimeZone;

use super::Config;
use crate::error::{Error, Result};

/// Collects what is wrong.
struct Faults<'a> {
    config: &'a Config,
    found: Vec<String>,
}

impl Faults<'_> {
    fn unless(&mut self, right: bool, key: &str, what: impl Display) {
        if !right {
            self.found.push(self.config.origins.fault(key, what));
        }
    }

    fn between<T: PartialOrd + Display + Copy>(&mut self, value: T, least: T, most: T, key: &str) {
        let right = least <= value && value <= most;
        self.unless(right, key, format_args!("is {value}, but must be from {least} to {most}"));
    }
}

impl Config {
    /// # Errors
    /// `Config` with one line per setting that is out of its range.
    pub(super) fn check(&self) -> Result<()> {
        let mut faults = Faults { config: self, found: Vec::new() };
        self.check_server(&mut faults);
        self.check_access(&mut faults);
        self.check_watch(&mut faults);
        self.check_cost(&mut faults);
        self.check_runs(&mut faults);
        self.check_workflows(&mut faults);
        self.check_alerts(&mut faults);
        self.check_models(&mut faults);
        self.check_reconciliation(&mut faults);
        for (key, what) in super::limits::faults(self) {
            faults.unless(false, &key, what);
        }
        if faults.found.is_empty() { Ok(()) } else { Err(Error::Config(faults.found.join("\n"))) }
    }

    fn check_server(&self, faults: &mut Faults<'_>) {
        let addr = &self.server.addr;
        let port = addr.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let what = format!("is {addr:?}, but must be HOST:PORT, such as 127.0.0.1:3000");
        faults.unless(port.is_some(), "server.addr", what);
        let url = &self.server.public_url;
        let right =
            url.is_empty() || url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        faults.unless(right, "server.public_url", "must begin with https:// or http://, or be empty");
        let named = !self.server.environment.trim().is_empty();
        faults.unless(named, "server.environment", "must not be empty: notifications name it");
        faults.between(self.server.drain_seconds, 0, 600, "server.drain_seconds");
        faults.between(self.server.stop_seconds, 1, 3_600, "server.stop_seconds");
        faults.between(self.server.upgrade_seconds, 1, 3_600, "server.upgrade_seconds");
        let url = &self.store.url;
        let right =
            url.is_empty() || ["sqlite:", "postgres:", "postgresql:"].iter().any(|it| url.starts_with(it));
        faults.unless(right, "store.url", "must begin with sqlite: or postgres:, or be empty");
    }

    fn check_access(&self, faults: &mut Faults<'_>) {
        let access = &self.access;
        faults.between(access.session_idle_minutes, 1, 43_200, "access.session_idle_minutes");
        faults.between(access.session_absolute_hours, 1, 8_760, "access.session_absolute_hours");
        faults.between(access.sign_in_attempts, 1, 1_000, "access.sign_in_attempts");
        faults.between(access.setup_link_hours, 1, 720, "access.setup_link_hours");
        faults.between(self.agents.workflow_deadline_ms, 100, 600_000, "agents.workflow_deadline_ms");
        faults.between(self.agents.kept_words_mb, 0, 10_000, "agents.kept_words_mb");
        faults.between(self.agents.kept_words_minutes, 0, 44_640, "agents.kept_words_minutes");
        let memory = &self.memory;
        faults.between(memory.working, 10, 500, "memory.working");
        faults.between(memory.episodic, 10, 500, "memory.episodic");
        faults.between(memory.semantic, 10, 500, "memory.semantic");
        faults.between(memory.procedural, 10, 500, "memory.procedural");
        faults.between(memory.past, 0, 10_000, "memory.past");
        faults.between(memory.past_days, 1, 3_650, "memory.past_days");
    }

    fn check_watch(&self, faults: &mut Faults<'_>) {
        faults.between(self.telemetry.raw_days, 1, 400, "telemetry.raw_days");
        faults.between(self.telemetry.queue, 100, 10_000_000, "telemetry.queue");
        let health = &self.health;
        faults.between(health.interval_seconds, 1, 3_600, "health.interval_seconds");
        faults.unless(
            health.disk_free_critical_mb <= health.disk_free_alert_mb,
            "health.disk_free_critical_mb",
            format_args!(
                "must not be above health.disk_free_alert_mb, which is {}",
                health.disk_free_alert_mb
            ),
        );
        faults.unless(health.memory_alert_mb > 0, "health.memory_alert_mb", "must be above 0");
        faults.unless(
            health.memory_critical_mb >= health.memory_alert_mb,
            "health.memory_critical_mb",
            format_args!("must not be below health.memory_alert_mb, which is {}", health.memory_alert_mb),
        );
    }

    fn check_cost(&self, faults: &mut Faults<'_>) {
        let cost = &self.cost;
        for (key, usd) in [
            ("alert_usd", cost.alert_usd),
            ("budget_usd", cost.budget_usd),
            ("ceiling_usd", cost.ceiling_usd),
        ] {
            faults.unless(
                usd.is_finite(),
                &format!("cost.{key}"),
                format_args!("is {usd}, but must be dollars"),
            );
        }
        // What is not a number has no order.
        if [cost.alert_usd, cost.budget_usd, cost.ceiling_usd].into_iter().all(f64::is_finite) {
            for fault in cost.caps().check().err().unwrap_or_default() {
                faults.unless(false, &fault.field, fault.detail);
            }
        }
        let slice = cost.ceiling_usd - cost.budget_usd;
        faults.unless(
            cost.essential_usd >= 0.0 && cost.essential_usd <= slice.max(0.0),
            "cost.essential_usd",
            format_args!(
                "is {}, but must be from 0 to {slice}, what lies between cost.budget_usd and cost.ceiling_usd",
                cost.essential_usd
            ),
        );
        for (key, usd) in self.caps.all() {
            let what = format!("is {usd}, but must be dollars, 0 for no cap");
            faults.unless(usd.is_finite() && (0.0..1e9).contains(&usd), key, what);
        }
        faults.unless(
            TimeZone::get(&cost.time_zone).is_ok(),
            "cost.time_zone",
            format_args!("is {:?}, but must be a time zone such as Europe/Berlin", cost.time_zone),
        );
    }

    fn check_runs(&self, faults: &mut Faults<'_>) {
        for (key, what) in self.degrade.faults(&self.model_names()) {
            faults.unless(false, key, what);
        }
        for (key, usd) in self.run_limits.amounts() {
            let what = format!("is {usd}, but must be dollars, 0 for no limit");
            faults.unless((0.0..=1e9).contains(&usd), &key, what);
        }
    }

    fn check_workflows(&self, faults: &mut Faults<'_>) {
        let workflows = &self.workflows;
        faults.between(workflows.deadline_seconds, 10, 86_400, "workflows.deadline_seconds");
        faults.between(workflows.lease_seconds, 5, 600, "workflows.lease_seconds");
        faults.between(workflows.at_once, 1, 10_000, "workflows.at_once");
        faults.between(workflows.open_per_tenant, 1, 1_000_000, "workflows.open_per_tenant");
        faults.between(workflows.keep_days, 1, 400, "workflows.keep_days");
    }

    fn check_models(&self, faults: &mut Faults<'_>) {
        for (key, what) in self.model.faults() {
            faults.unless(false, &format!("model.{key}"), what);
        }
        for (index, model) in self.fallback_models.iter().enumerate() {
            faults.unless(
                !model.name.is_empty(),
                "fallback_models",
                format_args!("has no name at place {}", index + 1),
            );
            faults.unless(
                !self.model.name.is_empty(),
                "fallback_models",
                "needs a first model: set model.name",
            );
            for (key, what) in model.faults() {
                faults.unless(false, "fallback_models", format_args!("({}): {key} {what}", model.name));
            }
        }
    }

    fn check_reconciliation(&self, faults: &mut Faults<'_>) {
        let it = &self.reconciliation;
        // A page of the provider's holds 31 days.
        faults.between(it.days, 1, 31, "reconciliation.days");
        faults.between(it.lag_hours, 0, 240, "reconciliation.lag_hours");
        faults.between(it.drift_percent, 0.0, 100.0, "reconciliation.drift_percent");
        faults.between(it.drift_usd, 0.0, 1e6, "reconciliation.drift_usd");
        faults.between(it.keep_days, 31, 4_000, "reconciliation.keep_days");
    }

    fn check_alerts(&self, faults: &mut Faults<'_>) {
        let alerts = &self.alerts;
        faults.between(alerts.evaluate_seconds, 1, 3_600, "alerts.evaluate_seconds");
        faults.between(alerts.for_seconds, 0, 86_400, "alerts.for_seconds");
        faults.between(alerts.error_rate_percent, 0.01, 100.0, "alerts.error_rate_percent");
        faults.between(alerts.p95_ms, 1, 600_000, "alerts.p95_ms");
    }
}

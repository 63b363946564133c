//! Checks of everything the service needs, every 30 s. What could not be measured is unknown, never fine.
//!
//! A round of checks asks each component, feeds the state machine of [`domain::health`], keeps the answer in memory
//! and stores it with every change and a count per day. Readers take the answer from memory: also when the store
//! is what failed. A round that comes late because we stood still ourselves says nothing about anybody else.

mod checks;
mod report;
mod store;
#[cfg(test)]
mod tests;

pub use checks::AgentProbe;
pub(crate) use report::PROVIDER;
pub use report::{ComponentHealth, DayUptime, HealthChange, HealthReport};

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::health::{Outcome, Status, Track, stalled};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::events::Topic;

/// Days of history that are kept at hand and shown.
pub const DAYS: i64 = 90;

/// Results of the checks, in memory; the store has them for the next process.
#[derive(Default)]
pub struct Health {
    state: Mutex<State>,
    probe: Mutex<Option<AgentProbe>>,
    /// One round at a time.
    round: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    loaded: bool,
    last_round: Option<Timestamp>,
    components: BTreeMap<String, Component>,
}

/// One component: its state, its last check, its days.
#[derive(Clone, Default)]
struct Component {
    track: Track,
    latency_us: Option<u64>,
    detail: String,
    days: BTreeMap<String, DayUptime>,
    /// Of these, what the store has not been told: it adds up what all processes count.
    untold: BTreeMap<String, DayUptime>,
}

/// What a round found out about one component.
struct Finding {
    name: String,
    outcome: Outcome,
    latency: Option<Duration>,
    detail: String,
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn probe(&self) -> Option<AgentProbe> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl crate::Ops {
    /// How agents are checked: a synthetic run that must answer. Until it is set they are unknown.
    pub fn set_agent_probe(&self, probe: AgentProbe) {
        *self.health.probe.lock().unwrap_or_else(PoisonError::into_inner) = Some(probe);
    }

    pub(crate) fn start_health_jobs(&self) {
        let first = self.clone();
        let stopping = self.jobs.stopping();
        self.jobs.spawn_aside(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                result = async { first.lifecycle.duty().await; first.run_health_checks().await } => {
                    if let Err(error) = result {
                        tracing::error!(error = &error as &dyn std::error::Error, "the first health checks failed");
                    }
                }
            }
        });
        let every = Duration::from_secs(self.config.health.interval_seconds.max(1));
        let clock = self.clock.clone();
        self.jobs.every_on_duty(
            "health",
            every,
            clock,
            |ops| async move { ops.run_health_checks().await },
            self,
        );
    }

    /// One round: checks everything, remembers and stores the results, tells who watches when something changed.
    ///
    /// # Errors
    /// When the results could not be stored. They count all the same.
    pub async fn run_health_checks(&self) -> Result<()> {
        let _one_at_a_time = self.health.round.lock().await;
        let loaded = self.load_health().await;
        if self.host_now().is_none() {
            // Right after the start nothing was sampled yet. What fails here fails the check of memory.
            let _ = self.sample_host().await;
        }
        let began = self.clock.now();
        let late = stalled(self.health.state().last_round, began, self.health_interval());
        let mut findings = self.check_everything().await;
        let ended = self.clock.now();
        // Standing still in the middle of a round blurs it just as much.
        if late || stalled(Some(began), ended, self.health_interval()) {
            for finding in &mut findings {
                finding.outcome = Outcome::Unknown;
                "this process stood still, so the result says nothing".clone_into(&mut finding.detail);
            }
        }
        let changes = self.take_findings(findings, ended);
        if !changes.is_empty() {
            self.events.publish(Topic::Health, None);
        }
        loaded?;
        let components = self.health.state().components.clone();
        let days = store::write(&self.db, self.clock.now_ms(), &components, &changes).await?;
        self.health.state().told(days);
        Ok(())
    }

    /// Feeds the state machines; returns what changed.
    fn take_findings(&self, findings: Vec<Finding>, at: Timestamp) -> Vec<store::Change> {
        let today = day(at);
        let oldest = day(at - SignedDuration::from_hours(24 * (DAYS - 1)));
        let interval = self.health_interval();
        let mut changes = Vec::new();
        let mut state = self.health.state();
        state.last_round = Some(at);
        for finding in findings {
            let component = state.components.entry(finding.name.clone()).or_default();
            let (before, _) = component.track.at(at, interval);
            component.track.observe(finding.outcome, at);
            let status = component.track.status;
            component.latency_us =
                finding.latency.map(|latency| u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
            component.detail.clone_from(&finding.detail);
            for days in [&mut component.days, &mut component.untold] {
                let of_today = days.entry(today.clone()).or_insert_with(|| DayUptime::empty(&today));
                match finding.outcome {
                    Outcome::Ok | Outcome::Degraded => of_today.ok += 1,
                    Outcome::Failed => of_today.bad += 1,
                    Outcome::Unknown => of_today.unknown += 1,
                }
                *days = days.split_off(&oldest);
            }
            self.telemetry.metrics().set_health(&finding.name, status);
            if status != before {
                changes.push(store::Change {
                    id: self.clock.new_id(),
                    at: at.as_millisecond(),
                    component: finding.name,
                    from: before,
                    to: status,
                    detail: finding.detail,
                });
            }
        }
        changes
    }

    /// Reads what the process before us knew, once.
    async fn load_health(&self) -> Result<()> {
        if self.health.state().loaded {
            return Ok(());
        }
        let oldest = day(self.clock.now() - SignedDuration::from_hours(24 * (DAYS - 1)));
        let components = store::load(&self.db, &oldest).await?;
        let mut state = self.health.state();
        for (name, component) in components {
            state.components.entry(name).or_insert(component);
        }
        state.loaded = true;
        Ok(())
    }

    /// Changes of status in a window, oldest first.
    pub async fn stored_health_changes(&self, window: crate::telemetry::Window) -> Result<Vec<HealthChange>> {
        let changes =
            store::changes(&self.db, window.from.as_millisecond(), window.to.as_millisecond()).await?;
        let changes = changes.into_iter().map(|change| HealthChange {
            at: crate::clock::at(change.at),
            component: change.component,
            from: change.from,
            to: change.to,
            detail: change.detail,
        });
        Ok(changes.collect())
    }

    fn health_interval(&self) -> SignedDuration {
        let seconds = i64::try_from(self.config.health.interval_seconds.max(1)).unwrap_or(30);
        SignedDuration::from_secs(seconds)
    }

    /// Whether requests can be served: the store answers, and has this version's schema. For `/readyz`.
    pub async fn ready(&self) -> Result<()> {
        let asked = store::probe_read(&self.db);
        match tokio::time::timeout(checks::PATIENCE, asked).await {
            Ok(answer) => answer,
            Err(late) => Err(Error::internal("asking the store", late)),
        }
    }
}

impl State {
    /// The store has added what was untold; `days` is what it counts now.
    fn told(&mut self, days: Vec<(String, DayUptime)>) {
        for component in self.components.values_mut() {
            component.untold.clear();
        }
        for (name, day) in days {
            if let Some(component) = self.components.get_mut(&name) {
                component.days.insert(day.day.clone(), day);
            }
        }
    }
}

/// `2026-03-03`, UTC.
fn day(at: Timestamp) -> String {
    at.strftime("%F").to_string()
}

impl Component {
    fn status_at(&self, now: Timestamp, interval: SignedDuration) -> (Status, Option<Timestamp>) {
        self.track.at(now, interval)
    }
}

/// Wraps a probe for [`crate::Ops::set_agent_probe`].
pub fn agent_probe<F, Fut>(run: F) -> AgentProbe
where
    F: Fn(domain::agent::Agent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = std::result::Result<(), String>> + Send + 'static,
{
    Arc::new(move |agent| Box::pin(run(agent)))
}

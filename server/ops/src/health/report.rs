//! What is said about health: on pages, at `/api/health`, to the verdict.

use domain::agent::Agent;
use domain::health::{Status, uptime_percent, worst};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Everything that is checked, the worst first to be told.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthReport {
    /// The worst of the components.
    pub status: Status,
    /// The last round of checks; absent before the first of this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub checked_at: Option<Timestamp>,
    pub components: Vec<ComponentHealth>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ComponentHealth {
    /// `store`, `agent-routine`, `provider`, `memory`, `disk`, `tasks`.
    pub name: String,
    pub title: String,
    pub status: Status,
    /// Since when the status holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// What the last check found, one sentence.
    pub detail: String,
    /// How long the last check took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_checked: Option<Timestamp>,
    /// The section of the runbook, as the end of its address.
    pub runbook: String,
    /// Share of good checks among those that measured something, percent, over `days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime_90d: Option<f64>,
    /// 90 days, the oldest first; a day without checks is all zeros.
    pub days: Vec<DayUptime>,
}

/// Checks of one day (UTC).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayUptime {
    /// `2026-03-03`.
    pub day: String,
    pub ok: u64,
    pub bad: u64,
    pub unknown: u64,
}

/// A component got another status.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthChange {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub component: String,
    pub from: Status,
    pub to: Status,
    pub detail: String,
}

impl DayUptime {
    pub(super) fn empty(day: &str) -> Self {
        Self { day: day.to_owned(), ok: 0, bad: 0, unknown: 0 }
    }
}

impl HealthReport {
    /// Components that weigh this much in the whole.
    pub(crate) fn weighing(&self, status: Status) -> impl Iterator<Item = &ComponentHealth> {
        self.components.iter().filter(move |component| component.weight() == status)
    }

    pub fn component(&self, name: &str) -> Option<&ComponentHealth> {
        self.components.iter().find(|component| component.name == name)
    }
}

/// The component of all language models.
pub(crate) const PROVIDER: &str = "provider";

impl ComponentHealth {
    /// What it means for the whole. Without models the planners answer: people are served, less well.
    fn weight(&self) -> Status {
        match self.status {
            Status::Failing if self.name == PROVIDER => Status::Degraded,
            status => status,
        }
    }
}

impl crate::Ops {
    /// The state of everything, from memory: answers also when the store does not.
    pub fn health_now(&self) -> HealthReport {
        let now = self.clock.now();
        let interval = self.health_interval();
        let days: Vec<String> = (0..super::DAYS)
            .rev()
            .map(|back| super::day(now - jiff::SignedDuration::from_hours(24 * back)))
            .collect();
        let state = self.health.state();
        let components: Vec<ComponentHealth> = names(self.has_model())
            .map(|(name, title)| {
                let component = state.components.get(&name).cloned().unwrap_or_default();
                let (status, since) = component.status_at(now, interval);
                let days: Vec<DayUptime> = days
                    .iter()
                    .map(|day| component.days.get(day).cloned().unwrap_or_else(|| DayUptime::empty(day)))
                    .collect();
                let sum = |of: fn(&DayUptime) -> u64| days.iter().map(of).sum::<u64>();
                ComponentHealth {
                    runbook: format!("health-{}", if name.starts_with("agent-") { "agent" } else { &name }),
                    uptime_90d: uptime_percent(sum(|day| day.ok), sum(|day| day.bad)),
                    status,
                    since,
                    detail: detail(&component.detail, status, component.track.status),
                    latency_ms: component.latency_us.map(|us| us as f64 / 1e3),
                    last_checked: component.track.checked_at,
                    name,
                    title,
                    days,
                }
            })
            .collect();
        HealthReport {
            status: worst(components.iter().map(ComponentHealth::weight)),
            checked_at: state.last_round,
            components,
        }
    }
}

fn detail(found: &str, now: Status, then: Status) -> String {
    match (now, then) {
        _ if found.is_empty() => "not checked yet".to_owned(),
        (Status::Unknown, Status::Unknown) => found.to_owned(),
        (Status::Unknown, _) => format!("no result since; before: {found}"),
        _ => found.to_owned(),
    }
}

/// What is checked, in the order it is shown. Models only where there are any.
fn names(models: bool) -> impl Iterator<Item = (String, String)> {
    let own = |name: &str, title: &str| (name.to_owned(), title.to_owned());
    let agents =
        Agent::ALL.into_iter().map(|agent| (format!("agent-{agent}"), format!("{} agent", agent.title())));
    let provider = models.then(|| own(PROVIDER, "Model provider"));
    std::iter::once(own("store", "Store")).chain(agents).chain(provider).chain([
        own("memory", "Memory"),
        own("disk", "Disk"),
        own("tasks", "Background tasks"),
    ])
}

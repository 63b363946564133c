//! One row per agent: what it did in the last hour, what it costs, and how it is.

use domain::agent::{Agent, Engine};
use domain::health::Status;
use domain::money::MicroUsd;
use serde::Serialize;
use utoipa::ToSchema;

use super::signals::Hour;
use super::verdict::Targets;
use super::{Outside, Tone};
use crate::health::HealthReport;
use crate::telemetry::AgentFigures;
use crate::telemetry::figures::{Tally, as_usd};

/// One agent in the last 60 whole minutes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AgentRow {
    pub agent: Agent,
    pub title: String,
    pub per_second: f64,
    /// Microseconds; absent without a request.
    pub p95_us: Option<u64>,
    /// 0 to 1; absent without a request.
    pub error_rate: Option<f64>,
    #[serde(rename = "cost_today_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub cost_today: MicroUsd,
    /// What wrote its answers in the last 5 minutes, most first: `planner + memory`; a dash without answers.
    pub engine: String,
    /// `healthy`, `slow`, `errors`, `degraded`, `failing`, `no traffic`, `unknown`.
    pub state: String,
    pub tone: Tone,
    /// p95 in milliseconds of each of the 60 minutes.
    pub spark: Vec<Option<f64>>,
}

pub(super) fn rows(
    hour: &Hour,
    recent: &[AgentFigures],
    health: &HealthReport,
    outside: &Outside,
    targets: Targets,
) -> Vec<AgentRow> {
    let row = |agent: Agent| {
        let minutes = hour.by_agent.get(&agent);
        let mut whole = Tally::default();
        minutes.into_iter().flatten().for_each(|(_, tally)| whole.merge(tally));
        let figures = whole.summary(hour.window);
        let now = recent.iter().find(|figures| figures.agent == agent);
        let status = health.component(&format!("agent-{agent}")).map_or(Status::Unknown, |c| c.status);
        let (state, tone) = state(now, status, targets);
        AgentRow {
            agent,
            title: agent.title().to_owned(),
            per_second: figures.per_second,
            p95_us: figures.p95_us,
            error_rate: figures.error_rate,
            cost_today: outside.costs.get(&agent).copied().unwrap_or_default(),
            engine: engines(now),
            state: state.to_owned(),
            tone,
            spark: hour
                .minutes
                .iter()
                .map(|minute| minutes?.get(minute)?.quantile(0.95).map(|us| us as f64 / 1e3))
                .collect(),
        }
    };
    Agent::ALL.into_iter().map(row).collect()
}

/// The worst of what people see and what the synthetic run says.
fn state(now: Option<&AgentFigures>, health: Status, targets: Targets) -> (&'static str, Tone) {
    let figures = now.map(|now| &now.figures);
    let requests = figures.map_or(0, |figures| figures.requests);
    let errors = figures.and_then(|f| f.error_rate).map(|rate| ("errors", targets.errors(rate, requests)));
    let slow = figures.and_then(|f| f.p95_us).map(|p95| ("slow", targets.latency(p95, requests)));
    let checked = match health {
        Status::Failing => ("failing", Tone::Bad),
        Status::Degraded => ("degraded", Tone::Warn),
        Status::Unknown if errors.is_some() => ("not checked", Tone::Unknown),
        Status::Unknown => ("unknown", Tone::Unknown),
        Status::Ok if errors.is_none() => ("no traffic", Tone::Unknown),
        Status::Ok => ("healthy", Tone::Ok),
    };
    let all = [Some(checked), errors, slow];
    all.into_iter().flatten().rev().max_by_key(|(_, tone)| *tone).unwrap_or(("unknown", Tone::Unknown))
}

fn engines(now: Option<&AgentFigures>) -> String {
    let words: Vec<&str> = now
        .into_iter()
        .flat_map(|now| &now.engines)
        .map(|(engine, _): &(Engine, u64)| engine.as_str())
        .collect();
    if words.is_empty() { "–".to_owned() } else { words.join(" + ") }
}

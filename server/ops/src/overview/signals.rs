//! The four figures on top with their last hour, and the rows about ourselves, what we depend on, and money.

use std::collections::BTreeMap;

use domain::agent::Agent;
use domain::health::Status;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::verdict::{Targets, duration};
use super::{Spend, Tone};
use crate::db::Engine;
use crate::error::Result;
use crate::health::HealthReport;
use crate::telemetry::figures::Tally;
use crate::telemetry::{Filter, HostNow, Summary, Window};

const MINUTE: i64 = 60_000;
/// Minutes shown under each figure.
const POINTS: i64 = 60;

/// One figure with its target and its last hour.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Signal {
    /// `traffic`, `errors`, `latency`, `memory`.
    pub name: String,
    pub title: String,
    /// In `unit`; absent when unknown.
    pub value: Option<f64>,
    /// The value as it is written, without its unit: `43.2`; a dash when unknown.
    pub shown: String,
    pub unit: String,
    /// `target < 5 s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// In the unit of `points`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_value: Option<f64>,
    /// What else belongs to it: `p50 1.1 s · p99 9.8 s`.
    pub note: String,
    /// `normal`, `over target`, `unknown`.
    pub state: String,
    pub tone: Tone,
    /// 60 whole minutes, the oldest first: requests per second, percent, milliseconds, MB. Absent: not measured.
    pub points: Vec<Option<f64>>,
}

/// Something we are, or depend on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SystemRow {
    pub name: String,
    pub tone: Tone,
    /// `healthy`, `unknown`, `$15.83 left`.
    pub state: String,
    pub note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

/// The last 60 whole minutes.
pub(super) struct Hour {
    pub(super) window: Window,
    pub(super) minutes: Vec<i64>,
    pub(super) together: BTreeMap<i64, Tally>,
    pub(super) by_agent: BTreeMap<Agent, BTreeMap<i64, Tally>>,
    /// Megabytes, of minutes in which this was measured: we ran then.
    memory: BTreeMap<i64, f64>,
}

impl crate::Ops {
    pub(super) async fn last_hour(&self, now: Timestamp) -> Result<Hour> {
        let to = now.as_millisecond().div_euclid(MINUTE) * MINUTE;
        let minutes: Vec<i64> = (0..POINTS).map(|n| to - (POINTS - n) * MINUTE).collect();
        let window = Window::new(crate::clock::at(to - POINTS * MINUTE), crate::clock::at(to));
        let mut together: BTreeMap<i64, Tally> = BTreeMap::new();
        let mut by_agent: BTreeMap<Agent, BTreeMap<i64, Tally>> = BTreeMap::new();
        self.each_cell(window, MINUTE, &Filter::default(), |at, key, cell| {
            let Some(agent) = key.agent else { return };
            let minute = at.div_euclid(MINUTE) * MINUTE;
            together.entry(minute).or_default().add(key, cell);
            by_agent.entry(agent).or_default().entry(minute).or_default().add(key, cell);
        })
        .await?;
        let host = self.host_series(window).await?;
        let memory =
            host.into_iter().map(|point| (point.at.as_millisecond(), point.memory_bytes as f64 / 1e6));
        Ok(Hour { window, minutes, together, by_agent, memory: memory.collect() })
    }
}

impl Hour {
    /// One value per minute; `None` where `of` has none.
    fn points(&self, of: impl Fn(&Tally) -> Option<f64>) -> Vec<Option<f64>> {
        self.minutes.iter().map(|minute| of(self.together.get(minute)?)).collect()
    }

    /// Requests per second; zero only where we ran and nobody asked.
    fn traffic(&self) -> Vec<Option<f64>> {
        let minute = |at: &i64| match self.together.get(at) {
            Some(tally) => Some(tally.requests() as f64 / 60.0),
            None => self.memory.contains_key(at).then_some(0.0),
        };
        self.minutes.iter().map(minute).collect()
    }
}

pub(super) fn signals(
    hour: &Hour,
    recent: &Summary,
    host: Option<&HostNow>,
    targets: Targets,
    measuring: bool,
) -> Vec<Signal> {
    vec![
        traffic(hour, recent, measuring),
        errors(hour, recent, targets),
        latency(hour, recent, targets),
        memory(hour, host),
    ]
}

fn traffic(hour: &Hour, recent: &Summary, measuring: bool) -> Signal {
    let seen = recent.requests > 0;
    let value = (seen || measuring).then_some(recent.per_second);
    let (state, tone) = match (seen, measuring) {
        (true, _) => ("normal", Tone::Ok),
        (false, true) => ("no traffic", Tone::Unknown),
        (false, false) => ("not measured", Tone::Unknown),
    };
    let note = match recent.refused {
        0 => format!("{} in 5 minutes", recent.requests),
        refused => format!("{} in 5 minutes, {refused} refused", recent.requests),
    };
    Signal {
        name: "traffic".to_owned(),
        title: "Traffic".to_owned(),
        value,
        shown: shown(value, 1),
        unit: "req/s".to_owned(),
        target: None,
        target_value: None,
        note: if seen || measuring { note } else { String::new() },
        state: state.to_owned(),
        tone,
        points: hour.traffic(),
    }
}

fn errors(hour: &Hour, recent: &Summary, targets: Targets) -> Signal {
    let value = recent.error_rate.map(|rate| rate * 100.0);
    let tone = recent.error_rate.map_or(Tone::Unknown, |rate| targets.errors(rate, recent.requests));
    Signal {
        name: "errors".to_owned(),
        title: "Errors".to_owned(),
        value,
        shown: shown(value, 1),
        unit: "%".to_owned(),
        target: Some("target < 1 %".to_owned()),
        target_value: Some(targets.error_rate * 100.0),
        note: recent.error_rate.map_or(String::new(), |_| format!("{} failed in 5 minutes", recent.errors)),
        state: word(tone),
        tone,
        points: hour.points(|tally| tally.error_rate().map(|rate| rate * 100.0)),
    }
}

fn latency(hour: &Hour, recent: &Summary, targets: Targets) -> Signal {
    let ms = |micros: u64| micros as f64 / 1e3;
    let tone = recent.p95_us.map_or(Tone::Unknown, |p95| targets.latency(p95, recent.requests));
    let in_seconds = recent.p95_us.is_some_and(|p95| p95 >= 1_000_000);
    let value = recent.p95_us.map(|p95| if in_seconds { ms(p95) / 1e3 } else { ms(p95) });
    let digits = if in_seconds || value.is_some_and(|value| value < 10.0) { 1 } else { 0 };
    let note = match (recent.p50_us, recent.p99_us) {
        (Some(p50), Some(p99)) => {
            let ours = match (recent.provider_p99_us, recent.own_p99_us) {
                (Some(_), Some(own)) => format!(" · ours p99 {}", duration(own)),
                _ => String::new(),
            };
            format!("p50 {} · p99 {}{ours}", duration(p50), duration(p99))
        }
        _ => String::new(),
    };
    Signal {
        name: "latency".to_owned(),
        title: "Latency p95".to_owned(),
        value,
        shown: shown(value, digits),
        unit: if in_seconds { "s" } else { "ms" }.to_owned(),
        target: Some(format!("target < {} s", targets.p95_us / 1_000_000)),
        target_value: Some(ms(targets.p95_us)),
        note,
        state: word(tone),
        tone,
        points: hour.points(|tally| tally.quantile(0.95).map(ms)),
    }
}

fn memory(hour: &Hour, host: Option<&HostNow>) -> Signal {
    let value = host.map(|host| host.memory_bytes as f64 / 1e6);
    let tone = match host {
        None => Tone::Unknown,
        Some(host) if host.memory_bytes >= host.memory_critical_bytes => Tone::Bad,
        Some(host) if host.memory_bytes >= host.memory_alert_bytes => Tone::Warn,
        Some(_) => Tone::Ok,
    };
    let limit = host.map(|host| host.memory_alert_bytes as f64 / 1e6);
    let cpu = host.and_then(|host| host.cpu_percent.map(|cpu| (cpu, host.cores)));
    Signal {
        name: "memory".to_owned(),
        title: "Memory".to_owned(),
        value,
        shown: shown(value, 0),
        unit: "MB".to_owned(),
        target: limit.map(|limit| format!("limit {limit:.0} MB")),
        target_value: limit,
        note: cpu.map_or(String::new(), |(cpu, cores)| format!("CPU {cpu:.0} % of one core, {cores} here")),
        state: if tone == Tone::Ok { "below its limit".to_owned() } else { word(tone) },
        tone,
        points: hour.minutes.iter().map(|minute| hour.memory.get(minute).copied()).collect(),
    }
}

pub(super) fn system(
    health: &HealthReport,
    engine: Engine,
    dropped: u64,
    spend: Option<&Spend>,
) -> Vec<SystemRow> {
    let own = health.components.iter().filter(|component| !component.name.starts_with("agent-"));
    let mut rows: Vec<SystemRow> = own
        .map(|component| {
            let name = match (component.name.as_str(), engine) {
                ("store", Engine::Sqlite) => "Store (SQLite)".to_owned(),
                ("store", Engine::Postgres) => "Store (PostgreSQL)".to_owned(),
                _ => component.title.clone(),
            };
            let state = match (component.status, component.since) {
                (Status::Ok, _) => "healthy".to_owned(),
                (status, Some(since)) => format!("{} since {}", status.as_str(), since.strftime("%H:%M")),
                (status, None) => status.as_str().to_owned(),
            };
            let latency = component.latency_ms.map(|ms| duration((ms * 1e3) as u64));
            let note = latency.filter(|_| component.status == Status::Ok).unwrap_or(component.detail.clone());
            let href = Some(format!("/health#{}", component.name));
            SystemRow { name, tone: component.status.into(), state, note, href }
        })
        .collect();
    if dropped > 0 {
        rows.push(SystemRow {
            name: "Telemetry".to_owned(),
            tone: Tone::Warn,
            state: format!("{dropped} requests not kept"),
            note: "the queue was full".to_owned(),
            href: Some("/requests".to_owned()),
        });
    }
    rows.push(budget(spend));
    rows
}

fn budget(spend: Option<&Spend>) -> SystemRow {
    let (tone, state, note) = match spend {
        None => (Tone::Unknown, "unknown".to_owned(), String::new()),
        Some(spend) => {
            let left = spend.budget - spend.spent;
            let tone = match spend.spent {
                spent if spent >= spend.budget => Tone::Bad,
                spent if spent >= spend.alert => Tone::Warn,
                _ => Tone::Ok,
            };
            let state = if left.0 > 0 { format!("{left} left") } else { "spent".to_owned() };
            (tone, state, format!("{} of {} today", spend.spent, spend.budget))
        }
    };
    SystemRow { name: "Budget".to_owned(), tone, state, note, href: Some("/cost".to_owned()) }
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.digits$}"))
}

fn word(tone: Tone) -> String {
    match tone {
        Tone::Ok => "within target",
        Tone::Warn | Tone::Bad => "over target",
        Tone::Unknown => "unknown",
    }
    .to_owned()
}

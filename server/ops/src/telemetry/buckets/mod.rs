//! Sums of requests per slice of time, kept by what they are asked for: route, agent, release, engine, outcome.
//!
//! Ten seconds while fresh, minutes for 400 days, hours beside them so that a month opens as fast as an hour.
//! Everything in a cell adds, so any slices merge into any window without losing precision.

pub(crate) mod load;
pub(crate) mod plan;
pub(crate) mod read;
pub(crate) mod roll;
pub(crate) mod store;

use domain::agent::{Agent, Engine};
use domain::histogram::Histogram;

use super::event::RequestEvent;

pub(crate) const TEN_SECONDS: i64 = 10_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// What a cell is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) route: String,
    pub(crate) agent: Option<Agent>,
    /// Empty when the request was not answered under a release.
    pub(crate) release: String,
    pub(crate) engine: Option<EngineKey>,
    pub(crate) class: Class,
}

/// [`Engine`] with an order, so that keys have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum EngineKey {
    Planner,
    Model,
    Memory,
}

impl EngineKey {
    pub(crate) fn of(engine: Engine) -> Self {
        match engine {
            Engine::Planner => Self::Planner,
            Engine::Model => Self::Model,
            Engine::Memory => Self::Memory,
        }
    }

    pub(crate) fn engine(self) -> Engine {
        match self {
            Self::Planner => Engine::Planner,
            Self::Model => Engine::Model,
            Self::Memory => Engine::Memory,
        }
    }
}

/// How a request ended, for figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// 2xx and 3xx, whole.
    Answered,
    /// 4xx, 503 by a shutoff, and streams whose client went away: somebody's decision, neither an error of ours nor a
    /// measure of our speed.
    Refused,
    /// 5xx, and streams that broke off after their 200.
    Failed,
}

impl Class {
    pub(crate) fn of(status: u16, error_type: Option<&str>) -> Self {
        match status {
            _ if matches!(error_type, Some("stopped" | "client-gone")) => Self::Refused,
            ..400 if error_type.is_some() => Self::Failed,
            500.. => Self::Failed,
            400..500 => Self::Refused,
            _ => Self::Answered,
        }
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Answered => 2,
            Self::Refused => 4,
            Self::Failed => 5,
        }
    }

    /// A stored number that we did not write counts as a failure: it must not look fine.
    pub(crate) fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Answered,
            4 => Self::Refused,
            _ => Self::Failed,
        }
    }
}

impl Key {
    pub(crate) fn of(event: &RequestEvent) -> Self {
        Self {
            route: event.route.clone(),
            agent: event.agent,
            release: event.release.clone().unwrap_or_default(),
            engine: event.engine.map(EngineKey::of),
            class: Class::of(event.status, event.error_type.as_deref()),
        }
    }
}

/// What adds up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) requests: u64,
    pub(crate) degraded: u64,
    /// Exact count of requests that took less than 5 s: the bound of the service level, which no bucket has.
    pub(crate) under_5s: u64,
    pub(crate) cost_micro: i64,
    pub(crate) tokens_in: u64,
    pub(crate) tokens_out: u64,
    /// Sum of durations.
    pub(crate) duration_us: u64,
    pub(crate) histogram: Histogram,
    /// What of each was not a model's time.
    pub(crate) own: Histogram,
    /// How long those that asked a model waited for it.
    pub(crate) provider: Histogram,
}

impl Cell {
    pub(crate) fn add(&mut self, event: &RequestEvent) {
        self.requests += 1;
        self.degraded += u64::from(event.degraded);
        self.under_5s += u64::from(event.duration_us < 5_000_000);
        self.cost_micro += event.cost.0;
        self.tokens_in += event.tokens.input;
        self.tokens_out += event.tokens.output;
        self.duration_us = self.duration_us.saturating_add(event.duration_us);
        self.histogram.record(event.duration_us);
        self.own.record(event.own_us());
        if event.provider_us > 0 {
            self.provider.record(event.provider_us);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.degraded += other.degraded;
        self.under_5s += other.under_5s;
        self.cost_micro += other.cost_micro;
        self.tokens_in += other.tokens_in;
        self.tokens_out += other.tokens_out;
        self.duration_us = self.duration_us.saturating_add(other.duration_us);
        self.histogram.merge(&other.histogram);
        self.own.merge(&other.own);
        self.provider.merge(&other.provider);
    }
}

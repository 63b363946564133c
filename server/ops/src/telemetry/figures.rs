//! The figures that pages, alerts and the API ask for, and how they follow from cells.
//!
//! Refused requests (4xx, and 503 by a shutoff) are traffic, but neither errors nor a measure of speed: rates and
//! quantiles are over the rest. Without a request there is no rate and no quantile: absent, not zero.

use domain::agent::{Agent, Engine};
use domain::histogram::Histogram;
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::buckets::{Cell, Class, Key};

/// From (inclusive) to (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Window {
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to }
    }

    /// The time before `now`, up to and with this millisecond.
    pub fn last(now: Timestamp, length: SignedDuration) -> Self {
        Self { from: now - length, to: now + SignedDuration::from_millis(1) }
    }

    pub fn length(self) -> SignedDuration {
        self.to.duration_since(self.from)
    }
}

/// Which requests count. The default: all that an agent answers. With a route: that route's, of an agent or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub agent: Option<Agent>,
    pub route: Option<String>,
    pub release: Option<String>,
    pub engine: Option<Engine>,
}

impl Filter {
    pub fn agent(agent: Agent) -> Self {
        Self { agent: Some(agent), ..Self::default() }
    }

    pub fn release(release: &str) -> Self {
        Self { release: Some(release.to_owned()), ..Self::default() }
    }

    pub(crate) fn takes(&self, key: &Key) -> bool {
        let who = match (&self.route, self.agent) {
            (None, None) => key.agent.is_some(),
            (route, agent) => {
                route.as_ref().is_none_or(|route| *route == key.route)
                    && agent.is_none_or(|agent| key.agent == Some(agent))
            }
        };
        who && self.release.as_ref().is_none_or(|release| *release == key.release)
            && self.engine.is_none_or(|engine| key.engine.is_some_and(|key| key.engine() == engine))
    }
}

/// One point of a series: the slice of time that begins `at`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Point {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// All requests, the refused among them.
    pub requests: u64,
    pub errors: u64,
    /// Share of errors among requests that were not refused, 0 to 1.
    pub error_rate: Option<f64>,
    /// Microseconds, within 1 %, of requests that were not refused.
    pub p50_us: Option<u64>,
    pub p95_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub degraded: u64,
    #[serde(rename = "cost_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub cost: MicroUsd,
}

/// A whole window in figures.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Summary {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    pub requests: u64,
    /// 4xx, and 503 by a shutoff.
    pub refused: u64,
    /// 5xx.
    pub errors: u64,
    pub degraded: u64,
    /// Requests that were not refused and took less than 5 s: exact, for the service level.
    pub under_5s: u64,
    /// Requests per second over the window.
    pub per_second: f64,
    /// Share of errors among requests that were not refused, 0 to 1.
    pub error_rate: Option<f64>,
    /// Share of the degraded among requests that were not refused, 0 to 1.
    pub degraded_rate: Option<f64>,
    /// Microseconds, within 1 %, of requests that were not refused.
    pub p50_us: Option<u64>,
    pub p95_us: Option<u64>,
    pub p99_us: Option<u64>,
    /// The same of the time that was ours alone, of all of them: what is left without the models' time.
    pub own_p50_us: Option<u64>,
    pub own_p99_us: Option<u64>,
    /// How long those that asked a model waited for it; absent when none did.
    pub provider_p50_us: Option<u64>,
    pub provider_p99_us: Option<u64>,
    #[serde(rename = "cost_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub cost: MicroUsd,
    pub tokens_in: u64,
    pub tokens_out: u64,
}

/// One agent in a window.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AgentFigures {
    pub agent: Agent,
    pub figures: Summary,
    /// What wrote its answers, most first, with their number.
    pub engines: Vec<(Engine, u64)>,
}

/// One release in a window.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReleaseFigures {
    pub release: String,
    pub figures: Summary,
}

/// What one agent spent under one release on one day (UTC).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CostLine {
    /// `2026-03-03`.
    pub day: String,
    pub agent: Agent,
    /// Empty when not answered under a release.
    pub release: String,
    pub requests: u64,
    #[serde(rename = "cost_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub cost: MicroUsd,
}

/// Dollars, as the API shows money.
pub fn as_usd<S: Serializer>(amount: &MicroUsd, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(amount.usd())
}

/// Cells, added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    requests: u64,
    refused: u64,
    errors: u64,
    degraded: u64,
    under_5s: u64,
    cost: MicroUsd,
    tokens_in: u64,
    tokens_out: u64,
    durations: Histogram,
    own: Histogram,
    provider: Histogram,
}

impl Tally {
    pub(crate) fn add(&mut self, key: &Key, cell: &Cell) {
        self.requests += cell.requests;
        self.cost += MicroUsd(cell.cost_micro);
        self.tokens_in += cell.tokens_in;
        self.tokens_out += cell.tokens_out;
        match key.class {
            Class::Refused => self.refused += cell.requests,
            class => {
                self.errors += if class == Class::Failed { cell.requests } else { 0 };
                self.degraded += cell.degraded;
                self.under_5s += cell.under_5s;
                self.durations.merge(&cell.histogram);
                self.own.merge(&cell.own);
                self.provider.merge(&cell.provider);
            }
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    /// Microseconds.
    pub(crate) fn quantile(&self, q: f64) -> Option<u64> {
        quantile(&self.durations, q)
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.refused += other.refused;
        self.errors += other.errors;
        self.degraded += other.degraded;
        self.under_5s += other.under_5s;
        self.cost += other.cost;
        self.tokens_in += other.tokens_in;
        self.tokens_out += other.tokens_out;
        self.durations.merge(&other.durations);
        self.own.merge(&other.own);
        self.provider.merge(&other.provider);
    }

    /// Share of errors among requests that were not refused.
    pub(crate) fn error_rate(&self) -> Option<f64> {
        self.share(self.errors)
    }

    fn share(&self, part: u64) -> Option<f64> {
        let answered = self.requests - self.refused;
        (answered > 0).then(|| part as f64 / answered as f64)
    }

    pub(crate) fn point(&self, at: Timestamp) -> Point {
        Point {
            at,
            requests: self.requests,
            errors: self.errors,
            error_rate: self.share(self.errors),
            p50_us: self.quantile(0.5),
            p95_us: self.quantile(0.95),
            p99_us: self.quantile(0.99),
            degraded: self.degraded,
            cost: self.cost,
        }
    }

    pub(crate) fn summary(&self, window: Window) -> Summary {
        let seconds = window.length().as_secs_f64();
        Summary {
            from: window.from,
            to: window.to,
            requests: self.requests,
            refused: self.refused,
            errors: self.errors,
            degraded: self.degraded,
            under_5s: self.under_5s,
            per_second: if seconds > 0.0 { self.requests as f64 / seconds } else { 0.0 },
            error_rate: self.share(self.errors),
            degraded_rate: self.share(self.degraded),
            p50_us: self.quantile(0.5),
            p95_us: self.quantile(0.95),
            p99_us: self.quantile(0.99),
            own_p50_us: quantile(&self.own, 0.5),
            own_p99_us: quantile(&self.own, 0.99),
            provider_p50_us: quantile(&self.provider, 0.5),
            provider_p99_us: quantile(&self.provider, 0.99),
            cost: self.cost,
            tokens_in: self.tokens_in,
            tokens_out: self.tokens_out,
        }
    }
}

/// Microseconds.
fn quantile(of: &Histogram, q: f64) -> Option<u64> {
    of.quantile(q).map(|micros| micros.round() as u64)
}

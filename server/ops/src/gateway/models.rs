//! The language models there are: their prices, their clients, and whether they are answering.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::breaker::{Breaker, BreakerState};
use domain::price::Price;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::breakers::{ANSWERED, Changes};
use super::provider::{self, FailureKind, Provider};
use crate::clock::Clock;
use crate::config::Config;
use crate::cost::likely::Likely;
use crate::error::Result;
use crate::telemetry::metrics::Metrics;

/// All models, the first is asked first.
pub(crate) struct Models {
    all: Vec<Model>,
    pub(crate) likely: Likely,
    pub(super) retries: RetryBudget,
    /// What the breakers did, not yet written.
    pub(super) changes: Arc<Changes>,
}

pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) price: Price,
    pub(super) provider: Provider,
    /// Whether agents' replies come in parts.
    pub(super) stream: bool,
    pub(super) max_output_tokens: u32,
    pub(super) timeout: Duration,
    pub(super) deadline: Duration,
    pub(super) attempts: u32,
    breaker: Mutex<Breaker>,
    changes: Arc<Changes>,
    calls: AtomicU64,
    failures: [AtomicU64; FailureKind::ALL.len()],
    opened: AtomicU64,
    under_way: AtomicU64,
}

/// A call of a model from its sending to its end.
pub(super) struct UnderWay<'a>(&'a AtomicU64);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How a model is, for pages, health and metrics.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ModelStatus {
    pub model: String,
    pub breaker: BreakerState,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Failures in a row.
    pub failures_in_row: u32,
    /// When an open breaker lets the next call try.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<Timestamp>,
    /// Since the start of the process.
    pub calls: u64,
    /// Times the breaker opened since the start of the process.
    pub opened: u64,
    /// Failed calls since the start of the process, by what went wrong.
    pub failures: Vec<(String, u64)>,
    /// Why it is not asked now although it may answer: a shutoff of it or of everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<&'static str>,
    /// US dollars per million tokens, of the price list `price_version`.
    pub input_usd_per_mtok: f64,
    pub cached_input_usd_per_mtok: f64,
    pub output_usd_per_mtok: f64,
    pub price_version: String,
}

impl Models {
    /// # Errors
    /// `Config` when a model has no price or no usable address.
    pub(super) fn new(config: &Config, clock: &Clock, metrics: &Metrics) -> Result<Self> {
        let configured: Vec<_> = std::iter::once(&config.model)
            .chain(&config.fallback_models)
            .filter(|model| !model.name.is_empty())
            .collect();
        let mut all = Vec::with_capacity(configured.len());
        let changes = Arc::<Changes>::default();
        if !configured.is_empty() {
            let clients = provider::Clients::new()
                .map_err(|error| config.fault("model.base_url", format!("needs an HTTP client: {error}")))?;
            for model in configured {
                let unpriced = || {
                    config.fault("model.input_usd_per_mtok", "must be set: an unpriced model is never called")
                };
                let nowhere = || config.fault("model.base_url", "must begin with https:// or http://");
                let url = model.chat_url().ok_or_else(nowhere)?;
                all.push(Model {
                    name: model.name.clone(),
                    price: model.price().ok_or_else(unpriced)?,
                    provider: Provider::new(
                        clients.clone(),
                        url,
                        &model.name,
                        model.api_key.clone(),
                        metrics.chunk_times(&model.name),
                    ),
                    stream: model.stream,
                    max_output_tokens: model.max_output_tokens,
                    timeout: Duration::from_millis(model.timeout_ms),
                    deadline: Duration::from_millis(model.deadline_ms),
                    attempts: model.attempts,
                    breaker: Mutex::new(Breaker::new(clock.now())),
                    changes: Arc::clone(&changes),
                    calls: AtomicU64::new(0),
                    failures: Default::default(),
                    opened: AtomicU64::new(0),
                    under_way: AtomicU64::new(0),
                });
            }
        }
        Ok(Self { all, likely: Likely::default(), retries: RetryBudget::default(), changes })
    }

    pub(crate) fn all(&self) -> &[Model] {
        &self.all
    }

    /// Calls of the model with this name that are under way in this process.
    pub(super) fn under_way(&self, name: &str) -> u64 {
        let named = self.all.iter().filter(|model| model.name == name);
        named.map(|model| model.under_way.load(Ordering::Relaxed)).sum()
    }
}

impl Model {
    /// Whether a call may go now; who gets `true` must report by [`Model::succeeded`] or [`Model::failed`].
    pub(super) fn admit(&self, now: Timestamp) -> bool {
        self.breaker().admit(now)
    }

    /// Held while a call is under way.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.under_way)
    }

    /// Admitted, but no call left: a trial that did not happen says nothing.
    pub(super) fn not_asked(&self, now: Timestamp) {
        self.breaker().withdraw(now);
    }

    /// It had less time than is its own, because the request's was up: that says nothing of the model.
    pub(super) fn out_of_time(&self, now: Timestamp) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.breaker().withdraw(now);
    }

    pub(super) fn succeeded(&self, now: Timestamp) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.step(ANSWERED, now, Breaker::succeeded);
    }

    /// Moves the breaker; a change of its state is told to whoever writes it down.
    fn step(&self, cause: &'static str, now: Timestamp, step: impl FnOnce(&mut Breaker, Timestamp)) -> bool {
        let mut breaker = self.breaker();
        let before = *breaker;
        step(&mut breaker, now);
        self.changes.record(&self.name, (&before, &breaker), cause, now);
        before.state() != BreakerState::Open && breaker.state() == BreakerState::Open
    }

    /// True: this failure opened the breaker.
    pub(super) fn failed(&self, kind: FailureKind, now: Timestamp) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(index) = FailureKind::ALL.iter().position(|known| *known == kind) {
            self.failures[index].fetch_add(1, Ordering::Relaxed);
        }
        if !kind.providers_fault() {
            // The provider answered; what it answered to is our own affair.
            self.step(ANSWERED, now, Breaker::succeeded);
            return false;
        }
        let opened = self.step(kind.as_str(), now, Breaker::failed);
        self.opened.fetch_add(u64::from(opened), Ordering::Relaxed);
        opened
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> ModelStatus {
        let breaker = *self.breaker();
        let failures = FailureKind::ALL.iter().zip(&self.failures);
        let failures =
            failures.map(|(kind, count)| (kind.as_str().to_owned(), count.load(Ordering::Relaxed)));
        ModelStatus {
            model: self.name.clone(),
            breaker: breaker.state(),
            since: breaker.since(),
            failures_in_row: breaker.failures(),
            retry_at: breaker.retry_at(),
            calls: self.calls.load(Ordering::Relaxed),
            opened: self.opened.load(Ordering::Relaxed),
            failures: failures.filter(|(_, count)| *count > 0).collect(),
            withheld: None,
            input_usd_per_mtok: self.price.input.usd(),
            cached_input_usd_per_mtok: self.price.cached_input.usd(),
            output_usd_per_mtok: self.price.output.usd(),
            price_version: self.price.version.clone(),
        }
    }
}

/// At most one retry for five calls that succeed, beyond a reserve of ten: a provider in trouble is not asked twice as often.
/// Source: retry budgets of Finagle and Linkerd (20 %).
pub(super) struct RetryBudget(AtomicI64);

/// One retry, in fifths.
const RETRY: i64 = 5;
const RESERVE: i64 = 10 * RETRY;
pub(super) const MOST_RETRIES: u64 = 10;

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicI64::new(RESERVE))
    }
}

impl RetryBudget {
    /// Whole retries that may be made now.
    pub(super) fn left(&self) -> u64 {
        u64::try_from(self.0.load(Ordering::Relaxed) / RETRY).unwrap_or(0)
    }

    /// A call that succeeded earns a fifth of a retry, whichever attempt it was.
    pub(super) fn earn(&self) {
        let _ =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some((left + 1).min(RESERVE)));
    }

    pub(super) fn spend(&self) -> bool {
        let spent = |left: i64| (left >= RETRY).then(|| left - RETRY);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spent).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_in_five_may_be_a_retry() {
        let budget = RetryBudget::default();
        let reserve = (0..100).filter(|_| budget.spend()).count();
        assert_eq!(reserve, 10);
        let retries = (0..100)
            .filter(|_| {
                budget.earn();
                budget.spend()
            })
            .count();
        assert_eq!(retries, 20);
    }
}

//! The language models there are: their prices, their clients, and whether they are answering.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::breaker::{Breaker, BreakerState};
use domain::price::Price;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::provider::{self, FailureKind, Provider};
use crate::clock::Clock;
use crate::config::Config;
use crate::cost::likely::Likely;
use crate::error::Result;
use crate::telemetry::metrics::Metrics;

/// All models, the first is asked first.
pub(crate) struct Models {
    all: Vec<Model>,
    pub(super) likely: Likely,
    pub(super) retries: RetryBudget,
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
    calls: AtomicU64,
    failures: [AtomicU64; FailureKind::ALL.len()],
    opened: AtomicU64,
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
        if !configured.is_empty() {
            let http = provider::http()
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
                        http.clone(),
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
                    calls: AtomicU64::new(0),
                    failures: Default::default(),
                    opened: AtomicU64::new(0),
                });
            }
        }
        Ok(Self { all, likely: Likely::default(), retries: RetryBudget::default() })
    }

    pub(crate) fn all(&self) -> &[Model] {
        &self.all
    }
}

impl Model {
    /// Whether a call may go now; who gets `true` must report by [`Model::succeeded`] or [`Model::failed`].
    pub(super) fn admit(&self, now: Timestamp) -> bool {
        self.breaker().admit(now)
    }

    /// Admitted, but no call left: a trial that did not happen says nothing.
    pub(super) fn not_asked(&self, now: Timestamp) {
        self.breaker().withdraw(now);
    }

    pub(super) fn succeeded(&self, now: Timestamp) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.breaker().succeeded(now);
    }

    /// True: this failure opened the breaker.
    pub(super) fn failed(&self, kind: FailureKind, now: Timestamp) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(index) = FailureKind::ALL.iter().position(|known| *known == kind) {
            self.failures[index].fetch_add(1, Ordering::Relaxed);
        }
        let mut breaker = self.breaker();
        if !kind.providers_fault() {
            // The provider answered; what it answered to is our own affair.
            breaker.succeeded(now);
            return false;
        }
        let before = breaker.state();
        breaker.failed(now);
        let opened = before != BreakerState::Open && breaker.state() == BreakerState::Open;
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
        }
    }
}

/// At most one call in five is a retry, beyond a reserve of ten: a provider in trouble is not asked twice as often.
/// Source: retry budgets of Finagle and Linkerd (20 %).
pub(super) struct RetryBudget(AtomicI64);

/// One retry, in fifths.
const RETRY: i64 = 5;
const RESERVE: i64 = 10 * RETRY;

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicI64::new(RESERVE))
    }
}

impl RetryBudget {
    /// A first attempt earns a fifth of a retry.
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

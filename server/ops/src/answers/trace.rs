//! Where the time and the money of a request go, step by step. Durations only: the clock of the day has no part in it.

use std::time::Instant;

use domain::agent::{TokenUse, Usage};
use domain::money::MicroUsd;

use crate::telemetry::Step;

/// Waiting below this is not worth a line.
const LONG_US: u64 = 200;

pub(crate) struct Trace {
    begun: Instant,
    steps: Vec<Step>,
    used: Usage,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), steps: Vec::new(), used: Usage::default() }
    }

    /// Of a part of the same request that runs beside others: it goes back by [`Trace::absorb`].
    pub(crate) fn beside(&self) -> Self {
        Self { begun: self.begun, steps: Vec::new(), used: Usage::default() }
    }

    /// What a part did, among what the others did, by when it began.
    pub(crate) fn absorb(&mut self, part: Self) {
        self.steps.extend(part.steps);
        self.steps.sort_by_key(|step| step.start_us);
        self.charge_all(part.used);
    }

    /// A model call has ended.
    pub(crate) fn charge(&mut self, cost: MicroUsd, tokens: TokenUse) {
        self.charge_all(Usage { cost, attempts: 1, tokens, provider_us: 0 });
    }

    fn charge_all(&mut self, more: Usage) {
        self.used.cost += more.cost;
        self.used.attempts += more.attempts;
        self.used.tokens += more.tokens;
    }

    /// What the calls of this part used.
    pub(crate) fn used(&self) -> Usage {
        self.used
    }

    /// Microseconds from the start of the request: hand it back to [`Trace::end`].
    pub(crate) fn begin(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn end(&mut self, name: &str, began: u64, status: &str, detail: Option<String>) {
        let duration_us = self.begin().saturating_sub(began);
        let (name, status) = (name.to_owned(), status.to_owned());
        self.steps.push(Step { name, start_us: began, duration_us, status, detail });
    }

    pub(crate) fn end_if_long(&mut self, name: &str, began: u64) {
        if self.begin().saturating_sub(began) >= LONG_US {
            self.end(name, began, "ok", None);
        }
    }

    /// A step that does not wait.
    pub(crate) fn step<T, E>(
        &mut self,
        name: &str,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let began = self.begin();
        let outcome = work(self);
        self.end(name, began, if outcome.is_ok() { "ok" } else { "failed" }, None);
        outcome
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

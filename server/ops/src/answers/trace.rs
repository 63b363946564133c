//! Where the time of a request goes, step by step. Durations only: the clock of the day has no part in it.

use std::time::Instant;

use crate::telemetry::Step;

/// Waiting below this is not worth a line.
const LONG_US: u64 = 200;

pub(crate) struct Trace {
    begun: Instant,
    steps: Vec<Step>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), steps: Vec::new() }
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

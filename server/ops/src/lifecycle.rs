//! Whether this process takes requests, which it is answering, and whether work that only one process needs to do is its own.
//!
//! Kept in memory: the server sets the phase, `/readyz` and the live streams read it, background tasks ask for the duty.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Serving,
    /// Asked to stop: load balancers should look elsewhere, what is under way is finished.
    Draining,
    /// Another process serves from the same socket: what is under way here is finished.
    HandedOver,
}

pub struct Lifecycle {
    phase: watch::Sender<Phase>,
    duty: watch::Sender<bool>,
    next: AtomicU64,
    under_way: Mutex<BTreeMap<u64, UnderWay>>,
}

/// A request that is not answered to its end.
#[derive(Clone, Debug)]
pub struct UnderWay {
    pub request_id: String,
    /// Method and pattern of its path: `POST /api/user/{user_id}/routine/generate`.
    pub what: String,
    pub begun: Instant,
}

impl UnderWay {
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// Held while a request is answered.
pub struct Answering {
    ops: crate::Ops,
    number: u64,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.ops.lifecycle.requests().remove(&self.number);
    }
}

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self {
            phase: watch::Sender::new(Phase::Serving),
            duty: watch::Sender::new(true),
            next: AtomicU64::new(0),
            under_way: Mutex::default(),
        }
    }

    fn requests(&self) -> MutexGuard<'_, BTreeMap<u64, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub fn set_phase(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Resolves when this process takes no new work any more; at once when it does not now.
    pub fn leaving(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut phase = self.phase.subscribe();
        async move {
            // Without a sender the process is gone.
            let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
        }
    }

    /// Whether checks, alerts, deliveries and clearing up are this process's. Of two during a hand-over only one is on duty.
    pub fn on_duty(&self) -> bool {
        *self.duty.borrow()
    }

    pub fn set_duty(&self, on: bool) {
        self.duty.send_replace(on);
    }

    /// Resolves when it is on duty.
    pub async fn duty(&self) {
        // The sender is a part of this.
        let _ = self.duty.subscribe().wait_for(|on| *on).await;
    }

    /// Requests that are not answered yet, the oldest first.
    pub fn under_way(&self) -> Vec<UnderWay> {
        self.requests().values().cloned().collect()
    }
}

impl crate::Ops {
    /// Notes a request until what is returned is dropped.
    pub fn answering(&self, request_id: String, what: String) -> Answering {
        let number = self.lifecycle.next.fetch_add(1, Ordering::Relaxed);
        self.lifecycle.requests().insert(number, UnderWay { request_id, what, begun: Instant::now() });
        Answering { ops: self.clone(), number }
    }
}

#[cfg(test)]
mod tests {
    use super::Phase;

    #[tokio::test]
    async fn requests_are_named_while_they_are_answered() {
        let ops = crate::testing::ops().await;
        let first = ops.answering("r-1".to_owned(), "GET /".to_owned());
        let second = ops.answering("r-2".to_owned(), "POST /v1/chat/completions".to_owned());
        let named = || ops.lifecycle.under_way().into_iter().map(|one| one.request_id).collect::<Vec<_>>();
        assert_eq!(named(), ["r-1", "r-2"]);
        drop(first);
        assert_eq!(named(), ["r-2"]);
        drop(second);
        assert!(named().is_empty());
    }

    #[tokio::test]
    async fn who_waits_for_the_end_of_serving_is_told() {
        let ops = crate::testing::ops().await;
        let before = ops.lifecycle.leaving();
        ops.lifecycle.set_phase(Phase::Draining);
        before.await;
        ops.lifecycle.leaving().await;
        ops.lifecycle.set_phase(Phase::Serving);
        let again = tokio::time::timeout(std::time::Duration::ZERO, ops.lifecycle.leaving()).await;
        assert!(again.is_err(), "it serves again");
    }
}

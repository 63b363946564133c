//! Background tasks: idempotent, without input, retried by their next activation.
//!
//! Every task reports a heartbeat with its last result; its silence is a health check of its own.
//! All are tracked, so that shutdown waits for the one in flight.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::clock::Clock;
use crate::error::Result;

/// For tasks that are in the middle of something: longer than an attempt of a delivery may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The last error of a task that panicked.
const PANICKED: &str = "the activation panicked, which is a fault of this program";

pub struct Jobs {
    tracker: TaskTracker,
    stopping: CancellationToken,
    beats: Mutex<BTreeMap<&'static str, Heartbeat>>,
    places: OnceLock<Places>,
}

/// Threads; without them everything runs where it is begun.
struct Places {
    answers: Handle,
    aside: Handle,
}

/// What a task last did.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    pub every: Duration,
    pub last_at: Timestamp,
    /// `None`: the last activation succeeded.
    pub last_error: Option<String>,
    pub activations: u64,
}

impl Heartbeat {
    /// Silent for more than three periods and ten seconds.
    pub fn silent(&self, now: Timestamp) -> bool {
        let allowed = self.every * 3 + Duration::from_secs(10);
        now.duration_since(self.last_at).unsigned_abs() > allowed && now > self.last_at
    }
}

impl Jobs {
    pub(crate) fn new() -> Self {
        Self {
            tracker: TaskTracker::new(),
            stopping: CancellationToken::new(),
            beats: Mutex::default(),
            places: OnceLock::new(),
        }
    }

    /// From now on periodic tasks, and all that no app waits for, run on `aside`; the rest where this is called.
    pub fn run_aside_on(&self, aside: Handle) {
        // A second call would move nothing that runs.
        let _ = self.places.set(Places { answers: Handle::current(), aside });
    }

    /// Runs `activate` every `every`, first after one period, until shutdown. A failure is logged and reported, a panic likewise:
    /// the next activation comes after either.
    pub fn every<F, Fut>(
        &self,
        name: &'static str,
        every: Duration,
        clock: Clock,
        activate: F,
        ops: &crate::Ops,
    ) where
        F: Fn(crate::Ops) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + Send,
    {
        let ops = ops.clone();
        let stopping = self.stopping.clone();
        self.beat(name, every, clock.now(), None);
        self.spawn_aside(async move {
            let mut tick = tokio::time::interval(every);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            tick.tick().await;
            loop {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    _ = tick.tick() => {}
                }
                // Nothing of an activation is used after it but the service itself, whose locks bear a panic.
                let begun = catch_unwind(AssertUnwindSafe(|| activate(ops.clone())));
                let ended = match begun {
                    Ok(activation) => AssertUnwindSafe(activation).catch_unwind().await,
                    Err(panic) => Err(panic),
                };
                let failure = match ended {
                    Ok(Ok(())) => None,
                    Ok(Err(error)) => {
                        tracing::error!(
                            job = name,
                            error = &error as &dyn std::error::Error,
                            "background task failed"
                        );
                        Some(error.to_string())
                    }
                    // Its words went to the standard error: they may name what no log line may.
                    Err(_) => {
                        tracing::error!(
                            job = name,
                            "background task panicked; its next activation comes in time"
                        );
                        Some(PANICKED.to_owned())
                    }
                };
                ops.jobs.beat(name, every, clock.now(), failure);
            }
        });
    }

    /// Likewise work that one process does for all, such as evaluating alerts: only while this process is on duty. Off duty it
    /// reports its heartbeat and does nothing.
    pub fn every_on_duty<F, Fut>(
        &self,
        name: &'static str,
        every: Duration,
        clock: Clock,
        activate: F,
        ops: &crate::Ops,
    ) where
        F: Fn(crate::Ops) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + Send,
    {
        let activate = move |ops: crate::Ops| {
            let work = ops.lifecycle.on_duty().then(|| activate(ops));
            async move {
                match work {
                    Some(work) => work.await,
                    None => Ok(()),
                }
            }
        };
        self.every(name, every, clock, activate, ops);
    }

    /// Runs once, tracked, until it ends or shutdown cancels it through [`Jobs::stopping`]: what an app may be waiting for.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        match self.places.get() {
            Some(places) => self.tracker.spawn_on(task, &places.answers),
            None => self.tracker.spawn(task),
        };
    }

    /// Likewise, what no app waits for.
    pub fn spawn_aside(&self, task: impl Future<Output = ()> + Send + 'static) {
        match self.places.get() {
            Some(places) => self.tracker.spawn_on(task, &places.aside),
            None => self.tracker.spawn(task),
        };
    }

    /// Runs there while somebody waits for it, who is no app; dropped, it ends.
    pub fn aside<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> AbortOnDropHandle<T> {
        AbortOnDropHandle::new(match self.places.get() {
            Some(places) => self.tracker.spawn_on(work, &places.aside),
            None => self.tracker.spawn(work),
        })
    }

    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    pub fn heartbeats(&self) -> BTreeMap<&'static str, Heartbeat> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn beat(&self, name: &'static str, every: Duration, now: Timestamp, error: Option<String>) {
        let mut beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let activations = beats.get(name).map_or(0, |beat| beat.activations + 1);
        beats.insert(name, Heartbeat { every, last_at: now, last_error: error, activations });
    }

    pub(crate) async fn stop(&self) {
        self.stopping.cancel();
        self.tracker.close();
        if tokio::time::timeout(PATIENCE, self.tracker.wait()).await.is_err() {
            tracing::error!(tasks = self.tracker.len(), "background tasks did not end and are left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::mpsc;

    use super::*;
    use crate::testing;

    /// A task is begun by its closure and goes on in its future: it may panic in either.
    #[tokio::test]
    async fn a_task_that_panics_says_so_and_comes_again() {
        let ops = testing::ops().await;
        let (tell, mut told) = mpsc::unbounded_channel();
        let times = AtomicU32::new(0);
        let task = move |ops: crate::Ops| {
            let time = times.fetch_add(1, Ordering::SeqCst);
            let of_the_one_before = ops.jobs.heartbeats()["shaky"].last_error.clone();
            tell.send(of_the_one_before).unwrap();
            assert!(time != 0, "a test's panic, at once");
            async move {
                assert!(time != 1, "a test's panic, later");
                Ok(())
            }
        };
        ops.jobs.every("shaky", Duration::from_millis(1), ops.clock.clone(), task, &ops);
        let panicked = Some(PANICKED.to_owned());
        for expected in [None, panicked.clone(), panicked, None] {
            assert_eq!(told.recv().await.unwrap(), expected);
        }
        ops.jobs.stop().await;
    }
}

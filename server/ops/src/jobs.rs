//! Background tasks: idempotent, without input, retried by their next activation.
//!
//! Every task reports a heartbeat with its last result; its silence is a health check of its own.
//! All are tracked, so that shutdown waits for the one in flight.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::clock::Clock;
use crate::error::Result;

/// For tasks that are in the middle of something: longer than an attempt of a delivery may take.
const PATIENCE: Duration = Duration::from_secs(30);

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

    /// Runs `activate` every `every`, first after one period, until shutdown. A failure is logged and reported.
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
                let failure = activate(ops.clone()).await.err();
                if let Some(error) = &failure {
                    tracing::error!(
                        job = name,
                        error = error as &dyn std::error::Error,
                        "background task failed"
                    );
                }
                ops.jobs.beat(name, every, clock.now(), failure.map(|error| error.to_string()));
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

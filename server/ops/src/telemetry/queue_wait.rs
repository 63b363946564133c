//! How long work waits for a processor before it begins: what a request waits before its handler is asked, when all threads are busy.
//!
//! Four times a second a task is handed to the runtime, and says how long it took until it ran. It stands in the same queues as
//! requests do, so that it waits as they do; it is not part of any request's duration.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Result};

pub(super) const EVERY: Duration = Duration::from_millis(250);
/// What is told is about this long.
const KEPT_MS: i64 = 300_000;
/// With fewer, a 99th percentile is nothing.
const LEAST: usize = 20;

/// Waits of the last five minutes, microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueWait {
    pub p50_us: u64,
    pub p99_us: u64,
    pub longest_us: u64,
    /// How many were measured.
    pub samples: u64,
}

#[derive(Default)]
pub(crate) struct QueueWaits(Mutex<VecDeque<(i64, u64)>>);

impl QueueWaits {
    fn record(&self, now: i64, wait_us: u64) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.push_back((now, wait_us));
        while samples.front().is_some_and(|(at, _)| *at <= now - KEPT_MS) {
            samples.pop_front();
        }
    }

    /// `None`: too few of the last five minutes are known.
    fn told(&self, now: i64) -> Option<QueueWait> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waits: Vec<u64> =
            samples.iter().filter(|(at, _)| *at > now - KEPT_MS).map(|(_, wait)| *wait).collect();
        drop(samples);
        waits.sort_unstable();
        let rank = |q: f64| waits[((waits.len() as f64 * q).ceil() as usize).clamp(1, waits.len()) - 1];
        (waits.len() >= LEAST).then(|| QueueWait {
            p50_us: rank(0.5),
            p99_us: rank(0.99),
            longest_us: rank(1.0),
            samples: waits.len() as u64,
        })
    }
}

impl crate::Ops {
    /// What requests waited lately before anybody looked at them; `None`: not known.
    pub fn queue_wait(&self) -> Option<QueueWait> {
        self.queue_wait_at(self.clock.now())
    }

    fn queue_wait_at(&self, now: Timestamp) -> Option<QueueWait> {
        self.telemetry.queue_waits.told(now.as_millisecond())
    }

    pub(super) async fn measure_queue_wait(&self) -> Result<()> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let handed = Instant::now();
        self.jobs.spawn(async move {
            // Who asked has gone away only when the process ends.
            let _ = tell.send(handed.elapsed());
        });
        let wait = told.await.map_err(|error| Error::internal("measuring the queue", error))?;
        self.telemetry.metrics.queue_wait(wait);
        let wait_us = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        self.telemetry.queue_waits.record(self.clock.now_ms(), wait_us);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_minutes_are_told_and_too_few_are_not() {
        let waits = QueueWaits::default();
        (0..19).for_each(|n| waits.record(n * 250, 5));
        assert_eq!(waits.told(5_000), None);
        (19..100).for_each(|n| waits.record(n * 250, if n == 99 { 9_000 } else { 5 }));
        let told = waits.told(25_000).unwrap();
        assert_eq!(told, QueueWait { p50_us: 5, p99_us: 5, longest_us: 9_000, samples: 100 });
        assert_eq!(waits.told(400_000), None, "what was five minutes ago is not now");
        waits.record(400_000, 7);
        assert_eq!(waits.0.lock().unwrap().len(), 1, "and is forgotten");
    }

    #[tokio::test]
    async fn a_busy_thread_makes_others_wait() {
        let ops = crate::testing::ops().await;
        for _ in 0..20 {
            ops.jobs.spawn(async {
                let until = Instant::now() + Duration::from_millis(2);
                while Instant::now() < until {
                    std::hint::spin_loop();
                }
            });
            ops.measure_queue_wait().await.unwrap();
        }
        let told = ops.queue_wait().unwrap();
        assert!(told.samples == 20 && told.p50_us >= 2_000, "{told:?}");
    }
}

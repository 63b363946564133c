//! What every request did, measured once, on one path: buckets that merge, raw requests, metrics.
//!
//! [`crate::Ops::record`] only touches memory. Requests reach the store within a second, buckets within ten: that
//! much a power cut may take. Pages, alerts and the API read the same figures, up to this moment.

pub mod event;
pub mod figures;
pub mod host;
mod known_labels;
pub mod metrics;
mod queue_wait;
pub mod requests;
mod sampled;

mod buckets;
mod buffer;
mod drawn;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use buckets::load::Loading;
pub use event::{RequestEvent, Step};
pub use figures::{AgentFigures, CostLine, Filter, Point, ReleaseFigures, Summary, Window};
pub use host::{HostNow, HostPoint};
pub use queue_wait::QueueWait;
pub use requests::{
    Asking, DECIDE, DegradedBy, LOOKED_AT, RequestDetail, RequestFilter, RequestRow, StepRow,
};

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::Config;
use crate::error::Result;
use buckets::plan::Resolution;
use buckets::store::{Row, write};
use buffer::Buffer;

/// What began longer ago is history that somebody loads.
const HISTORY_MS: i64 = 300_000;

pub struct Telemetry {
    /// Names this process among those that share a store.
    pub(crate) process: String,
    buffer: Mutex<Buffer>,
    pub(crate) rolling: tokio::sync::Mutex<()>,
    metrics: metrics::Metrics,
    pub(crate) host: host::Host,
    queue_waits: queue_wait::QueueWaits,
}

impl Telemetry {
    pub(crate) fn new(config: &Config) -> Self {
        let process = format!("{:016x}", rand::random::<u64>());
        Self {
            buffer: Mutex::new(Buffer::new(config.telemetry.queue, process.clone())),
            process,
            rolling: tokio::sync::Mutex::default(),
            metrics: metrics::Metrics::new(),
            host: host::Host::default(),
            queue_waits: queue_wait::QueueWaits::default(),
        }
    }

    pub fn metrics(&self) -> &metrics::Metrics {
        &self.metrics
    }

    /// Requests that could not be kept since the start.
    pub fn dropped(&self) -> u64 {
        self.buffer().dropped()
    }

    pub(crate) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl crate::Ops {
    /// Takes one finished request. Never waits: a full queue drops the oldest and counts it.
    pub fn record(&self, event: RequestEvent) {
        let now = self.clock.now_ms();
        let mut buffer = self.telemetry.buffer();
        // Counters of a process are about its own time, not about history.
        if now - event.at.as_millisecond() < HISTORY_MS {
            self.telemetry.metrics.request(&event, buffer.known_route(&event.route));
        }
        if buffer.push(event, now) {
            self.telemetry.metrics.dropped(1);
        }
    }

    /// The text that Prometheus scrapes (`OpenMetrics` 1.0).
    pub fn metrics_text(&self) -> String {
        let waiting = self.telemetry.buffer().waiting();
        let beats = self.jobs.heartbeats();
        self.telemetry.metrics.sample(self);
        self.telemetry.metrics.text(waiting, beats.iter().map(|(job, beat)| (*job, beat)))
    }

    pub(crate) fn start_telemetry_jobs(&self) {
        let every = |name, seconds| (name, Duration::from_secs(seconds), self.clock.clone());
        let (name, period, clock) = every("telemetry-requests", 1);
        self.jobs.every(name, period, clock, |ops| async move { ops.flush_requests().await }, self);
        let (name, period, clock) = every("telemetry-buckets", 10);
        self.jobs.every(name, period, clock, |ops| async move { ops.roll_up().await }, self);
        let measure = |ops: Self| async move { ops.measure_queue_wait().await };
        self.jobs.every("queue-wait", queue_wait::EVERY, self.clock.clone(), measure, self);
        let (name, period, clock) = every("host", 10);
        self.jobs.every(name, period, clock, |ops| async move { ops.sample_host().await }, self);
        let (name, period, clock) = every("retention", 600);
        self.jobs.every_on_duty(
            name,
            period,
            clock,
            |ops| async move { ops.drop_old_telemetry().await },
            self,
        );
    }

    /// Writes everything still in memory.
    pub async fn flush_telemetry(&self) -> Result<()> {
        self.flush_requests().await?;
        self.flush_breaker_changes().await?;
        self.roll_up().await
    }

    /// Writes the buckets that changed. The caller holds `rolling`, so that no older copy follows a newer.
    async fn flush_buckets(&self) -> Result<()> {
        let dirty = self.telemetry.buffer().take_dirty();
        let rows: Vec<Row> = dirty
            .iter()
            .flat_map(|(at, part, cells)| cells.iter().map(|(key, cell)| Row::of(*at, part, key, cell)))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let written = async {
            let mut tx = self.db.begin_write().await?;
            write(&mut tx, Resolution::TenSeconds, &rows).await?;
            Ok(tx.commit().await?)
        };
        let written = written.await;
        if written.is_err() {
            self.telemetry.buffer().mark_dirty(dirty.iter().map(|(at, ..)| *at));
        }
        written
    }

    /// Deletes what is older than it is kept.
    async fn drop_old_telemetry(&self) -> Result<()> {
        self.drop_old_buckets().await?;
        self.drop_old_requests().await?;
        self.drop_old_breaker_changes().await?;
        self.drop_old_host_samples().await
    }
}

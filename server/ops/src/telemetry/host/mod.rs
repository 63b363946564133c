//! The process on its machine: memory and processor, measured every 10 s, kept by the minute.
//!
//! The first measurement has no processor share: that needs two, at least 200 ms apart.

mod store;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use utoipa::ToSchema;

use super::buckets::MINUTE;
use super::buckets::plan::floor;
use super::figures::Window;
use crate::clock::at;
use crate::error::{Error, Result};

/// Two readings closer than this say nothing about the processor.
const LEAST_APART_MS: i64 = 200;
/// A reading older than this is not "now".
const FRESH_MS: i64 = 30_000;
const KEPT_MS: i64 = 400 * 86_400_000;

/// One reading.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HostNow {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Resident memory of this process.
    pub memory_bytes: u64,
    /// Percent of one core; absent before the second reading.
    pub cpu_percent: Option<f64>,
    pub cores: u32,
    /// The limits of the configuration.
    pub memory_alert_bytes: u64,
    pub memory_critical_bytes: u64,
}

/// The highest of one minute.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HostPoint {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub memory_bytes: u64,
    pub cpu_percent: f64,
}

#[derive(Default)]
pub(crate) struct Host(Mutex<Readings>);

#[derive(Default)]
struct Readings {
    system: Option<System>,
    last: Option<Reading>,
    /// The highest per minute of the last hour, by this process.
    minutes: BTreeMap<i64, (u64, f64)>,
}

#[derive(Clone, Copy)]
struct Reading {
    at: i64,
    memory: u64,
    cpu: Option<f64>,
}

impl Host {
    /// Reads memory and processor of this process. Costs about a tenth of a millisecond.
    fn measure(&self, now: i64) -> Result<()> {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = Pid::from_u32(std::process::id());
        let previous = readings.last;
        if readings.system.is_none() {
            let system =
                System::new().map_err(|error| Error::internal("reading this host", error.to_string()))?;
            readings.system = Some(system);
        }
        let Some(system) = readings.system.as_mut() else { return Ok(()) };
        let what = ProcessRefreshKind::nothing().with_memory().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        let process =
            system.process(pid).ok_or_else(|| Error::internal("reading this process", "it is not listed"))?;
        let cpu = f64::from(process.cpu_usage());
        let measured =
            previous.is_some_and(|previous| now - previous.at >= LEAST_APART_MS) && cpu.is_finite();
        let memory = process.memory();
        let cpu = measured.then_some(cpu);
        readings.last = Some(Reading { at: now, memory, cpu });
        let minute = readings.minutes.entry(floor(now, MINUTE)).or_default();
        minute.0 = minute.0.max(memory);
        minute.1 = minute.1.max(cpu.unwrap_or(0.0));
        let oldest = now - 65 * MINUTE;
        readings.minutes.retain(|at, _| *at >= oldest);
        Ok(())
    }

    pub(crate) fn minutes(&self) -> BTreeMap<i64, (u64, f64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).minutes.clone()
    }

    fn last(&self) -> Option<Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last
    }
}

impl crate::Ops {
    /// The last reading; `None` when there is none of the last 30 s.
    pub fn host_now(&self) -> Option<HostNow> {
        let now = self.clock.now_ms();
        let reading = self.telemetry.host.last().filter(|reading| now - reading.at <= FRESH_MS)?;
        let cores = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        Some(HostNow {
            at: at(reading.at),
            memory_bytes: reading.memory,
            cpu_percent: reading.cpu,
            cores,
            memory_alert_bytes: self.config.health.memory_alert_mb * 1_000_000,
            memory_critical_bytes: self.config.health.memory_critical_mb * 1_000_000,
        })
    }

    /// The minutes of the window that were measured, highest value of each, all instances together.
    pub async fn host_series(&self, window: Window) -> Result<Vec<HostPoint>> {
        let (from, to) = (floor(window.from.as_millisecond(), MINUTE), window.to.as_millisecond());
        let mut minutes: BTreeMap<i64, (u64, f64)> =
            store::read(&self.db, from, to).await?.into_iter().map(|row| (row.0, (row.1, row.2))).collect();
        for (at, (memory, cpu)) in self.telemetry.host.minutes().range(from..to.max(from)) {
            let minute = minutes.entry(*at).or_default();
            *minute = (minute.0.max(*memory), minute.1.max(*cpu));
        }
        let points = minutes.into_iter().map(|(minute, (memory_bytes, cpu_percent))| HostPoint {
            at: at(minute),
            memory_bytes,
            cpu_percent,
        });
        Ok(points.collect())
    }

    /// Takes one reading and writes its minute.
    pub async fn sample_host(&self) -> Result<()> {
        let now = self.clock.now_ms();
        self.telemetry.host.measure(now)?;
        if let Some(reading) = self.telemetry.host.last() {
            self.telemetry.metrics().host(reading.memory, reading.cpu);
        }
        let minute = floor(now, MINUTE);
        if let Some((memory, cpu)) = self.telemetry.host.minutes().get(&minute) {
            store::write(&self.db, minute, &self.telemetry.process, *memory, *cpu).await?;
        }
        Ok(())
    }

    /// Writes minutes of a generated past.
    pub(crate) async fn load_host_samples(&self, points: &[HostPoint]) -> Result<()> {
        store::write_past(&self.db, points).await
    }

    pub(crate) async fn drop_old_host_samples(&self) -> Result<()> {
        store::delete_before(&self.db, self.clock.now_ms() - KEPT_MS).await
    }
}

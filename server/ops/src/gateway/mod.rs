//! The way to an answer: admission decides, and only admission makes a [`Permit`].
//!
//! Admission reads memory only: the shutoffs, the release, each person's rate, what today has spent. The store is
//! the truth of all but the rates; a change swaps the memory after its commit, and other instances see it by a
//! poll of one table, four times a second. Money is leased from the store before it can be spent (decision 9).

mod admission;
pub(crate) mod asking;
mod breakers;
mod charge;
pub mod chat;
mod in_flight;
mod latch;
mod limits;
mod models;
mod permit;
mod policy;
mod preview;
pub(crate) mod provider;
mod shutoff;
pub(crate) mod store;
pub(crate) mod switch;
mod waited;

#[cfg(test)]
mod tests;

pub use admission::Admission;
pub(crate) use admission::BUDGET;
pub use breakers::BreakerChange;
pub use limits::{
    Allowance, LimitChange, LimitPreview, LimitRule, LimitSource, Reached, change_link as limit_page,
};
pub use models::ModelStatus;
pub use permit::{Hold, Permit, Reserve};
pub use policy::Denied;
pub use preview::ShutoffPreview;
pub use provider::FailureKind;
pub use shutoff::{ShutoffEnd, ShutoffRecord};

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::config::Config;
use crate::cost::{Leases, Today};
use crate::error::Result;
use crate::telemetry::metrics::Metrics;

/// What admission reads on every request, in memory.
pub struct Gateway {
    pub(crate) shutoffs: switch::Switch<Vec<shutoff::Open>>,
    pub(crate) today: Today,
    pub(crate) leases: Leases,
    /// The last recall of leases that was followed.
    recalled: AtomicI64,
    pub(crate) models: models::Models,
    /// What agents give up while sums fill.
    pub(crate) policies: switch::Switch<crate::cost::degrade::InForce>,
    throttles: policy::Throttles,
    pub(crate) limits: limits::Limits,
    /// A call has settled: what waits for room may ask again.
    freed: tokio::sync::Notify,
    in_flight: in_flight::InFlight,
    /// Model calls of this process that hold money.
    holds: AtomicU64,
    counters: Counters,
}

/// Since the start of the process.
#[derive(Default)]
struct Counters {
    admitted: AtomicU64,
    degraded: AtomicU64,
    stopped: AtomicU64,
    rate_limited: AtomicU64,
    unsettled: AtomicU64,
}

/// What admission did since the start of the process, for the metrics page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GatewayCounts {
    pub admitted: u64,
    /// Of these, how many must do without a model.
    pub degraded: u64,
    /// Refused by a shutoff.
    pub stopped: u64,
    /// Requests, and model calls of admitted ones, refused by a limit.
    pub rate_limited: u64,
    /// Permits dropped without settling: a fault of ours, or a client that went away.
    pub unsettled: u64,
}

impl Gateway {
    pub(crate) fn new(config: &Config, clock: &Clock, metrics: &Metrics) -> Result<Self> {
        Ok(Self {
            shutoffs: switch::Switch::new(Vec::new()),
            today: Today::new(config)?,
            leases: Leases::new(clock),
            recalled: AtomicI64::new(0),
            models: models::Models::new(config, clock, metrics)?,
            policies: switch::Switch::new(crate::cost::degrade::InForce::defaults(config)?),
            throttles: policy::Throttles::default(),
            freed: tokio::sync::Notify::new(),
            limits: limits::Limits::new(config, clock.clone()),
            in_flight: in_flight::InFlight::default(),
            holds: AtomicU64::new(0),
            counters: Counters::default(),
        })
    }
}

impl crate::Ops {
    /// Agent requests admitted and not yet answered, in this process.
    pub fn in_flight(&self) -> u64 {
        self.gateway.in_flight.of(&domain::shutoff::Scope::All)
    }

    /// Every language model and whether it answers, the first asked first.
    pub fn models(&self) -> Vec<ModelStatus> {
        let all = self.gateway.models.all().iter();
        all.map(|model| ModelStatus { withheld: self.model_withheld(&model.name), ..model.status() })
            .collect()
    }

    /// Retries that may be made now, of all models together, and the most that are ever saved up.
    pub fn retries_left(&self) -> (u64, u64) {
        (self.gateway.models.retries.left(), models::MOST_RETRIES)
    }

    pub fn gateway_counts(&self) -> GatewayCounts {
        let counters = &self.gateway.counters;
        GatewayCounts {
            admitted: counters.admitted.load(Ordering::Relaxed),
            degraded: counters.degraded.load(Ordering::Relaxed),
            stopped: counters.stopped.load(Ordering::Relaxed),
            rate_limited: counters.rate_limited.load(Ordering::Relaxed),
            unsettled: counters.unsettled.load(Ordering::Relaxed),
        }
    }

    /// Sees within a quarter of a second what other instances changed and spent, ends shutoffs and overrides that expired,
    /// writes down what the breakers did and the limits refused, forgets idle people and old bookings.
    pub(crate) fn start_gateway_jobs(&self) {
        let clock = || self.clock.clone();
        self.jobs.every(
            "switches",
            Duration::from_millis(250),
            clock(),
            |ops| async move { ops.poll_switches().await },
            self,
        );
        let flush = |ops: crate::Ops| async move { ops.flush_ledger().await };
        self.jobs.every("ledger", Duration::from_millis(250), clock(), flush, self);
        self.jobs.every(
            "breakers",
            Duration::from_secs(1),
            clock(),
            |ops| async move { ops.flush_breaker_changes().await },
            self,
        );
        self.jobs.every(
            "limits",
            Duration::from_secs(1),
            clock(),
            |ops| async move { ops.flush_limit_refusals().await },
            self,
        );
        let steps = |ops: crate::Ops| async move { ops.note_degrade_steps().await };
        self.jobs.every("degrade-steps", Duration::from_secs(1), clock(), steps, self);
        let trim = |ops: crate::Ops| async move {
            ops.drop_old_degrade_periods().await?;
            ops.trim_limit_refusals().await?;
            ops.trim_ledger().await
        };
        self.jobs.every_on_duty("ledger-trim", Duration::from_secs(3600), clock(), trim, self);
        let verify = |ops: crate::Ops| async move { ops.verify_recent_spend().await };
        self.jobs.every_on_duty("spend-verify", Duration::from_secs(6 * 3600), clock(), verify, self);
        let sweep = |ops: crate::Ops| async move { ops.sweep_ledger().await };
        self.jobs.every_on_duty("ledger-sweep", Duration::from_secs(60), clock(), sweep, self);
        let forget = |ops: crate::Ops| async move {
            ops.gateway.limits.forget_idle();
            ops.words.forget_old(ops.clock.now());
            Ok(())
        };
        self.jobs.every("rate-limits", Duration::from_secs(60), clock(), forget, self);
    }

    /// One activation of the task `switches`.
    pub(crate) async fn poll_switches(&self) -> Result<()> {
        let mut recalled = None;
        for (name, epoch) in store::epochs(self.db.read()).await? {
            match name.as_str() {
                switch::SHUTOFF if epoch != self.gateway.shutoffs.epoch() => self.load_shutoffs().await?,
                switch::CAPS if epoch != self.gateway.today.caps.epoch() => self.load_caps().await?,
                switch::LIMITS if epoch != self.limits_epoch() => self.load_limits().await?,
                switch::DEGRADE if epoch != self.gateway.policies.epoch() => {
                    self.load_degrade_policies().await?;
                }
                switch::RELEASES if epoch != self.releases.epoch() => self.load_releases().await?,
                switch::LEASES if epoch != self.gateway.recalled.load(Ordering::Relaxed) => {
                    recalled = Some(epoch);
                }
                _ => {}
            }
        }
        self.end_expired_shutoffs().await?;
        self.end_expired_overrides().await?;
        self.refresh_today().await?;
        self.refresh_sums().await?;
        // Last, because it may have to wait for its turn.
        if let Some(epoch) = recalled {
            self.return_leases().await?;
            self.gateway.recalled.store(epoch, Ordering::Relaxed);
        }
        Ok(())
    }
}

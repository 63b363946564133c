//! The way to an answer: admission decides, and only admission makes a [`Permit`].
//!
//! Decisions are made from memory (shutoff, rate, release), so they cost microseconds and an operator's act is in force
//! for the very next request. The store is the truth; other instances follow it once a second.

mod permit;
mod rate;
mod shutoff;
pub(crate) mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use domain::agent::Agent;
use domain::id::UserId;
use domain::shutoff::{Shutoff, ShutoffMode};

use crate::access::Caller;
use crate::config::Config;
use crate::error::{Error, Result};

pub use permit::Permit;
pub use shutoff::PastShutoff;

/// What admission reads on every request, in memory.
pub struct Gateway {
    shutoff: ArcSwapOption<Shutoff>,
    in_flight: Arc<AtomicU64>,
    rates: rate::Rates,
    /// The last state of the switches that this process has seen.
    epoch: AtomicI64,
}

/// What asks for admission.
#[derive(Clone, Debug)]
pub struct Admission {
    pub request_id: String,
    pub agent: Agent,
    pub user: UserId,
}

impl Gateway {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            shutoff: ArcSwapOption::empty(),
            in_flight: Arc::default(),
            rates: rate::Rates::new(config.agents.per_user_per_minute),
            epoch: AtomicI64::new(-1),
        }
    }
}

impl crate::Ops {
    /// Decides whether this request may be answered, by what, and under which release.
    ///
    /// # Errors
    /// `Stopped` under a full shutoff, `TooMany` above the person's rate. Planner answers are never refused by cost.
    pub fn admit(&self, caller: &Caller, ask: Admission) -> Result<Permit> {
        let now = self.clock.now();
        let shutoff = self.shutoff();
        if let Some(shutoff) = shutoff.as_deref().filter(|shutoff| shutoff.mode == ShutoffMode::Stop) {
            return Err(Error::Stopped {
                reason: shutoff.reason.clone(),
                by: shutoff.by.clone(),
                since: shutoff.since,
                expires_at: shutoff.expires_at,
            });
        }
        self.gateway.rates.take(&caller.tenant, &ask.user, now.as_millisecond())?;
        let degraded = shutoff.map(|shutoff| {
            format!(
                "cost shutoff in force since {}: no model is called and force_refresh is not honoured",
                shutoff.since.strftime("%Y-%m-%d %H:%M UTC")
            )
        });
        Ok(Permit::new(caller, ask, self.release(), degraded, now, &self.gateway.in_flight))
    }

    /// Agent requests being answered by this process now.
    pub fn in_flight(&self) -> u64 {
        self.gateway.in_flight.load(std::sync::atomic::Ordering::Relaxed)
    }

    pub(crate) fn start_gateway_jobs(&self) {
        let follow = |ops: crate::Ops| async move { ops.follow_switches().await };
        self.jobs.every("switches", Duration::from_secs(1), self.clock.clone(), follow, self);
        let sweep = |ops: crate::Ops| async move {
            ops.gateway.rates.sweep(ops.clock.now_ms());
            ops.end_expired_shutoff().await
        };
        self.jobs.every("admission-sweep", Duration::from_secs(5), self.clock.clone(), sweep, self);
    }
}

#[cfg(test)]
mod tests;

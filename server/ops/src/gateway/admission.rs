//! One request asks to be answered: shutoff, then the limits, then the day's ladder, then the release.
//!
//! Planner answers are free, so money never refuses a request: it only takes the model away, and the answer says so.
//! Scopes are the handler's check, health data and plans the people area's.

use std::sync::atomic::Ordering;

use domain::agent::Agent;
use domain::id::UserId;
use domain::ladder::Level;
use domain::shutoff::{Shutoff, ShutoffMode};

use super::Permit;
use crate::access::Caller;
use crate::error::{Error, Result};

/// Stable words: they are also a dimension of telemetry.
const SHUTOFF: &str = "cost shutoff in force";
const BUDGET: &str = "daily budget reached";
const CEILING: &str = "daily ceiling reached";

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Admission {
    pub request_id: String,
    pub agent: Agent,
    /// Whom the answer is for; absent: only the key's limits apply.
    pub user: Option<UserId>,
}

impl crate::Ops {
    /// Decides from memory, in microseconds. Errors: [`Error::Stopped`], [`Error::TooMany`].
    pub fn admit(&self, caller: &Caller, ask: Admission) -> Result<Permit> {
        let gateway = &self.gateway;
        let shutoff = self.shutoff();
        let degraded = self.without_model(ask.agent, shutoff.as_ref());
        if let Some(stop) = shutoff.filter(|shutoff| shutoff.mode == ShutoffMode::Stop) {
            gateway.counters.stopped.fetch_add(1, Ordering::Relaxed);
            return Err(Error::Stopped {
                reason: stop.reason,
                by: stop.by,
                since: stop.since,
                expires_at: stop.expires_at,
            });
        }
        let limited = gateway.limits.admit(caller, ask.agent, ask.user.as_ref()).map_err(|refused| {
            gateway.counters.rate_limited.fetch_add(1, Ordering::Relaxed);
            self.telemetry.metrics().rate_limited(&refused.policy, caller.tier);
            refused.error
        })?;
        gateway.counters.admitted.fetch_add(1, Ordering::Relaxed);
        if degraded.is_some() {
            gateway.counters.degraded.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Permit::new(self.clone(), caller.clone(), ask, limited, self.releases.served(), degraded))
    }

    /// Why no model may be called now; asked at admission and again before every call.
    pub(super) fn without_model(&self, agent: Agent, shutoff: Option<&Shutoff>) -> Option<&'static str> {
        match self.gateway.today.level(self.clock.now()) {
            _ if shutoff.is_some() => Some(SHUTOFF),
            Level::Shutoff => Some(CEILING),
            Level::Degrade if !self.gateway.today.essential.is(agent) => Some(BUDGET),
            Level::Normal | Level::Alert | Level::Degrade => None,
        }
    }
}

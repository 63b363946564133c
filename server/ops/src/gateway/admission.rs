//! One request asks to be answered: shutoff, then the limits, then the day's ladder, then the release.
//!
//! Planner answers are free, so money never refuses a request: it only takes the model away, and the answer says so.
//! Scopes are the handler's check, health data and plans the people area's.

use std::sync::atomic::Ordering;

use domain::access::Tier;
use domain::agent::Agent;
use domain::id::UserId;
use domain::ladder::Level;
use domain::shutoff::{self, Scope, Shutoff, ShutoffMode};

use super::Permit;
use super::limits::{Passing, Refused};
use crate::access::Caller;
use crate::error::{Error, Result};

/// Stable words: they are also a dimension of telemetry. Those of shutoffs are [`Scope::taken_by`].
pub(crate) const BUDGET: &str = "daily budget reached";
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
        self.admit_as(caller, ask, Passing::FirstTime)
    }

    /// Likewise one that was counted when it was asked for, and begins or goes on later: everything holds but the rates of requests.
    pub(crate) fn admit_again(&self, caller: &Caller, ask: Admission) -> Result<Permit> {
        self.admit_as(caller, ask, Passing::Again)
    }

    fn admit_as(&self, caller: &Caller, ask: Admission, passing: Passing) -> Result<Permit> {
        let gateway = &self.gateway;
        let shutoff = self.shutoff_for(ask.agent, caller.tier);
        let degraded = self.without_model(ask.agent, shutoff.as_ref());
        if let Some(stop) = shutoff.filter(|shutoff| shutoff.mode == ShutoffMode::Stop) {
            gateway.counters.stopped.fetch_add(1, Ordering::Relaxed);
            return Err(Error::Stopped(Box::new(stop)));
        }
        let models = degraded.is_none() && self.has_model() && ask.agent != Agent::Memory;
        let limited = gateway
            .limits
            .admit_as(caller, ask.agent, ask.user.as_ref(), models, passing)
            .map_err(|refused| {
                self.count_limited(&refused, caller.tier);
                refused.into_error()
            })?;
        gateway.counters.admitted.fetch_add(1, Ordering::Relaxed);
        if degraded.is_some() {
            gateway.counters.degraded.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Permit::new(self.clone(), caller.clone(), ask, limited, self.releases.served(), degraded))
    }

    /// A request, or an app's chat, was refused by a limit.
    pub(super) fn count_limited(&self, refused: &Refused, tier: Tier) {
        self.gateway.counters.rate_limited.fetch_add(1, Ordering::Relaxed);
        self.telemetry.metrics().rate_limited(&refused.label, tier);
    }

    /// Why no model may be called now; asked at admission and again before every call.
    pub(super) fn without_model(&self, agent: Agent, shutoff: Option<&Shutoff>) -> Option<&'static str> {
        if let Some(shutoff) = shutoff {
            return Some(shutoff.scope.taken_by());
        }
        match self.gateway.today.level(self.clock.now()) {
            Level::Shutoff => Some(CEILING),
            Level::Degrade if !self.gateway.today.essential.is(agent) => Some(BUDGET),
            Level::Normal | Level::Alert | Level::Degrade => None,
        }
    }

    /// Of the shutoffs in force, the one that decides about requests of this agent and tier.
    pub(super) fn shutoff_for(&self, agent: Agent, tier: Tier) -> Option<Shutoff> {
        let open = self.gateway.shutoffs.get();
        let all = open.iter().map(|open| &open.shutoff);
        shutoff::strictest(all, agent, tier, self.clock.now()).cloned()
    }

    /// Why this model may not be called now, whoever asks; asked again before every call.
    pub(super) fn model_withheld(&self, model: &str) -> Option<&'static str> {
        self.model_shutoff(model).map(|shutoff| shutoff.scope.taken_by())
    }

    /// Of the shutoffs in force, the one of this model.
    pub(super) fn model_shutoff(&self, model: &str) -> Option<Shutoff> {
        let open = self.gateway.shutoffs.get();
        let all = open.iter().map(|open| &open.shutoff);
        shutoff::strictest_of_model(all, model, self.clock.now()).cloned()
    }

    /// Whether a run of the orchestrator leaves this agent's part out. A stop of everything set meanwhile does not: what
    /// runs is finished.
    pub(crate) fn part_stopped(&self, agent: Agent) -> Option<&'static str> {
        let own = self.shutoff_of(&Scope::Agent(agent))?;
        (own.mode == ShutoffMode::Stop).then(|| own.scope.taken_by())
    }
}

//! What an agent's degrade policy allows a call now, from memory: asked before a model is chosen and again where the money
//! is held, so that no way to a model leads around it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::agent::Agent;
use domain::degrade::Policy;
use domain::degrade::decide::{Because, Priced, decide};
use domain::degrade::throttle::Throttle;
use domain::money::MicroUsd;
use jiff::Timestamp;

use super::models::Models;
use crate::cost::Spender;

/// Why something is given up, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    /// The kind of step: a label.
    pub(crate) step: &'static str,
    /// For the answer's meta.
    pub(crate) reason: String,
    /// For the request's steps.
    pub(crate) detail: String,
    /// The sum is full: the ledger says so itself, with figures.
    full: bool,
}

impl From<Because<'_>> for Why {
    fn from(because: Because<'_>) -> Self {
        Self {
            step: because.step.action.word(),
            reason: because.reason(),
            detail: because.detail(),
            full: because.filling.reached(100),
        }
    }
}

/// What may be done now; by default everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AllowedNow {
    dearest: Option<(MicroUsd, Why)>,
    /// Words as old as so many minutes stand in before a model is asked.
    pub(crate) kept_words: Option<(u32, Why)>,
    throttle: Option<(u32, Why)>,
    planner: Option<Why>,
}

impl AllowedNow {
    /// Why a model of this price may not be asked.
    pub(crate) fn too_dear(&self, price: MicroUsd) -> Option<&Why> {
        self.dearest.as_ref().filter(|(most, _)| price > *most).map(|(_, why)| why)
    }

    /// Why no model may be asked, before a cap says so.
    pub(crate) fn planner(&self) -> Option<&Why> {
        self.planner.as_ref().filter(|why| !why.full)
    }
}

/// A policy, or a limit of the run, stands in the way of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// In words, for the answer's meta.
    pub reason: String,
    /// In words, for the request's steps.
    pub detail: String,
    /// `cheaper-model`, `throttle`, `planner` or `run-limit`.
    pub step: &'static str,
    /// Another model may be asked.
    pub(crate) next: bool,
    /// When a throttle has room again.
    pub(crate) wait: Option<Duration>,
}

impl Denied {
    fn of(why: &Why, next: bool, wait: Option<Duration>) -> Self {
        Self { reason: why.reason.clone(), detail: why.detail.clone(), step: why.step, next, wait }
    }
}

/// When the last model calls of each agent were, while a throttle counts them. Of this process.
#[derive(Default)]
pub(super) struct Throttles([Mutex<Throttle>; Agent::BOOKED.len()]);

/// A place in an agent's throttle.
#[derive(Debug)]
pub(super) struct Place {
    agent: Agent,
    at: Duration,
}

impl Throttles {
    fn of(&self, agent: Agent) -> MutexGuard<'_, Throttle> {
        self.0[agent as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, agent: Agent, per_minute: u32, now: Duration) -> Result<Place, Duration> {
        self.of(agent).take(per_minute, now).map(|()| Place { agent, at: now })
    }

    /// No call left for it.
    pub(super) fn give_back(&self, place: &Place) {
        self.of(place.agent).give_back(place.at);
    }
}

impl Models {
    /// Names and prices, the first asked first.
    pub(crate) fn priced(&self) -> Vec<Priced<'_>> {
        self.all().iter().map(|model| Priced { name: &model.name, price: model.price.blended() }).collect()
    }
}

impl crate::Ops {
    /// What the policy of `who.agent` allows a call of theirs. A policy that does nothing before a cap costs nothing.
    pub(crate) fn allowed_now(&self, who: &Spender, now: Timestamp) -> AllowedNow {
        let policies = self.gateway.policies.get();
        let Some(policy) = policies.of(who.agent).filter(|policy| Policy::acts_early(policy)) else {
            return AllowedNow::default();
        };
        let essential = self.gateway.today.essential.is(who.agent);
        let models = self.gateway.models.priced();
        let allowed = decide(policy, essential, &self.fillings(who, now), &models);
        AllowedNow {
            dearest: allowed.dearest.map(|(most, because)| (most, because.into())),
            kept_words: allowed.kept_words.map(|(minutes, because)| (minutes, because.into())),
            throttle: allowed.throttle.map(|(most, because)| (most, because.into())),
            planner: allowed.planner.map(Into::into),
        }
    }

    /// Lets a call of this model through, or says why it may not leave. It counts in the throttle, if there is one, until its place
    /// is given back.
    pub(super) fn pass_policy(&self, who: &Spender, model: &str) -> Result<Option<Place>, Denied> {
        let allowed = self.allowed_now(who, self.clock.now());
        if let Some(why) = allowed.planner() {
            return Err(Denied::of(why, false, None));
        }
        let price = self.gateway.models.all().iter().find(|known| known.name == model);
        if let Some(why) = price.and_then(|known| allowed.too_dear(known.price.blended())) {
            return Err(Denied::of(why, true, None));
        }
        if let Some((most, why)) = &allowed.throttle {
            let taken = self.gateway.throttles.take(who.agent, *most, self.clock.monotonic());
            return taken.map(Some).map_err(|wait| Denied::of(why, false, Some(wait)));
        }
        Ok(None)
    }
}

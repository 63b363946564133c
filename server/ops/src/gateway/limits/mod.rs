//! How often, how much and how much at once may be asked: rules with quotas ([`domain::limit`]), defaults by configuration, others in
//! their place by people.
//!
//! All limits of a request are asked under one lock and count it together or not at all: what is refused uses up nothing. What is
//! used belongs to a subject, not to a rule: changing a quota resets nothing. In memory: a restart favors the person.

mod change;
mod counts;
mod in_force;
mod preview;
mod reached;
mod reading;
mod refusals;
mod standing;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

pub(crate) use counts::Asked;
pub use preview::LimitPreview;
pub(crate) use reached::Refused;
pub use reached::{Allowance, Reached, change_link};
pub use reading::{LimitChange, LimitRule, LimitSource};
pub(super) use tokens::{TokensHeld, TokensRefused};

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use domain::agent::Agent;
use domain::id::UserId;
use domain::limit::{Asking, Resource};

use self::counts::{Counted, Counts};
use self::in_force::InForce;
use self::reached::longest_wait;
use self::refusals::Refusals;
use super::switch::Switch;
use crate::access::Caller;
use crate::clock::Clock;
use crate::config::Config;

pub(crate) struct Limits {
    enabled: bool,
    clock: Clock,
    in_force: Switch<InForce>,
    counts: Arc<Mutex<Counts>>,
    exempt: OnceLock<String>,
    refusals: Refusals,
}

/// A request under way; its end is this one's drop.
pub(super) struct Running {
    counts: Arc<Mutex<Counts>>,
    counted: Vec<Counted>,
}

/// What admission found.
pub(super) struct Admitted {
    pub(super) running: Running,
    /// What is left of the limits that the request passed.
    pub(super) allowances: Vec<Allowance>,
    /// Of tokens, whichever model will be asked.
    pub(super) tokens: Vec<Asked>,
}

/// Whether what passes was counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    FirstTime,
    /// Its request was: only what it holds while it runs is counted anew.
    Again,
}

impl Limits {
    pub(super) fn new(config: &Config, clock: Clock) -> Self {
        Self {
            enabled: config.limits.enabled,
            clock,
            in_force: Switch::new(InForce::defaults(config)),
            counts: Arc::default(),
            exempt: OnceLock::new(),
            refusals: Refusals::default(),
        }
    }

    /// This key's people are not limited: those of the demo ask as often as thousands would.
    pub(crate) fn exempt(&self, key_id: &str) {
        let _ = self.exempt.set(key_id.to_owned());
    }

    fn limits_nothing_of(&self, caller: &Caller) -> bool {
        !self.enabled || self.exempt.get() == Some(&caller.key_id)
    }

    /// As a request that passes for the first time.
    #[cfg(test)]
    pub(super) fn admit(
        &self,
        caller: &Caller,
        agent: Agent,
        user: Option<&UserId>,
        models: bool,
    ) -> Result<Admitted, Box<Refused>> {
        self.admit_as(caller, agent, user, models, Passing::FirstTime)
    }

    /// Counts one request in every limit it meets, or in none and says when to come back. `models`: whether one may be asked.
    pub(super) fn admit_as(
        &self,
        caller: &Caller,
        agent: Agent,
        user: Option<&UserId>,
        models: bool,
        passing: Passing,
    ) -> Result<Admitted, Box<Refused>> {
        let mut running = Running { counts: Arc::clone(&self.counts), counted: Vec::new() };
        if self.limits_nothing_of(caller) {
            return Ok(Admitted { running, allowances: Vec::new(), tokens: Vec::new() });
        }
        let asking = asking(caller, agent, user, None);
        let wanted = |resource| match resource {
            Resource::Tokens => models,
            Resource::Requests => passing == Passing::FirstTime,
            Resource::Parallel => true,
        };
        let (tokens, asked): (Vec<_>, Vec<_>) =
            self.asked(&asking, wanted).into_iter().partition(|asked| asked.resource() == Resource::Tokens);
        let now = self.clock.monotonic();
        let mut counts = lock(&self.counts);
        let mut taken = Vec::with_capacity(asked.len());
        let mut refused = Vec::new();
        for limit in &asked {
            match counts.take(limit, 1, now) {
                Ok(after) => taken.push(after),
                Err(wait) => refused.push((limit, wait)),
            }
        }
        if let Some((limit, wait)) = longest_wait(refused) {
            let allowances = asked.iter().chain(&tokens).map(|limit| counts.allowance(limit, now)).collect();
            let used = counts.used(limit, now);
            drop(counts);
            return Err(Box::new(self.refuse(limit, 1, used, wait, allowances)));
        }
        for (limit, after) in asked.iter().zip(taken) {
            counts.put(limit, after, caller.tier, now);
        }
        let allowances = asked.iter().map(|limit| counts.allowance(limit, now)).collect();
        drop(counts);
        running.counted = asked
            .into_iter()
            .filter(|it| it.resource() == Resource::Parallel)
            .map(Asked::into_counted)
            .collect();
        Ok(Admitted { running, allowances, tokens })
    }

    /// The limits that this request, or a model call of it, must pass.
    fn asked(&self, asking: &Asking<'_>, wanted: impl Fn(Resource) -> bool) -> Vec<Asked> {
        let in_force = self.in_force.get();
        let holding = in_force.index.holding(asking, wanted);
        holding.filter_map(|(rule, held)| Asked::new(rule, held, asking)).collect()
    }

    pub(super) fn forget_idle(&self) {
        lock(&self.counts).forget_idle(self.clock.monotonic());
    }
}

fn asking<'a>(
    caller: &'a Caller,
    agent: Agent,
    user: Option<&'a UserId>,
    model: Option<&'a str>,
) -> Asking<'a> {
    Asking { tenant: &caller.tenant, key: &caller.key_prefix, tier: caller.tier, agent, user, model }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.counted.is_empty() {
            let mut counts = lock(&self.counts);
            self.counted.iter().for_each(|counted| counts.ended(counted));
        }
    }
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

//! How often and how much at once may be asked: per person, per person and agent by the key's tier, per key.
//!
//! All limits of a request are asked under one lock and count it together or not at all: what is refused uses up nothing.
//! In memory: a restart favors the person. At most [`MOST_SUBJECTS`] are remembered; while that many are busy, further ones are
//! admitted uncounted.

mod rules;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use domain::rate::{Rate, Used};

use crate::access::Caller;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;

/// 30 to 80 MB when full, by the length of the ids.
const MOST_SUBJECTS: usize = 200_000;

/// Whose requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Person(TenantId, UserId),
    PersonAgent(TenantId, UserId, Agent),
    Key(String),
}

/// What is left of one limit, as apps are told in `RateLimit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// `person`, `person-behavior`, `key`, `person-parallel`, `key-parallel`.
    pub policy: String,
    pub quota: u32,
    /// `None`: a limit of requests under way at the same time.
    pub window: Option<Duration>,
    pub remaining: u32,
    /// Until all of the quota is free again.
    pub whole_in: Duration,
}

/// One limit that a request must pass.
struct Asked {
    policy: String,
    subject: Subject,
    limit: Limit,
    /// `… agent requests a minute for one person`.
    what: String,
}

#[derive(Clone, Copy)]
enum Limit {
    Rate(Rate),
    Parallel(u32),
}

pub(crate) struct Limits {
    config: crate::config::Limits,
    person_per_minute: u32,
    clock: Clock,
    counts: Arc<Mutex<Counts>>,
    exempt: OnceLock<String>,
}

#[derive(Default)]
struct Counts {
    used: HashMap<Subject, Used>,
    running: HashMap<Subject, u32>,
}

/// A request under way; its end is this one's drop.
pub(super) struct Running {
    counts: Arc<Mutex<Counts>>,
    subjects: Vec<Subject>,
}

impl Limits {
    pub(super) fn new(config: &Config, clock: Clock) -> Self {
        Self {
            config: config.limits.clone(),
            person_per_minute: config.agents.per_user_per_minute,
            clock,
            counts: Arc::default(),
            exempt: OnceLock::new(),
        }
    }

    /// This key's people are not limited: those of the demo ask as often as thousands would.
    pub(crate) fn exempt(&self, key_id: &str) {
        let _ = self.exempt.set(key_id.to_owned());
    }

    /// Counts one request in every limit it meets, or in none and says when to come back.
    pub(super) fn admit(
        &self,
        caller: &Caller,
        agent: Agent,
        user: Option<&UserId>,
    ) -> Result<(Running, Vec<Allowance>), Refused> {
        let mut running = Running { counts: Arc::clone(&self.counts), subjects: Vec::new() };
        if self.exempt.get() == Some(&caller.key_id) {
            return Ok((running, Vec::new()));
        }
        let asked = rules::of(&self.config, self.person_per_minute, caller, agent, user);
        let now = self.clock.monotonic();
        let mut counts = lock(&self.counts);
        counts.make_room(now);
        let mut taken = Vec::with_capacity(asked.len());
        for limit in &asked {
            match counts.take(limit, now) {
                Ok(after) => taken.push(after),
                Err(wait) => {
                    let error = Error::TooMany {
                        retry_after_s: whole_seconds(wait).max(1),
                        limit_source: limit.what.clone(),
                        allowances: asked.iter().map(|limit| counts.allowance(limit, now)).collect(),
                    };
                    return Err(Refused { policy: limit.policy.clone(), error });
                }
            }
        }
        for (limit, after) in asked.iter().zip(taken) {
            if counts.put(limit, after) {
                running.subjects.push(limit.subject.clone());
            }
        }
        let allowances = asked.iter().map(|limit| counts.allowance(limit, now)).collect();
        drop(counts);
        Ok((running, allowances))
    }

    pub(super) fn forget_idle(&self) {
        let now = self.clock.monotonic();
        let mut counts = lock(&self.counts);
        counts.used.retain(|_, used| !used.whole_in(now).is_zero());
        counts.used.shrink_to_fit();
    }
}

/// Why a request was not admitted.
pub(super) struct Refused {
    /// The name of the limit that said no.
    pub(super) policy: String,
    pub(super) error: Error,
}

/// What a limit would count after one more.
#[derive(Clone, Copy)]
enum After {
    Used(Used),
    Running(u32),
}

impl Counts {
    fn take(&self, asked: &Asked, now: Duration) -> Result<After, Duration> {
        match asked.limit {
            Limit::Rate(rate) => {
                let used = self.used.get(&asked.subject).copied().unwrap_or_default();
                rate.take(used, now).map(After::Used)
            }
            Limit::Parallel(most) => {
                let running = self.running.get(&asked.subject).copied().unwrap_or_default();
                // Nobody knows when one of them ends; a second is polite.
                if running < most { Ok(After::Running(running + 1)) } else { Err(Duration::from_secs(1)) }
            }
        }
    }

    /// Whether it must be given back at the request's end.
    fn put(&mut self, asked: &Asked, after: After) -> bool {
        match after {
            After::Used(used) => {
                if self.used.len() < MOST_SUBJECTS || self.used.contains_key(&asked.subject) {
                    self.used.insert(asked.subject.clone(), used);
                }
                false
            }
            After::Running(running) => {
                self.running.insert(asked.subject.clone(), running);
                true
            }
        }
    }

    fn allowance(&self, asked: &Asked, now: Duration) -> Allowance {
        let policy = asked.policy.clone();
        match asked.limit {
            Limit::Rate(rate) => {
                let used = self.used.get(&asked.subject).copied().unwrap_or_default();
                let (quota, window) = (rate.quota(), Some(rate.window()));
                let remaining = rate.remaining(used, now);
                Allowance { policy, quota, window, remaining, whole_in: used.whole_in(now) }
            }
            Limit::Parallel(quota) => {
                let running = self.running.get(&asked.subject).copied().unwrap_or_default();
                let remaining = quota.saturating_sub(running);
                Allowance { policy, quota, window: None, remaining, whole_in: Duration::ZERO }
            }
        }
    }

    fn make_room(&mut self, now: Duration) {
        if self.used.len() >= MOST_SUBJECTS {
            self.used.retain(|_, used| !used.whole_in(now).is_zero());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        for subject in &self.subjects {
            match counts.running.get_mut(subject) {
                Some(running) if *running > 1 => *running -= 1,
                _ => {
                    counts.running.remove(subject);
                }
            }
        }
    }
}

impl Allowance {
    /// Rounded up: who waits so long finds it free.
    pub fn reset_s(&self) -> u64 {
        whole_seconds(self.whole_in)
    }
}

fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

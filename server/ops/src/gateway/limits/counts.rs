//! What each subject has used, and how much of it is under way. Knows no rules: only what they were when it was last used.
//!
//! At most [`MOST_SUBJECTS`] are remembered; while that many are busy, further ones are admitted uncounted.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::access::Tier;
use domain::limit::{Asking, Resource, Rule, Subject, Window};
use domain::rate::Used;

use super::in_force::{Held, Limit};
use super::reached::Allowance;

/// 40 to 90 MB when full, by the length of the ids.
pub(super) const MOST_SUBJECTS: usize = 200_000;

/// A subject, and what of it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Counted {
    pub(super) resource: Resource,
    pub(super) window: Option<Window>,
    pub(super) subject: Subject,
}

/// One limit that a request or a model call must pass.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) held: Arc<Held>,
    pub(super) counted: Counted,
}

impl Asked {
    /// `None`: the rule lifts a wider one's limit.
    pub(super) fn new(rule: &Rule, held: &Arc<Held>, asking: &Asking<'_>) -> Option<Self> {
        held.limit?;
        let subject = rule.scope().subject(asking);
        let counted = Counted { resource: rule.resource(), window: rule.window(), subject };
        Some(Self { held: Arc::clone(held), counted })
    }

    pub(super) fn resource(&self) -> Resource {
        self.counted.resource
    }

    /// Whether it counts for the same subject.
    pub(in crate::gateway) fn is_same(&self, other: &Self) -> bool {
        self.counted == other.counted
    }

    pub(super) fn into_counted(self) -> Counted {
        self.counted
    }
}

/// What is known of a subject.
#[derive(Debug)]
pub(super) struct Use<T> {
    pub(super) used: T,
    /// The rule that held when it was last used.
    pub(super) held: Arc<Held>,
    pub(super) tier: Tier,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) used: HashMap<Counted, Use<Used>>,
    pub(super) running: HashMap<Counted, Use<u32>>,
}

/// What a limit would count after some more.
#[derive(Clone, Copy, Debug)]
pub(super) enum After {
    Used(Used),
    Running(u32),
}

/// How long until there is room; `None`: never.
pub(super) type Wait = Option<Duration>;

impl Counts {
    fn used_of(&self, counted: &Counted) -> Used {
        self.used.get(counted).map(|it| it.used).unwrap_or_default()
    }

    fn running_of(&self, counted: &Counted) -> u32 {
        self.running.get(counted).map_or(0, |it| it.used)
    }

    pub(super) fn take(&self, asked: &Asked, n: u32, now: Duration) -> Result<After, Wait> {
        match asked.held.limit {
            Some(Limit::Rate(rate)) => rate.take(self.used_of(&asked.counted), now, n).map(After::Used),
            Some(Limit::Parallel(most)) => {
                let running = self.running_of(&asked.counted);
                // Nobody knows when one of them ends; a second is polite.
                if running < most {
                    Ok(After::Running(running + 1))
                } else {
                    Err(Some(Duration::from_secs(1)))
                }
            }
            None => Ok(After::Running(0)),
        }
    }

    pub(super) fn put(&mut self, asked: &Asked, after: After, tier: Tier) {
        let held = &asked.held;
        match after {
            After::Used(used) => {
                let room = self.used.len() < MOST_SUBJECTS;
                match self.used.get_mut(&asked.counted) {
                    Some(known) => known.now(used, held, tier),
                    None if room => {
                        let first = Use { used, held: Arc::clone(held), tier };
                        self.used.insert(asked.counted.clone(), first);
                    }
                    None => {}
                }
            }
            After::Running(running) => match self.running.get_mut(&asked.counted) {
                Some(known) => known.now(running, held, tier),
                None => {
                    let first = Use { used: running, held: Arc::clone(held), tier };
                    self.running.insert(asked.counted.clone(), first);
                }
            },
        }
    }

    /// One of those under way has ended.
    pub(super) fn ended(&mut self, counted: &Counted) {
        match self.running.get_mut(counted) {
            Some(known) if known.used > 1 => known.used -= 1,
            _ => {
                self.running.remove(counted);
            }
        }
    }

    /// `more` were used than were taken, or fewer. Who was not counted is not now.
    pub(super) fn correct(&mut self, asked: &Asked, more: i64, now: Duration) {
        if let (Some(Limit::Rate(rate)), Some(known)) = (asked.held.limit, self.used.get_mut(&asked.counted))
        {
            known.used = rate.corrected(known.used, now, more);
        }
    }

    /// How many are used now, and when all is free again.
    pub(super) fn used(&self, asked: &Asked, now: Duration) -> (u64, Duration) {
        if asked.resource() == Resource::Parallel {
            return (u64::from(self.running_of(&asked.counted)), Duration::ZERO);
        }
        let used = self.used_of(&asked.counted);
        (used.units(now), used.whole_in(now))
    }

    pub(super) fn allowance(&self, asked: &Asked, now: Duration) -> Allowance {
        let (used, whole_in) = self.used(asked, now);
        let quota = asked.held.quota.number();
        let left = u64::from(quota).saturating_sub(used);
        Allowance {
            policy: Arc::clone(&asked.held.text),
            resource: asked.resource(),
            quota,
            window: asked.counted.window.map(Window::span),
            remaining: u32::try_from(left).unwrap_or(0),
            whole_in,
        }
    }

    pub(super) fn make_room(&mut self, now: Duration) {
        if self.used.len() >= MOST_SUBJECTS {
            self.used.retain(|_, it| !it.used.whole_in(now).is_zero());
        }
    }

    pub(super) fn forget_idle(&mut self, now: Duration) {
        self.used.retain(|_, it| !it.used.whole_in(now).is_zero());
        self.used.shrink_to_fit();
    }
}

impl<T> Use<T> {
    fn now(&mut self, used: T, held: &Arc<Held>, tier: Tier) {
        (self.used, self.tier) = (used, tier);
        if !Arc::ptr_eq(&self.held, held) {
            self.held = Arc::clone(held);
        }
    }
}

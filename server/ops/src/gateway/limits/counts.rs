//! What each subject has used, and how much of it is under way. Knows no rules: only what they were when it was last used.
//!
//! At most [`MOST_SUBJECTS`] are remembered, and of one tenant's people as many as there are places left: whoever makes up people
//! gets half of them at most, and others are counted as before. Who finds no place is admitted uncounted. What is no person always
//! is counted: there are only as many as operators made keys, tenants and rules.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::access::Tier;
use domain::limit::{Asking, Resource, Rule, Subject, Window};
use domain::rate::Used;

use super::in_force::{Held, Limit};
use super::reached::Allowance;

/// 40 to 90 MB when full, by the length of the ids.
const MOST_SUBJECTS: usize = 200_000;
/// All are looked at for who is idle at most this often when places are short: admission waits meanwhile.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Memory is given back when so many times more is held than is needed: whoever is left has to move.
const SPARE: usize = 4;

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

#[derive(Debug)]
pub(super) struct Counts {
    pub(super) used: HashMap<Arc<Counted>, Use<Used>>,
    pub(super) running: HashMap<Arc<Counted>, Use<u32>>,
    /// Of `used`, those that are people, by their tenant.
    people: HashMap<Box<str>, usize>,
    most: usize,
    swept_at: Option<Duration>,
}

impl Default for Counts {
    fn default() -> Self {
        Self::new(MOST_SUBJECTS)
    }
}

/// What a limit would count after some more.
#[derive(Clone, Copy, Debug)]
pub(super) enum After {
    Used(Used),
    Running(u32),
}

impl After {
    pub(super) fn used(self) -> Option<Used> {
        match self {
            Self::Used(used) => Some(used),
            Self::Running(_) => None,
        }
    }
}

/// How long until there is room; `None`: never.
pub(super) type Wait = Option<Duration>;

impl Counts {
    pub(super) fn new(most: usize) -> Self {
        Self { used: HashMap::new(), running: HashMap::new(), people: HashMap::new(), most, swept_at: None }
    }

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

    /// False: there was no place, and it is not counted.
    pub(super) fn put(&mut self, asked: &Asked, after: After, tier: Tier, now: Duration) -> bool {
        let held = &asked.held;
        match after {
            After::Used(used) => match self.used.get_mut(&asked.counted) {
                Some(known) => known.now(used, held, tier),
                None => {
                    if !self.has_place(&asked.counted, now) {
                        return false;
                    }
                    if let Some(tenant) = asked.counted.subject.tenant_of_person() {
                        *self.people.entry(tenant.into()).or_default() += 1;
                    }
                    let first = Use { used, held: Arc::clone(held), tier };
                    self.used.insert(Arc::new(asked.counted.clone()), first);
                }
            },
            After::Running(running) => match self.running.get_mut(&asked.counted) {
                Some(known) => known.now(running, held, tier),
                None => {
                    let first = Use { used: running, held: Arc::clone(held), tier };
                    self.running.insert(Arc::new(asked.counted.clone()), first);
                }
            },
        }
        true
    }

    fn has_place(&mut self, counted: &Counted, now: Duration) -> bool {
        let Some(tenant) = counted.subject.tenant_of_person() else { return true };
        if self.is_within_share(tenant) {
            return true;
        }
        if self.swept_at.is_some_and(|at| now.saturating_sub(at) < SWEEP_EVERY) {
            return false;
        }
        self.sweep(now);
        self.is_within_share(tenant)
    }

    /// Of places that all share, a tenant's people have no more than are free. Source: dynamic thresholds of shared buffers
    /// (Choudhury and Hahne, 1998).
    fn is_within_share(&self, tenant: &str) -> bool {
        let has = self.people.get(tenant).copied().unwrap_or(0);
        has < self.most.saturating_sub(self.used.len())
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

    /// `more` were used than were `taken`, or fewer.
    pub(super) fn correct(&mut self, asked: &Asked, taken: Used, more: i64, now: Duration) {
        if let (Some(Limit::Rate(rate)), Some(known)) = (asked.held.limit, self.used.get_mut(&asked.counted))
        {
            known.used = rate.corrected(known.used, taken, now, more);
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

    fn sweep(&mut self, now: Duration) {
        self.swept_at = Some(now);
        let people = &mut self.people;
        self.used.retain(|counted, it| {
            let busy = !it.used.is_whole(now);
            if !busy
                && let Some(tenant) = counted.subject.tenant_of_person()
                && let Some(of_tenant) = people.get_mut(tenant)
            {
                *of_tenant -= 1;
            }
            busy
        });
        people.retain(|_, of_tenant| *of_tenant > 0);
    }

    /// For tests: when all were last looked at.
    #[cfg(test)]
    pub(super) fn swept_at(&self) -> Option<Duration> {
        self.swept_at
    }

    pub(super) fn forget_idle(&mut self, now: Duration) {
        self.sweep(now);
        if self.used.capacity() / SPARE > self.used.len() {
            self.used.shrink_to_fit();
        }
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

//! How near subjects are to the limits they were last counted under, in this process.

use std::collections::HashMap;
use std::sync::Arc;

use domain::access::Tier;
use domain::agent::Agent;
use domain::id::TenantId;
use domain::limit::scope::Part;
use domain::limit::{Quota, Rule, Subject};
use domain::rate::Used;

use super::counts::{Counted, Use};
use super::in_force::Held;
use super::{Limits, lock};

/// Of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Who has used some of it and not got it back yet.
    pub(super) subjects: u64,
    /// Used by whoever used most.
    pub(super) most: u64,
    pub(super) nearest: Option<Subject>,
}

/// Who would be counted under a rule that is only tried, and who of them is at its quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tried {
    pub(super) subjects: u64,
    pub(super) above: u64,
    pub(super) most: u64,
}

impl Limits {
    /// By the rule's text.
    pub(super) fn standings(&self) -> HashMap<Arc<str>, Standing> {
        let mut all = HashMap::<*const Held, (&Arc<str>, u64, u64, Option<&Counted>)>::new();
        let known = self.known();
        for Known { counted, used, held, .. } in &known {
            let (_, subjects, most, nearest) =
                all.entry(Arc::as_ptr(held)).or_insert((&held.text, 0, 0, None));
            *subjects += 1;
            if *used > *most || nearest.is_none() {
                (*most, *nearest) = (*used, Some(counted.as_ref()));
            }
        }
        // The same rule before and after an edit.
        let mut standings = HashMap::<Arc<str>, Standing>::new();
        for (text, subjects, most, nearest) in all.into_values() {
            let standing = standings.entry(Arc::clone(text)).or_default();
            standing.subjects += subjects;
            if most > standing.most || standing.nearest.is_none() {
                (standing.most, standing.nearest) = (most, nearest.map(|counted| counted.subject.clone()));
            }
        }
        standings
    }

    /// `None`: what such subjects have used is not known, or not whose of them they are.
    pub(super) fn tried(&self, rule: &Rule, quota: Quota) -> Option<Tried> {
        let in_force = self.in_force.get();
        let family = rule.family();
        // Counting begins with the first limit of a family.
        let limits_all = |(other, quota): (&Rule, Quota)| quota != Quota::NoLimit && other.covers(rule);
        let counted_now = in_force.book.rules().into_iter().any(limits_all);
        drop(in_force);
        if !counted_now {
            return None;
        }
        let (mut tried, mut unknown) = (Tried::default(), false);
        for Known { counted, used, held, tier } in self.known() {
            if (counted.resource, counted.window, counted.subject.shape()) != family {
                continue;
            }
            match is_of(rule, &counted.subject, &held, tier) {
                Some(true) => {
                    tried.subjects += 1;
                    tried.most = tried.most.max(used);
                    tried.above += u64::from(quota.most().is_some_and(|most| used >= u64::from(most)));
                }
                Some(false) => {}
                None => unknown = true,
            }
        }
        (!unknown).then_some(tried)
    }

    /// Everybody who has used something. Copied first and counted then: admission waits for the copy only.
    fn known(&self) -> Vec<Known> {
        let now = self.clock.monotonic();
        let (used, running): (Vec<_>, Vec<_>) = {
            let counts = lock(&self.counts);
            let used = counts.used.iter().filter(|(_, it)| !it.used.is_whole(now));
            (used.map(copied).collect(), counts.running.iter().map(copied).collect())
        };
        let used = used.into_iter().map(|it: Known<Used>| it.with(|used| used.units(now)));
        used.chain(running.into_iter().map(|it: Known<u32>| it.with(u64::from))).collect()
    }
}

/// What one subject has used.
struct Known<T = u64> {
    counted: Arc<Counted>,
    used: T,
    held: Arc<Held>,
    tier: Tier,
}

fn copied<T: Copy>((counted, it): (&Arc<Counted>, &Use<T>)) -> Known<T> {
    Known { counted: Arc::clone(counted), used: it.used, held: Arc::clone(&it.held), tier: it.tier }
}

impl<T> Known<T> {
    fn with(self, count: impl FnOnce(T) -> u64) -> Known {
        let Self { counted, used, held, tier } = self;
        Known { counted, used: count(used), held, tier }
    }
}

/// Whether `rule` would hold for a subject of its family, last counted under `held` with a key of `tier`.
fn is_of(rule: &Rule, subject: &Subject, held: &Held, tier: Tier) -> Option<bool> {
    if held.rule == *rule {
        return Some(true);
    }
    let scope = rule.scope();
    if held.rule.scope().specificity() > scope.specificity() {
        return Some(false);
    }
    let parts = subject.parts();
    let value = |name: &str| parts.iter().find(|(part, _)| *part == name).map(|(_, value)| value.as_str());
    let tenant = value("tenant").or_else(|| value("person")?.split_once('/').map(|(tenant, _)| tenant));
    let wanted = [
        (one(scope.tenant(), TenantId::to_string), tenant),
        (one(scope.key(), String::clone), value("key")),
        (one(scope.tier(), |tier| tier.as_str().to_owned()), Some(tier.as_str())),
        (one(scope.agent(), Agent::to_string), value("agent")),
        (one(scope.model(), String::clone), value("model")),
        (one(scope.person(), |(tenant, user)| format!("{tenant}/{user}")), value("person")),
    ];
    let mut known = true;
    for (wanted, is) in wanted {
        match (wanted, is) {
            (Some(wanted), Some(is)) if wanted != is => return Some(false),
            (Some(_), None) => known = false,
            _ => {}
        }
    }
    known.then_some(true)
}

fn one<T>(part: Option<&Part<T>>, text: impl Fn(&T) -> String) -> Option<String> {
    match part {
        Some(Part::One(value)) => Some(text(value)),
        _ => None,
    }
}

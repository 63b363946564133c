//! Which quotas hold: defaults, and what people set in their place.
//!
//! Rules that count the same — resource, window and [`Shape`] — are one family, and of a family the most specific rule that matches
//! a request holds, whether it is lower or higher than a wider one: one person before each person of a tier before each person.
//! Families are independent: a person's minute, their hour with one agent and their key's minute all hold together.

use std::collections::BTreeMap;

use super::scope::Shape;
use super::{Asking, Quota, Resource, Rule, Window};

/// What a rule counts.
pub type Family = (Resource, Option<Window>, Shape);

impl Rule {
    pub fn family(&self) -> Family {
        (self.resource, self.window, self.scope.shape())
    }

    /// Whether it counts the same and matches whatever `other` matches.
    pub fn covers(&self, other: &Self) -> bool {
        self.family() == other.family() && self.scope.covers(&other.scope)
    }
}

/// All rules there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    pub defaults: BTreeMap<Rule, Quota>,
    pub set: BTreeMap<Rule, Quota>,
}

impl Book {
    /// What was given to this very rule: by a person, else by default.
    pub fn given(&self, rule: &Rule) -> Option<Quota> {
        self.set.get(rule).or_else(|| self.defaults.get(rule)).copied()
    }

    /// Every rule with what was given to it, in the order people read them.
    pub fn rules(&self) -> BTreeMap<&Rule, Quota> {
        let mut all: BTreeMap<_, _> = self.defaults.iter().map(|(rule, quota)| (rule, *quota)).collect();
        all.extend(self.set.iter().map(|(rule, quota)| (rule, *quota)));
        all
    }

    /// The rule of each family that holds for this request. The slow and plain way: see [`super::index::Index`].
    pub fn holding<'a>(&'a self, asking: &Asking<'_>) -> BTreeMap<Family, (&'a Rule, Quota)> {
        let mut holding = BTreeMap::<Family, (&Rule, Quota)>::new();
        for (rule, quota) in self.rules() {
            if !rule.scope.matches(asking) {
                continue;
            }
            let narrower = |other: &(&Rule, Quota)| other.0.scope.specificity() > rule.scope.specificity();
            if !holding.get(&rule.family()).is_some_and(narrower) {
                holding.insert(rule.family(), (rule, quota));
            }
        }
        holding
    }

    /// The narrowest rule that counts the same and matches whatever `rule` matches.
    pub fn wider(&self, rule: &Rule) -> Option<(&Rule, Quota)> {
        let wider = self.rules().into_iter().filter(|(other, _)| *other != rule && other.covers(rule));
        wider.max_by_key(|(other, _)| other.scope.specificity())
    }

    /// Whether giving `to` to `rule` (`None`: nothing, where it has no default) may let more through than now, for anybody.
    pub fn loosened_by(&self, rule: &Rule, to: Option<Quota>) -> bool {
        let (before, after) = (self.given(rule), to.or_else(|| self.defaults.get(rule).copied()));
        // What holds, or would, where this rule is missing.
        let wider: Vec<(&Rule, Quota)> = self
            .rules()
            .into_iter()
            .filter(|(other, _)| {
                other.family() == rule.family()
                    && other.scope.specificity() < rule.scope.specificity()
                    && other.scope.meets(&rule.scope)
            })
            .collect();
        match (before, after) {
            (Some(before), Some(after)) => after > before,
            (None, Some(after)) => wider.iter().any(|(_, quota)| *quota < after),
            (Some(before), None) => {
                before != Quota::NoLimit
                    && (wider.iter().any(|(_, quota)| *quota > before)
                        || !wider.iter().any(|(other, _)| other.scope.covers(&rule.scope)))
            }
            (None, None) => false,
        }
    }
}

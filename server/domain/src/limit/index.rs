//! Finds the rules that hold for a request without looking at each: one look-up for each way of being specific.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::book::Family;
use super::{Asking, Part, Resource, Rule};

/// Rules with something known of each.
#[derive(Debug)]
pub struct Index<T> {
    families: Vec<(Family, Vec<Pattern<T>>)>,
}

/// Rules of a family whose same parts have a value: for a request at most one of them matches.
#[derive(Debug)]
struct Pattern<T> {
    specificity: [u8; 6],
    /// By the hash of these values.
    rules: BTreeMap<u64, Vec<(Rule, T)>>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self { families: Vec::new() }
    }
}

impl<T> Index<T> {
    pub fn new(rules: impl IntoIterator<Item = (Rule, T)>) -> Self {
        let mut families = BTreeMap::<Family, BTreeMap<[u8; 6], Pattern<T>>>::new();
        for (rule, known) in rules {
            let specificity = rule.scope.specificity();
            let patterns = families.entry(rule.family()).or_default();
            let pattern = patterns
                .entry(specificity)
                .or_insert_with(|| Pattern { specificity, rules: BTreeMap::new() });
            pattern.rules.entry(of_rule(&rule)).or_default().push((rule, known));
        }
        // The most specific is asked first.
        let sorted = |patterns: BTreeMap<_, Pattern<T>>| patterns.into_values().rev().collect();
        Self { families: families.into_iter().map(|(family, all)| (family, sorted(all))).collect() }
    }

    /// The one rule of each family that holds, of the resources wanted.
    pub fn holding<'a, 'b>(
        &'a self,
        asking: &'b Asking<'_>,
        wanted: impl Fn(Resource) -> bool + 'b,
    ) -> impl Iterator<Item = (&'a Rule, &'a T)> + 'b
    where
        'a: 'b,
    {
        let families = self.families.iter().filter(move |((resource, ..), _)| wanted(*resource));
        families.filter_map(|(_, patterns)| patterns.iter().find_map(|pattern| pattern.find(asking)))
    }
}

impl<T> Pattern<T> {
    fn find(&self, asking: &Asking<'_>) -> Option<(&Rule, &T)> {
        let alike = self.rules.get(&of_asking(&self.specificity, asking))?;
        alike.iter().find(|(rule, _)| rule.scope.matches(asking)).map(|(rule, known)| (rule, known))
    }
}

/// Of the values that the rule names, in the order of its specificity.
fn of_rule(rule: &Rule) -> u64 {
    let (scope, mut hasher) = (&rule.scope, DefaultHasher::new());
    if let Some(Part::One((tenant, user))) = &scope.person {
        (tenant.as_str(), user.as_str()).hash(&mut hasher);
    }
    if let Some(Part::One(key)) = &scope.key {
        key.as_str().hash(&mut hasher);
    }
    if let Some(Part::One(tenant)) = &scope.tenant {
        tenant.as_str().hash(&mut hasher);
    }
    if let Some(Part::One(tier)) = &scope.tier {
        tier.hash(&mut hasher);
    }
    if let Some(Part::One(agent)) = &scope.agent {
        agent.hash(&mut hasher);
    }
    if let Some(Part::One(model)) = &scope.model {
        model.as_str().hash(&mut hasher);
    }
    hasher.finish()
}

/// Of the same parts of a request. What it lacks matches no rule that names it.
fn of_asking([person, key, tenant, tier, agent, model]: &[u8; 6], asking: &Asking<'_>) -> u64 {
    let (one, mut hasher) = (|rank: &u8| *rank == 2, DefaultHasher::new());
    if let Some(user) = asking.user.filter(|_| one(person)) {
        (asking.tenant.as_str(), user.as_str()).hash(&mut hasher);
    }
    if one(key) {
        asking.key.hash(&mut hasher);
    }
    if one(tenant) {
        asking.tenant.as_str().hash(&mut hasher);
    }
    if one(tier) {
        asking.tier.hash(&mut hasher);
    }
    if one(agent) {
        asking.agent.hash(&mut hasher);
    }
    if let Some(name) = asking.model.filter(|_| one(model)) {
        name.hash(&mut hasher);
    }
    hasher.finish()
}

//! Which amount holds: defaults, what people set in their place, and what was allowed above it for a while.
//!
//! The most specific rule wins, whether it is lower or higher than the broader one. An override only ever raises, and only
//! until its end, which needs nobody to notice it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Amount, Rule};
use crate::access::Tier;
use crate::field_error::FieldError;
use crate::ladder::Caps;
use crate::money::MicroUsd;

/// More than the cap, until an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub rule: Rule,
    pub amount: MicroUsd,
    pub until: Timestamp,
}

/// All caps there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    pub defaults: BTreeMap<Rule, Amount>,
    pub set: BTreeMap<Rule, Amount>,
    /// Approved ones, over or not.
    pub overrides: Vec<Override>,
}

impl Book {
    /// What was given to this very rule: by a person, else by default.
    pub fn given(&self, rule: &Rule) -> Option<Amount> {
        self.set.get(rule).or_else(|| self.defaults.get(rule)).copied()
    }

    /// What holds for `rule` without overrides. `tier`: of the key that asks.
    pub fn base(&self, rule: &Rule, tier: Tier) -> Amount {
        self.find(rule, tier, None)
    }

    /// What holds for `rule` now.
    pub fn holds(&self, rule: &Rule, tier: Tier, now: Timestamp) -> Amount {
        self.find(rule, tier, Some(now))
    }

    fn find(&self, rule: &Rule, tier: Tier, now: Option<Timestamp>) -> Amount {
        let base = self.given(rule).unwrap_or_else(|| {
            rule.broader(tier).map_or(Amount::NoCap, |broader| self.find(&broader, tier, now))
        });
        now.and_then(|now| self.override_of(rule, now))
            .map_or(base, |more| base.max(Amount::Most(more.amount)))
    }

    /// The override of this very rule that is in force.
    pub fn override_of(&self, rule: &Rule, now: Timestamp) -> Option<&Override> {
        self.overrides
            .iter()
            .filter(|more| more.rule == *rule && now < more.until)
            .max_by_key(|more| more.amount)
    }

    /// The steps of the day now. Whatever was configured, set and allowed for a while: the ceiling wins over the budget, the
    /// budget over the alert line.
    pub fn ladder(&self, now: Timestamp) -> Caps {
        self.steps(|rule| self.holds(rule, Tier::Free, now))
    }

    fn steps(&self, amount: impl Fn(&Rule) -> Amount) -> Caps {
        // A step without an amount cannot be; should it be, nothing may be spent.
        let step = |rule| amount(&rule).most().unwrap_or(MicroUsd::ZERO);
        let ceiling = step(Rule::Ceiling);
        let budget = step(Rule::Budget).min(ceiling);
        Caps { alert: step(Rule::Alert).min(budget), budget, ceiling }
    }

    /// Whether giving `amount` to `rule` keeps the steps of the day in order: alert ≤ budget ≤ ceiling.
    ///
    /// # Errors
    /// Names the field `amount`, and the step that stands in the way.
    pub fn check(&self, rule: &Rule, amount: Amount) -> Result<(), FieldError> {
        self.check_steps(rule, amount, |step| self.base(step, Tier::Free))
    }

    /// Likewise for an override, beside what is in force now.
    pub fn check_override(&self, rule: &Rule, amount: MicroUsd, now: Timestamp) -> Result<(), FieldError> {
        self.check_steps(rule, Amount::Most(amount), |step| self.holds(step, Tier::Free, now))
    }

    fn check_steps(
        &self,
        rule: &Rule,
        amount: Amount,
        of: impl Fn(&Rule) -> Amount,
    ) -> Result<(), FieldError> {
        let fault = |detail: String| Err(FieldError::new("amount", detail));
        if amount == Amount::NoCap && !rule.may_be_without() {
            return fault("must be above 0: the day needs its alert line, budget and ceiling".to_owned());
        }
        let (below, above) = match rule {
            Rule::Alert => (None, Some((Rule::Budget, "budget"))),
            Rule::Budget => (Some((Rule::Alert, "alert line")), Some((Rule::Ceiling, "ceiling"))),
            Rule::Ceiling => (Some((Rule::Budget, "budget")), None),
            _ => (None, None),
        };
        if let Some((step, name)) = above
            && amount > of(&step)
        {
            return fault(format!("must not be above the {name}, which is {}: raise that first", of(&step)));
        }
        if let Some((step, name)) = below
            && amount < of(&step)
        {
            return fault(format!("must not be below the {name}, which is {}: lower that first", of(&step)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Agent;
    use crate::cap::Window;
    use crate::cap::tests::near_rule;
    use crate::id::{TenantId, UserId};
    use proptest::prelude::*;

    const STEPS: [Rule; 3] = [Rule::Alert, Rule::Budget, Rule::Ceiling];

    fn usd(usd: f64) -> Amount {
        Amount::Most(MicroUsd::from_usd(usd))
    }

    fn now() -> Timestamp {
        "2026-03-03T07:00:00Z".parse().unwrap()
    }

    fn amount() -> impl Strategy<Value = Amount> {
        prop_oneof![1 => Just(Amount::NoCap), 6 => (1_i64..200_000_000).prop_map(Amount::of_micro)]
    }

    fn tier() -> impl Strategy<Value = Tier> {
        prop::sample::select(Tier::ALL.to_vec())
    }

    /// A book of everything a configuration gives, and of some of what people may do.
    fn book() -> impl Strategy<Value = Book> {
        let overrides = prop::collection::vec((near_rule(), 1_i64..200_000_000, -600_i64..600), 0..6);
        let defaults = prop::collection::vec(amount(), 16);
        (defaults, prop::collection::btree_map(near_rule(), amount(), 0..16), overrides).prop_map(
            |(defaults, set, overrides)| Book {
                defaults: Rule::all_defaults().into_iter().zip(defaults).collect(),
                set,
                overrides: overrides
                    .into_iter()
                    .map(|(rule, micro, seconds)| {
                        let until = now() + jiff::SignedDuration::from_secs(seconds);
                        Override { rule, amount: MicroUsd(micro), until }
                    })
                    .collect(),
            },
        )
    }

    #[test]
    fn the_most_specific_rule_wins_also_when_it_is_higher_or_none() {
        let mut book = Book::default();
        book.defaults.insert(Rule::Agent(None), usd(5.0));
        let routine = Rule::Agent(Some(Agent::Routine));
        assert_eq!(book.holds(&routine, Tier::Free, now()), usd(5.0));
        for own in [usd(1.0), usd(9.0), Amount::NoCap] {
            book.set.insert(routine.clone(), own);
            assert_eq!(book.holds(&routine, Tier::Free, now()), own);
            assert_eq!(book.holds(&Rule::Agent(Some(Agent::Memory)), Tier::Free, now()), usd(5.0));
        }
    }

    #[test]
    fn a_person_falls_back_to_the_tier_of_the_key_that_asks() {
        let mut book = Book::default();
        let person =
            Rule::Person(TenantId::parse("t").unwrap(), UserId::parse("ana").unwrap(), Window::Month);
        book.defaults.insert(Rule::People(Tier::Free, Window::Month), usd(5.0));
        book.defaults.insert(Rule::People(Tier::Premium, Window::Month), usd(50.0));
        let holds = |book: &Book| Tier::ALL.map(|tier| book.holds(&person, tier, now()));
        assert_eq!(holds(&book), [usd(5.0), usd(50.0), Amount::NoCap]);
        book.set.insert(person.clone(), usd(7.0));
        assert_eq!(holds(&book), [usd(7.0); 3]);
    }

    #[test]
    fn an_override_ends_at_its_end_to_the_millisecond() {
        let mut book = Book::default();
        book.set.insert(Rule::Budget, usd(50.0));
        let until = now() + jiff::SignedDuration::from_mins(15);
        book.overrides.push(Override { rule: Rule::Budget, amount: MicroUsd(60_000_000), until });
        let at = |ms: i64| Timestamp::from_millisecond(until.as_millisecond() + ms).unwrap();
        assert_eq!(book.holds(&Rule::Budget, Tier::Free, at(-1)), usd(60.0));
        assert_eq!(book.holds(&Rule::Budget, Tier::Free, at(0)), usd(50.0));
    }

    #[test]
    fn the_steps_stay_in_order_and_a_refusal_names_the_step_in_the_way() {
        let steps = [(Rule::Alert, usd(40.0)), (Rule::Budget, usd(50.0)), (Rule::Ceiling, usd(100.0))];
        let book = Book { defaults: steps.into(), ..Book::default() };
        let refused = |rule: Rule, amount| book.check(&rule, amount).unwrap_err().detail;
        assert_eq!(
            refused(Rule::Budget, usd(39.0)),
            "must not be below the alert line, which is $40.00: lower that first"
        );
        assert_eq!(
            refused(Rule::Budget, usd(101.0)),
            "must not be above the ceiling, which is $100.00: raise that first"
        );
        assert_eq!(
            refused(Rule::Alert, usd(51.0)),
            "must not be above the budget, which is $50.00: raise that first"
        );
        assert_eq!(
            refused(Rule::Ceiling, usd(49.0)),
            "must not be below the budget, which is $50.00: lower that first"
        );
        assert!(refused(Rule::Ceiling, Amount::NoCap).starts_with("must be above 0"));
        assert_eq!(book.check(&Rule::Month, Amount::NoCap), Ok(()));
        assert_eq!(book.check(&Rule::Budget, usd(40.0)), Ok(()));
        assert_eq!(book.check(&Rule::Ceiling, usd(1000.0)), Ok(()));
    }

    proptest! {
        #[test]
        fn own_amount_then_broader_then_none(book in book(), rule in near_rule(), tier in tier()) {
            let expected = match (book.set.get(&rule), book.defaults.get(&rule), rule.broader(tier)) {
                (Some(set), _, _) => *set,
                (None, Some(default), _) => *default,
                (None, None, Some(broader)) => book.base(&broader, tier),
                (None, None, None) => Amount::NoCap,
            };
            prop_assert_eq!(book.base(&rule, tier), expected);
        }

        #[test]
        fn an_override_only_raises_and_only_its_own_rule(book in book(), rule in near_rule(), tier in tier()) {
            let (base, holds) = (book.base(&rule, tier), book.holds(&rule, tier, now()));
            prop_assert!(holds >= base);
            let concerned = std::iter::successors(Some(rule), |rule| rule.broader(tier))
                .any(|rule| book.override_of(&rule, now()).is_some());
            prop_assert!(concerned || holds == base);
            let over = now() + jiff::SignedDuration::from_hours(1);
            let without = Book { overrides: Vec::new(), ..book.clone() };
            prop_assert_eq!(book.ladder(over), without.ladder(now()));
        }

        #[test]
        fn whatever_is_set_the_ladder_has_its_order(book in book()) {
            let caps = book.ladder(now());
            prop_assert!(caps.alert <= caps.budget && caps.budget <= caps.ceiling);
        }

        #[test]
        fn what_passes_the_check_keeps_the_order_and_what_breaks_it_is_refused(
            book in book(),
            steps in prop::collection::vec(1_i64..200_000_000, 3),
            rule in prop_oneof![near_rule(), prop::sample::select(STEPS.to_vec())],
            amount in amount(),
            tier in tier(),
        ) {
            let mut book = book;
            let mut steps = steps;
            steps.sort_unstable();
            book.set.extend(STEPS.into_iter().zip(steps.into_iter().map(Amount::of_micro)));
            let allowed = book.check(&rule, amount).is_ok();
            book.set.insert(rule.clone(), amount);
            prop_assert_eq!(book.base(&rule, tier), amount);
            let ordered = STEPS.map(|step| book.base(&step, tier)).is_sorted();
            prop_assert_eq!(allowed, ordered && (amount != Amount::NoCap || rule.may_be_without()));
        }
    }
}

//! What a call is likely to cost, in money and in tokens: the 95th percentile of what calls like it did.
//!
//! Like it: same agent, same model, same size of input within a factor of two. Learned from the newest settled calls, in
//! memory; a restart learns from the ledger's last week. Until enough is known it is a fixed part of the worst case.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::agent::{Agent, TokenUse};
use domain::histogram::Histogram;
use domain::money::MicroUsd;

/// Below this many calls nothing is concluded.
const ENOUGH: u64 = 20;
/// A percentile of hundreds of calls does not move with each of them.
const CONCLUDE_EVERY: u64 = 10;
/// Before: the worst case assumes one token per byte and the longest reply, about four times too much each.
const PRIOR: i64 = 4;
/// Calls of one generation; the newest one or two generations count.
const GENERATION: u64 = 1_000;
/// Kinds of calls remembered; agents × models × sizes stays far below.
const MOST_KINDS: usize = 1_000;

/// Calls that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    agent: Agent,
    model: String,
    size: u32,
}

impl Kind {
    pub(crate) fn new(agent: Agent, model: &str, most_input_tokens: u64) -> Self {
        Self::of_class(agent, model, most_input_tokens.max(1).ilog2())
    }

    pub(crate) fn of_class(agent: Agent, model: &str, size: u32) -> Self {
        Self { agent, model: model.to_owned(), size }
    }

    pub(crate) fn size_class(&self) -> u32 {
        self.size
    }
}

/// Two figures of each kind of call: micro-dollars and tokens, of input and output together.
#[derive(Default)]
pub(crate) struct Likely {
    costs: Seen,
    tokens: Seen,
}

#[derive(Default)]
struct Seen(Mutex<HashMap<Kind, Figures>>);

#[derive(Default)]
struct Figures {
    current: Histogram,
    before: Histogram,
    /// The 95th percentile, as of some calls ago; `None`: too few are known.
    likely: Option<i64>,
    learned_since: u64,
}

impl Figures {
    fn conclude(&mut self) {
        let mut all = self.current.clone();
        all.merge(&self.before);
        let quantile = (all.count() >= ENOUGH).then(|| all.quantile(0.95)).flatten();
        (self.likely, self.learned_since) = (quantile.map(|figure| figure.ceil() as i64), 0);
    }
}

impl Seen {
    /// At most `bound`, at least one.
    fn of(&self, kind: &Kind, bound: i64) -> i64 {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let likely = kinds.get(kind).and_then(|figures| figures.likely).unwrap_or(bound / PRIOR);
        likely.clamp(1, bound.max(1))
    }

    fn learn(&self, kind: &Kind, figure: u64) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() >= MOST_KINDS && !kinds.contains_key(kind) {
            return;
        }
        let figures = kinds.entry(kind.clone()).or_default();
        if figures.current.count() >= GENERATION {
            figures.before = std::mem::take(&mut figures.current);
        }
        figures.current.record(figure);
        figures.learned_since += 1;
        if figures.learned_since >= CONCLUDE_EVERY {
            figures.conclude();
        }
    }
}

impl Likely {
    /// At most `bound`, at least one micro-dollar.
    pub(crate) fn of(&self, kind: &Kind, bound: MicroUsd) -> MicroUsd {
        MicroUsd(self.costs.of(kind, bound.0))
    }

    pub(crate) fn learn(&self, kind: &Kind, cost: MicroUsd) {
        self.costs.learn(kind, cost.0.unsigned_abs());
    }

    /// At most `most`, the sum of the most input and the most output; at least one.
    pub(crate) fn tokens(&self, kind: &Kind, most: u64) -> u32 {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        u32::try_from(self.tokens.of(kind, most)).unwrap_or(u32::MAX)
    }

    /// A call whose provider does not count its tokens teaches nothing.
    pub(crate) fn learn_tokens(&self, kind: &Kind, used: TokenUse) {
        let tokens = used.input.saturating_add(used.output);
        if tokens > 0 {
            self.tokens.learn(kind, tokens);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_what_calls_cost_and_never_says_more_than_the_bound() {
        let likely = Likely::default();
        let kind = Kind::new(Agent::Routine, "m", 5_000);
        let bound = MicroUsd(4_000_000);
        assert_eq!(
            likely.of(&kind, bound),
            MicroUsd(1_000_000),
            "nothing known: a quarter of the worst case"
        );
        for n in 0..100 {
            likely.learn(&kind, MicroUsd(100_000 + n));
        }
        let learned = likely.of(&kind, bound).0;
        assert!((99_000..=102_000).contains(&learned), "{learned}");
        assert_eq!(likely.of(&kind, MicroUsd(50_000)), MicroUsd(50_000));
        assert_eq!(
            likely.of(&Kind::new(Agent::Routine, "m", 50_000), bound),
            MicroUsd(1_000_000),
            "another size"
        );
        for _ in 0..2_001 {
            likely.learn(&kind, MicroUsd(10));
        }
        assert!(likely.of(&kind, bound).0 <= 11, "what is old is forgotten");
    }
    #[test]
    fn tokens_are_learned_beside_money() {
        let (likely, kind) = (Likely::default(), Kind::new(Agent::Chat, "m", 5_000));
        assert_eq!(likely.tokens(&kind, 8_000), 2_000, "nothing known: a quarter of the most");
        for _ in 0..30 {
            likely.learn_tokens(
                &kind,
                TokenUse { input: 600, cached_input: 500, output: 100, ..TokenUse::default() },
            );
            likely.learn_tokens(&kind, TokenUse::default());
        }
        assert!((690..=710).contains(&likely.tokens(&kind, 8_000)), "{}", likely.tokens(&kind, 8_000));
        assert_eq!(likely.of(&kind, MicroUsd(400)), MicroUsd(100), "of money nothing is known");
    }
}

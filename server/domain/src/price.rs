//! What a language model charges: per million tokens, by class, under a version of the price list.
//!
//! Sums are exact in whole micro-dollars and rounded up once per call, so that no call is ever booked below its cost.

use crate::agent::TokenUse;
use crate::money::MicroUsd;
use serde::{Deserialize, Serialize};

const PER: i128 = 1_000_000;

/// Dollars per million tokens. Each is above zero: a model without a price is not called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub input: MicroUsd,
    /// For input that the provider had in its cache; the full price when it makes no difference.
    pub cached_input: MicroUsd,
    /// For input that the provider wrote into its cache; the full price when it makes no difference.
    pub cache_write: MicroUsd,
    /// Reasoning tokens are output.
    pub output: MicroUsd,
    /// Which price list: stored with every call, so that it can be computed again.
    pub version: String,
}

impl Price {
    /// What these tokens cost, rounded up. Input from the cache and into it are parts of `tokens.input`; a provider that says
    /// more of them than of all has said it wrongly, and is believed the whole.
    pub fn cost(&self, tokens: TokenUse) -> MicroUsd {
        let cached = tokens.cached_input.min(tokens.input);
        let written = tokens.cache_write.min(tokens.input - cached);
        let sum = product(self.input, tokens.input - cached - written)
            + product(self.cached_input, cached)
            + product(self.cache_write, written)
            + product(self.output, tokens.output);
        MicroUsd(i64::try_from((sum + PER - 1) / PER).unwrap_or(i64::MAX))
    }

    /// One figure to order models by, per million tokens: three parts input, one part output, as an agent's prompt and reply
    /// are about. Source: the blended price of public comparisons of models, 3 to 1.
    pub fn blended(&self) -> MicroUsd {
        MicroUsd((self.input.0.saturating_mul(3).saturating_add(self.output.0)) / 4)
    }

    /// The worst case of a call: all input in the dearest class, every allowed token written.
    pub fn bound(&self, most_input: u64, most_output: u64) -> MicroUsd {
        let dearest = Self { input: self.input.max(self.cached_input).max(self.cache_write), ..self.clone() };
        dearest.cost(TokenUse { input: most_input, output: most_output, ..TokenUse::default() })
    }

    /// Whether both charge the same, whatever they are called.
    pub fn charges_as(&self, other: &Self) -> bool {
        let amounts = |of: &Self| [of.input, of.cached_input, of.cache_write, of.output];
        amounts(self) == amounts(other)
    }
}

fn product(price: MicroUsd, tokens: u64) -> i128 {
    i128::from(price.0.max(0)) * i128::from(tokens)
}

/// Tokens that a chat can have at most. A byte-level tokenizer never makes more tokens than bytes; roles and
/// separators of each message, and the beginning of the reply, are [`FRAME`] more each.
pub fn most_input_tokens(message_bytes: impl IntoIterator<Item = usize>, schema_bytes: usize) -> u64 {
    let messages = message_bytes.into_iter().map(|bytes| bytes as u64 + FRAME).sum::<u64>();
    messages + schema_bytes as u64 + FRAME
}

/// More than any published chat template puts around a message.
const FRAME: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(input: f64, cached: f64, output: f64) -> Price {
        let [input, cached_input, output] = [input, cached, output].map(MicroUsd::from_usd);
        Price { input, cached_input, cache_write: input, output, version: "v1".to_owned() }
    }

    #[test]
    fn a_call_costs_by_token_class_rounded_up() {
        let price = price(0.15, 0.075, 0.60);
        let cost = |input, cached_input, output| {
            price.cost(TokenUse { input, cached_input, output, ..TokenUse::default() })
        };
        assert_eq!(cost(1_000_000, 0, 1_000_000), MicroUsd(750_000));
        assert_eq!(cost(1_000_000, 1_000_000, 0), MicroUsd(75_000));
        assert_eq!(cost(1, 0, 0), MicroUsd(1), "a part of a micro-dollar is a whole one");
        assert_eq!(cost(0, 0, 0), MicroUsd::ZERO);
        assert_eq!(cost(10, 99, 0), MicroUsd(1), "no more is cached than there is");
    }

    #[test]
    fn what_goes_into_the_cache_has_a_price_of_its_own_and_reasoning_is_output() {
        let price = Price { cache_write: MicroUsd::from_usd(0.20), ..price(0.15, 0.075, 0.60) };
        let million = 1_000_000;
        let tokens = TokenUse {
            input: 3 * million,
            cached_input: million,
            cache_write: million,
            ..TokenUse::default()
        };
        assert_eq!(price.cost(tokens), MicroUsd(150_000 + 75_000 + 200_000));
        let thought = TokenUse { output: million, reasoning: million, ..TokenUse::default() };
        assert_eq!(price.cost(thought), MicroUsd(600_000), "not counted twice");
        let too_much = TokenUse { input: 10, cached_input: 8, cache_write: 8, ..TokenUse::default() };
        assert_eq!(price.cost(too_much), price.cost(TokenUse { cache_write: 2, ..too_much }));
    }

    proptest! {
        #[test]
        fn no_call_costs_more_than_its_bound(
            (input, cached, write, output) in (0.001..200.0_f64, 0.001..200.0_f64, 0.001..200.0_f64, 0.001..200.0_f64),
            (most_in, most_out) in (1_u64..2_000_000, 1_u64..100_000),
            shares in (0.0..=1.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64),
        ) {
            let price = Price { cache_write: MicroUsd::from_usd(write), ..price(input, cached, output) };
            let used = (most_in as f64 * shares.0) as u64;
            let tokens = TokenUse {
                input: used,
                cached_input: (used as f64 * shares.1) as u64,
                cache_write: (used as f64 * shares.3) as u64,
                output: (most_out as f64 * shares.2) as u64,
                reasoning: 0,
            };
            prop_assert!(price.cost(tokens) <= price.bound(most_in, most_out));
        }

        #[test]
        fn two_calls_never_cost_less_than_one(
            (a, b) in ((0_u64..10_000_000, 0_u64..10_000_000), (0_u64..10_000_000, 0_u64..10_000_000)),
        ) {
            let price = price(0.15, 0.15, 0.60);
            let of = |(input, output)| price.cost(TokenUse { input, output, ..TokenUse::default() });
            prop_assert!(of(a) + of(b) >= of((a.0 + b.0, a.1 + b.1)));
        }
    }
}

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
    pub output: MicroUsd,
    /// Which price list: stored with every call, so that it can be computed again.
    pub version: String,
}

impl Price {
    /// What these tokens cost, rounded up. Cached input is part of `tokens.input`.
    pub fn cost(&self, tokens: TokenUse) -> MicroUsd {
        let cached = tokens.cached_input.min(tokens.input);
        let sum = product(self.input, tokens.input - cached)
            + product(self.cached_input, cached)
            + product(self.output, tokens.output);
        MicroUsd(i64::try_from((sum + PER - 1) / PER).unwrap_or(i64::MAX))
    }

    /// One figure to order models by, per million tokens: three parts input, one part output, as an agent's prompt and reply
    /// are about. Source: the blended price of public comparisons of models, 3 to 1.
    pub fn blended(&self) -> MicroUsd {
        MicroUsd((self.input.0.saturating_mul(3).saturating_add(self.output.0)) / 4)
    }

    /// The worst case of a call: nothing cached, every allowed token written.
    pub fn bound(&self, most_input: u64, most_output: u64) -> MicroUsd {
        let dearest_input = Self { cached_input: self.input.max(self.cached_input), ..self.clone() };
        let tokens = TokenUse { input: most_input, cached_input: 0, output: most_output };
        let all_cached = TokenUse { cached_input: most_input, ..tokens };
        dearest_input.cost(tokens).max(dearest_input.cost(all_cached))
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
        Price { input, cached_input, output, version: "v1".to_owned() }
    }

    #[test]
    fn a_call_costs_by_token_class_rounded_up() {
        let price = price(0.15, 0.075, 0.60);
        let cost = |input, cached_input, output| price.cost(TokenUse { input, cached_input, output });
        assert_eq!(cost(1_000_000, 0, 1_000_000), MicroUsd(750_000));
        assert_eq!(cost(1_000_000, 1_000_000, 0), MicroUsd(75_000));
        assert_eq!(cost(1, 0, 0), MicroUsd(1), "a part of a micro-dollar is a whole one");
        assert_eq!(cost(0, 0, 0), MicroUsd::ZERO);
        assert_eq!(cost(10, 99, 0), MicroUsd(1), "no more is cached than there is");
    }

    proptest! {
        #[test]
        fn no_call_costs_more_than_its_bound(
            (input, cached, output) in (0.001..200.0_f64, 0.001..200.0_f64, 0.001..200.0_f64),
            (most_in, most_out) in (1_u64..2_000_000, 1_u64..100_000),
            shares in (0.0..=1.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64),
        ) {
            let price = price(input, cached, output);
            let used = (most_in as f64 * shares.0) as u64;
            let tokens = TokenUse {
                input: used,
                cached_input: (used as f64 * shares.1) as u64,
                output: (most_out as f64 * shares.2) as u64,
            };
            prop_assert!(price.cost(tokens) <= price.bound(most_in, most_out));
        }

        #[test]
        fn two_calls_never_cost_less_than_one(
            (a, b) in ((0_u64..10_000_000, 0_u64..10_000_000), (0_u64..10_000_000, 0_u64..10_000_000)),
        ) {
            let price = price(0.15, 0.15, 0.60);
            let of = |(input, output)| price.cost(TokenUse { input, cached_input: 0, output });
            prop_assert!(of(a) + of(b) >= of((a.0 + b.0, a.1 + b.1)));
        }
    }
}

//! What an attempt costs: what the provider says was used, where that can be; the worst case where nobody knows.

use domain::agent::TokenUse;
use domain::money::MicroUsd;
use domain::price::Price;

use super::models::Model;

/// A provider that counts so many times what a call can use at most is not believed. Some excess is real, and is booked as
/// it was said: templates of chats add tokens, and some models think beyond what they were allowed to write.
const BELIEVED: u64 = 4;

/// The most that one call can use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    input: u64,
    output: u64,
    cost: MicroUsd,
}

impl Most {
    /// Tokens in and out.
    pub(super) fn of(price: &Price, input: u64, output: u32) -> Self {
        let output = u64::from(output);
        Self { input, output, cost: price.bound(input, output) }
    }

    /// What is held for the call.
    pub(super) fn cost(self) -> MicroUsd {
        self.cost
    }

    pub(super) fn tokens(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// What an attempt costs, and the tokens it is known to have used. `unknown`: where nobody says how many, some may have been.
    pub(super) fn charged(
        self,
        model: &Model,
        tokens: Option<TokenUse>,
        unknown: bool,
    ) -> (MicroUsd, TokenUse) {
        match tokens {
            Some(tokens) if self.can_be(tokens) => (model.price.cost(tokens), tokens),
            Some(tokens) => {
                tracing::warn!(
                    model = model.name,
                    tokens.input,
                    tokens.output,
                    "a provider counted more tokens than can be; the call is booked at its worst case"
                );
                (self.cost, TokenUse::default())
            }
            None if unknown => (self.cost, TokenUse::default()),
            None => (MicroUsd::ZERO, TokenUse::default()),
        }
    }

    fn can_be(self, tokens: TokenUse) -> bool {
        let most = |of: u64| of.saturating_mul(BELIEVED);
        tokens.input <= most(self.input) && tokens.output <= most(self.output)
    }
}

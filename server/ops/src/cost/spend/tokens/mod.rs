//! Tokens of settled calls by cost day, model and version of the prices they were booked under: the raw counts that every price is
//! applied to. Shifted with the other sums, by whoever writes the ledger.

pub(in crate::cost) mod store;

use domain::agent::TokenUse;
use domain::money::MicroUsd;
use sqlx::FromRow;

use super::{Changes, NO_MODEL};
use crate::cost::ledger::LedgerRow;

/// What calls are summed under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cost) struct Priced {
    /// Cost day.
    pub(in crate::cost) day: String,
    pub(in crate::cost) model: String,
    pub(in crate::cost) version: String,
}

impl Priced {
    pub(in crate::cost) fn new(day: &str, model: Option<&str>, version: Option<&str>) -> Self {
        let named = |name: Option<&str>| name.unwrap_or(NO_MODEL).to_owned();
        Self { day: day.to_owned(), model: named(model), version: named(version) }
    }

    pub(in crate::cost) fn of(row: &LedgerRow, day: &str) -> Self {
        Self::new(day, row.model.as_deref(), row.price_version.as_deref())
    }
}

/// Sums of a day, or what is added to them; negative where rows go. Tokens, calls and micro-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(in crate::cost) struct Used {
    pub(in crate::cost) calls: i64,
    /// Calls of which the provider said what they used.
    pub(in crate::cost) known_calls: i64,
    /// Calls that cost something and of which it did not: booked at their worst case.
    pub(in crate::cost) unknown_calls: i64,
    pub(in crate::cost) input_tokens: i64,
    pub(in crate::cost) cached_input_tokens: i64,
    pub(in crate::cost) cache_write_tokens: i64,
    pub(in crate::cost) output_tokens: i64,
    pub(in crate::cost) reasoning_tokens: i64,
    pub(in crate::cost) booked_micro: i64,
    pub(in crate::cost) unknown_micro: i64,
    /// Added by recomputing.
    pub(in crate::cost) corrected_micro: i64,
}

impl Used {
    pub(in crate::cost) fn call(cost: MicroUsd, tokens: TokenUse) -> Self {
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let known = tokens.input > 0;
        let unknown = !known && cost > MicroUsd::ZERO;
        Self {
            calls: 1,
            known_calls: i64::from(known),
            unknown_calls: i64::from(unknown),
            input_tokens: count(tokens.input),
            cached_input_tokens: count(tokens.cached_input),
            cache_write_tokens: count(tokens.cache_write),
            output_tokens: count(tokens.output),
            reasoning_tokens: count(tokens.reasoning),
            booked_micro: cost.0,
            unknown_micro: if known { 0 } else { cost.0 },
            corrected_micro: 0,
        }
    }

    pub(in crate::cost) fn correction(delta: MicroUsd) -> Self {
        Self { corrected_micro: delta.0, ..Self::default() }
    }

    pub(in crate::cost) fn gone(self) -> Self {
        Self::default().each(self, |nothing, gone| nothing - gone)
    }

    fn each(self, more: Self, of: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            calls: of(self.calls, more.calls),
            known_calls: of(self.known_calls, more.known_calls),
            unknown_calls: of(self.unknown_calls, more.unknown_calls),
            input_tokens: of(self.input_tokens, more.input_tokens),
            cached_input_tokens: of(self.cached_input_tokens, more.cached_input_tokens),
            cache_write_tokens: of(self.cache_write_tokens, more.cache_write_tokens),
            output_tokens: of(self.output_tokens, more.output_tokens),
            reasoning_tokens: of(self.reasoning_tokens, more.reasoning_tokens),
            booked_micro: of(self.booked_micro, more.booked_micro),
            unknown_micro: of(self.unknown_micro, more.unknown_micro),
            corrected_micro: of(self.corrected_micro, more.corrected_micro),
        }
    }

    fn values(&self) -> [i64; 11] {
        [
            self.calls,
            self.known_calls,
            self.unknown_calls,
            self.input_tokens,
            self.cached_input_tokens,
            self.cache_write_tokens,
            self.output_tokens,
            self.reasoning_tokens,
            self.booked_micro,
            self.unknown_micro,
            self.corrected_micro,
        ]
    }
}

impl Changes {
    pub(in crate::cost) fn used(&mut self, priced: Priced, more: Used) {
        let sum = self.tokens.entry(priced).or_default();
        *sum = sum.each(more, |sum, more| sum + more);
    }
}

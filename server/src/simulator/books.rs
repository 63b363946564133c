//! What was used by day in UTC and by model, and what that costs: the provider's own account, kept apart from `/stats`.
//!
//! Bounded: days and models beyond the most are forgotten, the oldest first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// As long as a page of the demo looks back, and a month more.
const MOST_DAYS: usize = 90;
/// Further names of one day count as `other`.
const MOST_MODELS: usize = 256;

/// The accounts of one provider; clones are the same book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books(Arc<Mutex<BTreeMap<i64, BTreeMap<String, Used>>>>);

/// What one model was used for on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Used {
    pub(crate) requests: u64,
    /// All that was sent, cached or not.
    pub(crate) input_tokens: u64,
    pub(crate) cached_tokens: u64,
    pub(crate) output_tokens: u64,
    /// Dollars billed beyond the price of the tokens.
    pub(crate) more_usd: f64,
}

/// Dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Prices {
    pub(crate) input: f64,
    pub(crate) cached: f64,
    pub(crate) output: f64,
}

impl Prices {
    /// Dollars for what is not cached, what is, and what was written.
    pub(super) fn cost(self, used: &Used) -> [f64; 3] {
        let fresh = used.input_tokens - used.cached_tokens.min(used.input_tokens);
        let dollars = |tokens: u64, price: f64| tokens as f64 * price / 1e6;
        [
            dollars(fresh, self.input),
            dollars(used.cached_tokens, self.cached),
            dollars(used.output_tokens, self.output),
        ]
    }
}

impl Books {
    /// `at`: seconds since 1970.
    pub(crate) fn add(&self, at: i64, model: &str, used: Used) {
        let mut days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let models = days.entry(at.div_euclid(DAY) * DAY).or_default();
        let known = models.contains_key(model) || models.len() < MOST_MODELS;
        let sum = models.entry(if known { model } else { "other" }.to_owned()).or_default();
        sum.requests += used.requests;
        sum.input_tokens += used.input_tokens;
        sum.cached_tokens += used.cached_tokens;
        sum.output_tokens += used.output_tokens;
        sum.more_usd += used.more_usd;
        while days.len() > MOST_DAYS {
            days.pop_first();
        }
    }

    /// Of the day that begins at `day`, by model.
    pub(super) fn of(&self, day: i64) -> BTreeMap<String, Used> {
        let days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        days.get(&day).cloned().unwrap_or_default()
    }
}

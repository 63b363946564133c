//! What was used, by class of tokens: the raw counts that every price is applied to.

use domain::money::MicroUsd;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Ops;
use crate::cost::spend::tokens::store::{self as tokens, UsedOf};
use crate::error::Result;

/// Calls of one model booked under one version of its prices.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PriceUsage {
    pub model: String,
    /// Under which the calls were booked.
    pub version: String,
    /// Calls that have ended.
    pub calls: u64,
    /// All that was sent, cached or not.
    pub input_tokens: u64,
    pub cached_input_tokens: u64,
    pub cache_write_tokens: u64,
    pub output_tokens: u64,
    /// Part of the output; 0 also where the provider does not say.
    pub reasoning_tokens: u64,
    /// As booked.
    pub booked_usd: f64,
    /// Added since by recomputing; below zero: taken away.
    pub corrected_usd: f64,
    /// Calls of which nobody knows what they used, booked at their worst case, and how much that is.
    pub unknown_calls: u64,
    pub unknown_usd: f64,
}

impl Ops {
    /// From one cost day to another, both included; by model, the newest version first.
    pub async fn price_usage(&self, from: Date, to: Date) -> Result<Vec<PriceUsage>> {
        let rows = tokens::of_days(self.db.read(), &from.to_string(), &to.to_string(), "").await?;
        let usd = |micro: i64| MicroUsd(micro).usd();
        Ok(rows
            .into_iter()
            .map(|UsedOf { model, version, used }| PriceUsage {
                model,
                version,
                calls: used.calls.unsigned_abs(),
                input_tokens: used.input_tokens.unsigned_abs(),
                cached_input_tokens: used.cached_input_tokens.unsigned_abs(),
                cache_write_tokens: used.cache_write_tokens.unsigned_abs(),
                output_tokens: used.output_tokens.unsigned_abs(),
                reasoning_tokens: used.reasoning_tokens.unsigned_abs(),
                booked_usd: usd(used.booked_micro),
                corrected_usd: usd(used.corrected_micro),
                unknown_calls: used.unknown_calls.unsigned_abs(),
                unknown_usd: usd(used.unknown_micro),
            })
            .collect())
    }
}

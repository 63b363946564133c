//! What a period would have cost at another version of the prices, day by day and model by model. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::money::MicroUsd;
use domain::price::Price;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, Call, Place};
use crate::Ops;
use crate::cost::spend::tokens::store::{self as tokens, UsedOf};
use crate::error::{Error, Result};

/// As long as the ledger keeps its rows.
const MOST_DAYS: i64 = 400;
/// Calls read at a time.
const CHUNK: i64 = 2_000;

/// Which calls, and at which version of the prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recompute {
    /// Cost days, both included.
    pub from: Date,
    pub to: Date,
    /// `None`: every model that has a list of this version.
    pub model: Option<String>,
    pub version: String,
}

impl Recompute {
    /// From what somebody typed: `2026-03-01`; an empty model is every model.
    ///
    /// # Errors
    /// `Invalid` names `from`, `to` or `version`.
    pub fn parse(from: &str, to: &str, model: &str, version: &str) -> Result<Self> {
        let date = |field: &str, text: &str| {
            let wrong = |_| Error::invalid(field, "must be a day, such as 2026-03-01");
            text.trim().parse::<Date>().map_err(wrong)
        };
        let (from, to) = (date("from", from)?, date("to", to)?);
        let (model, version) = (model.trim(), version.trim());
        if from > to {
            return Err(Error::invalid("to", "must not be before from"));
        }
        if to.duration_since(from) >= SignedDuration::from_hours(24 * MOST_DAYS) {
            return Err(Error::invalid("from", format!("must be less than {MOST_DAYS} days before to")));
        }
        if version.is_empty() {
            return Err(Error::invalid("version", "must name a version of a price list"));
        }
        let model = (!model.is_empty()).then(|| model.to_owned());
        Ok(Self { from, to, model, version: version.to_owned() })
    }
}

/// One model on one cost day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ComparedDay {
    /// Calendar day in the cost zone.
    pub day: String,
    pub model: String,
    /// Calls compared.
    pub calls: u64,
    pub input_tokens: u64,
    pub cached_input_tokens: u64,
    pub cache_write_tokens: u64,
    pub output_tokens: u64,
    /// As it stands in the ledger, corrections included.
    pub booked_usd: f64,
    pub at_version_usd: f64,
    /// What correcting would add; below zero: take away.
    pub difference_usd: f64,
    /// The day is not over: it is compared, and not corrected.
    pub open: bool,
}

/// Calls that are neither compared nor corrected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct LeftOut {
    /// Nobody knows what they used: booked at their worst case, and so they stay.
    pub unknown_calls: u64,
    pub unknown_usd: f64,
    /// Still under way.
    pub open_calls: u64,
    /// Of models without a list of this version, and which these are.
    pub unpriced_calls: u64,
    pub unpriced_models: Vec<String>,
}

/// A period at another version of the prices.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PriceComparison {
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// Null: every model that has a list of this version.
    pub model: Option<String>,
    pub version: String,
    pub days: Vec<ComparedDay>,
    pub calls: u64,
    pub booked_usd: f64,
    pub at_version_usd: f64,
    pub difference_usd: f64,
    /// Of the difference, what correcting would book: without the open day.
    pub correctable_usd: f64,
    /// Calls that a correction would be booked for.
    pub correctable_calls: u64,
    pub left_out: LeftOut,
}

#[derive(Default)]
struct Sums {
    calls: u64,
    tokens: domain::agent::TokenUse,
    booked: i64,
    at_version: i64,
}

impl Ops {
    /// # Errors
    /// `Invalid` names `version` or `model`: no model has such a list.
    pub async fn compare_prices(&self, ask: &Recompute) -> Result<PriceComparison> {
        let prices = self.prices_for(ask).await?;
        let open_day = self.open_cost_day();
        let mut days = BTreeMap::<(String, String), Sums>::new();
        let (mut correctable, mut correctable_calls) = (0, 0);
        let mut day = ask.from;
        loop {
            let date = day.to_string();
            let mut place = Place::start();
            loop {
                let calls = store::calls(self.db.read(), &date, &place, ask.model.as_deref(), CHUNK).await?;
                for call in &calls {
                    let Some(price) = prices.get(&call.model) else { continue };
                    let cost = price.cost(call.tokens()).0;
                    let sums = days.entry((date.clone(), call.model.clone())).or_default();
                    sums.calls += 1;
                    sums.tokens += call.tokens();
                    sums.booked += call.now_micro;
                    sums.at_version += cost;
                    if date < open_day && cost != call.now_micro {
                        correctable += cost - call.now_micro;
                        correctable_calls += 1;
                    }
                }
                match calls.last() {
                    Some(last) if calls.len() as i64 == CHUNK => place = Place::after(last),
                    _ => break,
                }
            }
            match day.checked_add(1.day()) {
                Ok(next) if next <= ask.to => day = next,
                _ => break,
            }
        }
        let left_out = self.left_out(ask, &prices).await?;
        let usd = |micro: i64| MicroUsd(micro).usd();
        let booked: i64 = days.values().map(|sums| sums.booked).sum();
        let at_version: i64 = days.values().map(|sums| sums.at_version).sum();
        Ok(PriceComparison {
            from: ask.from,
            to: ask.to,
            model: ask.model.clone(),
            version: ask.version.clone(),
            calls: days.values().map(|sums| sums.calls).sum(),
            booked_usd: usd(booked),
            at_version_usd: usd(at_version),
            difference_usd: usd(at_version - booked),
            correctable_usd: usd(correctable),
            correctable_calls,
            left_out,
            days: days
                .into_iter()
                .map(|((day, model), sums)| ComparedDay {
                    open: day >= open_day,
                    day,
                    model,
                    calls: sums.calls,
                    input_tokens: sums.tokens.input,
                    cached_input_tokens: sums.tokens.cached_input,
                    cache_write_tokens: sums.tokens.cache_write,
                    output_tokens: sums.tokens.output,
                    booked_usd: usd(sums.booked),
                    at_version_usd: usd(sums.at_version),
                    difference_usd: usd(sums.at_version - sums.booked),
                })
                .collect(),
        })
    }

    /// The lists that a period is computed by.
    pub(super) async fn prices_for(&self, ask: &Recompute) -> Result<BTreeMap<String, Price>> {
        let mut prices = self.prices_of(&ask.version).await?;
        if prices.is_empty() {
            return Err(Error::invalid(
                "version",
                "names no price list: one is recorded when the service starts with it in its configuration",
            ));
        }
        if let Some(model) = &ask.model {
            prices.retain(|known, _| known == model);
            if prices.is_empty() {
                return Err(Error::invalid("model", "has no price list of this version"));
            }
        }
        Ok(prices)
    }

    /// The cost day that it is now.
    pub fn cost_today(&self) -> Date {
        self.gateway.today.day(self.clock.now()).date
    }

    /// The cost day that is not over.
    pub(super) fn open_cost_day(&self) -> String {
        self.gateway.today.day(self.clock.now()).key()
    }

    async fn left_out(&self, ask: &Recompute, prices: &BTreeMap<String, Price>) -> Result<LeftOut> {
        let (from, to) = (ask.from.to_string(), ask.to.to_string());
        let model = ask.model.as_deref().unwrap_or_default();
        let mut left = LeftOut {
            open_calls: store::open_calls(self.db.read(), &from, &to, model).await?.unsigned_abs(),
            ..LeftOut::default()
        };
        let mut unpriced = BTreeSet::new();
        let mut unknown = 0;
        for UsedOf { model, used, .. } in tokens::of_days(self.db.read(), &from, &to, model).await? {
            left.unknown_calls += used.unknown_calls.unsigned_abs();
            unknown += used.unknown_micro;
            if used.known_calls > 0 && !prices.contains_key(&model) {
                left.unpriced_calls += used.known_calls.unsigned_abs();
                unpriced.insert(model);
            }
        }
        left.unknown_usd = MicroUsd(unknown).usd();
        left.unpriced_models = unpriced.into_iter().collect();
        Ok(left)
    }
}

impl Call {
    /// What correcting this call to a price would book.
    pub(super) fn correction(&self, price: &Price) -> MicroUsd {
        price.cost(self.tokens()) - MicroUsd(self.now_micro)
    }
}

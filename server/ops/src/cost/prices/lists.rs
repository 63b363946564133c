//! The price lists there are and were: written down at every start, so that a version means one thing for ever.

use std::collections::BTreeMap;

use domain::money::MicroUsd;
use domain::price::Price;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, ListRow};
use crate::Ops;
use crate::clock::at;
use crate::error::Result;

/// What a model charges under a version of its prices, in US dollars per million tokens.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PriceList {
    pub model: String,
    pub version: String,
    /// The first call booked under it, or when it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub valid_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    pub input_usd_per_mtok: f64,
    /// Of input that the provider had in its cache.
    pub cached_input_usd_per_mtok: f64,
    /// Of input that the provider wrote into its cache.
    pub cache_write_usd_per_mtok: f64,
    /// Reasoning tokens are output.
    pub output_usd_per_mtok: f64,
    /// The configuration charges by it now.
    pub in_force: bool,
}

impl Ops {
    /// Writes down the configured prices of each model.
    ///
    /// # Errors
    /// `Config` when a version that is known has other amounts: calls booked under it would seem to have cost something else.
    pub(crate) async fn record_price_lists(&self) -> Result<()> {
        let first = std::iter::once(("model.price_version", &self.config.model));
        let others = self.config.fallback_models.iter().map(|model| ("fallback_models", model));
        for (key, model) in first.chain(others).filter(|(_, model)| !model.name.is_empty()) {
            let Some(price) = model.price() else { continue };
            let now = self.clock.now_ms();
            let known = store::record(&self.db, &model.name, &price, now).await?;
            if known.price().charges_as(&price) {
                continue;
            }
            let day = at(known.recorded_at).strftime("%Y-%m-%d");
            return Err(self.config.fault(
                key,
                format!(
                    "calls {:?} the prices {} of {}, but since {day} it means {}: a version means one thing for ever. \
                     Give the new prices a name of their own, or set the old ones again",
                    price.version,
                    in_words(&price),
                    model.name,
                    in_words(&known.price()),
                ),
            ));
        }
        Ok(())
    }

    /// Of history that was booked after its prices were recorded: the demo's.
    pub(crate) async fn date_price_lists_back(&self) -> Result<()> {
        store::date_back(self.db.write()).await
    }

    /// Every list, by model, the newest first.
    pub async fn price_lists(&self) -> Result<Vec<PriceList>> {
        let rows = store::lists(self.db.read()).await?;
        let in_force = |row: &ListRow| {
            let mut models = self.gateway.models.all().iter();
            models.any(|model| model.name == row.model && model.price.version == row.version)
        };
        let usd = |micro: i64| MicroUsd(micro).usd();
        Ok(rows
            .into_iter()
            .map(|row| PriceList {
                in_force: in_force(&row),
                valid_from: at(row.valid_from),
                recorded_at: at(row.recorded_at),
                input_usd_per_mtok: usd(row.input_micro),
                cached_input_usd_per_mtok: usd(row.cached_input_micro),
                cache_write_usd_per_mtok: usd(row.cache_write_micro),
                output_usd_per_mtok: usd(row.output_micro),
                model: row.model,
                version: row.version,
            })
            .collect())
    }

    /// The prices of each model that has a list of this version.
    pub(super) async fn prices_of(&self, version: &str) -> Result<BTreeMap<String, Price>> {
        let rows = store::lists(self.db.read()).await?.into_iter().filter(|row| row.version == version);
        Ok(rows.map(|row| (row.model.clone(), row.price())).collect())
    }
}

/// `$0.15 in, $0.08 cached, $0.15 into the cache, $0.60 out`, per million tokens.
fn in_words(price: &Price) -> String {
    let Price { input, cached_input, cache_write, output, .. } = price;
    format!("{input} in, {cached_input} cached, {cache_write} into the cache, {output} out")
}

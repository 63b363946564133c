//! What people read: day by day and model by model what we have, what they say, and what that means.

use domain::money::MicroUsd;
use domain::reconciliation::{Verdict, judge};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;
use utoipa::ToSchema;

use super::client::ALL;
use super::compare::{begin_ms, utc_day};
use super::providers;
use super::store::{self, Row};
use crate::Ops;
use crate::clock::at;
use crate::error::Result;

/// Lines shown at most.
const MOST: i64 = 2_000;

/// One model on one day in UTC, by both accounts. A figure of theirs that is absent was not told.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReconciledLine {
    /// Host of its API, or as the invoice was imported.
    pub provider: String,
    /// Calendar day in UTC.
    pub day: String,
    /// As the ledger names it; `*`: all models of the day, which is what is alerted on.
    pub model: String,
    pub state: Verdict,
    pub our_requests: u64,
    pub their_requests: Option<u64>,
    /// All that was sent, cached or not.
    pub our_input_tokens: u64,
    pub their_input_tokens: Option<u64>,
    pub our_cached_input_tokens: u64,
    pub their_cached_input_tokens: Option<u64>,
    pub our_cache_write_tokens: u64,
    pub their_cache_write_tokens: Option<u64>,
    pub our_output_tokens: u64,
    pub their_output_tokens: Option<u64>,
    /// As it stands in the ledger, corrections included.
    pub our_usd: f64,
    pub their_usd: Option<f64>,
    /// Theirs less ours: above zero they bill more than any cap knew of.
    pub difference_usd: Option<f64>,
    /// Of ours, calls booked at their worst case because nobody knows what they used.
    pub our_unknown_usd: f64,
    /// `api`, `file` or `none`.
    pub source: String,
    /// When they said it; absent: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub told_at: Option<Timestamp>,
}

impl ReconciledLine {
    pub fn is_whole_day(&self) -> bool {
        self.model == ALL
    }
}

/// A provider, and whether it tells.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReconciliationSource {
    pub provider: String,
    /// Our models that it bills.
    pub models: Vec<String>,
    /// It has an `admin_key`.
    pub configured: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub asked_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
    /// Since then what it billed is unknown.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// Why, in words.
    pub error: Option<String>,
}

impl Ops {
    /// Days from `from` on, the newest first, at most 2,000 lines.
    pub async fn reconciliation(&self, from: Date) -> Result<Vec<ReconciledLine>> {
        let rows = store::rows(self.db.read(), &from.to_string(), "", MOST).await?;
        Ok(rows.iter().map(|row| self.line(row)).collect())
    }

    /// The last 31 days in UTC.
    pub async fn reconciliation_now(&self) -> Result<Vec<ReconciledLine>> {
        let today = utc_day(self.clock.now());
        self.reconciliation(today.checked_sub(30.days()).unwrap_or(today)).await
    }

    /// Whole days only.
    pub(super) async fn whole_days(&self, from: Date) -> Result<Vec<ReconciledLine>> {
        let rows = store::rows(self.db.read(), &from.to_string(), ALL, MOST).await?;
        Ok(rows.iter().map(|row| self.line(row)).collect())
    }

    /// Every provider of a configured model.
    pub async fn reconciliation_sources(&self) -> Result<Vec<ReconciliationSource>> {
        let rows = store::sources(self.db.read()).await?;
        let providers = providers::configured(&self.config);
        let sources = providers.iter().map(|provider| {
            let row = rows.iter().find(|row| row.provider == provider.name);
            ReconciliationSource {
                provider: provider.name.clone(),
                models: provider.models().map(str::to_owned).collect(),
                configured: provider.can_be_asked(),
                asked_at: row.map(|row| at(row.asked_at)),
                answered_at: row.and_then(|row| row.answered_at).map(at),
                failing_since: row.and_then(|row| row.failing_since).map(at),
                error: row.and_then(|row| row.error.clone()),
            }
        });
        Ok(sources.collect())
    }

    fn line(&self, row: &Row) -> ReconciledLine {
        let (ours, theirs) = (row.ours.account(), row.theirs());
        let settings = &self.config.reconciliation;
        let ends = row.day.parse::<Date>().ok().and_then(|day| day.checked_add(1.day()).ok());
        let lag = SignedDuration::from_hours(i64::from(settings.lag_hours));
        let is_final = ends.is_some_and(|end| self.clock.now() >= at(begin_ms(end)) + lag);
        let told = row.source != "none";
        let usd = |cost: MicroUsd| cost.usd();
        ReconciledLine {
            provider: row.provider.clone(),
            day: row.day.clone(),
            model: row.model.clone(),
            state: judge(&ours, &theirs, settings.thresholds(), is_final),
            our_requests: ours.requests.unwrap_or(0),
            their_requests: theirs.requests,
            our_input_tokens: ours.input_tokens.unwrap_or(0),
            their_input_tokens: theirs.input_tokens,
            our_cached_input_tokens: ours.cached_input_tokens.unwrap_or(0),
            their_cached_input_tokens: theirs.cached_input_tokens,
            our_cache_write_tokens: ours.cache_write_tokens.unwrap_or(0),
            their_cache_write_tokens: theirs.cache_write_tokens,
            our_output_tokens: ours.output_tokens.unwrap_or(0),
            their_output_tokens: theirs.output_tokens,
            our_usd: MicroUsd(row.ours.our_micro).usd(),
            their_usd: theirs.cost.map(usd),
            difference_usd: theirs.cost.map(|cost| usd(cost - MicroUsd(row.ours.our_micro))),
            our_unknown_usd: MicroUsd(row.ours.our_unknown_micro).usd(),
            source: row.source.clone(),
            told_at: told.then(|| at(row.told_at)),
        }
    }
}

//! The ledger as people read it: every model call with what it held, what it cost and which request made it.

use domain::agent::Agent;
use jiff::Timestamp;
use serde::Serialize;

use super::store::{self, Row};
use crate::Ops;
use crate::clock::at;
use crate::error::{Error, Result};
use domain::money::MicroUsd;

/// Rows of one page at most.
const MOST: u32 = 500;

/// Which calls are wanted. The default: the newest 100.
#[derive(Clone, Debug, Default)]
pub struct LedgerFilter {
    pub agent: Option<Agent>,
    pub model: Option<String>,
    pub request: Option<String>,
    /// Only those that nobody has settled yet.
    pub open: bool,
    /// Only corrections of booked calls.
    pub corrections: bool,
    /// Only what this run of recomputing corrected.
    pub run: Option<String>,
    /// Only what is older than the entry with this id.
    pub before: Option<String>,
    /// 1 to 500.
    pub limit: u32,
}

/// One model call, or the correction of one. Whom it was for is told to those who may see people's costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LedgerEntry {
    pub id: String,
    /// When the money was held.
    pub at: Timestamp,
    pub request_id: String,
    pub agent: String,
    pub model: String,
    pub price_version: String,
    pub tier: String,
    pub release: String,
    pub key_prefix: String,
    pub input_tokens: u64,
    pub cached_input_tokens: u64,
    pub output_tokens: u64,
    /// Parts of the input and of the output; 0 where the provider does not say.
    pub cache_write_tokens: u64,
    pub reasoning_tokens: u64,
    /// Of a correction: the entry that it corrects, and the run of recomputing that made it.
    pub corrects: Option<String>,
    pub run: Option<String>,
    /// What was held: the worst case.
    pub reserved_usd: f64,
    /// Absent while the call is under way; a correction's may be below zero.
    pub settled_usd: Option<f64>,
    pub settled_at: Option<Timestamp>,
}

impl Ops {
    /// Newest first.
    ///
    /// # Errors
    /// `NotFound` when `before` names no entry.
    pub async fn ledger(&self, filter: &LedgerFilter) -> Result<Vec<LedgerEntry>> {
        let db = self.db.read();
        let before = match &filter.before {
            None => (i64::MAX, String::new()),
            Some(id) => {
                let at = store::place(db, id).await?;
                (at.ok_or(Error::NotFound { what: "ledger entry" })?, id.clone())
            }
        };
        let limit = match filter.limit {
            0 => 100,
            limit => limit.min(MOST),
        };
        let rows = store::list(db, filter, &before, limit).await?;
        Ok(rows.into_iter().map(LedgerEntry::from).collect())
    }
}

impl From<Row> for LedgerEntry {
    fn from(row: Row) -> Self {
        let settled = row.state == "settled";
        let unknown = || "-".to_owned();
        Self {
            id: row.id,
            at: at(row.at),
            request_id: row.request_id,
            agent: row.agent,
            model: row.model.unwrap_or_else(unknown),
            price_version: row.price_version.unwrap_or_else(unknown),
            tier: row.tier,
            release: row.release_id,
            key_prefix: row.key_prefix,
            input_tokens: row.input_tokens.unsigned_abs(),
            cached_input_tokens: row.cached_input_tokens.unsigned_abs(),
            output_tokens: row.output_tokens.unsigned_abs(),
            cache_write_tokens: row.cache_write_tokens.unsigned_abs(),
            reasoning_tokens: row.reasoning_tokens.unsigned_abs(),
            corrects: row.corrects,
            run: row.run_id,
            reserved_usd: MicroUsd(row.reserved_micro).usd(),
            settled_usd: settled.then(|| MicroUsd(row.settled_micro).usd()),
            settled_at: row.settled_at.filter(|_| settled).map(at),
        }
    }
}

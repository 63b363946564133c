//! What was recomputed, by whom and with what result.

use domain::money::MicroUsd;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, RunRow};
use crate::Ops;
use crate::clock::at;
use crate::error::Result;

/// One correction of a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PriceRun {
    /// Stands in each of its entries in the ledger.
    pub id: String,
    /// Cost days, both included.
    pub from_day: String,
    pub to_day: String,
    /// Absent: every model that has a list of this version.
    pub model: Option<String>,
    pub version: String,
    pub reason: String,
    pub made_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Absent: it is under way, or was interrupted; the same command takes it up again.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Calls looked at.
    pub calls: u64,
    /// Calls that an entry was booked for.
    pub corrected: u64,
    /// All its entries together; below zero: taken away.
    pub difference_usd: f64,
}

impl Ops {
    /// A run is kept for as long as the entries that it may have made.
    pub(in crate::cost) async fn trim_price_runs(&self, before: Timestamp) -> Result<()> {
        store::forget_runs(self.db.write(), before.as_millisecond()).await
    }

    /// The newest 200.
    pub async fn price_runs(&self) -> Result<Vec<PriceRun>> {
        Ok(store::runs(self.db.read(), 200).await?.into_iter().map(PriceRun::from).collect())
    }
}

impl From<RunRow> for PriceRun {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            from_day: row.from_day,
            to_day: row.to_day,
            model: Some(row.model).filter(|model| !model.is_empty()),
            version: row.version,
            reason: row.reason,
            made_by: row.made_by,
            started_at: at(row.started_at),
            finished_at: row.finished_at.map(at),
            calls: row.calls.unsigned_abs(),
            corrected: row.corrected.unsigned_abs(),
            difference_usd: MicroUsd(row.delta_micro).usd(),
        }
    }
}

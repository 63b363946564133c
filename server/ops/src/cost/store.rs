//! SQL of the ledger.

use std::collections::BTreeMap;

use domain::money::MicroUsd;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{CostShare, Dimension};
use crate::db::{Db, WriteTx, placeholders};
use crate::error::Result;

/// Money of one request.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    pub id: String,
    pub request_id: String,
    pub at: Timestamp,
    /// Calendar day on which it counts, `YYYY-MM-DD`.
    pub day: String,
    pub tenant: String,
    pub user: String,
    pub agent: String,
    pub tier: String,
    pub key_prefix: String,
    pub release: String,
    pub settled: MicroUsd,
}

/// Rows of one insert: 13 columns stay below the parameter limits of both engines.
const BATCH: usize = 500;

pub(super) async fn insert(tx: &mut WriteTx, rows: &[LedgerRow]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        let sql = format!(
            "insert into ledger (id, request_id, at, day, tenant, user_id, agent, tier, key_prefix, release_id,
                                 reserved_micro, settled_micro, state) values {}",
            placeholders(batch.len(), 13)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in batch {
            query = query
                .bind(row.id.clone())
                .bind(row.request_id.clone())
                .bind(row.at.as_millisecond())
                .bind(row.day.clone())
                .bind(row.tenant.clone())
                .bind(row.user.clone())
                .bind(row.agent.clone())
                .bind(row.tier.clone())
                .bind(row.key_prefix.clone())
                .bind(row.release.clone())
                .bind(row.settled.0)
                .bind(row.settled.0)
                .bind("settled");
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// Settled and still reserved on a day.
pub(super) async fn day_total(db: &Db, day: &str) -> Result<(MicroUsd, MicroUsd)> {
    let (settled, reserved): (i64, i64) = sqlx::query_as(
        "select cast(coalesce(sum(case when state = 'settled' then settled_micro else 0 end), 0) as bigint),
                cast(coalesce(sum(case when state = 'open' then reserved_micro else 0 end), 0) as bigint)
         from ledger where day = $1",
    )
    .bind(day)
    .fetch_one(db.read())
    .await?;
    Ok((MicroUsd(settled), MicroUsd(reserved)))
}

pub(super) async fn settled_between(db: &Db, from: Timestamp, to: Timestamp) -> Result<MicroUsd> {
    let sum: i64 = sqlx::query_scalar(
        "select cast(coalesce(sum(settled_micro), 0) as bigint) from ledger where at >= $1 and at < $2",
    )
    .bind(from.as_millisecond())
    .bind(to.as_millisecond())
    .fetch_one(db.read())
    .await?;
    Ok(MicroUsd(sum))
}

pub(super) async fn by(
    db: &Db,
    dimension: Dimension,
    from: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<CostShare>> {
    let column = match dimension {
        Dimension::Agent => "agent",
        Dimension::Release => "release_id",
        Dimension::Tier => "tier",
        Dimension::Person => "user_id",
    };
    let sql = format!(
        "select {column}, count(*), cast(sum(settled_micro) as bigint) from ledger
         where at >= $1 and at < $2 group by {column} order by 3 desc, 1 limit $3"
    );
    let rows: Vec<(String, i64, i64)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(from).bind(to).bind(limit).fetch_all(db.read()).await?;
    let share = |(name, requests, spent): (String, i64, i64)| CostShare {
        name,
        requests: u64::try_from(requests).unwrap_or(0),
        spent_usd: MicroUsd(spent).usd(),
    };
    Ok(rows.into_iter().map(share).collect())
}

pub(super) async fn slices(db: &Db, from: i64, to: i64, step: i64) -> Result<BTreeMap<i64, MicroUsd>> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "select at / $1 * $1, cast(sum(settled_micro) as bigint) from ledger where at >= $2 and at < $3
         group by at / $1 * $1",
    )
    .bind(step)
    .bind(from)
    .bind(to)
    .fetch_all(db.read())
    .await?;
    Ok(rows.into_iter().map(|(slot, spent)| (slot, MicroUsd(spent))).collect())
}

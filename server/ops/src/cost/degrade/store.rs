//! SQL of when which step of a degrade policy was in force, and of the calls that a policy would hit.

use sqlx::{AnyPool, AssertSqlSafe, FromRow};

use crate::db::WriteTx;
use crate::error::Result;

#[derive(Clone, Debug, FromRow)]
pub(super) struct PeriodRow {
    pub(super) id: String,
    pub(super) agent: String,
    pub(super) step: String,
    pub(super) scope: String,
    pub(super) percent: i64,
    pub(super) began_at: i64,
    pub(super) ended_at: Option<i64>,
}

const PERIOD: &str = "select id, agent, step, scope, percent, began_at, ended_at from degrade_period";

/// In force now.
pub(super) async fn open_periods(
    db: impl sqlx::Executor<'_, Database = sqlx::Any>,
) -> Result<Vec<PeriodRow>> {
    let select = format!("{PERIOD} where is_open = 1 order by began_at, id");
    Ok(sqlx::query_as(AssertSqlSafe(select)).fetch_all(db).await?)
}

/// Begun or in force since then, newest first.
pub(super) async fn periods(db: &AnyPool, since: i64, most: i64) -> Result<Vec<PeriodRow>> {
    let select = format!(
        "{PERIOD} where began_at >= $1 or is_open = 1 or ended_at >= $1 order by began_at desc, id desc limit $2"
    );
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(since).bind(most).fetch_all(db).await?)
}

/// False: another instance began it first.
pub(super) async fn begin_period(tx: &mut WriteTx, row: &PeriodRow) -> Result<bool> {
    let insert = "insert into degrade_period (id, agent, step, scope, percent, began_at, is_open) \
                  values ($1, $2, $3, $4, $5, $6, 1) on conflict do nothing";
    let query = sqlx::query(insert).bind(&row.id).bind(&row.agent).bind(&row.step).bind(&row.scope);
    let done = query.bind(row.percent).bind(row.began_at).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

/// False: another instance ended it first.
pub(super) async fn end_period(tx: &mut WriteTx, id: &str, at: i64) -> Result<bool> {
    let update = "update degrade_period set is_open = 0, ended_at = $2 where id = $1 and is_open = 1";
    let done = sqlx::query(update).bind(id).bind(at).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn delete_periods_before(db: &AnyPool, at: i64) -> Result<()> {
    let delete = "delete from degrade_period where is_open = 0 and ended_at < $1";
    sqlx::query(delete).bind(at).execute(db).await?;
    Ok(())
}

// === what a policy would have hit ===

#[derive(Clone, Debug, FromRow)]
pub(super) struct CallRow {
    pub(super) at: i64,
    pub(super) day: String,
    pub(super) request_id: String,
    pub(super) tenant: String,
    pub(super) user_id: Option<String>,
    pub(super) agent: String,
    pub(super) tier: String,
    pub(super) key_prefix: String,
    pub(super) model: Option<String>,
    pub(super) settled_micro: i64,
    pub(super) input_tokens: i64,
    pub(super) cached_input_tokens: i64,
    pub(super) cache_write_tokens: i64,
    pub(super) output_tokens: i64,
}

/// Settled calls of everybody, as they were booked, of `from <= at < to`, newest first.
pub(super) async fn calls(db: &AnyPool, from: i64, to: i64, most: i64) -> Result<Vec<CallRow>> {
    let select = "select at, day, request_id, tenant, user_id, agent, tier, key_prefix, model, settled_micro, \
                  input_tokens, cached_input_tokens, cache_write_tokens, output_tokens from ledger \
                  where at >= $1 and at < $2 and state = 'settled' and corrects is null order by at desc, id desc limit $3";
    Ok(sqlx::query_as(select).bind(from).bind(to).bind(most).fetch_all(db).await?)
}

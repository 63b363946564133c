//! SQL of the switches' epochs, of the shutoffs, and of what the models' breakers did.

use sqlx::{AnyPool, FromRow};

use super::breakers::BreakerChange;
use crate::db::{WriteTx, placeholders};
use crate::error::Result;

/// The epoch of every switch: the one read that instances make four times a second.
pub(crate) async fn epochs(db: &AnyPool) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as("select name, epoch from switch_epoch").fetch_all(db).await?)
}

pub(crate) async fn epoch(db: &AnyPool, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("select epoch from switch_epoch where name = $1").bind(name).fetch_one(db).await?)
}

/// First statement of every change of a switch: locks it until the transaction ends.
pub(crate) async fn raise_epoch(tx: &mut WriteTx, name: &str) -> Result<i64> {
    let raise = "update switch_epoch set epoch = epoch + 1 where name = $1 returning epoch";
    Ok(sqlx::query_scalar(raise).bind(name).fetch_one(&mut **tx).await?)
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct ShutoffRow {
    pub(super) id: String,
    pub(super) mode: String,
    pub(super) reason: String,
    pub(super) set_by: String,
    pub(super) since: i64,
    pub(super) expires_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
    pub(super) ended_by: Option<String>,
    pub(super) ended_how: Option<String>,
    pub(super) ended_reason: Option<String>,
    pub(super) latched: i64,
    pub(super) scope: String,
}

const COLUMNS: &str = "id, mode, reason, set_by, since, expires_at, ended_at, ended_by, ended_how, ended_reason, latched, scope";

/// Of every scope.
pub(super) async fn open(db: impl sqlx::Executor<'_, Database = sqlx::Any>) -> Result<Vec<ShutoffRow>> {
    let query = format!("select {COLUMNS} from shutoff where is_open = 1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_all(db).await?)
}

pub(super) async fn open_of(tx: &mut WriteTx, scope: &str) -> Result<Option<ShutoffRow>> {
    let query = format!("select {COLUMNS} from shutoff where scope = $1 and is_open = 1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(scope).fetch_optional(&mut **tx).await?)
}

/// Newest first.
pub(super) async fn history(db: &AnyPool, limit: i64) -> Result<Vec<ShutoffRow>> {
    let query = format!("select {COLUMNS} from shutoff order by since desc, id desc limit $1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(limit).fetch_all(db).await?)
}

pub(super) async fn insert(tx: &mut WriteTx, row: &ShutoffRow) -> Result<()> {
    let insert = "insert into shutoff (id, mode, reason, set_by, since, expires_at, latched, scope, is_open) \
                  values ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    sqlx::query(insert)
        .bind(&row.id)
        .bind(&row.mode)
        .bind(&row.reason)
        .bind(&row.set_by)
        .bind(row.since)
        .bind(row.expires_at)
        .bind(row.latched)
        .bind(&row.scope)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// False: somebody else ended it first.
pub(super) async fn close(
    tx: &mut WriteTx,
    id: &str,
    at: i64,
    by: &str,
    how: &str,
    reason: &str,
) -> Result<bool> {
    let update = "update shutoff set is_open = 0, ended_at = $2, ended_by = $3, ended_how = $4, ended_reason = $5 \
                  where id = $1 and is_open = 1";
    let done =
        sqlx::query(update).bind(id).bind(at).bind(by).bind(how).bind(reason).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct BreakerRow {
    pub(super) at: i64,
    pub(super) model: String,
    pub(super) from_state: String,
    pub(super) to_state: String,
    pub(super) cause: String,
    pub(super) failures: i64,
}

/// With an id each.
pub(super) async fn insert_breaker_changes(
    tx: &mut WriteTx,
    changes: &[(String, &BreakerChange)],
) -> Result<()> {
    for chunk in changes.chunks(500) {
        let insert = format!(
            "insert into breaker_change (id, at, model, from_state, to_state, cause, failures) values {}",
            placeholders(tx, chunk.len(), 7)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert));
        for (id, change) in chunk {
            query = query
                .bind(id)
                .bind(change.at.as_millisecond())
                .bind(&change.model)
                .bind(change.from.as_str())
                .bind(change.to.as_str())
                .bind(&change.cause)
                .bind(i64::from(change.failures_in_row));
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// Newest first. Ids grow with time, so that changes of one millisecond keep their order.
pub(super) async fn breaker_changes(db: &AnyPool, since: i64, most: u32) -> Result<Vec<BreakerRow>> {
    let select = "select at, model, from_state, to_state, cause, failures from breaker_change where at >= $1 \
                  order by at desc, id desc limit $2";
    Ok(sqlx::query_as(select).bind(since).bind(i64::from(most)).fetch_all(db).await?)
}

pub(super) async fn delete_breaker_changes(tx: &mut WriteTx, before: i64) -> Result<()> {
    sqlx::query("delete from breaker_change where at < $1").bind(before).execute(&mut **tx).await?;
    Ok(())
}

//! SQL of the shutoff and of the epoch by which instances follow each other.

use domain::shutoff::{Shutoff, ShutoffMode};

use super::PastShutoff;
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::Result;

/// Tells the other instances that a switch moved.
pub(crate) async fn advance_epoch(tx: &mut WriteTx) -> Result<()> {
    sqlx::query("update switch_epoch set epoch = epoch + 1 where id = 1").execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn epoch(db: &Db) -> Result<i64> {
    Ok(sqlx::query_scalar("select epoch from switch_epoch where id = 1").fetch_one(db.read()).await?)
}

pub(super) async fn insert_shutoff(tx: &mut WriteTx, id: &str, shutoff: &Shutoff) -> Result<()> {
    sqlx::query(
        "insert into shutoff (id, mode, reason, by_whom, since, expires_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(shutoff.mode.as_str())
    .bind(&shutoff.reason)
    .bind(&shutoff.by)
    .bind(shutoff.since.as_millisecond())
    .bind(shutoff.expires_at.map(|end| end.as_millisecond()))
    .execute(&mut **tx)
    .await?;
    advance_epoch(tx).await
}

/// Ends the open shutoff; how many there were (0 or 1).
pub(super) async fn close_open(tx: &mut WriteTx, now: i64, by: &str, reason: &str) -> Result<u64> {
    let update =
        "update shutoff set lifted_at = $1, lifted_by = $2, lifted_reason = $3 where lifted_at is null";
    let ended = sqlx::query(update).bind(now).bind(by).bind(reason).execute(&mut **tx).await?.rows_affected();
    if ended > 0 {
        advance_epoch(tx).await?;
    }
    Ok(ended)
}

#[derive(sqlx::FromRow)]
struct Row {
    mode: String,
    reason: String,
    by_whom: String,
    since: i64,
    expires_at: Option<i64>,
    lifted_at: Option<i64>,
    lifted_by: Option<String>,
    lifted_reason: Option<String>,
}

impl From<Row> for PastShutoff {
    fn from(row: Row) -> Self {
        // A mode that we did not write is taken as the stronger one.
        let mode = ShutoffMode::parse(&row.mode).unwrap_or(ShutoffMode::Stop);
        let (since, expires_at) = (at(row.since), row.expires_at.map(at));
        Self {
            shutoff: Shutoff { mode, reason: row.reason, by: row.by_whom, since, expires_at },
            lifted_at: row.lifted_at.map(at),
            lifted_by: row.lifted_by,
            lifted_reason: row.lifted_reason,
        }
    }
}

pub(super) async fn open_shutoff(db: &Db) -> Result<Option<Shutoff>> {
    let row: Option<Row> =
        sqlx::query_as("select * from shutoff where lifted_at is null order by since desc limit 1")
            .fetch_optional(db.read())
            .await?;
    Ok(row.map(|row| PastShutoff::from(row).shutoff))
}

pub(super) async fn shutoffs(db: &Db, limit: i64) -> Result<Vec<PastShutoff>> {
    let rows: Vec<Row> = sqlx::query_as("select * from shutoff order by since desc limit $1")
        .bind(limit)
        .fetch_all(db.read())
        .await?;
    Ok(rows.into_iter().map(PastShutoff::from).collect())
}

//! SQL of check-ins.

use domain::check_in::{CheckIn, CheckInStatus};
use domain::id::{TenantId, UserId};
use jiff::civil::Date;
use sqlx::{Any, AssertSqlSafe, Executor};

use super::StoredCheckIn;
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::Result;

pub(super) async fn put(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    report: &CheckIn,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "insert into check_in (tenant, user_id, task_id, planned_on, title, status, rating, note, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant, user_id, task_id, planned_on) do update set title = excluded.title,
            status = excluded.status, rating = excluded.rating, note = excluded.note, received_at = excluded.received_at",
    )
    .bind(tenant.as_str())
    .bind(user.as_str())
    .bind(&report.task_id)
    .bind(report.date.to_string())
    .bind(report.title.clone())
    .bind(report.status.as_str())
    .bind(report.rating.map(i64::from))
    .bind(report.note.clone())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether there was one.
pub(super) async fn remove(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    date: Date,
    task: &str,
) -> Result<bool> {
    let sql = "delete from check_in where tenant = $1 and user_id = $2 and task_id = $3 and planned_on = $4";
    let gone = sqlx::query(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(task)
        .bind(date.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(gone.rows_affected() > 0)
}

#[derive(sqlx::FromRow)]
struct Row {
    task_id: String,
    planned_on: String,
    title: Option<String>,
    status: String,
    rating: Option<i64>,
    note: Option<String>,
    received_at: i64,
}

impl Row {
    fn into_stored(self) -> Option<StoredCheckIn> {
        Some(StoredCheckIn {
            task_id: self.task_id,
            title: self.title,
            status: CheckInStatus::parse(&self.status)?,
            rating: self.rating.and_then(|rating| u8::try_from(rating).ok()),
            date: self.planned_on.parse().ok()?,
            note: self.note,
            received_at: at(self.received_at),
        })
    }

    /// Without the person's words: no agent needs them yet.
    fn into_check_in(self) -> Option<CheckIn> {
        let stored = self.into_stored()?;
        Some(CheckIn {
            task_id: stored.task_id,
            title: stored.title,
            status: stored.status,
            rating: stored.rating,
            date: stored.date,
            note: None,
        })
    }
}

const CHECK_IN: &str = "select task_id, planned_on, title, status, rating, note, received_at from check_in
                        where tenant = $1 and user_id = $2";

/// What agents look at; at most 2,000, oldest first.
pub(crate) async fn between<'e>(
    executor: impl Executor<'e, Database = Any>,
    tenant: &TenantId,
    user: &UserId,
    from: &str,
    to: &str,
) -> Result<Vec<CheckIn>> {
    let sql = format!("{CHECK_IN} and planned_on >= $3 and planned_on <= $4 order by planned_on limit 2000");
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(from)
        .bind(to)
        .fetch_all(executor)
        .await?;
    Ok(rows.into_iter().filter_map(Row::into_check_in).collect())
}

/// The newest 2,000.
pub(super) async fn all_in(tx: &mut WriteTx, tenant: &TenantId, user: &UserId) -> Result<Vec<CheckIn>> {
    let sql = format!("{CHECK_IN} order by planned_on desc limit 2000");
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().filter_map(Row::into_check_in).collect())
}

/// Of one day, by task.
pub(crate) async fn of_day(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    date: Date,
) -> Result<Vec<StoredCheckIn>> {
    let sql = format!("{CHECK_IN} and planned_on = $3 order by task_id limit 1000");
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(date.to_string())
        .fetch_all(db.read())
        .await?;
    Ok(rows.into_iter().filter_map(Row::into_stored).collect())
}

/// Newest day first, after the keys of the item before.
pub(super) async fn page(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    (from, to): (&str, &str),
    [day, task]: &[String; 2],
    rows: i64,
) -> Result<Vec<StoredCheckIn>> {
    let sql = format!(
        "{CHECK_IN} and planned_on >= $3 and planned_on <= $4
           and ($5 = '' or planned_on < $5 or (planned_on = $5 and task_id < $6))
         order by planned_on desc, task_id desc limit $7"
    );
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(from)
        .bind(to)
        .bind(day)
        .bind(task)
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    Ok(rows.into_iter().filter_map(Row::into_stored).collect())
}

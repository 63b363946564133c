//! SQL of journals.

use domain::id::{TenantId, UserId};
use domain::journal::{JournalEntry, JournalFigures};
use jiff::civil::Date;

use super::JournalDay;
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::Result;
use crate::people::store::{from_json, to_json};

type Row = (String, String, i64, i64);

fn day((day, body, created_at, updated_at): Row) -> Result<Option<JournalDay>> {
    let Ok(date) = day.parse() else { return Ok(None) };
    let entry: JournalEntry = from_json(&body)?;
    Ok(Some(JournalDay { date, entry, created_at: at(created_at), updated_at: at(updated_at) }))
}

const ONE: &str =
    "select day, body, created_at, updated_at from journal where tenant = $1 and user_id = $2 and day = $3";

pub(super) async fn of(db: &Db, tenant: &TenantId, user: &UserId, date: Date) -> Result<Option<JournalDay>> {
    let query = sqlx::query_as(ONE).bind(tenant.as_str()).bind(user.as_str()).bind(date.to_string());
    let row: Option<Row> = query.fetch_optional(db.read()).await?;
    row.map_or(Ok(None), day)
}

pub(super) async fn of_in(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    date: Date,
) -> Result<Option<JournalDay>> {
    let query = sqlx::query_as(ONE).bind(tenant.as_str()).bind(user.as_str()).bind(date.to_string());
    let row: Option<Row> = query.fetch_optional(&mut **tx).await?;
    row.map_or(Ok(None), day)
}

pub(super) async fn put(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    written: &JournalDay,
) -> Result<()> {
    sqlx::query(
        "insert into journal (tenant, user_id, day, body, created_at, updated_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant, user_id, day) do update set body = excluded.body, updated_at = excluded.updated_at",
    )
    .bind(tenant.as_str())
    .bind(user.as_str())
    .bind(written.date.to_string())
    .bind(to_json(&written.entry)?)
    .bind(written.created_at.as_millisecond())
    .bind(written.updated_at.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut WriteTx, tenant: &TenantId, user: &UserId, date: Date) -> Result<bool> {
    let sql = "delete from journal where tenant = $1 and user_id = $2 and day = $3";
    let query = sqlx::query(sql).bind(tenant.as_str()).bind(user.as_str()).bind(date.to_string());
    Ok(query.execute(&mut **tx).await?.rows_affected() > 0)
}

/// Newest first, after the day before the page.
pub(super) async fn page(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    (from, to): (&str, &str),
    after: &str,
    rows: i64,
) -> Result<Vec<JournalDay>> {
    let sql = "select day, body, created_at, updated_at from journal
               where tenant = $1 and user_id = $2 and day >= $3 and day <= $4 and ($5 = '' or day < $5)
               order by day desc limit $6";
    let rows: Vec<Row> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(from)
        .bind(to)
        .bind(after)
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    rows.into_iter().filter_map(|row| day(row).transpose()).collect()
}

/// The figures of some days, oldest first; at most 100.
pub(in crate::people) async fn figures(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    from: &str,
    to: &str,
) -> Result<Vec<JournalFigures>> {
    let mut days = page(db, tenant, user, (from, to), "", 100).await?;
    days.reverse();
    Ok(days.into_iter().map(|day| day.entry.figures(day.date)).collect())
}

//! SQL of calendar selections.

use domain::id::{TenantId, UserId};
use jiff::civil::Date;

use super::Selection;
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::Result;

/// Whether it was new.
pub(super) async fn put(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    selection: &Selection,
) -> Result<bool> {
    let sql = "insert into calendar_selection (tenant, user_id, day, task_id, note, selected_at) values ($1, $2, $3, $4, $5, $6)
               on conflict (tenant, user_id, day, task_id) do nothing";
    let made = sqlx::query(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(selection.date.to_string())
        .bind(&selection.task_id)
        .bind(selection.note.clone())
        .bind(selection.selected_at.as_millisecond())
        .execute(&mut **tx)
        .await?;
    Ok(made.rows_affected() > 0)
}

/// Whether there was one.
pub(super) async fn remove(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    date: Date,
    task: &str,
) -> Result<bool> {
    let sql =
        "delete from calendar_selection where tenant = $1 and user_id = $2 and day = $3 and task_id = $4";
    let gone = sqlx::query(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(date.to_string())
        .bind(task)
        .execute(&mut **tx)
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// Newest day first, after the keys of the item before.
pub(super) async fn page(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    (from, to): (&str, &str),
    [day, task]: &[String; 2],
    rows: i64,
) -> Result<Vec<Selection>> {
    let sql = "select day, task_id, note, selected_at from calendar_selection
               where tenant = $1 and user_id = $2 and day >= $3 and day <= $4
                 and ($5 = '' or day < $5 or (day = $5 and task_id < $6))
               order by day desc, task_id desc limit $7";
    let rows: Vec<(String, String, Option<String>, i64)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(from)
        .bind(to)
        .bind(day)
        .bind(task)
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    let selection = |(day, task_id, note, selected_at): (String, String, Option<String>, i64)| {
        Some(Selection { date: day.parse().ok()?, task_id, note, selected_at: at(selected_at) })
    };
    Ok(rows.into_iter().filter_map(selection).collect())
}

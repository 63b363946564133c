//! SQL of the readings of the host.

use super::HostPoint;
use crate::db::{Db, PARAMETERS, placeholders};
use crate::error::Result;

/// Rows of one statement.
const ROWS: usize = PARAMETERS / 4;

/// Replaces the reading of this minute by this instance.
pub(super) async fn write(db: &Db, at: i64, instance: &str, memory: u64, cpu: f64) -> Result<()> {
    let sql = "insert into host_sample (at, instance, memory_bytes, cpu_percent) values ($1, $2, $3, $4) \
               on conflict (at, instance) do update set memory_bytes = excluded.memory_bytes, \
               cpu_percent = excluded.cpu_percent";
    sqlx::query(sql)
        .bind(at)
        .bind(instance.to_owned())
        .bind(i64::try_from(memory).unwrap_or(i64::MAX))
        .bind(cpu)
        .execute(db.write())
        .await?;
    Ok(())
}

/// Minutes that nobody measured, in one transaction.
pub(super) async fn write_past(db: &Db, points: &[HostPoint]) -> Result<()> {
    let mut tx = db.begin_write().await?;
    for chunk in points.chunks(ROWS) {
        let sql = format!(
            "insert into host_sample (at, instance, memory_bytes, cpu_percent) values {}",
            placeholders(&tx, chunk.len(), 4)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for point in chunk {
            query = query
                .bind(point.at.as_millisecond())
                .bind("past")
                .bind(i64::try_from(point.memory_bytes).unwrap_or(i64::MAX))
                .bind(point.cpu_percent);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

/// Minute, bytes, percent: the highest of all instances.
pub(super) async fn read(db: &Db, from: i64, to: i64) -> Result<Vec<(i64, u64, f64)>> {
    let sql = "select at, max(memory_bytes), max(cpu_percent) from host_sample where at >= $1 and at < $2 \
               group by at order by at";
    let rows: Vec<(i64, i64, f64)> = sqlx::query_as(sql).bind(from).bind(to).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(|(at, memory, cpu)| (at, u64::try_from(memory).unwrap_or(0), cpu)).collect())
}

pub(super) async fn delete_before(db: &Db, before: i64) -> Result<()> {
    sqlx::query("delete from host_sample where at < $1").bind(before).execute(db.write()).await?;
    Ok(())
}

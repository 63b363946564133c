//! SQL of what limits refused.

use sqlx::{AnyPool, AssertSqlSafe};

use crate::db::{WriteTx, placeholders};
use crate::error::Result;

/// By rule and minute since the epoch; adds to what is there.
pub(super) async fn add_refusals(tx: &mut WriteTx, rows: &[((String, i64), u64)]) -> Result<()> {
    for chunk in rows.chunks(300) {
        let insert = format!(
            "insert into limit_refusal (rule, minute, refusals) values {} \
             on conflict (rule, minute) do update set refusals = limit_refusal.refusals + excluded.refusals",
            placeholders(tx, chunk.len(), 3)
        );
        let mut query = sqlx::query(AssertSqlSafe(insert));
        for ((rule, minute), count) in chunk {
            query = query.bind(rule).bind(*minute).bind(i64::try_from(*count).unwrap_or(i64::MAX));
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// Of minutes after `since`.
pub(super) async fn refusals(db: &AnyPool, since: i64) -> Result<Vec<(String, i64)>> {
    let select =
        "select rule, cast(sum(refusals) as bigint) from limit_refusal where minute > $1 group by rule";
    Ok(sqlx::query_as(select).bind(since).fetch_all(db).await?)
}

pub(super) async fn delete_refusals(db: &AnyPool, before: i64) -> Result<()> {
    sqlx::query("delete from limit_refusal where minute < $1").bind(before).execute(db).await?;
    Ok(())
}

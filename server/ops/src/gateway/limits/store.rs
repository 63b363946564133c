//! SQL of the limits that people set, and of what limits refused.

use sqlx::{AnyPool, AssertSqlSafe, FromRow};

use crate::db::{WriteTx, placeholders};
use crate::error::Result;

#[derive(Clone, Debug, FromRow)]
pub(super) struct SetRow {
    pub(super) rule: String,
    pub(super) quota: Option<i64>,
    pub(super) at: i64,
    pub(super) made_by: String,
    pub(super) reason: String,
}

/// The last change of every rule that was changed.
pub(super) async fn set(db: impl sqlx::Executor<'_, Database = sqlx::Any>) -> Result<Vec<SetRow>> {
    let select = "select rule, quota, at, made_by, reason from limit_change where is_current = 1";
    Ok(sqlx::query_as(select).fetch_all(db).await?)
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct ChangeRow {
    pub(super) id: String,
    pub(super) rule: String,
    pub(super) quota: Option<i64>,
    pub(super) before_quota: Option<i64>,
    pub(super) at: i64,
    pub(super) made_by: String,
    pub(super) reason: String,
}

/// Newest first.
pub(super) async fn history(db: &AnyPool, rule: &str, limit: i64) -> Result<Vec<ChangeRow>> {
    let select = "select id, rule, quota, before_quota, at, made_by, reason from limit_change \
                  where rule = $1 order by at desc, id desc limit $2";
    Ok(sqlx::query_as(select).bind(rule).bind(limit).fetch_all(db).await?)
}

/// Takes the place of the rule's change before it.
pub(super) async fn insert(tx: &mut WriteTx, row: &ChangeRow) -> Result<()> {
    let close = "update limit_change set is_current = 0 where rule = $1 and is_current = 1";
    sqlx::query(close).bind(&row.rule).execute(&mut **tx).await?;
    let insert = "insert into limit_change (id, rule, quota, before_quota, at, made_by, reason, is_current) \
                  values ($1, $2, $3, $4, $5, $6, $7, 1)";
    sqlx::query(insert)
        .bind(&row.id)
        .bind(&row.rule)
        .bind(row.quota)
        .bind(row.before_quota)
        .bind(row.at)
        .bind(&row.made_by)
        .bind(&row.reason)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// By rule and minute since the epoch; adds to what is there.
pub(super) async fn add_refusals(tx: &mut WriteTx, rows: &[((String, i64), u64)]) -> Result<()> {
    for chunk in rows.chunks(300) {
        let insert = format!(
            "insert into limit_refusal (rule, minute, refusals) values {} \
             on conflict (rule, minute) do update set refusals = limit_refusal.refusals + excluded.refusals",
            placeholders(chunk.len(), 3)
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

//! SQL of the settings. Those of every kind are rows of one table, told apart by `kind`.

use sqlx::{AnyPool, FromRow};

use crate::db::WriteTx;
use crate::error::Result;

/// The last change of a subject.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct SetRow {
    pub(crate) subject: String,
    /// `None`: back to the default.
    pub(crate) value: Option<String>,
    pub(crate) at: i64,
    pub(crate) made_by: String,
    pub(crate) reason: String,
}

/// Of every subject that was changed.
pub(crate) async fn set(
    db: impl sqlx::Executor<'_, Database = sqlx::Any>,
    kind: &str,
) -> Result<Vec<SetRow>> {
    let select =
        "select subject, value, at, made_by, reason from setting_change where kind = $1 and is_current = 1";
    Ok(sqlx::query_as(select).bind(kind.to_owned()).fetch_all(db).await?)
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct ChangeRow {
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) value: Option<String>,
    /// What was in force before; `None`: nothing was.
    pub(crate) before: Option<String>,
    pub(crate) at: i64,
    pub(crate) made_by: String,
    pub(crate) reason: String,
}

/// Newest first.
pub(crate) async fn history(db: &AnyPool, kind: &str, subject: &str, limit: i64) -> Result<Vec<ChangeRow>> {
    let select = "select id, subject, value, before_value as before, at, made_by, reason from setting_change \
                  where kind = $1 and subject = $2 order by at desc, id desc limit $3";
    Ok(sqlx::query_as(select).bind(kind).bind(subject).bind(limit).fetch_all(db).await?)
}

/// Takes the place of the subject's change before it.
pub(super) async fn insert(tx: &mut WriteTx, kind: &str, row: &ChangeRow) -> Result<()> {
    let close =
        "update setting_change set is_current = 0 where kind = $1 and subject = $2 and is_current = 1";
    sqlx::query(close).bind(kind).bind(&row.subject).execute(&mut **tx).await?;
    let insert = "insert into setting_change (id, kind, subject, value, before_value, at, made_by, reason, is_current) \
                  values ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    sqlx::query(insert)
        .bind(&row.id)
        .bind(kind)
        .bind(&row.subject)
        .bind(row.value.as_deref())
        .bind(row.before.as_deref())
        .bind(row.at)
        .bind(&row.made_by)
        .bind(&row.reason)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

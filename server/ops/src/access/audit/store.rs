//! SQL of the audit log. There is no update and no delete of an entry, on purpose.

use super::{AuditEntry, AuditFilter};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::Result;

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: i64,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    previous_hash: String,
    hash: String,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        let Row { seq, at: ms, actor, action, subject, detail, previous_hash, hash } = row;
        Self { seq, at: at(ms), actor, action, subject, detail, previous_hash, hash }
    }
}

/// The next number and the hash before it. Updating the head makes concurrent writers wait for each other.
pub(super) async fn take_turn(tx: &mut WriteTx) -> Result<(i64, String)> {
    let sql = "update audit_head set seq = seq + 1 where id = 1 returning seq, hash";
    Ok(sqlx::query_as(sql).fetch_one(&mut **tx).await?)
}

pub(super) async fn insert(tx: &mut WriteTx, entry: &AuditEntry) -> Result<()> {
    sqlx::query(
        "insert into audit_entry (seq, at, actor, action, subject, detail, previous_hash, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(entry.seq)
    .bind(entry.at.as_millisecond())
    .bind(&entry.actor)
    .bind(&entry.action)
    .bind(&entry.subject)
    .bind(&entry.detail)
    .bind(&entry.previous_hash)
    .bind(&entry.hash)
    .execute(&mut **tx)
    .await?;
    sqlx::query("update audit_head set hash = $1 where id = 1").bind(&entry.hash).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn head(db: &Db) -> Result<(i64, String)> {
    Ok(sqlx::query_as("select seq, hash from audit_head where id = 1").fetch_one(db.read()).await?)
}

pub(super) async fn after(db: &Db, seq: i64, limit: i64) -> Result<Vec<AuditEntry>> {
    let sql = "select seq, at, actor, action, subject, detail, previous_hash, hash from audit_entry where seq > $1 order by seq limit $2";
    let rows: Vec<Row> = sqlx::query_as(sql).bind(seq).bind(limit).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

pub(super) async fn list(db: &Db, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
    let limit = if filter.limit == 0 { 100 } else { filter.limit.min(500) };
    let sql = "select seq, at, actor, action, subject, detail, previous_hash, hash from audit_entry where seq < $1 and action like $2 order by seq desc limit $3";
    let rows: Vec<Row> = sqlx::query_as(sql)
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(format!("{}%", filter.action.as_deref().unwrap_or_default().replace(['%', '_'], "")))
        .bind(i64::from(limit))
        .fetch_all(db.read())
        .await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

pub(super) async fn changes(db: &Db, from: i64, limit: i64) -> Result<Vec<AuditEntry>> {
    let sql = "select seq, at, actor, action, subject, detail, previous_hash, hash from audit_entry where at >= $1 and action not like 'session.%' and action <> 'access.refused' and action not like 'consent.%' and action <> 'person.viewed' order by seq desc limit $2";
    let rows: Vec<Row> = sqlx::query_as(sql).bind(from).bind(limit).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

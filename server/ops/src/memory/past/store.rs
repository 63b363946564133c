//! SQL of memories that are no longer held.

use agents::memory::{Memory, MemoryLayer, MemorySource, PastMemory, Why};
use domain::id::{TenantId, UserId};
use sqlx::AssertSqlSafe;

use crate::clock::{Clock, at};
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};
use crate::memory::store::{Listed, after_two};
use crate::people::store::{from_json, to_json};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    layer: String,
    memory_key: String,
    content: String,
    source: String,
    claim: String,
    about: String,
    confidence: f64,
    importance: f64,
    evidence: String,
    created_at: i64,
    updated_at: i64,
    left_at: i64,
    why: String,
    reason: String,
    replaced_by: Option<String>,
}

const PAST: &str = "select id, layer, memory_key, content, source, claim, about, confidence, importance, evidence, created_at,
    updated_at, left_at, why, reason, replaced_by from memory_past";

impl Row {
    fn read(self) -> Result<PastMemory> {
        let broken = |what: &str| Error::internal("reading a past memory", what.to_owned());
        let memory = Memory {
            id: self.id,
            layer: MemoryLayer::parse(&self.layer).ok_or_else(|| broken("unknown layer"))?,
            key: self.memory_key,
            content: self.content,
            source: MemorySource::parse(&self.source).ok_or_else(|| broken("unknown source"))?,
            claim: from_json(&self.claim)?,
            about: from_json(&self.about)?,
            confidence: self.confidence,
            importance: self.importance,
            evidence: from_json(&self.evidence)?,
            created_at: at(self.created_at),
            updated_at: at(self.updated_at),
            recalled: 0,
            recalled_at: None,
        };
        Ok(PastMemory {
            memory,
            left_at: at(self.left_at),
            why: Why::parse(&self.why).ok_or_else(|| broken("unknown reason"))?,
            reason: self.reason,
            replaced_by: self.replaced_by,
        })
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<PastMemory>> {
    rows.into_iter().map(Row::read).collect()
}

/// Claims that lost to another one of these keys, newest first. At most [`crate::memory::store::KEYS`] keys; the bound is for all of them:
/// a key has a handful of claims, and the oldest of them weigh nothing any more.
pub(in crate::memory) async fn rivals(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    keys: &[&str],
) -> Result<Vec<PastMemory>> {
    let sql = format!(
        "{PAST} where tenant = $1 and user_id = $2 and memory_key in ({}) and why in ('superseded', 'contradicted')
         order by left_at desc, id desc limit 400",
        after_two(keys.len())
    );
    let mut query =
        sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str().to_owned()).bind(user.as_str().to_owned());
    for key in keys {
        query = query.bind((*key).to_owned());
    }
    read(query.fetch_all(&mut **tx).await?)
}

/// What the memories of these keys replaced, newest first.
pub(in crate::memory) async fn replaced(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    keys: &[&str],
) -> Result<Vec<PastMemory>> {
    let sql = format!(
        "{PAST} where tenant = $1 and user_id = $2 and memory_key in ({}) and why = 'superseded'
         order by left_at desc, id desc limit 400",
        after_two(keys.len())
    );
    let mut query =
        sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str().to_owned()).bind(user.as_str().to_owned());
    for key in keys {
        query = query.bind((*key).to_owned());
    }
    read(query.fetch_all(db.read()).await?)
}

pub(in crate::memory) async fn of_id(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    id: &str,
) -> Result<Option<PastMemory>> {
    let sql = format!("{PAST} where tenant = $1 and user_id = $2 and id = $3");
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(user.as_str()).bind(id);
    Ok(read(query.fetch_all(db.read()).await?)?.pop())
}

/// Newest first by when they left.
pub(in crate::memory) async fn list(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    listed: &Listed<'_>,
) -> Result<Vec<PastMemory>> {
    let sql = format!(
        "{PAST} where tenant = $1 and user_id = $2 and ($3 = '' or layer = $3) and ($4 = '' or about like $4)
            and (left_at < $5 or (left_at = $5 and id < $6))
         order by left_at desc, id desc limit $7"
    );
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(listed.layer)
        .bind(listed.like())
        .bind(listed.before.0)
        .bind(listed.before.1)
        .bind(listed.limit);
    read(query.fetch_all(db.read()).await?)
}

/// One without an id gets one; one with an id is written over.
pub(in crate::memory) async fn put(
    tx: &mut WriteTx,
    clock: &Clock,
    tenant: &TenantId,
    user: &UserId,
    past: &PastMemory,
) -> Result<()> {
    let memory = &past.memory;
    let id = if memory.id.is_empty() { clock.new_id() } else { memory.id.clone() };
    sqlx::query(
        "insert into memory_past (id, tenant, user_id, layer, memory_key, content, source, claim, about, confidence, importance,
                                  evidence, created_at, updated_at, left_at, why, reason, replaced_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict (id) do update set content = excluded.content, source = excluded.source, claim = excluded.claim,
            about = excluded.about, confidence = excluded.confidence, importance = excluded.importance, evidence = excluded.evidence,
            created_at = excluded.created_at, updated_at = excluded.updated_at, left_at = excluded.left_at, why = excluded.why,
            reason = excluded.reason, replaced_by = excluded.replaced_by",
    )
    .bind(id)
    .bind(tenant.as_str())
    .bind(user.as_str())
    .bind(memory.layer.as_str())
    .bind(&memory.key)
    .bind(&memory.content)
    .bind(memory.source.as_str())
    .bind(to_json(&memory.claim)?)
    .bind(to_json(&memory.about)?)
    .bind(memory.confidence)
    .bind(memory.importance)
    .bind(to_json(&memory.evidence)?)
    .bind(memory.created_at.as_millisecond())
    .bind(memory.updated_at.as_millisecond())
    .bind(past.left_at.as_millisecond())
    .bind(past.why.as_str())
    .bind(&past.reason)
    .bind(past.replaced_by.clone())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in crate::memory) async fn remove(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    id: &str,
) -> Result<()> {
    let sql = "delete from memory_past where tenant = $1 and user_id = $2 and id = $3";
    sqlx::query(sql).bind(tenant.as_str()).bind(user.as_str()).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// Leaves the newest `most` that left after `since`.
pub(in crate::memory) async fn trim(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    since: i64,
    most: i64,
) -> Result<()> {
    let sql = "delete from memory_past where tenant = $1 and user_id = $2 and left_at < $3";
    sqlx::query(sql).bind(tenant.as_str()).bind(user.as_str()).bind(since).execute(&mut **tx).await?;
    let sql = "delete from memory_past where tenant = $1 and user_id = $2 and id in
                  (select id from memory_past where tenant = $1 and user_id = $2 order by left_at desc, id desc limit $4 offset $3)";
    sqlx::query(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(most)
        .bind(i64::from(i32::MAX))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

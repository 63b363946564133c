//! SQL of memories.

use agents::memory::{Memory, MemoryLayer, MemorySource};
use domain::id::{TenantId, UserId};
use sqlx::AssertSqlSafe;

use crate::clock::{Clock, at};
use crate::db::{Db, WriteTx};
use crate::error::Result;
use crate::people::store::{from_json, to_json};

/// Keys of one statement.
pub(super) const KEYS: usize = 200;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
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
    claimed_at: i64,
    recalled: i64,
    recalled_at: Option<i64>,
}

const MEMORY: &str = "select id, layer, memory_key, content, source, claim, about, confidence, importance, evidence, created_at,
    updated_at, claimed_at, recalled, recalled_at from memory";

impl Row {
    /// With whether this version wrote it; `None`: a layer that this version does not know.
    fn read(self) -> Result<Option<(Memory, bool)>> {
        let Some(layer) = MemoryLayer::parse(&self.layer) else { return Ok(None) };
        let bare = Memory {
            id: self.id,
            layer,
            key: self.memory_key,
            content: self.content,
            source: MemorySource::Person,
            claim: agents::memory::Claim::Told(agents::memory::Said::default()),
            about: Vec::new(),
            confidence: self.confidence,
            importance: self.importance,
            evidence: from_json(&self.evidence)?,
            created_at: at(self.created_at),
            updated_at: at(self.updated_at),
            recalled: u32::try_from(self.recalled).unwrap_or(u32::MAX),
            recalled_at: self.recalled_at.map(at),
        };
        // A claim that a newer version made up is read by its key as well.
        let claim = serde_json::from_str(&self.claim);
        Ok(Some(match (MemorySource::parse(&self.source), claim) {
            (Some(source), Ok(claim)) if self.claimed_at == self.updated_at => {
                (Memory { source, claim, about: from_json(&self.about)?, ..bare }, true)
            }
            _ => (bare.read_by_key(), false),
        }))
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<(Memory, bool)>> {
    rows.into_iter().filter_map(|row| row.read().transpose()).collect()
}

fn memories(rows: Vec<Row>) -> Result<Vec<Memory>> {
    Ok(read(rows)?.into_iter().map(|(memory, _)| memory).collect())
}

pub(super) async fn newest(db: &Db, tenant: &TenantId, user: &UserId, limit: i64) -> Result<Vec<Memory>> {
    let sql =
        format!("{MEMORY} where tenant = $1 and user_id = $2 order by updated_at desc, id desc limit $3");
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(user.as_str()).bind(limit);
    memories(query.fetch_all(db.read()).await?)
}

/// What the person told themselves, the newest first.
pub(super) async fn told(db: &Db, tenant: &TenantId, user: &UserId, limit: i64) -> Result<Vec<Memory>> {
    let sql = format!(
        "{MEMORY} where tenant = $1 and user_id = $2 and layer = 'semantic' and source = 'person'
         order by updated_at desc, id desc limit $3"
    );
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(user.as_str()).bind(limit);
    memories(query.fetch_all(db.read()).await?)
}

/// How many of at most [`KEYS`] ids are held.
pub(super) async fn count_held(db: &Db, tenant: &TenantId, user: &UserId, ids: &[&str]) -> Result<i64> {
    let sql = format!(
        "select count(*) from memory where tenant = $1 and user_id = $2 and id in ({})",
        after_two(ids.len())
    );
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(tenant.as_str().to_owned())
        .bind(user.as_str().to_owned());
    for id in ids {
        query = query.bind((*id).to_owned());
    }
    Ok(query.fetch_one(db.read()).await?)
}

/// Everything, with whether this version wrote it.
pub(super) async fn all(tx: &mut WriteTx, tenant: &TenantId, user: &UserId) -> Result<Vec<(Memory, bool)>> {
    let sql = format!("{MEMORY} where tenant = $1 and user_id = $2 order by layer, memory_key");
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(user.as_str());
    read(query.fetch_all(&mut **tx).await?)
}

/// `$3, $4, …` for so many values after the first two.
pub(super) fn after_two(values: usize) -> String {
    let places: Vec<String> = (3..values + 3).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// Of at most [`KEYS`] keys.
pub(super) async fn of_keys(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    keys: &[&str],
) -> Result<Vec<Memory>> {
    let sql =
        format!("{MEMORY} where tenant = $1 and user_id = $2 and memory_key in ({})", after_two(keys.len()));
    let mut query =
        sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str().to_owned()).bind(user.as_str().to_owned());
    for key in keys {
        query = query.bind((*key).to_owned());
    }
    memories(query.fetch_all(&mut **tx).await?)
}

pub(super) async fn of_id(db: &Db, tenant: &TenantId, user: &UserId, id: &str) -> Result<Option<Memory>> {
    let sql = format!("{MEMORY} where tenant = $1 and user_id = $2 and id = $3");
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(user.as_str()).bind(id);
    Ok(memories(query.fetch_all(db.read()).await?)?.pop())
}

/// Which ones to list: empty words do not choose. `before`: those that come after this place, newest first.
pub(super) struct Listed<'a> {
    pub(super) layer: &'a str,
    pub(super) about: &'a str,
    pub(super) before: (i64, &'a str),
    pub(super) limit: i64,
}

impl Listed<'_> {
    /// Topics are letters, digits and hyphens, so that their JSON can be searched for them.
    pub(super) fn like(&self) -> String {
        if self.about.is_empty() { String::new() } else { format!("%\"{}\"%", self.about) }
    }
}

pub(super) async fn list(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    listed: &Listed<'_>,
) -> Result<Vec<Memory>> {
    let sql = format!(
        "{MEMORY} where tenant = $1 and user_id = $2 and ($3 = '' or layer = $3) and ($4 = '' or about like $4)
            and (updated_at < $5 or (updated_at = $5 and id < $6))
         order by updated_at desc, id desc limit $7"
    );
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(listed.layer)
        .bind(listed.like())
        .bind(listed.before.0)
        .bind(listed.before.1)
        .bind(listed.limit);
    memories(query.fetch_all(db.read()).await?)
}

/// Writes a memory in the place of its layer and key. One without an id gets one.
pub(super) async fn put(
    tx: &mut WriteTx,
    clock: &Clock,
    tenant: &TenantId,
    user: &UserId,
    memory: &Memory,
) -> Result<()> {
    let id = if memory.id.is_empty() { clock.new_id() } else { memory.id.clone() };
    sqlx::query(
        "insert into memory (id, tenant, user_id, layer, memory_key, content, source, claim, about, confidence, importance, evidence,
                             created_at, updated_at, claimed_at, recalled, recalled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16)
         on conflict (tenant, user_id, layer, memory_key) do update set content = excluded.content, source = excluded.source,
            claim = excluded.claim, about = excluded.about, confidence = excluded.confidence, importance = excluded.importance,
            evidence = excluded.evidence, created_at = excluded.created_at, updated_at = excluded.updated_at,
            claimed_at = excluded.claimed_at, recalled = excluded.recalled, recalled_at = excluded.recalled_at",
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
    .bind(i64::from(memory.recalled))
    .bind(memory.recalled_at.map(jiff::Timestamp::as_millisecond))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut WriteTx, tenant: &TenantId, user: &UserId, id: &str) -> Result<()> {
    let sql = "delete from memory where tenant = $1 and user_id = $2 and id = $3";
    sqlx::query(sql).bind(tenant.as_str()).bind(user.as_str()).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// What the answer `from` named is named by `to`, too.
pub(super) async fn copy_uses(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    (from, to): (&str, &str),
) -> Result<()> {
    let sql = "insert into memory_use (analysis_id, place, tenant, user_id, memory_id, why, at)
               select cast($1 as text), place, tenant, user_id, memory_id, why, at from memory_use
               where tenant = $2 and user_id = $3 and analysis_id = $4";
    sqlx::query(sql).bind(to).bind(tenant.as_str()).bind(user.as_str()).bind(from).execute(&mut **tx).await?;
    Ok(())
}

/// An answer named this memory, at this place, for this reason.
pub(super) async fn put_use(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    analysis: &str,
    (place, memory, why): (usize, &str, &str),
    now: i64,
) -> Result<()> {
    let sql = "insert into memory_use (analysis_id, place, tenant, user_id, memory_id, why, at) values ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(analysis)
        .bind(i64::try_from(place).unwrap_or(i64::MAX))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(memory)
        .bind(why)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    let sql = "update memory set recalled = recalled + 1, recalled_at = $1 where tenant = $2 and user_id = $3 and id = $4";
    sqlx::query(sql)
        .bind(now)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(memory)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What an answer named and is still held, as (id, key, content, why).
pub(super) async fn named_by(db: &Db, analysis: &str) -> Result<Vec<(String, String, String, String)>> {
    let sql = "select m.id, m.memory_key, m.content, u.why from memory_use u
               join memory m on m.id = u.memory_id where u.analysis_id = $1 order by u.place";
    Ok(sqlx::query_as(sql).bind(analysis).fetch_all(db.read()).await?)
}

/// The last answers that named it, as (analysis, agent, time).
pub(super) async fn uses_of(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    id: &str,
) -> Result<Vec<(String, String, i64)>> {
    let sql = "select u.analysis_id, a.agent, u.at from memory_use u join analysis a on a.id = u.analysis_id
               where u.tenant = $1 and u.user_id = $2 and u.memory_id = $3 order by u.at desc, u.analysis_id desc limit 20";
    Ok(sqlx::query_as(sql).bind(tenant.as_str()).bind(user.as_str()).bind(id).fetch_all(db.read()).await?)
}

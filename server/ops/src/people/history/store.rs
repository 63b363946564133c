//! SQL of analyses and memories.

use agents::memory::{Memory, MemoryLayer};
use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::threshold::LastAnalysis;
use jiff::civil::Date;
use sqlx::AssertSqlSafe;

use super::Analysis;
use crate::clock::{Clock, at};
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};
use crate::people::store::{from_json, to_json};

pub(crate) use crate::insights::store::{known_insights, put_insights};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    agent: String,
    archetype: String,
    day: String,
    engine: String,
    release_id: String,
    wishes: String,
    body: String,
    created_at: i64,
}

impl Row {
    fn into_analysis(self) -> Result<Analysis> {
        let broken = |what: &str| Error::internal("reading an analysis", what.to_owned());
        Ok(Analysis {
            agent: Agent::parse(&self.agent).ok_or_else(|| broken("unknown agent"))?,
            archetype: Archetype::parse(&self.archetype)?,
            day: self.day.parse().map_err(|_| broken("not a day"))?,
            engine: Engine::parse(&self.engine).ok_or_else(|| broken("unknown engine"))?,
            wishes: from_json(&self.wishes)?,
            body: from_json(&self.body)?,
            created_at: at(self.created_at),
            id: self.id,
            release: self.release_id,
        })
    }
}

const ANALYSIS: &str =
    "select id, agent, archetype, day, engine, release_id, wishes, body, created_at from analysis";

pub(crate) async fn insert(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    analysis: &Analysis,
) -> Result<()> {
    sqlx::query(
        "insert into analysis (id, tenant, user_id, agent, archetype, day, engine, release_id, wishes, body, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&analysis.id)
    .bind(tenant.as_str())
    .bind(user.as_str())
    .bind(analysis.agent.as_str())
    .bind(analysis.archetype.name())
    .bind(analysis.day.to_string())
    .bind(analysis.engine.as_str())
    .bind(&analysis.release)
    .bind(to_json(&analysis.wishes)?)
    .bind(to_json(&analysis.body)?)
    .bind(analysis.created_at.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The newest of an agent, of one archetype when given.
pub(crate) async fn newest(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    agent: Agent,
    archetype: Option<Archetype>,
) -> Result<Option<Analysis>> {
    let sql = format!(
        "{ANALYSIS} where tenant = $1 and user_id = $2 and agent = $3 and ($4 = '' or archetype = $4)
         order by created_at desc, id desc limit 1"
    );
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(agent.as_str())
        .bind(archetype.map_or("", Archetype::name))
        .fetch_optional(db.read())
        .await?;
    row.map(Row::into_analysis).transpose()
}

pub(super) async fn of_day(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    agent: Agent,
    day: Date,
) -> Result<Option<Analysis>> {
    let sql = format!(
        "{ANALYSIS} where tenant = $1 and user_id = $2 and day = $3 and agent = $4 order by created_at desc, id desc limit 1"
    );
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(day.to_string())
        .bind(agent.as_str())
        .fetch_optional(db.read())
        .await?;
    row.map(Row::into_analysis).transpose()
}

pub(crate) fn last_analysis(analysis: &Analysis) -> LastAnalysis {
    LastAnalysis { at: analysis.created_at, archetype: analysis.archetype }
}

/// How many behavior and circadian analyses there are, at most five of each.
pub(crate) async fn history_counts(db: &Db, tenant: &TenantId, user: &UserId) -> Result<(u32, u32)> {
    let sql = "select cast(coalesce(sum(case when agent = 'behavior' then 1 else 0 end), 0) as bigint),
                      cast(coalesce(sum(case when agent = 'circadian' then 1 else 0 end), 0) as bigint)
               from analysis where tenant = $1 and user_id = $2";
    let (behavior, circadian): (i64, i64) =
        sqlx::query_as(sql).bind(tenant.as_str()).bind(user.as_str()).fetch_one(db.read()).await?;
    let count = |n: i64| u32::try_from(n.min(5)).unwrap_or(0);
    Ok((count(behavior), count(circadian)))
}

/// A newer memory with the same layer and key replaces the older one and keeps its evidence.
pub(crate) async fn put_memories(
    tx: &mut WriteTx,
    clock: &Clock,
    tenant: &TenantId,
    user: &UserId,
    memories: &[Memory],
) -> Result<()> {
    for memory in memories {
        sqlx::query(
            "insert into memory (id, tenant, user_id, layer, memory_key, content, confidence, importance, evidence,
                                 created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
             on conflict (tenant, user_id, layer, memory_key) do update set content = excluded.content,
                confidence = excluded.confidence, importance = excluded.importance, evidence = excluded.evidence,
                updated_at = excluded.updated_at",
        )
        .bind(clock.new_id())
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(memory.layer.as_str())
        .bind(&memory.key)
        .bind(&memory.content)
        .bind(memory.confidence)
        .bind(memory.importance)
        .bind(to_json(&memory.evidence)?)
        .bind(memory.updated_at.as_millisecond())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct MemoryRow {
    id: String,
    layer: String,
    memory_key: String,
    content: String,
    confidence: f64,
    importance: f64,
    evidence: String,
    created_at: i64,
    updated_at: i64,
}

/// The newest memories that are still kept, with today's confidence.
pub(crate) async fn memories(db: &Db, tenant: &TenantId, user: &UserId, limit: i64) -> Result<Vec<Memory>> {
    let sql =
        "select id, layer, memory_key, content, confidence, importance, evidence, created_at, updated_at
               from memory where tenant = $1 and user_id = $2 order by updated_at desc, memory_key limit $3";
    let rows: Vec<MemoryRow> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(limit)
        .fetch_all(db.read())
        .await?;
    rows.into_iter()
        .filter_map(|row| MemoryLayer::parse(&row.layer).map(|layer| (layer, row)))
        .map(|(layer, row)| {
            Ok(Memory {
                id: row.id,
                layer,
                key: row.memory_key,
                content: row.content,
                confidence: row.confidence,
                importance: row.importance,
                evidence: from_json(&row.evidence)?,
                created_at: at(row.created_at),
                updated_at: at(row.updated_at),
            })
        })
        .collect()
}

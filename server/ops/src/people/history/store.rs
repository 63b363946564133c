//! SQL of analyses and insights.

use agents::insights::{Category, Insight, KnownInsight};
use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::threshold::LastAnalysis;
use jiff::civil::Date;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::{Analysis, InsightFeedback};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};
use crate::people::store::{from_json, to_json};

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

pub(in crate::people) async fn of_day(
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

pub(crate) async fn put_insights(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    insights: &[Insight],
    now: i64,
) -> Result<()> {
    for insight in insights {
        sqlx::query(
            "insert into insight (id, tenant, user_id, category, meaning, content_hash, body, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (tenant, user_id, id) do update set created_at = excluded.created_at, acknowledged_at = null",
        )
        .bind(&insight.id)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(to_json(&insight.category)?.trim_matches('"').to_owned())
        .bind(&insight.meaning)
        .bind(&insight.content_hash)
        .bind(to_json(insight)?)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Insights of the last 30 days: said already.
pub(crate) async fn known_insights(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    since: i64,
) -> Result<Vec<KnownInsight>> {
    let sql = "select content_hash, meaning, category, rating from insight
               where tenant = $1 and user_id = $2 and created_at >= $3 order by created_at desc limit 200";
    let rows: Vec<(String, String, String, Option<i64>)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(since)
        .fetch_all(db.read())
        .await?;
    rows.into_iter()
        .map(|(content_hash, meaning, category, rating)| {
            let category: Category = from_json(&format!("\"{category}\""))?;
            Ok(KnownInsight {
                content_hash,
                meaning,
                category,
                rating: rating.and_then(|r| u8::try_from(r).ok()),
            })
        })
        .collect()
}

/// Newest first, after the keys of the one before the page.
pub(super) async fn insights(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    (at_ms, id): (i64, &str),
    rows: i64,
) -> Result<Vec<(i64, Value)>> {
    let sql =
        "select body, created_at, acknowledged_at, rating from insight where tenant = $1 and user_id = $2
           and ($3 < 0 or created_at < $3 or (created_at = $3 and id > $4))
         order by created_at desc, id limit $5";
    let rows: Vec<(String, i64, Option<i64>, Option<i64>)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(at_ms)
        .bind(id)
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    rows.into_iter()
        .map(|(body, created_at, acknowledged_at, rating)| {
            let mut body: Value = from_json(&body)?;
            body["created_at"] = json!(at(created_at).to_string());
            body["acknowledged_at"] = json!(acknowledged_at.map(|ms| at(ms).to_string()));
            body["rating"] = json!(rating);
            Ok((created_at, body))
        })
        .collect()
}

pub(super) async fn rate(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    id: &str,
    feedback: &InsightFeedback,
) -> Result<u64> {
    let sql = "update insight set helpful = $1, rating = $2, comment = $3 where tenant = $4 and user_id = $5 and id = $6";
    let done = sqlx::query(sql)
        .bind(feedback.helpful.map(i64::from))
        .bind(feedback.rating.map(i64::from))
        .bind(feedback.comment.clone())
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(id)
        .execute(db.write())
        .await?;
    Ok(done.rows_affected())
}

pub(super) async fn acknowledge(db: &Db, tenant: &TenantId, id: &str, now: i64) -> Result<u64> {
    let sql =
        "update insight set acknowledged_at = coalesce(acknowledged_at, $1) where tenant = $2 and id = $3";
    Ok(sqlx::query(sql).bind(now).bind(tenant.as_str()).bind(id).execute(db.write()).await?.rows_affected())
}

//! SQL of analyses.

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::threshold::LastAnalysis;
use jiff::civil::Date;
use sqlx::AssertSqlSafe;

use super::Analysis;
use crate::clock::at;
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
    basis: String,
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
            basis: self.basis,
            body: from_json(&self.body)?,
            created_at: at(self.created_at),
            id: self.id,
            release: self.release_id,
        })
    }
}

const ANALYSIS: &str =
    "select id, agent, archetype, day, engine, release_id, wishes, basis, body, created_at from analysis";

pub(crate) async fn insert(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    analysis: &Analysis,
) -> Result<()> {
    sqlx::query(
        "insert into analysis (id, tenant, user_id, agent, archetype, day, engine, release_id, wishes, basis, body, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
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
    .bind(&analysis.basis)
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

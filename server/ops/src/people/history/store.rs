//! SQL of analyses.

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::threshold::LastAnalysis;
use jiff::civil::Date;
use sqlx::AssertSqlSafe;

use super::{Analysis, PlanMade};
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

/// The newest of an agent for a local day. What a person changed of a plan was computed when the plan was, and has a later id.
pub(crate) async fn of_day(
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

#[derive(sqlx::FromRow)]
struct MadeRow {
    id: String,
    agent: String,
    archetype: String,
    day: String,
    engine: String,
    release_id: String,
    created_at: i64,
    of_workflow: Option<String>,
    of_step: Option<String>,
    of_request: Option<String>,
    degraded_reason: Option<String>,
}

/// Without their bodies, newest first, before a time and an id; each with the step of a workflow that stored it, else with the request
/// of the same agent during which it was stored: a person's requests run one after the other. No request lasts ten minutes.
pub(super) async fn made(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    (before, id): (i64, &str),
    rows: i64,
) -> Result<Vec<PlanMade>> {
    let step = "workflow_step s join workflow w on w.id = s.workflow
                where w.tenant = $1 and w.user_id = $2 and s.analysis_id = a.id and s.engine <> 'memory'";
    let request = "requests r where r.user_id = a.user_id and r.tenant = a.tenant and r.agent = a.agent and r.engine <> 'memory'
                   and r.at <= a.created_at and r.at > a.created_at - 600000
                   and r.at * 1000 + r.duration_us >= a.created_at * 1000 order by r.at desc limit 1";
    let sql = format!(
        "select a.id, a.agent, a.archetype, a.day, a.engine, a.release_id, a.created_at,
                (select min(w.request_id) from {step}) as of_workflow, (select min(s.degraded_reason) from {step}) as of_step,
                (select r.id from {request}) as of_request, (select r.degraded_reason from {request}) as degraded_reason
         from analysis a where a.tenant = $1 and a.user_id = $2 and (a.created_at < $3 or (a.created_at = $3 and a.id < $4))
         order by a.created_at desc, a.id desc limit $5"
    );
    let found: Vec<MadeRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(before)
        .bind(id.to_owned())
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    let broken = |what: &'static str| move || Error::internal("reading an analysis", what);
    found
        .into_iter()
        .map(|row| {
            Ok(PlanMade {
                agent: Agent::parse(&row.agent).ok_or_else(broken("unknown agent"))?,
                archetype: Archetype::parse(&row.archetype)?,
                day: row.day.parse().map_err(|_| Error::internal("reading an analysis", "not a day"))?,
                engine: Engine::parse(&row.engine).ok_or_else(broken("unknown engine"))?,
                release: row.release_id,
                created_at: at(row.created_at),
                degraded_reason: if row.of_workflow.is_some() { row.of_step } else { row.degraded_reason },
                request: row.of_workflow.or(row.of_request),
                id: row.id,
            })
        })
        .collect()
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

//! SQL of summaries: counts and newest things of one person.

use domain::agent::Agent;
use domain::health_data::Score;
use domain::id::{TenantId, UserId};

use super::{Counts, LatestPlan};
use crate::clock::at;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::store::from_json;

/// The newest score of each kind.
pub(super) async fn latest_scores(db: &Db, tenant: &TenantId, user: &UserId) -> Result<Vec<Score>> {
    let sql = "select s.body from score s
               join (select kind, max(at) as newest from score where tenant = $1 and user_id = $2 group by kind) n
                 on n.kind = s.kind and n.newest = s.at
               where s.tenant = $1 and s.user_id = $2 order by s.kind";
    let bodies: Vec<String> =
        sqlx::query_scalar(sql).bind(tenant.as_str()).bind(user.as_str()).fetch_all(db.read()).await?;
    bodies.iter().map(|body| from_json(body)).collect()
}

#[derive(sqlx::FromRow)]
struct CountRow {
    scores: i64,
    readings: i64,
    check_ins: i64,
    journal_days: i64,
    calendar_selections: i64,
    memories: i64,
    insights: i64,
}

pub(super) async fn counts(db: &Db, tenant: &TenantId, user: &UserId) -> Result<Counts> {
    let sql = "select
        (select count(*) from score where tenant = $1 and user_id = $2) as scores,
        (select count(*) from biomarker where tenant = $1 and user_id = $2) as readings,
        (select count(*) from check_in where tenant = $1 and user_id = $2) as check_ins,
        (select count(*) from journal where tenant = $1 and user_id = $2) as journal_days,
        (select count(*) from calendar_selection where tenant = $1 and user_id = $2) as calendar_selections,
        (select count(*) from memory where tenant = $1 and user_id = $2) as memories,
        (select count(*) from insight where tenant = $1 and user_id = $2) as insights";
    let row: CountRow =
        sqlx::query_as(sql).bind(tenant.as_str()).bind(user.as_str()).fetch_one(db.read()).await?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(Counts {
        scores: count(row.scores),
        readings: count(row.readings),
        check_ins: count(row.check_ins),
        journal_days: count(row.journal_days),
        calendar_selections: count(row.calendar_selections),
        memories: count(row.memories),
        insights: count(row.insights),
    })
}

/// Milliseconds of the newest score and reading; days of the newest check-in and journal.
pub(super) struct Newest {
    pub(super) score: Option<i64>,
    pub(super) reading: Option<i64>,
    pub(super) check_in: Option<String>,
    pub(super) journal: Option<String>,
}

pub(super) async fn newest(db: &Db, tenant: &TenantId, user: &UserId) -> Result<Newest> {
    let sql = "select
        (select max(at) from score where tenant = $1 and user_id = $2),
        (select max(end_at) from biomarker where tenant = $1 and user_id = $2),
        (select max(planned_on) from check_in where tenant = $1 and user_id = $2),
        (select max(day) from journal where tenant = $1 and user_id = $2)";
    let (score, reading, check_in, journal) =
        sqlx::query_as(sql).bind(tenant.as_str()).bind(user.as_str()).fetch_one(db.read()).await?;
    Ok(Newest { score, reading, check_in, journal })
}

/// The newest answer of an agent, without the answer itself.
pub(super) async fn latest_plan(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    agent: Agent,
) -> Result<Option<LatestPlan>> {
    let sql =
        "select day, archetype, created_at from analysis where tenant = $1 and user_id = $2 and agent = $3
               order by created_at desc, id desc limit 1";
    let row: Option<(String, String, i64)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(agent.as_str())
        .fetch_optional(db.read())
        .await?;
    let plan = |(day, archetype, created_at): (String, String, i64)| {
        let date = day.parse().map_err(|_| Error::internal("reading an analysis", "not a day"))?;
        Ok(LatestPlan { agent, date, archetype, computed_at: at(created_at), for_today: false })
    };
    row.map(plan).transpose()
}

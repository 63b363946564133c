//! SQL of workflows and their steps, as they are read, asked for and cleared away. What a claim allows is in `claims`.

use agents::orchestrator::{Step, StepRecord, StepStatus};
use domain::agent::{AnswerMeta, Engine, TokenUse};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::{Origin, Status, Workflow};
use crate::clock::at;
use crate::db::{Db, WriteTx, placeholders};
use crate::error::{Error, Result};
use crate::people::store::{from_json, to_json};

/// What was asked for, as it is stored.
pub(crate) struct NewRow<'a> {
    pub(crate) id: &'a str,
    pub(crate) tenant: &'a TenantId,
    pub(crate) user: &'a UserId,
    pub(crate) key_id: &'a str,
    pub(crate) key_prefix: &'a str,
    pub(crate) tier: &'a str,
    pub(crate) origin: Origin,
    pub(crate) archetype: Option<Archetype>,
    pub(crate) force_refresh: bool,
    pub(crate) wishes: &'a Wishes,
    pub(crate) request_id: &'a str,
    pub(crate) created_at: i64,
    pub(crate) deadline_at: i64,
}

/// Of the agents that take wishes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wishes {
    pub(crate) routine: agents::routine::RoutineWishes,
    pub(crate) nutrition: agents::nutrition::NutritionWishes,
}

/// False: this person has an open one that nobody waits for, and nothing was stored.
pub(crate) async fn insert(tx: &mut WriteTx, row: &NewRow<'_>) -> Result<bool> {
    let made = sqlx::query(
        "insert into workflow (id, tenant, user_id, key_id, key_prefix, tier, origin, archetype, force_refresh, wishes, request_id,
                               status, created_at, deadline_at, attempt, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', $12, $13, 0, 1) on conflict do nothing",
    )
    .bind(row.id)
    .bind(row.tenant.as_str())
    .bind(row.user.as_str())
    .bind(row.key_id)
    .bind(row.key_prefix)
    .bind(row.tier)
    .bind(row.origin.as_str())
    .bind(row.archetype.map(Archetype::name))
    .bind(i64::from(row.force_refresh))
    .bind(to_json(row.wishes)?)
    .bind(row.request_id)
    .bind(row.created_at)
    .bind(row.deadline_at)
    .execute(&mut **tx)
    .await?;
    if made.rows_affected() == 0 {
        return Ok(false);
    }
    let sql = format!(
        "insert into workflow_step (workflow, step, status, attempts, revision, took_us, cost, held, calls, tokens) values {}",
        placeholders(tx, Step::ALL.len(), 10)
    );
    let no_tokens = to_json(&TokenUse::default())?;
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for step in Step::ALL {
        query = query.bind(row.id.to_owned()).bind(step.as_str()).bind(StepStatus::Waiting.as_str());
        query = query
            .bind(0_i64)
            .bind(1_i64)
            .bind(0_i64)
            .bind(0_i64)
            .bind(0_i64)
            .bind(0_i64)
            .bind(no_tokens.clone());
    }
    query.execute(&mut **tx).await?;
    Ok(true)
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) tenant: String,
    pub(super) user_id: String,
    pub(super) key_id: String,
    pub(super) origin: String,
    pub(super) archetype: Option<String>,
    pub(super) force_refresh: i64,
    pub(super) wishes: String,
    request_id: String,
    release_id: Option<String>,
    status: String,
    created_at: i64,
    pub(super) started_at: Option<i64>,
    ended_at: Option<i64>,
    pub(super) deadline_at: i64,
    pub(super) attempt: i64,
    revision: i64,
    error: Option<String>,
    degraded_reason: Option<String>,
    meta: Option<String>,
}

pub(super) const COLUMNS: &str = "id, tenant, user_id, key_id, origin, archetype, force_refresh, wishes, request_id, release_id, status, \
    created_at, started_at, ended_at, deadline_at, attempt, revision, error, degraded_reason, meta";

pub(super) fn broken(what: &'static str) -> Error {
    Error::internal("reading a workflow", what)
}

impl Row {
    pub(super) fn archetype(&self) -> Result<Option<Archetype>> {
        Ok(self.archetype.as_deref().map(Archetype::parse).transpose()?)
    }

    fn meta(&self) -> Result<Option<AnswerMeta>> {
        self.meta.as_deref().map(from_json).transpose()
    }

    /// What its answer says about itself comes beside it.
    fn into_workflow(self, steps: Vec<StepRow>) -> Result<(Workflow, Option<AnswerMeta>)> {
        let meta = self.meta()?;
        let started = self.started_at;
        let step_revisions = steps.iter().map(|step| step.revision).collect();
        let cost = steps.iter().map(|step| MicroUsd(step.cost + step.held)).sum::<MicroUsd>();
        let steps = steps.into_iter().map(|step| step.into_record(started)).collect::<Result<_>>()?;
        let workflow = Workflow {
            archetype: self.archetype()?,
            status: Status::parse(&self.status).ok_or_else(|| broken("unknown status"))?,
            origin: Origin::parse(&self.origin).ok_or_else(|| broken("unknown origin"))?,
            id: self.id,
            user_id: self.user_id,
            force_refresh: self.force_refresh != 0,
            request_id: self.request_id,
            release: self.release_id,
            created_at: at(self.created_at),
            started_at: self.started_at.map(at),
            ended_at: self.ended_at.map(at),
            deadline_at: at(self.deadline_at),
            attempt: self.attempt,
            revision: self.revision,
            error: self.error,
            degraded_reason: self.degraded_reason,
            cost_usd: cost.usd(),
            steps,
            answer: None,
            step_revisions,
        };
        Ok((workflow, meta))
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct StepRow {
    workflow: String,
    step: String,
    status: String,
    pub(super) attempts: i64,
    revision: i64,
    started_at: Option<i64>,
    took_us: i64,
    engine: Option<String>,
    model: Option<String>,
    pub(super) cost: i64,
    pub(super) held: i64,
    pub(super) calls: i64,
    tokens: String,
    degraded_reason: Option<String>,
    error: Option<String>,
    analysis_id: Option<String>,
    body: Option<String>,
}

const STEP: &str = "select workflow, step, status, attempts, revision, started_at, took_us, engine, model, cost, held, calls, tokens, \
    degraded_reason, error, analysis_id, body from workflow_step";

impl StepRow {
    pub(super) fn step(&self) -> Result<Step> {
        Step::parse(&self.step).ok_or_else(|| broken("unknown step"))
    }

    /// Kept with the step, where it is no analysis.
    pub(super) fn body(&self) -> Result<Option<Value>> {
        self.body.as_deref().map(from_json).transpose()
    }

    pub(super) fn into_record(self, workflow_started: Option<i64>) -> Result<StepRecord> {
        let step = self.step()?;
        let count = |n: i64| u32::try_from(n).unwrap_or(0);
        let engine =
            self.engine.as_deref().map(|text| Engine::parse(text).ok_or_else(|| broken("unknown engine")));
        let after = self.started_at.zip(workflow_started).map_or(0, |(own, whole)| own - whole);
        Ok(StepRecord {
            status: StepStatus::parse(&self.status).ok_or_else(|| broken("unknown status of a step"))?,
            attempts: count(self.attempts),
            started_at: self.started_at.map(at),
            start_ms: after.max(0) as f64,
            duration_ms: self.took_us as f64 / 1e3,
            error: self.error,
            engine: engine.transpose()?,
            model: self.model,
            degraded_reason: self.degraded_reason,
            cost_usd: MicroUsd(self.cost + self.held).usd(),
            calls: count(self.calls),
            tokens: from_json(&self.tokens)?,
            analysis_id: self.analysis_id,
            ..StepRecord::waiting(step)
        })
    }
}

/// Its steps in their order.
pub(super) async fn steps(db: &Db, id: &str) -> Result<Vec<StepRow>> {
    let sql = format!("{STEP} where workflow = $1");
    let mut rows: Vec<StepRow> = sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_all(db.read()).await?;
    rows.sort_by_key(|row| Step::parse(&row.step));
    Ok(rows)
}

pub(super) async fn row(db: &Db, id: &str) -> Result<Option<Row>> {
    let sql = format!("select {COLUMNS} from workflow where id = $1");
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_optional(db.read()).await?)
}

/// Without its answer, which is beside it what it says about itself.
pub(super) async fn workflow(
    db: &Db,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<(Workflow, Option<AnswerMeta>)>> {
    let Some(found) = row(db, id).await?.filter(|row| row.tenant == tenant.as_str()) else { return Ok(None) };
    found.into_workflow(steps(db, id).await?).map(Some)
}

pub(super) async fn revision(db: &Db, id: &str) -> Result<Option<i64>> {
    let sql = "select revision from workflow where id = $1";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_optional(db.read()).await?)
}

/// The newest first, those before `before` when it is not empty.
pub(super) async fn of_person(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    before: &str,
    limit: i64,
) -> Result<Vec<Workflow>> {
    let sql = format!(
        "select {COLUMNS} from workflow where tenant = $1 and user_id = $2 and ($3 = '' or id < $3) order by id desc limit $4"
    );
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(before)
        .bind(limit)
        .fetch_all(db.read())
        .await?;
    let ids = (1..=rows.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let mut steps: Vec<StepRow> = Vec::new();
    if !rows.is_empty() {
        let sql = format!("{STEP} where workflow in ({ids})");
        let mut query = sqlx::query_as(AssertSqlSafe(sql));
        for row in &rows {
            query = query.bind(row.id.clone());
        }
        steps = query.fetch_all(db.read()).await?;
    }
    steps.sort_by_key(|row| Step::parse(&row.step));
    rows.into_iter()
        .map(|row| {
            let (own, others) =
                std::mem::take(&mut steps).into_iter().partition(|step| step.workflow == row.id);
            steps = others;
            row.into_workflow(own).map(|(workflow, _)| workflow)
        })
        .collect()
}

/// The bodies of what the agents stored, by id; of what is gone there is none.
pub(super) async fn bodies(db: &Db, tenant: &TenantId, ids: &[&str]) -> Result<Vec<(String, Value)>> {
    let mut bodies = Vec::with_capacity(ids.len());
    for id in ids {
        let sql = "select body from analysis where id = $1 and tenant = $2";
        let body: Option<String> =
            sqlx::query_scalar(sql).bind(*id).bind(tenant.as_str()).fetch_optional(db.read()).await?;
        if let Some(body) = body {
            bodies.push(((*id).to_owned(), from_json(&body)?));
        }
    }
    Ok(bodies)
}

/// The open one of a person that nobody waits for.
pub(super) async fn open_of_person(db: &Db, tenant: &TenantId, user: &UserId) -> Result<Option<Row>> {
    let sql = format!(
        "select {COLUMNS} from workflow where tenant = $1 and user_id = $2 and ended_at is null and origin = 'background'"
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .fetch_optional(db.read())
        .await?)
}

/// All that are open, also those that an app waits for.
pub(super) async fn open_ids_of_person(db: &Db, tenant: &TenantId, user: &UserId) -> Result<Vec<String>> {
    let sql = "select id from workflow where tenant = $1 and user_id = $2 and ended_at is null order by id";
    Ok(sqlx::query_scalar(sql).bind(tenant.as_str()).bind(user.as_str()).fetch_all(db.read()).await?)
}

/// How many of a tenant are open that nobody waits for.
pub(super) async fn open_of_tenant(db: &Db, tenant: &TenantId) -> Result<i64> {
    let sql =
        "select count(*) from workflow where tenant = $1 and ended_at is null and origin = 'background'";
    Ok(sqlx::query_scalar(sql).bind(tenant.as_str()).fetch_one(db.read()).await?)
}

/// Open ones that nobody holds, the oldest first.
pub(super) async fn free(db: &Db, now: i64, limit: i64) -> Result<Vec<String>> {
    let sql =
        "select id from workflow where ended_at is null and (claimed_until is null or claimed_until < $1)
               order by created_at limit $2";
    Ok(sqlx::query_scalar(sql).bind(now).bind(limit).fetch_all(db.read()).await?)
}

/// Deletes some that ended before then, with their steps; how many.
pub(super) async fn delete_ended(tx: &mut WriteTx, before: i64, limit: i64) -> Result<u64> {
    let sql = "delete from workflow where id in
                  (select id from workflow where ended_at is not null and ended_at < $1 order by ended_at, id limit $2)
               returning id";
    let gone: Vec<String> = sqlx::query_scalar(sql).bind(before).bind(limit).fetch_all(&mut **tx).await?;
    // Steps of those that are gone by now, whatever was erased in between.
    let steps = "delete from workflow_step where workflow = $1";
    for id in &gone {
        sqlx::query(steps).bind(id).execute(&mut **tx).await?;
    }
    Ok(gone.len() as u64)
}

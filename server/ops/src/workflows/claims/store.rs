//! SQL of claims: who may run a workflow, and what only that one may write.

use agents::orchestrator::{Step, StepStatus};
use domain::agent::{AnswerMeta, Engine, TokenUse};
use domain::archetype::Archetype;
use domain::id::TenantId;
use domain::money::MicroUsd;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::super::Status;
use super::Claim;
use crate::db::{Db, WriteTx};
use crate::error::Result;
use crate::people::store::to_json;

/// Takes it if it is open and nobody holds it. The count of claims, which tells this one from all before.
pub(crate) async fn claim(tx: &mut WriteTx, id: &str, by: &str, now: i64, until: i64) -> Result<Option<i64>> {
    let sql = "update workflow set claimed_by = $1, claimed_until = $2, attempt = attempt + 1, revision = revision + 1,
                      status = 'running', error = null
               where id = $3 and ended_at is null and (claimed_until is null or claimed_until < $4) returning attempt";
    let attempt: Option<i64> =
        sqlx::query_scalar(sql).bind(by).bind(until).bind(id).bind(now).fetch_optional(&mut **tx).await?;
    if attempt.is_some_and(|attempt| attempt > 1) {
        // What was under way when its holder went away is done again; what it may have cost is spent.
        let sql = "update workflow_step set status = 'waiting', cost = cost + held, held = 0,
                          revision = (select revision from workflow where id = $1)
                   where workflow = $1 and status = 'running'";
        sqlx::query(sql).bind(id).execute(&mut **tx).await?;
    }
    Ok(attempt)
}

/// Its next revision, if the claim still holds; the row is locked until `tx` ends.
pub(crate) async fn fence(tx: &mut WriteTx, claim: &Claim) -> Result<Option<i64>> {
    let sql = "update workflow set revision = revision + 1
               where id = $1 and claimed_by = $2 and attempt = $3 and ended_at is null returning revision";
    Ok(sqlx::query_scalar(sql)
        .bind(&claim.workflow)
        .bind(&claim.by)
        .bind(claim.attempt)
        .fetch_optional(&mut **tx)
        .await?)
}

/// It begins, or goes on, for this archetype and under this release.
pub(crate) async fn begin(
    tx: &mut WriteTx,
    claim: &Claim,
    archetype: Archetype,
    release: &str,
    now: i64,
) -> Result<()> {
    let sql = "update workflow set started_at = coalesce(started_at, $1), archetype = $2, release_id = $3 where id = $4";
    sqlx::query(sql)
        .bind(now)
        .bind(archetype.name())
        .bind(release)
        .bind(&claim.workflow)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn begin_step(
    tx: &mut WriteTx,
    claim: &Claim,
    step: Step,
    revision: i64,
    now: i64,
) -> Result<()> {
    let sql = "update workflow_step set status = 'running', attempts = attempts + 1, revision = $1,
                      started_at = coalesce(started_at, $2), error = null
               where workflow = $3 and step = $4";
    sqlx::query(sql)
        .bind(revision)
        .bind(now)
        .bind(&claim.workflow)
        .bind(step.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How a step ended.
pub(crate) struct StepEnd<'a> {
    pub(crate) step: Step,
    pub(crate) status: StepStatus,
    /// Tries beyond the one that was counted when it began.
    pub(crate) more_attempts: u32,
    pub(crate) took_us: i64,
    pub(crate) engine: Option<Engine>,
    pub(crate) model: Option<&'a str>,
    pub(crate) cost: MicroUsd,
    pub(crate) tokens: TokenUse,
    pub(crate) degraded_reason: Option<&'a str>,
    pub(crate) error: Option<&'a str>,
    pub(crate) analysis_id: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

pub(crate) async fn end_step(
    tx: &mut WriteTx,
    claim: &Claim,
    revision: i64,
    end: &StepEnd<'_>,
    now: i64,
) -> Result<()> {
    let sql = "update workflow_step set status = $1, attempts = attempts + $2, revision = $3, ended_at = $4, took_us = $5,
                      engine = $6, model = $7, cost = cost + $8, held = 0, tokens = $9, degraded_reason = $10, error = $11,
                      analysis_id = $12, body = $13
               where workflow = $14 and step = $15 and ended_at is null";
    sqlx::query(sql)
        .bind(end.status.as_str())
        .bind(i64::from(end.more_attempts))
        .bind(revision)
        .bind(now)
        .bind(end.took_us)
        .bind(end.engine.map(Engine::as_str))
        .bind(end.model)
        .bind(end.cost.0)
        .bind(to_json(&end.tokens)?)
        .bind(end.degraded_reason)
        .bind(end.error)
        .bind(end.analysis_id)
        .bind(end.body.map(to_json).transpose()?)
        .bind(&claim.workflow)
        .bind(end.step.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A model call is about to leave. False: the claim does not hold any more, and it must not.
pub(crate) async fn note_call(db: &Db, claim: &Claim, step: Step, bound: MicroUsd) -> Result<bool> {
    let sql = "update workflow_step set calls = calls + 1, held = held + $1 where workflow = $2 and step = $3 and exists
                   (select 1 from workflow where id = $2 and claimed_by = $4 and attempt = $5 and ended_at is null)";
    let noted = sqlx::query(sql)
        .bind(bound.0)
        .bind(&claim.workflow)
        .bind(step.as_str())
        .bind(&claim.by)
        .bind(claim.attempt)
        .execute(db.write())
        .await?;
    Ok(noted.rows_affected() == 1)
}

/// How a workflow ended.
pub(crate) struct End<'a> {
    pub(crate) status: Status,
    pub(crate) error: Option<&'a str>,
    pub(crate) degraded_reason: Option<&'a str>,
    pub(crate) meta: Option<&'a AnswerMeta>,
}

/// Whoever calls this has locked the row. Steps that have not ended are left out, and what they may have cost is spent.
pub(crate) async fn end(tx: &mut WriteTx, id: &str, end: &End<'_>, now: i64) -> Result<()> {
    let sql = "update workflow_step set status = 'skipped', cost = cost + held, held = 0, ended_at = $1, error = $2,
                      revision = (select revision from workflow where id = $3)
               where workflow = $3 and ended_at is null";
    sqlx::query(sql).bind(now).bind(end.error).bind(id).execute(&mut **tx).await?;
    let sql = "update workflow set status = $1, ended_at = $2, error = $3, degraded_reason = $4, meta = $5,
                      claimed_by = null, claimed_until = null
               where id = $6";
    sqlx::query(sql)
        .bind(end.status.as_str())
        .bind(now)
        .bind(end.error)
        .bind(end.degraded_reason)
        .bind(end.meta.map(to_json).transpose()?)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives it back: nobody takes it up before `not_before`. False: it was not ours.
pub(crate) async fn release(
    tx: &mut WriteTx,
    claim: &Claim,
    not_before: Option<i64>,
    why: Option<&str>,
) -> Result<bool> {
    if fence(tx, claim).await?.is_none() {
        return Ok(false);
    }
    let sql = "update workflow set status = 'queued', claimed_by = null, claimed_until = $1, error = $2 where id = $3";
    sqlx::query(sql).bind(not_before).bind(why).bind(&claim.workflow).execute(&mut **tx).await?;
    let sql = "update workflow_step set status = 'waiting', cost = cost + held, held = 0,
                      revision = (select revision from workflow where id = $1)
               where workflow = $1 and status = 'running'";
    sqlx::query(sql).bind(&claim.workflow).execute(&mut **tx).await?;
    Ok(true)
}

/// Locks an open one of this tenant, whoever holds it.
pub(crate) async fn lock_open(tx: &mut WriteTx, tenant: &TenantId, id: &str) -> Result<bool> {
    let sql =
        "update workflow set revision = revision + 1 where id = $1 and tenant = $2 and ended_at is null";
    Ok(sqlx::query(sql).bind(id).bind(tenant.as_str()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Renews these of this process; which of them it still holds, with the count of their claims.
pub(crate) async fn renew(db: &Db, by: &str, until: i64, ids: &[String]) -> Result<Vec<(String, i64)>> {
    let named = (3..ids.len() + 3).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "update workflow set claimed_until = $1 where claimed_by = $2 and ended_at is null and id in ({named}) returning id, attempt"
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(until).bind(by.to_owned());
    for id in ids {
        query = query.bind(id.clone());
    }
    Ok(query.fetch_all(db.write()).await?)
}

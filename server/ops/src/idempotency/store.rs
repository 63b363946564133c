//! SQL of kept answers. Every change is one statement, so that of two processes one wins.

use std::collections::HashMap;

use domain::id::{TenantId, UserId};

use super::{Claim, KeptAnswer, Times};
use crate::db::Db;
use crate::error::Result;
use crate::people::store::{from_json, to_json};

/// Rows removed at once, so that nobody waits long behind it.
const AT_ONCE: u64 = 1_000;

/// A key's row.
pub(super) struct Row {
    pub(super) fingerprint: String,
    pub(super) claim: String,
    pub(super) claimed_until: i64,
    pub(super) expires_at: i64,
    pub(super) answer: Option<KeptAnswer>,
}

/// Whether it was the first.
pub(super) async fn insert(
    db: &Db,
    claim: &Claim,
    fingerprint: &str,
    user: Option<&UserId>,
    times: Times,
) -> Result<bool> {
    let sql = "insert into kept_answer (tenant, key_id, idempotency_key, user_id, fingerprint, claim, claimed_until, created_at, expires_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (tenant, key_id, idempotency_key) do nothing";
    let made = sqlx::query(sql)
        .bind(claim.tenant.as_str())
        .bind(&claim.key_id)
        .bind(&claim.key.0)
        .bind(user.map(UserId::as_str))
        .bind(fingerprint)
        .bind(&claim.token)
        .bind(times.claimed_until)
        .bind(times.now)
        .bind(times.expires_at)
        .execute(db.write())
        .await?;
    Ok(made.rows_affected() > 0)
}

type Found = (String, String, i64, i64, Option<i64>, Option<String>, Option<String>);

pub(super) async fn find(db: &Db, claim: &Claim) -> Result<Option<Row>> {
    let sql = "select fingerprint, claim, claimed_until, expires_at, status, headers, body from kept_answer
               where tenant = $1 and key_id = $2 and idempotency_key = $3";
    let found: Option<Found> = sqlx::query_as(sql)
        .bind(claim.tenant.as_str())
        .bind(&claim.key_id)
        .bind(&claim.key.0)
        .fetch_optional(db.read())
        .await?;
    let Some((fingerprint, claim, claimed_until, expires_at, status, headers, body)) = found else {
        return Ok(None);
    };
    let answer = match (status, headers, body) {
        (Some(status), Some(headers), Some(body)) => {
            let status = u16::try_from(status).unwrap_or(200);
            Some(KeptAnswer { status, headers: from_json(&headers)?, body })
        }
        _ => None,
    };
    Ok(Some(Row { fingerprint, claim, claimed_until, expires_at, answer }))
}

/// Takes what is over from who had it; whether nobody else did first.
pub(super) async fn take_over(
    db: &Db,
    claim: &Claim,
    from: &str,
    fingerprint: &str,
    user: Option<&UserId>,
    times: Times,
) -> Result<bool> {
    let sql = "update kept_answer set claim = $1, claimed_until = $2, fingerprint = $3, user_id = $4, status = null, headers = null,
                  body = null, created_at = $5, expires_at = $6
               where tenant = $7 and key_id = $8 and idempotency_key = $9 and claim = $10
                 and (expires_at <= $5 or (claimed_until > 0 and claimed_until <= $5))";
    let taken = sqlx::query(sql)
        .bind(&claim.token)
        .bind(times.claimed_until)
        .bind(fingerprint)
        .bind(user.map(UserId::as_str))
        .bind(times.now)
        .bind(times.expires_at)
        .bind(claim.tenant.as_str())
        .bind(&claim.key_id)
        .bind(&claim.key.0)
        .bind(from)
        .execute(db.write())
        .await?;
    Ok(taken.rows_affected() > 0)
}

pub(super) async fn renew(db: &Db, claim: &Claim, until: i64) -> Result<()> {
    let sql = "update kept_answer set claimed_until = $1
               where tenant = $2 and key_id = $3 and idempotency_key = $4 and claim = $5 and claimed_until > 0";
    sqlx::query(sql)
        .bind(until)
        .bind(claim.tenant.as_str())
        .bind(&claim.key_id)
        .bind(&claim.key.0)
        .bind(&claim.token)
        .execute(db.write())
        .await?;
    Ok(())
}

/// Of who still has the claim only.
pub(super) async fn answer(
    db: &Db,
    claim: &Claim,
    answer: &KeptAnswer,
    with_body: bool,
    about: Option<&UserId>,
) -> Result<()> {
    let sql = "update kept_answer set claimed_until = 0, status = $1, headers = $2, body = $3, user_id = coalesce(user_id, $8)
               where tenant = $4 and key_id = $5 and idempotency_key = $6 and claim = $7 and claimed_until > 0";
    sqlx::query(sql)
        .bind(i64::from(answer.status))
        .bind(to_json(&answer.headers)?)
        .bind(with_body.then(|| answer.body.clone()))
        .bind(claim.tenant.as_str())
        .bind(&claim.key_id)
        .bind(&claim.key.0)
        .bind(&claim.token)
        .bind(about.map(UserId::as_str))
        .execute(db.write())
        .await?;
    Ok(())
}

pub(super) async fn release(db: &Db, claim: &Claim) -> Result<()> {
    let sql = "delete from kept_answer
               where tenant = $1 and key_id = $2 and idempotency_key = $3 and claim = $4 and claimed_until > 0";
    sqlx::query(sql)
        .bind(claim.tenant.as_str())
        .bind(&claim.key_id)
        .bind(&claim.key.0)
        .bind(&claim.token)
        .execute(db.write())
        .await?;
    Ok(())
}

/// Whether there may be more.
pub(super) async fn sweep(db: &Db, now: i64) -> Result<bool> {
    let sql = "delete from kept_answer where (tenant, key_id, idempotency_key) in
               (select tenant, key_id, idempotency_key from kept_answer where expires_at <= $1 limit $2)";
    let gone = sqlx::query(sql).bind(now).bind(AT_ONCE as i64).execute(db.write()).await?;
    Ok(gone.rows_affected() >= AT_ONCE)
}

pub(super) async fn counts(db: &Db) -> Result<HashMap<TenantId, u64>> {
    let sql = "select tenant, count(*) from kept_answer group by tenant";
    let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(db.read()).await?;
    let count = |(tenant, count): (String, i64)| {
        Some((TenantId::parse(&tenant).ok()?, u64::try_from(count).unwrap_or(0)))
    };
    Ok(rows.into_iter().filter_map(count).collect())
}

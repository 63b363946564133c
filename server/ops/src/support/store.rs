//! SQL of consents and accesses.

use jiff::Timestamp;
use sqlx::{Any, Executor};

use super::look::NewAccess;
use super::{Access, Consent, ConsentState, Emergency, Ground, Owner, emergency};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};

pub(super) async fn insert_consent(
    tx: &mut WriteTx,
    (tenant, user): Owner<'_>,
    consent: &Consent,
    granted_by: &str,
) -> Result<()> {
    let sql = "insert into support_consent (id, tenant, user_id, purpose, granted_at, granted_by, expires_at)
               values ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(&consent.id)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(&consent.purpose)
        .bind(consent.granted_at.as_millisecond())
        .bind(granted_by)
        .bind(consent.expires_at.as_millisecond())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends what is in force; how many that were.
pub(super) async fn end_consents(tx: &mut WriteTx, (tenant, user): Owner<'_>, now: i64) -> Result<u64> {
    let sql = "update support_consent set withdrawn_at = $1
               where tenant = $2 and user_id = $3 and withdrawn_at is null and expires_at > $1";
    let query = sqlx::query(sql).bind(now).bind(tenant.as_str()).bind(user.as_str());
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

/// Newest first, before a time and an id, as they are `now`.
pub(super) async fn consents<'e>(
    executor: impl Executor<'e, Database = Any>,
    (tenant, user): Owner<'_>,
    (before, id): (i64, &str),
    rows: i64,
    now: Timestamp,
) -> Result<Vec<Consent>> {
    let sql = "select id, purpose, granted_at, expires_at, withdrawn_at from support_consent
               where tenant = $1 and user_id = $2 and (granted_at < $3 or (granted_at = $3 and id < $4))
               order by granted_at desc, id desc limit $5";
    let found: Vec<(String, String, i64, i64, Option<i64>)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(before)
        .bind(id)
        .bind(rows)
        .fetch_all(executor)
        .await?;
    let consent = |(id, purpose, granted, expires, withdrawn): (String, String, i64, i64, Option<i64>)| {
        let (expires_at, withdrawn_at) = (at(expires), withdrawn.map(at));
        let state = ConsentState::of(expires_at, withdrawn_at, now);
        Consent { id, purpose, state, granted_at: at(granted), expires_at, withdrawn_at }
    };
    Ok(found.into_iter().map(consent).collect())
}

/// The emergency of this viewer that is in force.
pub(super) async fn emergency<'e>(
    executor: impl Executor<'e, Database = Any>,
    (tenant, user): Owner<'_>,
    viewer: &str,
    now: i64,
) -> Result<Option<Emergency>> {
    let sql = "select id, why, expires_at from support_access
               where tenant = $1 and user_id = $2 and viewer = $3 and section = $4 and expires_at > $5
               order by expires_at desc limit 1";
    let found: Option<(String, String, i64)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(viewer)
        .bind(emergency::SECTION)
        .bind(now)
        .fetch_optional(executor)
        .await?;
    Ok(found.map(|(id, reason, ms)| Emergency { id, reason, expires_at: at(ms) }))
}

pub(super) async fn is_noted(db: &Db, (tenant, user): Owner<'_>, row: &NewAccess) -> Result<bool> {
    let sql = "select count(*) from support_access where tenant = $1 and user_id = $2 and viewer = $3 and section = $4
               and hour = $5 and ground_id = $6";
    let found: i64 = sqlx::query_scalar(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(&row.viewer)
        .bind(row.section)
        .bind(row.hour)
        .bind(&row.ground_id)
        .fetch_one(db.read())
        .await?;
    Ok(found > 0)
}

/// False: this look was noted already.
pub(super) async fn insert_access(
    tx: &mut WriteTx,
    (tenant, user): Owner<'_>,
    row: &NewAccess,
) -> Result<bool> {
    let sql = "insert into support_access (id, tenant, user_id, at, hour, viewer, role, section, ground, ground_id, why, expires_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               on conflict (tenant, user_id, viewer, section, hour, ground_id) do nothing";
    let made = sqlx::query(sql)
        .bind(&row.id)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(row.at)
        .bind(row.hour)
        .bind(&row.viewer)
        .bind(row.role)
        .bind(row.section)
        .bind(row.ground.as_str())
        .bind(&row.ground_id)
        .bind(&row.why)
        .bind(row.expires_at)
        .execute(&mut **tx)
        .await?;
    Ok(made.rows_affected() > 0)
}

#[derive(sqlx::FromRow)]
struct AccessRow {
    id: String,
    at: i64,
    viewer: String,
    role: String,
    section: String,
    ground: String,
    why: String,
    expires_at: Option<i64>,
}

/// Newest first, before a time and an id.
pub(super) async fn accesses(
    db: &Db,
    (tenant, user): Owner<'_>,
    (before, id): (i64, &str),
    rows: i64,
) -> Result<Vec<Access>> {
    let sql = "select id, at, viewer, role, section, ground, why, expires_at from support_access
               where tenant = $1 and user_id = $2 and (at < $3 or (at = $3 and id < $4))
               order by at desc, id desc limit $5";
    let found: Vec<AccessRow> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(before)
        .bind(id)
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    let unknown = || Error::internal("reading an access", "unknown ground");
    found
        .into_iter()
        .map(|row| {
            let ground = Ground::parse(&row.ground).ok_or_else(unknown)?;
            let AccessRow { id, at: ms, viewer, role, section, why, expires_at, .. } = row;
            Ok(Access { id, at: at(ms), viewer, role, section, ground, why, expires_at: expires_at.map(at) })
        })
        .collect()
}

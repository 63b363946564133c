//! SQL of people and what they sent. Analyses and insights are in `history`, memories in `crate::memory`.

use domain::health_data::{Biomarker, BiomarkerKind, Score};
use domain::id::{TenantId, UserId};
use domain::profile::Profile;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;

use super::PersonLine;
use crate::clock::{Clock, at};
use crate::db::{Db, WriteTx, placeholders};
use crate::error::{Error, Result};

/// Rows of one insert: 9 columns stay below the parameter limits of both engines.
const ROWS: usize = 500;

pub(crate) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::internal("writing JSON to the store", error))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::internal("reading JSON from the store", error))
}

/// The profile, and when it was last replaced.
pub(crate) async fn profile(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
) -> Result<Option<(Profile, Timestamp)>> {
    let sql = "select profile, profile_at from person where tenant = $1 and user_id = $2";
    let row: Option<(String, i64)> =
        sqlx::query_as(sql).bind(tenant.as_str()).bind(user.as_str()).fetch_optional(db.read()).await?;
    row.map(|(text, ms)| Ok((from_json(&text)?, at(ms)))).transpose()
}

pub(super) async fn put_profile(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    profile: &Profile,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "insert into person (tenant, user_id, profile, profile_at, created_at, updated_at) values ($1, $2, $3, $4, $4, $4)
         on conflict (tenant, user_id) do update set profile = excluded.profile, profile_at = excluded.profile_at,
            updated_at = excluded.updated_at",
    )
    .bind(tenant.as_str())
    .bind(user.as_str())
    .bind(to_json(profile)?)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Holds the person's row until `tx` ends: nobody else changes this person meanwhile, nothing is written of somebody who is being
/// erased, and nobody is erased. With `sent_at` they sent something then. `None`: there is no such person.
pub(super) async fn hold_if_known(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    sent_at: Option<i64>,
) -> Result<Option<Profile>> {
    let sql = "update person set updated_at = coalesce($1, updated_at) where tenant = $2 and user_id = $3
               returning profile";
    let found: Option<String> = sqlx::query_scalar(sql)
        .bind(sent_at)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    found.map(|text| from_json(&text)).transpose()
}

/// Likewise, of a person who must be there: every transaction that writes of one begins with it.
///
/// # Errors
/// `NotFound`: there is no such person, or not any more.
pub(crate) async fn hold_person(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    sent_at: Option<i64>,
) -> Result<Profile> {
    hold_if_known(tx, tenant, user, sent_at).await?.ok_or(Error::NotFound { what: "person" })
}

/// Makes a person without a profile, when there is none.
pub(crate) async fn ensure_person(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    now: i64,
) -> Result<u64> {
    let sql = "insert into person (tenant, user_id, profile, profile_at, created_at, updated_at) values ($1, $2, $3, $4, $4, $4)
               on conflict (tenant, user_id) do nothing";
    let made = sqlx::query(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind("{}")
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(made.rows_affected())
}

/// How many were new.
pub(super) async fn insert_scores(
    tx: &mut WriteTx,
    clock: &Clock,
    tenant: &TenantId,
    user: &UserId,
    scores: &[Score],
) -> Result<u64> {
    let now = clock.now_ms();
    hold_person(tx, tenant, user, Some(now)).await?;
    let mut stored = 0;
    for batch in scores.chunks(ROWS) {
        let sql = format!(
            "insert into score (id, tenant, user_id, kind, at, score, body, received_at) values {}
             on conflict (tenant, user_id, kind, at) do nothing",
            placeholders(tx, batch.len(), 8)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for score in batch {
            let kind = to_json(&score.kind)?.trim_matches('"').to_owned();
            query = query
                .bind(clock.new_id())
                .bind(tenant.as_str().to_owned())
                .bind(user.as_str().to_owned())
                .bind(kind)
                .bind(score.at.as_millisecond())
                .bind(score.score)
                .bind(to_json(score)?)
                .bind(now);
        }
        stored += query.execute(&mut **tx).await?.rows_affected();
    }
    Ok(stored)
}

/// How many were new.
pub(crate) async fn insert_biomarkers(
    tx: &mut WriteTx,
    clock: &Clock,
    tenant: &TenantId,
    user: &UserId,
    readings: &[Biomarker],
) -> Result<u64> {
    let now = clock.now_ms();
    hold_person(tx, tenant, user, Some(now)).await?;
    let mut stored = 0;
    for batch in readings.chunks(ROWS) {
        let sql = format!(
            "insert into biomarker (id, tenant, user_id, kind, value, start_at, end_at, source, received_at) values {}
             on conflict (tenant, user_id, kind, start_at, end_at, source) do nothing",
            placeholders(tx, batch.len(), 9)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for reading in batch {
            query = query
                .bind(clock.new_id())
                .bind(tenant.as_str().to_owned())
                .bind(user.as_str().to_owned())
                .bind(reading.kind.as_str())
                .bind(reading.value)
                .bind(reading.start.as_millisecond())
                .bind(reading.end.as_millisecond())
                .bind(reading.source.clone().unwrap_or_default())
                .bind(now);
        }
        stored += query.execute(&mut **tx).await?.rows_affected();
    }
    Ok(stored)
}

pub(super) async fn newest_reading(db: &Db, tenant: &TenantId, user: &UserId) -> Result<Option<i64>> {
    let sql = "select max(end_at) from biomarker where tenant = $1 and user_id = $2";
    Ok(sqlx::query_scalar(sql).bind(tenant.as_str()).bind(user.as_str()).fetch_one(db.read()).await?)
}

pub(super) async fn scores_since(db: &Db, tenant: &TenantId, user: &UserId, from: i64) -> Result<Vec<Score>> {
    let sql = "select body from score where tenant = $1 and user_id = $2 and at >= $3 order by at limit 2000";
    let bodies: Vec<String> = sqlx::query_scalar(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(from)
        .fetch_all(db.read())
        .await?;
    bodies.iter().map(|body| from_json(body)).collect()
}

/// The newest `limit` readings since then, oldest first.
pub(super) async fn biomarkers_since(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    from: i64,
    limit: i64,
) -> Result<Vec<Biomarker>> {
    let sql = "select kind, value, start_at, end_at, source from biomarker
               where tenant = $1 and user_id = $2 and end_at >= $3 order by end_at desc, kind limit $4";
    let rows: Vec<(String, f64, i64, i64, String)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(from)
        .bind(limit)
        .fetch_all(db.read())
        .await?;
    let reading = |(kind, value, start, end, source): (String, f64, i64, i64, String)| {
        let kind = BiomarkerKind::parse(&kind)?;
        Some(Biomarker {
            category: kind.category(),
            kind,
            value,
            unit: kind.unit().to_owned(),
            aggregation: None,
            periodicity: None,
            start: at(start),
            end: at(end),
            source: (!source.is_empty()).then_some(source),
        })
    };
    Ok(rows.into_iter().rev().filter_map(reading).collect())
}

/// Scores and readings received after then.
pub(crate) async fn points_received_since(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    since: i64,
) -> Result<u32> {
    let sql = "select (select count(*) from score where tenant = $1 and user_id = $2 and received_at > $3)
                    + (select count(*) from biomarker where tenant = $1 and user_id = $2 and received_at > $3)";
    let count: i64 = sqlx::query_scalar(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(since)
        .fetch_one(db.read())
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

pub(super) async fn count_people(db: &Db) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from person").fetch_one(db.read()).await?)
}

pub(super) async fn people(db: &Db, limit: i64) -> Result<Vec<PersonLine>> {
    let sql = "select p.tenant, p.user_id, p.updated_at,
                      (select count(*) from biomarker b where b.tenant = p.tenant and b.user_id = p.user_id)
               from person p order by p.updated_at desc, p.user_id limit $1";
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(sql).bind(limit).fetch_all(db.read()).await?;
    let line = |(tenant, user_id, updated_at, readings)| PersonLine {
        tenant,
        user_id,
        readings,
        updated_at: at(updated_at),
    };
    Ok(rows.into_iter().map(line).collect())
}

//! SQL of alerts and their transitions.

use std::collections::BTreeMap;

use domain::alert::{AlertState, Track};
use domain::incident::Severity;

use super::{AlertInfo, AlertInfoRow, AlertTransition, Condition, track};
use crate::clock::{Clock, at};
use crate::db::{Db, WriteTx};
use crate::error::Result;

pub(super) async fn take_turn(tx: &mut WriteTx, now: i64) -> Result<()> {
    sqlx::query("update alert_turn set at = $1 where id = 1").bind(now).execute(&mut **tx).await?;
    Ok(())
}

/// A severity that we did not write is the worst: it must not be overlooked.
fn severity(text: &str) -> Severity {
    Severity::parse(text).unwrap_or(Severity::P0)
}

type TrackRow = (String, String, i64, Option<i64>, String, Option<String>);

pub(super) async fn tracks(tx: &mut WriteTx) -> Result<BTreeMap<String, AlertInfoRow>> {
    let rows: Vec<TrackRow> =
        sqlx::query_as("select fingerprint, state, since, clear_since, severity, incident_id from alert")
            .fetch_all(&mut **tx)
            .await?;
    let row = |(fingerprint, state, since, clear_since, worst, incident_id): TrackRow| {
        let track = track(&state, since, clear_since);
        (fingerprint, AlertInfoRow { track, severity: severity(&worst), incident_id })
    };
    Ok(rows.into_iter().map(row).collect())
}

pub(super) async fn put(
    tx: &mut WriteTx,
    condition: &Condition,
    track: &Track,
    now: i64,
    incident: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "insert into alert (fingerprint, rule, title, severity, state, since, clear_since, facts, evaluated_at, incident_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (fingerprint) do update set rule = excluded.rule, title = excluded.title,
            severity = excluded.severity, state = excluded.state, since = excluded.since,
            clear_since = excluded.clear_since, facts = excluded.facts, evaluated_at = excluded.evaluated_at,
            incident_id = excluded.incident_id",
    )
    .bind(&condition.fingerprint)
    .bind(condition.rule)
    .bind(&condition.title)
    .bind(condition.severity.as_str())
    .bind(track.state.as_str())
    .bind(track.since.as_millisecond())
    .bind(track.clear_since.map(jiff::Timestamp::as_millisecond))
    .bind(&condition.facts)
    .bind(now)
    .bind(incident.map(str::to_owned))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn insert_transition(
    tx: &mut WriteTx,
    clock: &Clock,
    condition: &Condition,
    from: AlertState,
    to: AlertState,
    incident: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "insert into alert_transition (id, at, fingerprint, rule, title, severity, from_state, to_state, facts, incident_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(clock.new_id())
    .bind(clock.now_ms())
    .bind(&condition.fingerprint)
    .bind(condition.rule)
    .bind(&condition.title)
    .bind(condition.severity.as_str())
    .bind(from.as_str())
    .bind(to.as_str())
    .bind(&condition.facts)
    .bind(incident.map(str::to_owned))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn detach(tx: &mut WriteTx, fingerprint: &str) -> Result<()> {
    let sql = "update alert set incident_id = null where fingerprint = $1";
    sqlx::query(sql).bind(fingerprint).execute(&mut **tx).await?;
    Ok(())
}

/// Alerts that still hold an incident open.
pub(super) async fn count_attached(tx: &mut WriteTx, incident: &str) -> Result<i64> {
    let sql = "select count(*) from alert where incident_id = $1";
    Ok(sqlx::query_scalar(sql).bind(incident).fetch_one(&mut **tx).await?)
}

#[derive(sqlx::FromRow)]
struct Row {
    fingerprint: String,
    rule: String,
    title: String,
    severity: String,
    state: String,
    since: i64,
    facts: String,
    evaluated_at: i64,
    incident_id: Option<String>,
}

impl From<Row> for AlertInfo {
    fn from(row: Row) -> Self {
        Self {
            fingerprint: row.fingerprint,
            rule: row.rule,
            title: row.title,
            severity: severity(&row.severity),
            state: AlertState::read(&row.state),
            since: at(row.since),
            facts: row.facts,
            evaluated_at: at(row.evaluated_at),
            incident_id: row.incident_id,
        }
    }
}

pub(super) async fn active(db: &Db) -> Result<Vec<AlertInfo>> {
    let sql =
        "select fingerprint, rule, title, severity, state, since, facts, evaluated_at, incident_id from alert
               where state <> 'inactive' order by severity, since";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(AlertInfo::from).collect())
}

pub(super) async fn all(db: &Db) -> Result<Vec<AlertInfo>> {
    let sql =
        "select fingerprint, rule, title, severity, state, since, facts, evaluated_at, incident_id from alert
               order by rule, fingerprint";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(AlertInfo::from).collect())
}

type TransitionRow = (i64, String, String, String, String, String, String, String, Option<String>);

pub(super) async fn transitions(db: &Db, from: i64, limit: i64) -> Result<Vec<AlertTransition>> {
    let sql = "select at, fingerprint, rule, title, severity, from_state, to_state, facts, incident_id
               from alert_transition where at >= $1 order by at desc, id desc limit $2";
    let rows: Vec<TransitionRow> = sqlx::query_as(sql).bind(from).bind(limit).fetch_all(db.read()).await?;
    let transition = |(ms, fingerprint, rule, title, worst, from, to, facts, incident_id): TransitionRow| {
        AlertTransition {
            at: at(ms),
            fingerprint,
            rule,
            title,
            severity: severity(&worst),
            from: AlertState::read(&from),
            to: AlertState::read(&to),
            facts,
            incident_id,
        }
    };
    Ok(rows.into_iter().map(transition).collect())
}

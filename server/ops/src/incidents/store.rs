//! SQL of incidents and their timelines.

use domain::incident::{IncidentState, Severity};
use sqlx::AssertSqlSafe;

use super::{Incident, IncidentEvent};
use crate::clock::{Clock, at};
use crate::db::{Db, WriteTx};
use crate::error::Result;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    number: i64,
    title: String,
    severity: String,
    state: String,
    fingerprint: Option<String>,
    opened_at: i64,
    opened_by: String,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
    resolved_at: Option<i64>,
    resolved_by: Option<String>,
}

impl From<Row> for Incident {
    fn from(row: Row) -> Self {
        let severity = Severity::parse(&row.severity).unwrap_or(Severity::P0);
        let opened_at = at(row.opened_at);
        Self {
            id: row.id,
            number: row.number,
            title: row.title,
            severity,
            state: IncidentState::read(&row.state),
            fingerprint: row.fingerprint,
            opened_at,
            opened_by: row.opened_by,
            acknowledged_at: row.acknowledged_at.map(at),
            acknowledged_by: row.acknowledged_by,
            resolved_at: row.resolved_at.map(at),
            resolved_by: row.resolved_by,
            mitigate_by: opened_at + severity.mitigate_within(),
            resolve_by: opened_at + severity.resolve_within(),
        }
    }
}

const INCIDENT: &str =
    "select id, number, title, severity, state, fingerprint, opened_at, opened_by, acknowledged_at, acknowledged_by,
     resolved_at, resolved_by from incident";

pub(super) async fn next_number(tx: &mut WriteTx) -> Result<i64> {
    Ok(sqlx::query_scalar("select coalesce(max(number), 0) + 1 from incident").fetch_one(&mut **tx).await?)
}

pub(super) async fn insert(tx: &mut WriteTx, incident: &Incident, rule: Option<&str>) -> Result<()> {
    sqlx::query(
        "insert into incident (id, number, title, severity, state, rule, fingerprint, opened_at, opened_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&incident.id)
    .bind(incident.number)
    .bind(&incident.title)
    .bind(incident.severity.as_str())
    .bind(incident.state.as_str())
    .bind(rule.map(str::to_owned))
    .bind(incident.fingerprint.clone())
    .bind(incident.opened_at.as_millisecond())
    .bind(&incident.opened_by)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn find(db: &Db, id: &str) -> Result<Option<Incident>> {
    let sql = AssertSqlSafe(format!("{INCIDENT} where id = $1"));
    let row: Option<Row> = sqlx::query_as(sql).bind(id).fetch_optional(db.read()).await?;
    Ok(row.map(Incident::from))
}

pub(super) async fn find_in(tx: &mut WriteTx, id: &str) -> Result<Option<Incident>> {
    let sql = AssertSqlSafe(format!("{INCIDENT} where id = $1"));
    let row: Option<Row> = sqlx::query_as(sql).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.map(Incident::from))
}

pub(super) async fn open_of_rule(tx: &mut WriteTx, rule: &str) -> Result<Option<Incident>> {
    let sql = AssertSqlSafe(format!(
        "{INCIDENT} where rule = $1 and state <> 'resolved' order by opened_at desc limit 1"
    ));
    let row: Option<Row> = sqlx::query_as(sql).bind(rule).fetch_optional(&mut **tx).await?;
    Ok(row.map(Incident::from))
}

pub(super) async fn list(db: &Db, limit: i64) -> Result<Vec<Incident>> {
    let sql = AssertSqlSafe(format!(
        "{INCIDENT} order by case when state = 'resolved' then 1 else 0 end, opened_at desc limit $1"
    ));
    let rows: Vec<Row> = sqlx::query_as(sql).bind(limit).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(Incident::from).collect())
}

pub(super) async fn open(db: &Db) -> Result<Vec<Incident>> {
    let sql =
        AssertSqlSafe(format!("{INCIDENT} where state <> 'resolved' order by severity, opened_at limit 100"));
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(Incident::from).collect())
}

pub(super) async fn open_in(tx: &mut WriteTx) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar("select id from incident where state <> 'resolved'").fetch_all(&mut **tx).await?)
}

pub(super) async fn set_severity(tx: &mut WriteTx, id: &str, severity: Severity) -> Result<()> {
    let sql = "update incident set severity = $1 where id = $2";
    sqlx::query(sql).bind(severity.as_str()).bind(id).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn acknowledge(tx: &mut WriteTx, id: &str, now: i64, by: &str) -> Result<()> {
    let sql = "update incident set state = 'acknowledged', acknowledged_at = $1, acknowledged_by = $2 where id = $3";
    sqlx::query(sql).bind(now).bind(by).bind(id).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn resolve(tx: &mut WriteTx, id: &str, now: i64, by: &str) -> Result<()> {
    let sql = "update incident set state = 'resolved', resolved_at = $1, resolved_by = $2 where id = $3";
    sqlx::query(sql).bind(now).bind(by).bind(id).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn add_event(
    tx: &mut WriteTx,
    clock: &Clock,
    incident: &str,
    kind: &str,
    text: &str,
    by: &str,
) -> Result<()> {
    let sql = "insert into incident_event (id, incident_id, at, kind, text, by_whom) values ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(clock.new_id())
        .bind(incident)
        .bind(clock.now_ms())
        .bind(kind)
        .bind(text)
        .bind(by)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn events(db: &Db, incident: &str) -> Result<Vec<IncidentEvent>> {
    let sql = "select at, kind, text, by_whom from incident_event where incident_id = $1 order by at, id limit 1000";
    let rows: Vec<(i64, String, String, String)> =
        sqlx::query_as(sql).bind(incident).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(|(ms, kind, text, by)| IncidentEvent { at: at(ms), kind, text, by }).collect())
}

//! SQL of the outbox.

use jiff::Timestamp;

use super::{Delivery, Message, Sent};
use crate::clock::{Clock, at};
use crate::db::{Db, WriteTx};
use crate::error::Result;
use crate::people::store::{from_json, to_json};

/// A delivery that this process has claimed.
pub(crate) struct Due {
    pub(crate) id: String,
    pub(crate) incident_id: Option<String>,
    pub(crate) channel: String,
    pub(crate) message: Message,
    pub(crate) attempts: i64,
    pub(crate) created_at: Timestamp,
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    clock: &Clock,
    incident: Option<&str>,
    kind: &str,
    channel: &str,
    target: &str,
    message: &Message,
) -> Result<()> {
    sqlx::query(
        "insert into delivery (id, incident_id, kind, channel, target, payload, state, attempts, next_at, locked_until,
                               created_at)
         values ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, 0, $7)",
    )
    .bind(clock.new_id())
    .bind(incident.map(str::to_owned))
    .bind(kind)
    .bind(channel)
    .bind(target)
    .bind(to_json(message)?)
    .bind(clock.now_ms())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The second condition on `locked_until` is what makes a lost race return no row on PostgreSQL.
pub(super) async fn claim(db: &Db, now: i64, until: i64) -> Result<Option<Due>> {
    let sql = "update delivery set locked_until = $1, attempts = attempts + 1
               where id = (select id from delivery where state = 'waiting' and next_at <= $2 and locked_until <= $2
                           order by next_at, id limit 1)
                 and locked_until <= $2
               returning id, incident_id, channel, payload, attempts, created_at";
    let row: Option<(String, Option<String>, String, String, i64, i64)> =
        sqlx::query_as(sql).bind(until).bind(now).fetch_optional(db.write()).await?;
    row.map(|(id, incident_id, channel, payload, attempts, created_at)| {
        Ok(Due {
            id,
            incident_id,
            channel,
            message: from_json(&payload)?,
            attempts,
            created_at: at(created_at),
        })
    })
    .transpose()
}

pub(super) async fn delivered(db: &Db, id: &str, now: i64, sent: &Sent) -> Result<()> {
    let sql = "update delivery set state = 'delivered', delivered_at = $1, receipt = $2, last_error = $3 where id = $4";
    let without = sent.without.clone();
    sqlx::query(sql).bind(now).bind(&sent.receipt).bind(without).bind(id).execute(db.write()).await?;
    Ok(())
}

pub(super) async fn retry(db: &Db, id: &str, next_at: i64, error: &str) -> Result<()> {
    let sql = "update delivery set next_at = $1, locked_until = 0, last_error = $2 where id = $3";
    sqlx::query(sql).bind(next_at).bind(error).bind(id).execute(db.write()).await?;
    Ok(())
}

pub(super) async fn failed(db: &Db, id: &str, error: &str) -> Result<()> {
    let sql = "update delivery set state = 'failed', last_error = $1 where id = $2";
    sqlx::query(sql).bind(error).bind(id).execute(db.write()).await?;
    Ok(())
}

/// The receipt of an incident's first message on a channel: the head of its thread.
pub(super) async fn first_receipt(db: &Db, incident: &str, channel: &str) -> Result<Option<String>> {
    let sql = "select receipt from delivery where incident_id = $1 and channel = $2 and state = 'delivered'
               order by created_at, id limit 1";
    let receipt: Option<Option<String>> =
        sqlx::query_scalar(sql).bind(incident).bind(channel).fetch_optional(db.read()).await?;
    Ok(receipt.flatten())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    incident_id: Option<String>,
    kind: String,
    channel: String,
    target: String,
    state: String,
    attempts: i64,
    next_at: i64,
    last_error: Option<String>,
    created_at: i64,
    delivered_at: Option<i64>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            incident_id: row.incident_id,
            kind: row.kind,
            channel: row.channel,
            target: row.target,
            state: row.state,
            attempts: row.attempts,
            next_at: at(row.next_at),
            last_error: row.last_error,
            created_at: at(row.created_at),
            delivered_at: row.delivered_at.map(at),
        }
    }
}

pub(super) async fn list(db: &Db, incident: Option<&str>, limit: i64) -> Result<Vec<Delivery>> {
    let sql = "select id, incident_id, kind, channel, target, state, attempts, next_at, last_error, created_at, delivered_at
               from delivery where ($1 = '' or incident_id = $1) order by created_at desc, id desc limit $2";
    let rows: Vec<Row> =
        sqlx::query_as(sql).bind(incident.unwrap_or_default()).bind(limit).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

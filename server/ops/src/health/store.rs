//! SQL of health: states, changes, days, and the store's own check.

use std::collections::BTreeMap;

use domain::health::{Status, Track};
use sqlx::AssertSqlSafe;

use super::{Component, DayUptime};
use crate::clock::at;
use crate::db::{Db, WriteTx, placeholders, turn};
use crate::error::Result;

/// A transition of one component.
pub(super) struct Change {
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) component: String,
    pub(super) from: Status,
    pub(super) to: Status,
    pub(super) detail: String,
}

#[derive(sqlx::FromRow)]
struct StateRow {
    component: String,
    status: String,
    since: Option<i64>,
    checked_at: Option<i64>,
    failures: i64,
    successes: i64,
    down: i64,
    latency_us: Option<i64>,
    detail: String,
}

#[derive(sqlx::FromRow)]
struct DayRow {
    component: String,
    day: String,
    ok: i64,
    bad: i64,
    unmeasured: i64,
}

impl DayRow {
    fn uptime(&self) -> DayUptime {
        let checks = |n: i64| u64::try_from(n).unwrap_or(0);
        let (ok, bad, unknown) = (checks(self.ok), checks(self.bad), checks(self.unmeasured));
        DayUptime { day: self.day.clone(), ok, bad, unknown }
    }
}

/// Every component as it was last known, with its days from `oldest` on.
pub(super) async fn load(db: &Db, oldest: &str) -> Result<Vec<(String, Component)>> {
    let states = "select component, status, since, checked_at, failures, successes, down, latency_us, detail \
                  from health_state";
    let states: Vec<StateRow> = sqlx::query_as(states).fetch_all(db.read()).await?;
    let days = "select component, day, ok, bad, unmeasured from health_day where day >= $1";
    let days: Vec<DayRow> = sqlx::query_as(days).bind(oldest.to_owned()).fetch_all(db.read()).await?;
    let count = |n: i64| u32::try_from(n).unwrap_or(0);
    let checks = |n: i64| u64::try_from(n).unwrap_or(0);
    let components = states.into_iter().map(|row| {
        let own = days.iter().filter(|day| day.component == row.component);
        let days = own.map(|day| (day.day.clone(), day.uptime()));
        let track = Track {
            status: Status::parse(&row.status).unwrap_or(Status::Unknown),
            since: row.since.map(at),
            checked_at: row.checked_at.map(at),
            failures: count(row.failures),
            successes: count(row.successes),
            down: row.down != 0,
        };
        let latency_us = row.latency_us.map(checks);
        let days = days.collect();
        let component = Component { track, latency_us, detail: row.detail, days, untold: BTreeMap::new() };
        (row.component, component)
    });
    Ok(components.collect())
}

/// Replaces the states, adds what was counted, and appends the changes that no other process told before, in one
/// transaction. Returns what the store counts now, by component, for the days that were added to.
pub(super) async fn write(
    db: &Db,
    now: i64,
    components: &BTreeMap<String, Component>,
    changes: &[Change],
) -> Result<Vec<(String, DayUptime)>> {
    if components.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = db.begin_write().await?;
    turn::take(&mut tx, "health", now).await?;
    let known: Vec<(String, String)> =
        sqlx::query_as("select component, status from health_state").fetch_all(&mut *tx).await?;
    put_states(&mut tx, components).await?;
    let counted = add_days(&mut tx, components).await?;
    let told = |change: &Change| {
        known.iter().any(|(name, status)| *name == change.component && status == change.to.as_str())
    };
    for change in changes.iter().filter(|change| !told(change)) {
        sqlx::query(
            "insert into health_change (id, at, component, from_status, to_status, detail) \
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&change.id)
        .bind(change.at)
        .bind(&change.component)
        .bind(change.from.as_str())
        .bind(change.to.as_str())
        .bind(&change.detail)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(counted)
}

async fn put_states(tx: &mut WriteTx, components: &BTreeMap<String, Component>) -> Result<()> {
    let sql = format!(
        "insert into health_state (component, status, since, checked_at, failures, successes, down, latency_us, \
         detail) values {} on conflict (component) do update set status = excluded.status, since = excluded.since, \
         checked_at = excluded.checked_at, failures = excluded.failures, successes = excluded.successes, \
         down = excluded.down, latency_us = excluded.latency_us, detail = excluded.detail",
        placeholders(tx, components.len(), 9)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (name, component) in components {
        let track = &component.track;
        query = query
            .bind(name)
            .bind(track.status.as_str())
            .bind(track.since.map(jiff::Timestamp::as_millisecond))
            .bind(track.checked_at.map(jiff::Timestamp::as_millisecond))
            .bind(i64::from(track.failures))
            .bind(i64::from(track.successes))
            .bind(i64::from(track.down))
            .bind(component.latency_us.map(|us| i64::try_from(us).unwrap_or(i64::MAX)))
            .bind(&component.detail);
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

async fn add_days(
    tx: &mut WriteTx,
    components: &BTreeMap<String, Component>,
) -> Result<Vec<(String, DayUptime)>> {
    let untold: Vec<_> = components
        .iter()
        .flat_map(|(name, component)| component.untold.values().map(move |day| (name, day)))
        .collect();
    let mut counted = Vec::new();
    // A store that was away for days leaves many of them.
    for some in untold.chunks(100) {
        let sql = format!(
            "insert into health_day (component, day, ok, bad, unmeasured) values {} on conflict (component, day) \
             do update set ok = health_day.ok + excluded.ok, bad = health_day.bad + excluded.bad, \
             unmeasured = health_day.unmeasured + excluded.unmeasured \
             returning component, day, ok, bad, unmeasured",
            placeholders(tx, some.len(), 5)
        );
        let mut query = sqlx::query_as::<_, DayRow>(AssertSqlSafe(sql));
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        for (name, day) in some {
            query = query
                .bind(*name)
                .bind(&day.day)
                .bind(count(day.ok))
                .bind(count(day.bad))
                .bind(count(day.unknown));
        }
        let rows = query.fetch_all(&mut **tx).await?;
        counted.extend(rows.into_iter().map(|row| (row.component.clone(), row.uptime())));
    }
    Ok(counted)
}

/// Changes from `from` on, oldest first: when, which, from, to.
pub(super) async fn changes(db: &Db, from: i64, to: i64) -> Result<Vec<Change>> {
    let sql = "select id, at, component, from_status, to_status, detail from health_change \
               where at >= $1 and at < $2 order by at, id";
    type Row = (String, i64, String, String, String, String);
    let rows: Vec<Row> = sqlx::query_as(sql).bind(from).bind(to).fetch_all(db.read()).await?;
    let status = |text: String| Status::parse(&text).unwrap_or(Status::Unknown);
    let changes = rows.into_iter().map(|(id, at, component, from, to, detail)| Change {
        id,
        at,
        component,
        from: status(from),
        to: status(to),
        detail,
    });
    Ok(changes.collect())
}

/// Writes a moment and reads it back; `false` when it is another.
pub(super) async fn probe_write(db: &Db, now: i64) -> Result<bool> {
    let sql = "insert into health_probe (name, written_at) values ('store', $1) \
               on conflict (name) do update set written_at = excluded.written_at";
    sqlx::query(sql).bind(now).execute(db.write()).await?;
    let read = "select written_at from health_probe where name = 'store'";
    let written: Option<i64> = sqlx::query_scalar(read).fetch_optional(db.read()).await?;
    // Another instance may have written in between, later.
    Ok(written.is_some_and(|written| written >= now))
}

/// Reads a table that only this version's schema has.
pub(super) async fn probe_read(db: &Db) -> Result<()> {
    let _: i64 = sqlx::query_scalar("select count(*) from health_probe").fetch_one(db.read()).await?;
    Ok(())
}

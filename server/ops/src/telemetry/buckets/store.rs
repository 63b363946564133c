//! SQL of the bucket tables.

use domain::agent::{Agent, Engine};
use domain::histogram::Histogram;
use sqlx::AssertSqlSafe;

use super::plan::Resolution;
use super::{Cell, Class, EngineKey, Key};
use crate::db::{Db, PARAMETERS, WriteTx, placeholders};
use crate::error::{Error, Result};

/// Rows of one statement.
const ROWS: usize = PARAMETERS / 17;

/// One cell as it is stored.
#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) at: i64,
    pub(crate) part: String,
    route: String,
    agent: String,
    release_id: String,
    engine: String,
    class: i64,
    requests: i64,
    degraded: i64,
    under_5s: i64,
    cost_micro: i64,
    tokens_in: i64,
    tokens_out: i64,
    duration_us: i64,
    histogram: String,
    own_histogram: String,
    provider_histogram: String,
}

impl Row {
    pub(crate) fn of(at: i64, part: &str, key: &Key, cell: &Cell) -> Self {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Self {
            at,
            part: part.to_owned(),
            route: key.route.clone(),
            agent: key.agent.map_or("", Agent::as_str).to_owned(),
            release_id: key.release.clone(),
            engine: key.engine.map_or("", |engine| engine.engine().as_str()).to_owned(),
            class: key.class.number(),
            requests: count(cell.requests),
            degraded: count(cell.degraded),
            under_5s: count(cell.under_5s),
            cost_micro: cell.cost_micro,
            tokens_in: count(cell.tokens_in),
            tokens_out: count(cell.tokens_out),
            duration_us: count(cell.duration_us),
            histogram: cell.histogram.encode(),
            own_histogram: if cell.provider.is_empty() { String::new() } else { cell.own.encode() },
            provider_histogram: cell.provider.encode(),
        }
    }

    pub(crate) fn into_cell(self) -> Result<(i64, Key, Cell)> {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let key = Key {
            route: self.route,
            agent: Agent::parse(&self.agent),
            release: self.release_id,
            engine: Engine::parse(&self.engine).map(EngineKey::of),
            class: Class::from_number(self.class),
        };
        let histogram = decoded(&self.histogram)?;
        let provider = decoded(&self.provider_histogram)?;
        let own = if provider.is_empty() { histogram.clone() } else { decoded(&self.own_histogram)? };
        let cell = Cell {
            requests: count(self.requests),
            degraded: count(self.degraded),
            under_5s: count(self.under_5s),
            cost_micro: self.cost_micro,
            tokens_in: count(self.tokens_in),
            tokens_out: count(self.tokens_out),
            duration_us: count(self.duration_us),
            histogram,
            own,
            provider,
        };
        Ok((self.at, key, cell))
    }
}

fn decoded(text: &str) -> Result<Histogram> {
    Histogram::decode(text).map_err(|error| Error::internal("reading a stored histogram", error))
}

/// What to read of a table: the rows of all agents, of none, of one, or of one route.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rows<'a> {
    Agents,
    NoAgent,
    Agent(Agent),
    Route(&'a str),
}

/// Rows of [from, to) of one table.
pub(crate) async fn read(db: &Db, table: Resolution, from: i64, to: i64, rows: Rows<'_>) -> Result<Vec<Row>> {
    let part = if table == Resolution::TenSeconds { "part" } else { "'' as part" };
    let (condition, value) = match rows {
        Rows::Agents => ("agent <> $3", ""),
        Rows::NoAgent => ("agent = $3", ""),
        Rows::Agent(agent) => ("agent = $3", agent.as_str()),
        Rows::Route(route) => ("route = $3", route),
    };
    let sql = format!(
        "select at, {part}, route, agent, release_id, engine, class, requests, degraded, under_5s, cost_micro, \
         tokens_in, tokens_out, duration_us, histogram, own_histogram, provider_histogram from {} where at >= $1 and at < $2 and {condition}",
        name(table)
    );
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(from).bind(to).bind(value.to_owned());
    Ok(query.fetch_all(db.read()).await?)
}

/// Every row of [from, to), inside a transaction that will write what follows from them.
pub(crate) async fn read_all(tx: &mut WriteTx, table: Resolution, from: i64, to: i64) -> Result<Vec<Row>> {
    let sql = format!(
        "select at, '' as part, route, agent, release_id, engine, class, requests, degraded, under_5s, cost_micro, \
         tokens_in, tokens_out, duration_us, histogram, own_histogram, provider_histogram from {} where at >= $1 and at < $2",
        name(table)
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(from).bind(to).fetch_all(&mut **tx).await?)
}

/// Writes rows, replacing those with the same key: doing it twice changes nothing.
pub(crate) async fn write(tx: &mut WriteTx, table: Resolution, rows: &[Row]) -> Result<()> {
    let with_part = table == Resolution::TenSeconds;
    let part = if with_part { "part, " } else { "" };
    for chunk in rows.chunks(ROWS) {
        let sql = format!(
            "insert into {} (at, {part}route, agent, release_id, engine, class, requests, degraded, under_5s, \
             cost_micro, tokens_in, tokens_out, duration_us, histogram, own_histogram, provider_histogram) values {} \
             on conflict (at, {part}route, agent, release_id, engine, class) do update set \
             requests = excluded.requests, degraded = excluded.degraded, under_5s = excluded.under_5s, \
             cost_micro = excluded.cost_micro, tokens_in = excluded.tokens_in, tokens_out = excluded.tokens_out, \
             duration_us = excluded.duration_us, histogram = excluded.histogram, \
             own_histogram = excluded.own_histogram, provider_histogram = excluded.provider_histogram",
            name(table),
            placeholders(tx, chunk.len(), if with_part { 17 } else { 16 })
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in chunk {
            query = query.bind(row.at);
            if with_part {
                query = query.bind(&row.part);
            }
            query = query
                .bind(&row.route)
                .bind(&row.agent)
                .bind(&row.release_id)
                .bind(&row.engine)
                .bind(row.class)
                .bind(row.requests)
                .bind(row.degraded)
                .bind(row.under_5s)
                .bind(row.cost_micro)
                .bind(row.tokens_in)
                .bind(row.tokens_out)
                .bind(row.duration_us)
                .bind(&row.histogram)
                .bind(&row.own_histogram)
                .bind(&row.provider_histogram);
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// The beginning of the newest row.
pub(crate) async fn newest(db: &Db, table: Resolution) -> Result<Option<i64>> {
    let sql = format!("select max(at) from {}", name(table));
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(db.read()).await?)
}

/// Beginnings of minutes (or hours) from `from` on that have rows in the finer table.
pub(crate) async fn occupied(db: &Db, table: Resolution, width: i64, from: i64, to: i64) -> Result<Vec<i64>> {
    let sql = format!(
        "select distinct at / $1 * $1 as start from {} where at >= $2 and at < $3 order by start",
        name(table)
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(width).bind(from).bind(to);
    Ok(query.fetch_all(db.read()).await?)
}

/// Deletes rows before `before` and after the oldest by at most `width`; `false` when there is none left.
pub(crate) async fn delete_oldest(db: &Db, table: Resolution, before: i64, width: i64) -> Result<bool> {
    let sql = format!("select min(at) from {}", name(table));
    let oldest: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(db.read()).await?;
    let Some(oldest) = oldest.filter(|at| *at < before) else { return Ok(false) };
    let sql = format!("delete from {} where at < $1", name(table));
    sqlx::query(AssertSqlSafe(sql)).bind(before.min(oldest + width)).execute(db.write()).await?;
    Ok(true)
}

fn name(table: Resolution) -> &'static str {
    match table {
        Resolution::TenSeconds => "bucket_10s",
        Resolution::Minute => "bucket_1m",
        Resolution::Hour => "bucket_1h",
    }
}

/// Sums of cost by hour, agent and release, without the histograms.
#[derive(sqlx::FromRow)]
pub(crate) struct CostRow {
    pub(crate) at: i64,
    pub(crate) agent: String,
    pub(crate) release_id: String,
    pub(crate) requests: i64,
    pub(crate) cost_micro: i64,
}

pub(crate) async fn cost(db: &Db, table: Resolution, from: i64, to: i64) -> Result<Vec<CostRow>> {
    let sql = format!(
        "select at, agent, release_id, cast(sum(requests) as bigint) as requests, \
         cast(sum(cost_micro) as bigint) as cost_micro from {} where at >= $1 and at < $2 and agent <> '' \
         group by at, agent, release_id",
        name(table)
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(from).bind(to).fetch_all(db.read()).await?)
}

//! SQL of the sums of the ledger by minute, hour and day.

use sqlx::{AnyPool, AssertSqlSafe, FromRow};

use super::parts::Part;
use super::{Changes, DAY, HOUR, MINUTE, STEPS, tokens};
use crate::db::{PARAMETERS, WriteTx, placeholders};
use crate::error::Result;

/// Adds to cells, in the order of the changes. Call it after `cost::store::add`: the day's sum is the lock that everybody
/// takes first.
pub(in crate::cost) async fn add(tx: &mut WriteTx, changes: &Changes) -> Result<()> {
    for chunk in changes.cells().chunks(PARAMETERS / 8) {
        let upsert = format!(
            "insert into spend (step, at, agent, model, tier, release_id, calls, settled_micro) values {} \
             on conflict (step, at, agent, model, tier, release_id) do update set \
             calls = spend.calls + excluded.calls, settled_micro = spend.settled_micro + excluded.settled_micro",
            placeholders(tx, chunk.len(), 8)
        );
        let mut query = sqlx::query(AssertSqlSafe(upsert));
        for (step, at, what, more) in chunk {
            query = query.bind(*step).bind(*at).bind(&what.agent).bind(&what.model);
            query = query.bind(&what.tier).bind(&what.release).bind(more.calls).bind(more.settled);
        }
        query.execute(&mut **tx).await?;
    }
    tokens::store::add(tx, changes).await
}

/// Cells that no row is in any more.
pub(in crate::cost) async fn drop_empty(tx: &mut WriteTx, before: i64) -> Result<()> {
    for step in [HOUR, DAY] {
        let delete = "delete from spend where step = $1 and at < $2 and calls = 0 and settled_micro = 0";
        sqlx::query(delete).bind(step).bind(before).execute(&mut **tx).await?;
    }
    tokens::store::drop_empty(tx).await
}

/// Forgets minutes; hours and days stay as long as their rows.
pub(in crate::cost) async fn drop_minutes(db: &AnyPool, before: i64) -> Result<()> {
    sqlx::query("delete from spend where step = $1 and at < $2")
        .bind(MINUTE)
        .bind(before)
        .execute(db)
        .await?;
    Ok(())
}

// === reading ===

/// The empty word takes all.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cost) struct Of<'a> {
    pub(in crate::cost) agent: &'a str,
    pub(in crate::cost) tier: &'a str,
    pub(in crate::cost) model: &'a str,
}

/// Cells and rows of the parts, as one table; each part takes three or two parameters, from `first` on.
fn of_parts(parts: &[Part], mut first: usize) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(" union all ");
        }
        let (from, to) = (first, first + 1);
        text.push_str(&match part.step {
            Some(_) => format!(
                "select agent, model, tier, release_id, calls, settled_micro from spend \
                 where at >= ${from} and at < ${to} and step = ${}",
                first + 2
            ),
            None => format!(
                "select agent, coalesce(model, '-') as model, tier, release_id, cast(case when corrects is null then 1 else 0 end as bigint) as calls, settled_micro \
                 from ledger where at >= ${from} and at < ${to} and state = 'settled'"
            ),
        });
        first += if part.step.is_some() { 3 } else { 2 };
    }
    text
}

/// Only what was settled: of rows, the index says it.
fn money_of_parts(parts: &[Part]) -> String {
    let mut first = 1;
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(" union all ");
        }
        let window = format!("at >= ${first} and at < ${}", first + 1);
        text.push_str(&match part.step {
            Some(_) => format!("select settled_micro from spend where {window} and step = ${}", first + 2),
            None => format!("select settled_micro from ledger where {window}"),
        });
        first += if part.step.is_some() { 3 } else { 2 };
    }
    text
}

/// Micro-dollars settled.
pub(in crate::cost) async fn spent(db: &AnyPool, parts: &[Part]) -> Result<i64> {
    if parts.is_empty() {
        return Ok(0);
    }
    let mut query = sqlx::query_scalar(AssertSqlSafe(spent_sql(parts)));
    for part in parts {
        query = query.bind(part.from).bind(part.to);
        if let Some(step) = part.step {
            query = query.bind(step);
        }
    }
    Ok(query.fetch_one(db).await?)
}

pub(in crate::cost) fn spent_sql(parts: &[Part]) -> String {
    format!("select coalesce(cast(sum(settled_micro) as bigint), 0) from ({}) spent", money_of_parts(parts))
}

/// Calls and micro-dollars.
pub(in crate::cost) async fn spent_of(db: &AnyPool, parts: &[Part], of: Of<'_>) -> Result<(i64, i64)> {
    if parts.is_empty() {
        return Ok((0, 0));
    }
    let mut query = sqlx::query_as(AssertSqlSafe(spent_of_sql(parts)));
    query = query.bind(of.agent.to_owned()).bind(of.tier.to_owned()).bind(of.model.to_owned());
    for part in parts {
        query = query.bind(part.from).bind(part.to);
        if let Some(step) = part.step {
            query = query.bind(step);
        }
    }
    Ok(query.fetch_one(db).await?)
}

pub(in crate::cost) fn spent_of_sql(parts: &[Part]) -> String {
    format!(
        "select coalesce(cast(sum(calls) as bigint), 0), coalesce(cast(sum(settled_micro) as bigint), 0) \
         from ({}) spent where ($1 = '' or agent = $1) and ($2 = '' or tier = $2) and ($3 = '' or model = $3)",
        of_parts(parts, 4)
    )
}

#[derive(Clone, Debug, FromRow)]
pub(in crate::cost) struct Share {
    pub(in crate::cost) name: String,
    pub(in crate::cost) spent_micro: i64,
    pub(in crate::cost) calls: i64,
}

/// `column` is one of ours, see `breakdown`. Dearest first.
pub(in crate::cost) async fn shares(
    db: &AnyPool,
    column: &'static str,
    parts: &[Part],
    limit: i64,
) -> Result<Vec<Share>> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::query_as(AssertSqlSafe(shares_sql(column, parts))).bind(limit);
    for part in parts {
        query = query.bind(part.from).bind(part.to);
        if let Some(step) = part.step {
            query = query.bind(step);
        }
    }
    Ok(query.fetch_all(db).await?)
}

pub(in crate::cost) fn shares_sql(column: &str, parts: &[Part]) -> String {
    format!(
        "select {column} as name, cast(sum(settled_micro) as bigint) as spent_micro, \
         cast(sum(calls) as bigint) as calls from ({}) spent group by {column} order by 2 desc, 1 limit $1",
        of_parts(parts, 2)
    )
}

pub(in crate::cost) const BY_HOUR: &str = "select at, cast(sum(settled_micro) as bigint) from spend \
                                           where step = $1 and at >= $2 and at < $3 group by at order by at";

/// Micro-dollars by the beginning of the hour; hours without spending are absent.
pub(in crate::cost) async fn by_hour(db: &AnyPool, from: i64, to: i64) -> Result<Vec<(i64, i64)>> {
    Ok(sqlx::query_as(BY_HOUR).bind(HOUR).bind(from).bind(to).fetch_all(db).await?)
}

// === against the rows ===

#[derive(Clone, Debug, FromRow)]
pub(super) struct Difference {
    pub(super) at: i64,
    pub(super) agent: String,
    pub(super) model: String,
    pub(super) tier: String,
    pub(super) release_id: String,
    pub(super) calls: i64,
    pub(super) settled_micro: i64,
}

/// Rows of a window as cells would sum them, and how many cells there are.
const ROWS_AS_CELLS: &str = "select cast($1 as bigint) as step, at / $1 * $1 as at, agent, coalesce(model, '-') as model, tier, \
     release_id, count(*) - count(corrects) as calls, cast(sum(settled_micro) as bigint) as settled_micro from ledger \
     where at >= $2 and at < $3 and state = 'settled' \
     group by at / $1 * $1, agent, coalesce(model, '-'), tier, release_id";

/// Where the cells of `from..to` (whole steps) differ from the rows, by one statement and so of one moment. What rows have
/// more is positive.
pub(super) async fn differences(db: &AnyPool, step: i64, from: i64, to: i64) -> Result<Vec<Difference>> {
    let select = format!(
        "select at, agent, model, tier, release_id, cast(sum(calls) as bigint) as calls, \
         cast(sum(settled_micro) as bigint) as settled_micro from ({ROWS_AS_CELLS} union all \
         select step, at, agent, model, tier, release_id, -calls, -settled_micro from spend \
         where step = $1 and at >= $2 and at < $3) difference \
         group by at, agent, model, tier, release_id having sum(calls) <> 0 or sum(settled_micro) <> 0 \
         order by at, agent, model, tier, release_id limit 10"
    );
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(step).bind(from).bind(to).fetch_all(db).await?)
}

/// All cells of a window, and the calls and micro-dollars of its days.
pub(super) async fn count(db: &AnyPool, from: i64, to: i64) -> Result<(i64, i64, i64)> {
    let select = "select count(*), coalesce(cast(sum(case when step = $1 then calls else 0 end) as bigint), 0), \
                  coalesce(cast(sum(case when step = $1 then settled_micro else 0 end) as bigint), 0) \
                  from spend where step in ($1, $2, $3) and at >= $4 and at < $5";
    let query = sqlx::query_as(select).bind(DAY).bind(HOUR).bind(MINUTE).bind(from).bind(to);
    Ok(query.fetch_one(db).await?)
}

/// The oldest and the newest moment of anything settled, by rows and by cells.
pub(super) async fn span(db: &AnyPool) -> Result<Option<(i64, i64)>> {
    let select = "select min(oldest), max(newest) from (\
                  select min(at) as oldest, max(at) as newest from ledger \
                  union all select min(at), max(at) from spend where step = $1) spans";
    let (oldest, newest): (Option<i64>, Option<i64>) = sqlx::query_as(select).bind(DAY).fetch_one(db).await?;
    Ok(oldest.zip(newest))
}

/// Makes the cells of one day anew from its rows.
pub(super) async fn rebuild(tx: &mut WriteTx, day: i64, minutes_from: i64) -> Result<()> {
    for step in STEPS {
        let from = if step == MINUTE { day.max(minutes_from) } else { day };
        let delete = "delete from spend where step = $1 and at >= $2 and at < $3";
        sqlx::query(delete).bind(step).bind(from).bind(day + DAY).execute(&mut **tx).await?;
        let insert = format!(
            "insert into spend (step, at, agent, model, tier, release_id, calls, settled_micro) {ROWS_AS_CELLS}"
        );
        sqlx::query(AssertSqlSafe(insert)).bind(step).bind(from).bind(day + DAY).execute(&mut **tx).await?;
    }
    Ok(())
}

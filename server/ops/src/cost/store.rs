//! SQL of the ledger and of its counters.

use std::collections::BTreeMap;

use domain::agent::TokenUse;
use domain::money::MicroUsd;
use jiff::Timestamp;
use sqlx::{AnyPool, FromRow};

use super::ledger::LedgerRow;
use super::scopes::{GLOBAL, Scope};
use crate::db::{WriteTx, placeholders};
use crate::error::Result;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(super) struct Counter {
    pub(super) spent_micro: i64,
    pub(super) reserved_micro: i64,
    pub(super) likely_micro: i64,
}

/// What is added to a sum; negative amounts take away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) spent: i64,
    pub(super) reserved: i64,
    pub(super) likely: i64,
}

pub(super) async fn counter(
    db: impl sqlx::Executor<'_, Database = sqlx::Any>,
    scope: &Scope,
) -> Result<Counter> {
    let query =
        "select spent_micro, reserved_micro, likely_micro from cost_counter where day = $1 and scope = $2";
    let counter = sqlx::query_as(query).bind(&scope.window).bind(&scope.name);
    Ok(counter.fetch_optional(db).await?.unwrap_or_default())
}

#[derive(FromRow)]
struct Added {
    day: String,
    scope: String,
    #[sqlx(flatten)]
    counter: Counter,
}

/// Values of one statement. SQLite looks up each `$n` among those before it, so that the time of a statement grows with the
/// square of its parameters.
pub(super) const PARAMETERS: usize = 250;

/// Adds to sums, locks them until the transaction ends, and tells what they are now. Makes the rows of a new day.
pub(super) async fn add(
    tx: &mut WriteTx,
    amounts: &BTreeMap<Scope, Amounts>,
) -> Result<BTreeMap<Scope, Counter>> {
    let mut sums = BTreeMap::new();
    let all: Vec<_> = amounts.iter().collect();
    for chunk in all.chunks(PARAMETERS / 5) {
        let upsert = format!(
            "insert into cost_counter (day, scope, spent_micro, reserved_micro, likely_micro) values {} \
             on conflict (day, scope) do update set \
             spent_micro = cost_counter.spent_micro + excluded.spent_micro, \
             reserved_micro = cost_counter.reserved_micro + excluded.reserved_micro, \
             likely_micro = cost_counter.likely_micro + excluded.likely_micro \
             returning day, scope, spent_micro, reserved_micro, likely_micro",
            placeholders(chunk.len(), 5)
        );
        let mut query = sqlx::query_as::<_, Added>(sqlx::AssertSqlSafe(upsert));
        for (scope, more) in chunk {
            query = query.bind(&scope.window).bind(&scope.name);
            query = query.bind(more.spent).bind(more.reserved).bind(more.likely);
        }
        for Added { day, scope, counter } in query.fetch_all(&mut **tx).await? {
            sums.insert(Scope { window: day, name: scope }, counter);
        }
    }
    Ok(sums)
}

#[derive(FromRow)]
struct Spent {
    day: String,
    scope: String,
    spent_micro: i64,
}

fn spent(rows: Vec<Spent>) -> Vec<(Scope, MicroUsd)> {
    let sums = rows.into_iter();
    sums.map(|row| (Scope { window: row.day, name: row.scope }, MicroUsd(row.spent_micro))).collect()
}

/// What these sums have spent in two windows, as far as they have rows.
pub(super) async fn spent_of(
    db: &AnyPool,
    windows: &[String; 2],
    names: &[String],
) -> Result<Vec<(Scope, MicroUsd)>> {
    let mut found = Vec::new();
    for chunk in names.chunks(PARAMETERS - 2) {
        let marks: Vec<String> = (3..chunk.len() + 3).map(|n| format!("${n}")).collect();
        let select = format!(
            "select day, scope, spent_micro from cost_counter where day in ($1, $2) and scope in ({})",
            marks.join(", ")
        );
        let mut query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(&windows[0]).bind(&windows[1]);
        for name in chunk {
            query = query.bind(name);
        }
        found.extend(spent(query.fetch_all(db).await?));
    }
    Ok(found)
}

/// Of two windows, the fullest first.
pub(super) async fn fullest(
    db: &AnyPool,
    windows: &[String; 2],
    most: i64,
) -> Result<Vec<(Scope, MicroUsd)>> {
    let select = "select day, scope, spent_micro from cost_counter where day in ($1, $2) \
                  order by spent_micro desc, scope limit $3";
    let query = sqlx::query_as(select).bind(&windows[0]).bind(&windows[1]).bind(most);
    Ok(spent(query.fetch_all(db).await?))
}

/// A row of the ledger as it is stored.
pub(super) struct Booking<'a> {
    pub(super) row: &'a LedgerRow,
    pub(super) id: String,
    pub(super) day: String,
    pub(super) likely: i64,
    pub(super) size_class: u32,
    /// Who will settle it.
    pub(super) instance: Option<&'a str>,
    /// Cost, use and moment of the end; `None`: in flight.
    pub(super) settled: Option<(MicroUsd, TokenUse, Timestamp)>,
}

/// Writes rows, or the end of rows that were written as open.
pub(super) async fn put(tx: &mut WriteTx, bookings: &[Booking<'_>]) -> Result<()> {
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    for chunk in bookings.chunks(PARAMETERS / 24) {
        let upsert = format!(
            "insert into ledger (id, request_id, at, day, tenant, user_id, agent, tier, key_prefix, release_id, \
             reserved_micro, model, price_version, likely_micro, size_class, instance, settled_micro, state, \
             settled_at, input_tokens, cached_input_tokens, output_tokens, cache_write_tokens, reasoning_tokens) values {} \
             on conflict (id) do update set settled_micro = excluded.settled_micro, state = excluded.state, \
             settled_at = excluded.settled_at, input_tokens = excluded.input_tokens, \
             cached_input_tokens = excluded.cached_input_tokens, output_tokens = excluded.output_tokens, \
             cache_write_tokens = excluded.cache_write_tokens, reasoning_tokens = excluded.reasoning_tokens",
            placeholders(chunk.len(), 24)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(upsert));
        for Booking { row, id, day, likely, size_class, instance, settled } in chunk {
            let (cost, tokens) = settled.map_or_else(Default::default, |(cost, tokens, _)| (cost, tokens));
            query = query
                .bind(id)
                .bind(&row.request_id)
                .bind(row.at.as_millisecond())
                .bind(day)
                .bind(row.tenant.as_str())
                .bind(row.user.as_ref().map(domain::id::UserId::as_str))
                .bind(row.agent.as_str())
                .bind(row.tier.as_str())
                .bind(&row.key_prefix)
                .bind(&row.release)
                .bind(row.reserved.0)
                .bind(row.model.clone())
                .bind(row.price_version.clone())
                .bind(*likely)
                .bind(i64::from(*size_class))
                .bind(*instance)
                .bind(cost.0)
                .bind(if settled.is_some() { "settled" } else { "open" })
                .bind(settled.map(|(_, _, at)| at.as_millisecond()))
                .bind(count(tokens.input))
                .bind(count(tokens.cached_input))
                .bind(count(tokens.output))
                .bind(count(tokens.cache_write))
                .bind(count(tokens.reasoning));
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// What calls cost, the newest of them, to learn from: agent, model, size class, micro-dollars.
pub(super) async fn newest_costs(
    db: &AnyPool,
    since: i64,
    most: i64,
) -> Result<Vec<(String, String, i64, i64, i64)>> {
    let query = "select agent, model, size_class, settled_micro, input_tokens + output_tokens from ledger where at >= $1 and state = 'settled' \
                 and model is not null and size_class > 0 and input_tokens > 0 order by at desc limit $2";
    Ok(sqlx::query_as(query).bind(since).bind(most).fetch_all(db).await?)
}

/// Micro-dollars settled by requests of `from <= at < to`.
pub(super) async fn spent_between(db: &AnyPool, from: i64, to: i64) -> Result<i64> {
    let query =
        "select coalesce(cast(sum(settled_micro) as bigint), 0) from ledger where at >= $1 and at < $2";
    Ok(sqlx::query_scalar(query).bind(from).bind(to).fetch_one(db).await?)
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct Share {
    pub(super) name: String,
    pub(super) spent_micro: i64,
    pub(super) requests: i64,
}

/// `expression` is one of ours, see `breakdown`. Dearest first.
pub(super) async fn shares(
    db: &AnyPool,
    expression: &'static str,
    from: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<Share>> {
    let query = format!(
        "select {expression} as name, cast(sum(settled_micro) as bigint) as spent_micro, \
         cast(count(distinct request_id) as bigint) as requests from ledger where at >= $1 and at < $2 \
         group by {expression} order by 2 desc, 1 limit $3"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(from).bind(to).bind(limit);
    Ok(query.fetch_all(db).await?)
}

/// Micro-dollars by slot of `step` milliseconds since the epoch; slots without spending are absent.
pub(super) async fn by_slot(db: &AnyPool, step: i64, from: i64, to: i64) -> Result<Vec<(i64, i64)>> {
    let query = "select at / $3 as slot, cast(sum(settled_micro) as bigint) from ledger \
                 where at >= $1 and at < $2 group by at / $3 order by 1";
    Ok(sqlx::query_as(query).bind(from).bind(to).bind(step).fetch_all(db).await?)
}

/// What whole days spent, from their counters; days without spending are absent.
pub(super) async fn by_day(db: &AnyPool, first: &str, last: &str) -> Result<Vec<(String, i64)>> {
    let query = "select day, spent_micro from cost_counter where scope = $1 and day >= $2 and day <= $3";
    Ok(sqlx::query_as(query).bind(GLOBAL).bind(first).bind(last).fetch_all(db).await?)
}

/// Open rows stay: they still hold money.
pub(super) async fn delete_settled_before(db: &AnyPool, at: i64) -> Result<u64> {
    let delete = "delete from ledger where at < $1 and state = 'settled'";
    Ok(sqlx::query(delete).bind(at).execute(db).await?.rows_affected())
}

//! SQL of the ledger and of its counters.

use domain::access::Tier;
use domain::agent::{Agent, TokenUse};
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use sqlx::{AnyPool, FromRow};

use super::ledger::LedgerRow;
use super::scopes::{GLOBAL, Limit, Scope};
use crate::clock::at;
use crate::db::{WriteTx, placeholders};
use crate::error::Result;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(super) struct Counter {
    pub(super) spent_micro: i64,
    pub(super) reserved_micro: i64,
    pub(super) likely_micro: i64,
}

/// What is added to a sum; negative amounts take away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Amounts {
    pub(super) spent: i64,
    pub(super) reserved: i64,
    pub(super) likely: i64,
    pub(super) in_flight: i64,
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

/// Adds to what is in flight if the sum stays within its limits, decided by the row itself. `None`: it would not.
pub(super) async fn hold(
    tx: &mut WriteTx,
    limit: &Limit,
    bound: i64,
    likely: i64,
) -> Result<Option<Counter>> {
    add(tx, &limit.scope, Amounts::default()).await?;
    let update = "update cost_counter set reserved_micro = reserved_micro + $3, likely_micro = likely_micro + $4, \
                  in_flight = in_flight + 1 \
                  where day = $1 and scope = $2 and spent_micro + reserved_micro + $3 <= $5 \
                  and spent_micro + likely_micro + $4 <= $6 \
                  and (in_flight = 0 or spent_micro + likely_micro + $4 <= $7) \
                  returning spent_micro, reserved_micro, likely_micro";
    let held = sqlx::query_as(update)
        .bind(&limit.scope.window)
        .bind(&limit.scope.name)
        .bind(bound)
        .bind(likely)
        .bind(limit.bound.unwrap_or(i64::MAX))
        .bind(limit.likely.unwrap_or(i64::MAX))
        .bind(limit.alone_past.unwrap_or(i64::MAX));
    Ok(held.fetch_optional(&mut **tx).await?)
}

/// Adds to all sums of a scope. Makes the row of a new day.
pub(super) async fn add(tx: &mut WriteTx, scope: &Scope, amounts: Amounts) -> Result<Counter> {
    let upsert = "insert into cost_counter (day, scope, spent_micro, reserved_micro, likely_micro, in_flight) \
                  values ($1, $2, $3, $4, $5, $6) \
                  on conflict (day, scope) do update set \
                  spent_micro = cost_counter.spent_micro + excluded.spent_micro, \
                  reserved_micro = cost_counter.reserved_micro + excluded.reserved_micro, \
                  likely_micro = cost_counter.likely_micro + excluded.likely_micro, \
                  in_flight = cost_counter.in_flight + excluded.in_flight \
                  returning spent_micro, reserved_micro, likely_micro";
    let row = sqlx::query_as(upsert)
        .bind(&scope.window)
        .bind(&scope.name)
        .bind(amounts.spent)
        .bind(amounts.reserved)
        .bind(amounts.likely)
        .bind(amounts.in_flight);
    Ok(row.fetch_one(&mut **tx).await?)
}

/// A row of the ledger as it is stored.
pub(super) struct Booking<'a> {
    pub(super) row: &'a LedgerRow,
    pub(super) id: String,
    pub(super) day: String,
    pub(super) likely: i64,
    pub(super) open: bool,
}

pub(super) async fn insert(tx: &mut WriteTx, bookings: &[Booking<'_>]) -> Result<()> {
    // 17 values a row: far below the 32,766 parameters of SQLite.
    for chunk in bookings.chunks(500) {
        let insert = format!(
            "insert into ledger (id, request_id, at, day, tenant, user_id, agent, tier, key_prefix, release_id, \
             reserved_micro, settled_micro, state, settled_at, model, price_version, likely_micro) values {}",
            placeholders(chunk.len(), 17)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert));
        for Booking { row, id, day, likely, open } in chunk {
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
                .bind(row.settled.0)
                .bind(if *open { "open" } else { "settled" })
                .bind((!open).then(|| row.at.as_millisecond()))
                .bind(row.model.clone())
                .bind(row.price_version.clone())
                .bind(*likely);
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// False: it was settled already.
pub(super) async fn settle(tx: &mut WriteTx, id: &str, cost: i64, tokens: TokenUse, at: i64) -> Result<bool> {
    let update = "update ledger set settled_micro = $2, state = 'settled', settled_at = $3, input_tokens = $4, \
                  cached_input_tokens = $5, output_tokens = $6 where id = $1 and state = 'open'";
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    let settled = sqlx::query(update)
        .bind(id)
        .bind(cost)
        .bind(at)
        .bind(count(tokens.input))
        .bind(count(tokens.cached_input))
        .bind(count(tokens.output));
    Ok(settled.execute(&mut **tx).await?.rows_affected() == 1)
}

#[derive(FromRow)]
struct Abandoned {
    id: String,
    request_id: String,
    at: i64,
    tenant: String,
    user_id: Option<String>,
    agent: String,
    tier: String,
    key_prefix: String,
    release_id: String,
    model: Option<String>,
    price_version: Option<String>,
    reserved_micro: i64,
    likely_micro: i64,
}

/// Rows that are open since before `before`, with what was likely; the oldest hundred.
pub(super) async fn abandoned(db: &AnyPool, before: i64) -> Result<Vec<(String, LedgerRow, i64)>> {
    let query = "select id, request_id, at, tenant, user_id, agent, tier, key_prefix, release_id, model, \
                 price_version, reserved_micro, likely_micro from ledger where state = 'open' and at < $1 \
                 order by at limit 100";
    let rows: Vec<Abandoned> = sqlx::query_as(query).bind(before).fetch_all(db).await?;
    rows.into_iter()
        .map(|row| {
            let booked = LedgerRow {
                request_id: row.request_id,
                at: at(row.at),
                tenant: TenantId::parse(&row.tenant)?,
                user: row.user_id.as_deref().map(UserId::parse).transpose()?,
                agent: Agent::parse(&row.agent).unwrap_or(Agent::Orchestrator),
                tier: Tier::parse(&row.tier)?,
                key_prefix: row.key_prefix,
                release: row.release_id,
                model: row.model,
                price_version: row.price_version,
                reserved: MicroUsd(row.reserved_micro),
                settled: MicroUsd::ZERO,
            };
            Ok((row.id, booked, row.likely_micro))
        })
        .collect()
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

//! SQL of the ledger and of the day's counter.

use sqlx::{AnyPool, FromRow};

use super::ledger::LedgerRow;
use crate::db::{WriteTx, placeholders};
use crate::error::Result;

/// The only scope so far; caps of a tier, an agent or a key will be further scopes of the same day.
const GLOBAL: &str = "global";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(super) struct Counter {
    pub(super) spent_micro: i64,
    pub(super) reserved_micro: i64,
}

pub(super) async fn counter(db: impl sqlx::Executor<'_, Database = sqlx::Any>, day: &str) -> Result<Counter> {
    let query = "select spent_micro, reserved_micro from cost_counter where day = $1 and scope = $2";
    Ok(sqlx::query_as(query).bind(day).bind(GLOBAL).fetch_optional(db).await?.unwrap_or_default())
}

/// Adds to what is reserved if the day stays within `ceiling`, decided by the row itself. `None`: it would not.
pub(super) async fn hold(tx: &mut WriteTx, day: &str, bound: i64, ceiling: i64) -> Result<Option<Counter>> {
    add(tx, day, 0, 0).await?;
    let update = "update cost_counter set reserved_micro = reserved_micro + $3 \
                  where day = $1 and scope = $2 and spent_micro + reserved_micro + $3 <= $4 \
                  returning spent_micro, reserved_micro";
    let held = sqlx::query_as(update).bind(day).bind(GLOBAL).bind(bound).bind(ceiling);
    Ok(held.fetch_optional(&mut **tx).await?)
}

/// Adds to both sums; negative amounts take away. Makes the row of a new day.
pub(super) async fn add(tx: &mut WriteTx, day: &str, spent: i64, reserved: i64) -> Result<Counter> {
    let upsert = "insert into cost_counter (day, scope, spent_micro, reserved_micro) values ($1, $2, $3, $4) \
                  on conflict (day, scope) do update set \
                  spent_micro = cost_counter.spent_micro + excluded.spent_micro, \
                  reserved_micro = cost_counter.reserved_micro + excluded.reserved_micro \
                  returning spent_micro, reserved_micro";
    let row = sqlx::query_as(upsert).bind(day).bind(GLOBAL).bind(spent).bind(reserved);
    Ok(row.fetch_one(&mut **tx).await?)
}

/// A row of the ledger as it is stored.
pub(super) struct Booking<'a> {
    pub(super) row: &'a LedgerRow,
    pub(super) id: String,
    pub(super) day: String,
    pub(super) open: bool,
}

pub(super) async fn insert(tx: &mut WriteTx, bookings: &[Booking<'_>]) -> Result<()> {
    // 14 values a row: far below the 32,766 parameters of SQLite.
    for chunk in bookings.chunks(500) {
        let insert = format!(
            "insert into ledger (id, request_id, at, day, tenant, user_id, agent, tier, key_prefix, release_id, \
             reserved_micro, settled_micro, state, settled_at) values {}",
            placeholders(chunk.len(), 14)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert));
        for Booking { row, id, day, open } in chunk {
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
                .bind((!open).then(|| row.at.as_millisecond()));
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// False: there is no such open row.
pub(super) async fn hold_more(tx: &mut WriteTx, id: &str, bound: i64) -> Result<bool> {
    let update = "update ledger set reserved_micro = reserved_micro + $2 where id = $1 and state = 'open'";
    Ok(sqlx::query(update).bind(id).bind(bound).execute(&mut **tx).await?.rows_affected() == 1)
}

/// What the row held, in micro-dollars. `None`: it was settled already.
pub(super) async fn settle(tx: &mut WriteTx, id: &str, cost: i64, at: i64) -> Result<Option<i64>> {
    let update = "update ledger set settled_micro = $2, state = 'settled', settled_at = $3 \
                  where id = $1 and state = 'open' returning reserved_micro";
    Ok(sqlx::query_scalar(update).bind(id).bind(cost).bind(at).fetch_optional(&mut **tx).await?)
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
         cast(count(*) as bigint) as requests from ledger where at >= $1 and at < $2 \
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

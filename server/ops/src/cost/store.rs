//! SQL of the ledger and of its counters. Every write of the ledger is here, and shifts the sums of [`super::spend`] with it.

use std::collections::BTreeMap;

use domain::agent::TokenUse;
use domain::money::MicroUsd;
use jiff::Timestamp;
use sqlx::{AnyPool, FromRow};

use super::ledger::LedgerRow;
use super::scopes::{GLOBAL, Scope};
use super::spend::seen::Seen;
use super::spend::tokens::{Priced, Used};
use super::spend::{self, Changes, NO_MODEL, What};
use crate::db::{PARAMETERS, WriteTx, placeholders};
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
    /// Of a person's sum: what they were answered by.
    pub(super) seen: Seen,
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

/// Adds to sums, locks them until the transaction ends, and tells what they are now. Makes the rows of a new day.
pub(super) async fn add(
    tx: &mut WriteTx,
    amounts: &BTreeMap<Scope, Amounts>,
) -> Result<BTreeMap<Scope, Counter>> {
    let mut sums = BTreeMap::new();
    let all: Vec<_> = amounts.iter().collect();
    for chunk in all.chunks(PARAMETERS / 6) {
        let upsert = format!(
            "insert into cost_counter (day, scope, spent_micro, reserved_micro, likely_micro, seen) values {} \
             on conflict (day, scope) do update set \
             spent_micro = cost_counter.spent_micro + excluded.spent_micro, \
             reserved_micro = cost_counter.reserved_micro + excluded.reserved_micro, \
             likely_micro = cost_counter.likely_micro + excluded.likely_micro, \
             seen = cost_counter.seen | excluded.seen \
             returning day, scope, spent_micro, reserved_micro, likely_micro",
            placeholders(tx, chunk.len(), 6)
        );
        let mut query = sqlx::query_as::<_, Added>(sqlx::AssertSqlSafe(upsert));
        for (scope, more) in chunk {
            query = query.bind(&scope.window).bind(&scope.name);
            query = query.bind(more.spent).bind(more.reserved).bind(more.likely).bind(more.seen.0);
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

/// Of one statement: SQLite looks up each `$n` among those before it.
const NAMES: usize = 250;

/// What these sums have spent in two windows, as far as they have rows.
pub(super) async fn spent_of(
    db: &AnyPool,
    windows: &[String; 2],
    names: &[String],
) -> Result<Vec<(Scope, MicroUsd)>> {
    let mut found = Vec::new();
    for chunk in names.chunks(NAMES) {
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

/// Writes rows, or the end of rows that were written as open. What is settled already stays as it is.
pub(super) async fn put(tx: &mut WriteTx, bookings: &[Booking<'_>]) -> Result<()> {
    put_history(tx, bookings, i64::MIN).await
}

/// Likewise for calls of long ago: of those before `minutes_from` no minutes are summed.
pub(super) async fn put_history(tx: &mut WriteTx, bookings: &[Booking<'_>], minutes_from: i64) -> Result<()> {
    let mut changes = Changes::default();
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    for chunk in bookings.chunks(PARAMETERS / 24) {
        let upsert = format!(
            "insert into ledger (id, request_id, at, day, tenant, user_id, agent, tier, key_prefix, release_id, \
             reserved_micro, model, price_version, likely_micro, size_class, instance, settled_micro, state, \
             settled_at, input_tokens, cached_input_tokens, output_tokens, cache_write_tokens, reasoning_tokens) values {} \
             on conflict (id) do update set settled_micro = excluded.settled_micro, state = excluded.state, \
             settled_at = excluded.settled_at, input_tokens = excluded.input_tokens, \
             cached_input_tokens = excluded.cached_input_tokens, output_tokens = excluded.output_tokens, \
             cache_write_tokens = excluded.cache_write_tokens, reasoning_tokens = excluded.reasoning_tokens \
             where ledger.state = 'open' returning id",
            placeholders(tx, chunk.len(), 24)
        );
        let mut query = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(upsert));
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
        let written = query.fetch_all(&mut **tx).await?;
        for booking in chunk.iter().filter(|booking| written.contains(&booking.id)) {
            if let Some((cost, tokens, _)) = booking.settled {
                changes.settled(booking.row.at.as_millisecond(), &What::of(booking.row), cost, minutes_from);
                changes.used(Priced::of(booking.row, &booking.day), Used::call(cost, tokens));
            }
        }
    }
    spend::store::add(tx, &changes).await
}

impl What {
    fn of(row: &LedgerRow) -> Self {
        Self {
            agent: row.agent.as_str().to_owned(),
            model: row.model.clone().unwrap_or_else(|| NO_MODEL.to_owned()),
            tier: row.tier.as_str().to_owned(),
            release: row.release.clone(),
        }
    }
}

/// What of a row its sums need.
#[derive(FromRow)]
struct Summed {
    at: i64,
    day: String,
    agent: String,
    model: Option<String>,
    tier: String,
    release_id: String,
    settled_micro: i64,
    /// The call that it corrects; `None`: it is one.
    corrects: Option<String>,
    price_version: Option<String>,
    corrects_version: Option<String>,
    input_tokens: i64,
    cached_input_tokens: i64,
    output_tokens: i64,
    cache_write_tokens: i64,
    reasoning_tokens: i64,
}

const SUMMED: &str = "at, day, agent, model, tier, release_id, settled_micro, corrects, price_version, corrects_version, \
                      input_tokens, cached_input_tokens, output_tokens, cache_write_tokens, reasoning_tokens";

impl Summed {
    fn what(&self) -> What {
        What {
            agent: self.agent.clone(),
            model: self.model.clone().unwrap_or_else(|| NO_MODEL.to_owned()),
            tier: self.tier.clone(),
            release: self.release_id.clone(),
        }
    }

    fn priced(&self) -> Priced {
        let version = self.corrects_version.as_deref().or(self.price_version.as_deref());
        Priced::new(&self.day, self.model.as_deref(), version)
    }

    fn used(&self) -> Used {
        let tokens = TokenUse {
            input: self.input_tokens.unsigned_abs(),
            cached_input: self.cached_input_tokens.unsigned_abs(),
            output: self.output_tokens.unsigned_abs(),
            cache_write: self.cache_write_tokens.unsigned_abs(),
            reasoning: self.reasoning_tokens.unsigned_abs(),
        };
        let settled = MicroUsd(self.settled_micro);
        if self.corrects.is_some() { Used::correction(settled) } else { Used::call(settled, tokens) }
    }
}

/// Settles an instance's open calls at their worst case; returns the sum by day.
pub(super) async fn settle_open(tx: &mut WriteTx, instance: &str, at: i64) -> Result<Vec<(String, i64)>> {
    let update = format!(
        "update ledger set settled_micro = reserved_micro, state = 'settled', settled_at = $2 \
         where instance = $1 and state = 'open' returning {SUMMED}"
    );
    let rows: Vec<Summed> =
        sqlx::query_as(sqlx::AssertSqlSafe(update)).bind(instance).bind(at).fetch_all(&mut **tx).await?;
    let mut changes = Changes::default();
    for row in &rows {
        changes.settled(row.at, &row.what(), MicroUsd(row.settled_micro), i64::MIN);
        changes.used(row.priced(), row.used());
    }
    spend::store::add(tx, &changes).await?;
    Ok(rows.into_iter().map(|row| (row.day, row.settled_micro)).collect())
}

/// Deletes at most `most` settled calls of before `before`, the oldest first, and takes them out of their sums; tells how many.
/// Open rows stay: they still hold money.
pub(super) async fn forget_settled(tx: &mut WriteTx, before: i64, most: i64) -> Result<usize> {
    let delete = format!(
        "delete from ledger where id in (select id from ledger where at < $1 and state = 'settled' order by at, id limit $2) \
         returning {SUMMED}"
    );
    let rows: Vec<Summed> =
        sqlx::query_as(sqlx::AssertSqlSafe(delete)).bind(before).bind(most).fetch_all(&mut **tx).await?;
    let mut changes = Changes::default();
    for row in &rows {
        changes.forgotten(row.at, &row.what(), MicroUsd(row.settled_micro), row.corrects.is_none());
        changes.used(row.priced(), row.used().gone());
    }
    spend::store::add(tx, &changes).await?;
    spend::store::drop_empty(tx, before).await?;
    Ok(rows.len())
}

/// Forgets at most `most` sums of people and keys of days before `day`; tells how many. Those of everything, of agents, models
/// and tiers stay.
pub(super) async fn forget_sums(tx: &mut WriteTx, day: &str, most: i64) -> Result<u64> {
    let delete = "delete from cost_counter where (day, scope) in (select day, scope from cost_counter \
                  where substr(scope, 1, 4) in ('user', 'key:') and day < $1 limit $2)";
    Ok(sqlx::query(delete).bind(day).bind(most).execute(&mut **tx).await?.rows_affected())
}

/// Calls looked at to learn from.
const LOOKED_AT: i64 = 20_000;

/// What calls cost, the newest of them, to learn from: agent, model, size class, micro-dollars.
pub(super) async fn newest_costs(
    db: &AnyPool,
    since: i64,
    most: i64,
) -> Result<Vec<(String, String, i64, i64, i64)>> {
    let query = sqlx::query_as(NEWEST_COSTS).bind(since).bind(most).bind(LOOKED_AT);
    Ok(query.fetch_all(db).await?)
}

pub(super) const NEWEST_COSTS: &str = "select agent, model, size_class, settled_micro, input_tokens + output_tokens from (\
    select at, agent, model, size_class, settled_micro, input_tokens, output_tokens, state from ledger where at >= $1 \
    order by at desc, id desc limit $3) newest \
    where state = 'settled' and model is not null and size_class > 0 and input_tokens > 0 order by at desc limit $2";

/// What whole days spent, from their counters; days without spending are absent.
pub(super) async fn by_day(db: &AnyPool, first: &str, last: &str) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(BY_DAY).bind(GLOBAL).bind(first).bind(last).fetch_all(db).await?)
}

pub(super) const BY_DAY: &str = "select day, spent_micro from cost_counter \
    where substr(scope, 1, 4) = 'glob' and scope = $1 and day >= $2 and day <= $3";

//! SQL of reconciliation.

use domain::money::MicroUsd;
use domain::reconciliation::Account;
use sqlx::{AnyPool, FromRow};

use crate::db::WriteTx;
use crate::error::Result;

/// What the ledger says of a model and day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(super) struct Ours {
    pub(super) our_requests: i64,
    pub(super) our_input_tokens: i64,
    pub(super) our_cached_input_tokens: i64,
    pub(super) our_cache_write_tokens: i64,
    pub(super) our_output_tokens: i64,
    pub(super) our_micro: i64,
    pub(super) our_unknown_micro: i64,
}

impl Ours {
    pub(super) fn add(&mut self, other: &Self) {
        self.our_requests += other.our_requests;
        self.our_input_tokens += other.our_input_tokens;
        self.our_cached_input_tokens += other.our_cached_input_tokens;
        self.our_cache_write_tokens += other.our_cache_write_tokens;
        self.our_output_tokens += other.our_output_tokens;
        self.our_micro += other.our_micro;
        self.our_unknown_micro += other.our_unknown_micro;
    }

    pub(super) fn account(&self) -> Account {
        let count = |tokens: i64| Some(tokens.unsigned_abs());
        Account {
            requests: count(self.our_requests),
            input_tokens: count(self.our_input_tokens),
            cached_input_tokens: count(self.our_cached_input_tokens),
            cache_write_tokens: count(self.our_cache_write_tokens),
            output_tokens: count(self.our_output_tokens),
            cost: Some(MicroUsd(self.our_micro)),
        }
    }
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct OursRow {
    /// Days since 1970, in UTC.
    pub(super) day: i64,
    pub(super) model: String,
    #[sqlx(flatten)]
    pub(super) ours: Ours,
}

/// Calls of `from <= at < to` that cost money, and their corrections; by UTC day and model.
pub(super) async fn ours(db: &AnyPool, from: i64, to: i64) -> Result<Vec<OursRow>> {
    let select = "select at / 86400000 as day, coalesce(model, '-') as model, \
                  cast(sum(case when corrects is null and (input_tokens > 0 or settled_micro > 0) then 1 else 0 end) as bigint) \
                  as our_requests, \
                  cast(sum(input_tokens) as bigint) as our_input_tokens, \
                  cast(sum(cached_input_tokens) as bigint) as our_cached_input_tokens, \
                  cast(sum(cache_write_tokens) as bigint) as our_cache_write_tokens, \
                  cast(sum(output_tokens) as bigint) as our_output_tokens, \
                  cast(sum(settled_micro) as bigint) as our_micro, \
                  cast(sum(case when corrects is null and input_tokens = 0 then settled_micro else 0 end) as bigint) \
                  as our_unknown_micro \
                  from ledger where at >= $1 and at < $2 and state = 'settled' \
                  group by at / 86400000, coalesce(model, '-')";
    Ok(sqlx::query_as(select).bind(from).bind(to).fetch_all(db).await?)
}

/// A line to write.
pub(super) struct Line<'a> {
    pub(super) provider: &'a str,
    pub(super) day: &'a str,
    pub(super) model: &'a str,
    pub(super) source: &'a str,
    /// `None`: keep what was told before.
    pub(super) theirs: Option<Account>,
    pub(super) ours: Ours,
}

pub(super) async fn forget(tx: &mut WriteTx, provider: &str, day: &str) -> Result<()> {
    let delete = "delete from reconciliation where provider = $1 and day = $2";
    sqlx::query(delete).bind(provider).bind(day).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn put(tx: &mut WriteTx, line: &Line<'_>, now: i64) -> Result<()> {
    let upsert = "insert into reconciliation (provider, day, model, source, told_at, their_requests, their_input_tokens, \
                  their_cached_input_tokens, their_cache_write_tokens, their_output_tokens, their_micro, compared_at, \
                  our_requests, our_input_tokens, our_cached_input_tokens, our_cache_write_tokens, our_output_tokens, \
                  our_micro, our_unknown_micro) \
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $5, $12, $13, $14, $15, $16, $17, $18) \
                  on conflict (provider, day, model) do update set compared_at = excluded.compared_at, \
                  our_requests = excluded.our_requests, our_input_tokens = excluded.our_input_tokens, \
                  our_cached_input_tokens = excluded.our_cached_input_tokens, \
                  our_cache_write_tokens = excluded.our_cache_write_tokens, \
                  our_output_tokens = excluded.our_output_tokens, our_micro = excluded.our_micro, \
                  our_unknown_micro = excluded.our_unknown_micro";
    let theirs = line.theirs.unwrap_or_default();
    let count = |tokens: Option<u64>| tokens.map(|tokens| i64::try_from(tokens).unwrap_or(i64::MAX));
    sqlx::query(upsert)
        .bind(line.provider)
        .bind(line.day)
        .bind(line.model)
        .bind(line.source)
        .bind(now)
        .bind(count(theirs.requests))
        .bind(count(theirs.input_tokens))
        .bind(count(theirs.cached_input_tokens))
        .bind(count(theirs.cache_write_tokens))
        .bind(count(theirs.output_tokens))
        .bind(theirs.cost.map(|cost| cost.0))
        .bind(line.ours.our_requests)
        .bind(line.ours.our_input_tokens)
        .bind(line.ours.our_cached_input_tokens)
        .bind(line.ours.our_cache_write_tokens)
        .bind(line.ours.our_output_tokens)
        .bind(line.ours.our_micro)
        .bind(line.ours.our_unknown_micro)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Provider, day and model of every line of these days.
pub(super) async fn compared(db: &AnyPool, from: &str, to: &str) -> Result<Vec<(String, String, String)>> {
    let select =
        "select provider, day, model from reconciliation where day >= $1 and day <= $2 order by 1, 2, 3";
    Ok(sqlx::query_as(select).bind(from).bind(to).fetch_all(db).await?)
}

pub(super) async fn put_ours(
    tx: &mut WriteTx,
    (provider, day, model): (&str, &str, &str),
    ours: &Ours,
    now: i64,
) -> Result<()> {
    let update = "update reconciliation set compared_at = $4, our_requests = $5, our_input_tokens = $6, \
                  our_cached_input_tokens = $7, our_cache_write_tokens = $8, our_output_tokens = $9, our_micro = $10, \
                  our_unknown_micro = $11 where provider = $1 and day = $2 and model = $3";
    sqlx::query(update)
        .bind(provider)
        .bind(day)
        .bind(model)
        .bind(now)
        .bind(ours.our_requests)
        .bind(ours.our_input_tokens)
        .bind(ours.our_cached_input_tokens)
        .bind(ours.our_cache_write_tokens)
        .bind(ours.our_output_tokens)
        .bind(ours.our_micro)
        .bind(ours.our_unknown_micro)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct Row {
    pub(super) provider: String,
    pub(super) day: String,
    pub(super) model: String,
    pub(super) source: String,
    pub(super) told_at: i64,
    their_requests: Option<i64>,
    their_input_tokens: Option<i64>,
    their_cached_input_tokens: Option<i64>,
    their_cache_write_tokens: Option<i64>,
    their_output_tokens: Option<i64>,
    their_micro: Option<i64>,
    #[sqlx(flatten)]
    pub(super) ours: Ours,
}

impl Row {
    pub(super) fn theirs(&self) -> Account {
        let count = |tokens: Option<i64>| tokens.map(i64::unsigned_abs);
        Account {
            requests: count(self.their_requests),
            input_tokens: count(self.their_input_tokens),
            cached_input_tokens: count(self.their_cached_input_tokens),
            cache_write_tokens: count(self.their_cache_write_tokens),
            output_tokens: count(self.their_output_tokens),
            cost: self.their_micro.map(MicroUsd),
        }
    }
}

/// Lines from a day on, the newest day first, all models of a day before each; `model` empty: every line.
pub(super) async fn rows(db: &AnyPool, from: &str, model: &str, limit: i64) -> Result<Vec<Row>> {
    let select = "select provider, day, model, source, told_at, their_requests, their_input_tokens, \
                  their_cached_input_tokens, their_cache_write_tokens, their_output_tokens, their_micro, our_requests, \
                  our_input_tokens, our_cached_input_tokens, our_cache_write_tokens, our_output_tokens, our_micro, \
                  our_unknown_micro from reconciliation where day >= $1 and ($2 = '' or model = $2) \
                  order by day desc, provider, case when model = '*' then 0 else 1 end, our_micro desc, model limit $3";
    Ok(sqlx::query_as(select).bind(from).bind(model).bind(limit).fetch_all(db).await?)
}

pub(super) async fn delete_before(db: &AnyPool, day: &str) -> Result<()> {
    sqlx::query("delete from reconciliation where day < $1").bind(day).execute(db).await?;
    Ok(())
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct SourceRow {
    pub(super) provider: String,
    pub(super) asked_at: i64,
    pub(super) answered_at: Option<i64>,
    pub(super) failing_since: Option<i64>,
    pub(super) error: Option<String>,
}

pub(super) async fn sources(db: &AnyPool) -> Result<Vec<SourceRow>> {
    let select = "select provider, asked_at, answered_at, failing_since, error from reconciliation_source \
                  order by provider";
    Ok(sqlx::query_as(select).fetch_all(db).await?)
}

/// True: it is due, and this process asks. Now, and since when one is due after an answer and after a failure.
/// Whoever asked and did not come to an answer or a failure (its process was killed) is asked again as after a failure.
pub(super) async fn claim(
    db: &AnyPool,
    provider: &str,
    (now, due, after_failure): (i64, i64, i64),
) -> Result<bool> {
    let upsert = "insert into reconciliation_source (provider, asked_at) values ($1, $2) \
                  on conflict (provider) do update set asked_at = excluded.asked_at \
                  where reconciliation_source.asked_at <= $3 \
                  or (reconciliation_source.asked_at <= $4 and (reconciliation_source.failing_since is not null \
                  or coalesce(reconciliation_source.answered_at, -1) < reconciliation_source.asked_at))";
    let query = sqlx::query(upsert).bind(provider).bind(now).bind(due).bind(after_failure);
    Ok(query.execute(db).await?.rows_affected() == 1)
}

pub(super) async fn asked(db: &AnyPool, provider: &str, now: i64) -> Result<()> {
    let upsert = "insert into reconciliation_source (provider, asked_at) values ($1, $2) \
                  on conflict (provider) do update set asked_at = excluded.asked_at";
    sqlx::query(upsert).bind(provider).bind(now).execute(db).await?;
    Ok(())
}

pub(super) async fn answered(db: &AnyPool, provider: &str, now: i64) -> Result<()> {
    let update = "update reconciliation_source set answered_at = $2, failing_since = null, error = null where provider = $1";
    sqlx::query(update).bind(provider).bind(now).execute(db).await?;
    Ok(())
}

pub(super) async fn failed(db: &AnyPool, provider: &str, now: i64, why: &str) -> Result<()> {
    let update = "update reconciliation_source set failing_since = coalesce(failing_since, $2), error = $3 where provider = $1";
    sqlx::query(update).bind(provider).bind(now).bind(why).execute(db).await?;
    Ok(())
}

//! SQL of price lists, of what they are applied to, and of runs.

use domain::agent::TokenUse;
use domain::money::MicroUsd;
use domain::price::Price;
use sqlx::{Any, AnyPool, FromRow};

use crate::cost::spend::tokens::{Priced, Used};
use crate::cost::spend::{self, Changes, MINUTES_KEPT, NO_MODEL, What};
use crate::db::{Db, PARAMETERS, WriteTx, placeholders};
use crate::error::Result;

#[derive(Clone, Debug, FromRow)]
pub(super) struct ListRow {
    pub(super) model: String,
    pub(super) version: String,
    pub(super) valid_from: i64,
    pub(super) recorded_at: i64,
    pub(super) input_micro: i64,
    pub(super) cached_input_micro: i64,
    pub(super) cache_write_micro: i64,
    pub(super) output_micro: i64,
}

impl ListRow {
    pub(super) fn price(&self) -> Price {
        Price {
            input: MicroUsd(self.input_micro),
            cached_input: MicroUsd(self.cached_input_micro),
            cache_write: MicroUsd(self.cache_write_micro),
            output: MicroUsd(self.output_micro),
            version: self.version.clone(),
        }
    }
}

const LIST: &str = "select model, version, valid_from, recorded_at, input_micro, cached_input_micro, \
                    cache_write_micro, output_micro from price_list";

/// Writes the list down unless its version is known; the list that stands there.
pub(super) async fn record(db: &Db, model: &str, price: &Price, now: i64) -> Result<ListRow> {
    let select = format!("{LIST} where model = $1 and version = $2");
    let known =
        || sqlx::query_as::<_, ListRow>(sqlx::AssertSqlSafe(select.clone())).bind(model).bind(&price.version);
    if let Some(known) = known().fetch_optional(db.read()).await? {
        return Ok(known);
    }
    // No call was booked under it yet: whoever books writes its list down first.
    let insert = "insert into price_list (model, version, valid_from, recorded_at, input_micro, cached_input_micro, \
                  cache_write_micro, output_micro) values ($1, $2, $3, $3, $4, $5, $6, $7) on conflict (model, version) do nothing";
    sqlx::query(insert)
        .bind(model)
        .bind(&price.version)
        .bind(now)
        .bind(price.input.0)
        .bind(price.cached_input.0)
        .bind(price.cache_write.0)
        .bind(price.output.0)
        .execute(db.write())
        .await?;
    Ok(known().fetch_one(db.write()).await?)
}

/// Lists are valid from the first call booked under them.
pub(super) async fn date_back(db: &AnyPool) -> Result<()> {
    let update = "update price_list set valid_from = coalesce((select min(at) from ledger \
                  where ledger.model = price_list.model and ledger.price_version = price_list.version \
                  and ledger.at < price_list.valid_from), valid_from)";
    sqlx::query(update).execute(db).await?;
    Ok(())
}

pub(super) async fn lists(db: &AnyPool) -> Result<Vec<ListRow>> {
    let select = format!("{LIST} order by model, valid_from desc, version");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(select)).fetch_all(db).await?)
}

/// Of `from <= day <= to`, calls under way. The empty word takes every model.
pub(super) async fn open_calls(db: &AnyPool, from: &str, to: &str, model: &str) -> Result<i64> {
    let select = "select count(*) from ledger where state = 'open' and day >= $1 and day <= $2 and ($3 = '' or model = $3)";
    Ok(sqlx::query_scalar(select).bind(from).bind(to).bind(model).fetch_one(db).await?)
}

/// Up to where a day was read.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) at: i64,
    pub(super) id: String,
}

impl Place {
    pub(super) fn start() -> Self {
        Self { at: i64::MIN, id: String::new() }
    }

    pub(super) fn after(call: &Call) -> Self {
        Self { at: call.at, id: call.id.clone() }
    }
}

/// A booked call of known use, and what stands for it in the ledger now.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) day: String,
    pub(super) request_id: String,
    pub(super) tenant: String,
    pub(super) user_id: Option<String>,
    pub(super) agent: String,
    pub(super) tier: String,
    pub(super) key_prefix: String,
    pub(super) release_id: String,
    pub(super) model: String,
    /// Under which it was booked.
    price_version: Option<String>,
    input_tokens: i64,
    cached_input_tokens: i64,
    cache_write_tokens: i64,
    output_tokens: i64,
    /// Booked, and corrected since.
    pub(super) now_micro: i64,
}

impl Call {
    pub(super) fn tokens(&self) -> TokenUse {
        TokenUse {
            input: self.input_tokens.unsigned_abs(),
            cached_input: self.cached_input_tokens.unsigned_abs(),
            cache_write: self.cache_write_tokens.unsigned_abs(),
            output: self.output_tokens.unsigned_abs(),
            reasoning: 0,
        }
    }
}

/// Of one day, in their order, after `place`.
pub(super) async fn calls(
    db: impl sqlx::Executor<'_, Database = Any>,
    day: &str,
    place: &Place,
    model: Option<&str>,
    limit: i64,
) -> Result<Vec<Call>> {
    let select = "select id, at, day, request_id, tenant, user_id, agent, tier, key_prefix, release_id, model, \
                  price_version, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, \
                  settled_micro + cast(coalesce((select sum(c.settled_micro) from ledger c where c.corrects = ledger.id), 0) \
                  as bigint) as now_micro from ledger where day = $1 and (at, id) > ($2, $3) \
                  and state = 'settled' and corrects is null and input_tokens > 0 and model is not null \
                  and ($4 = '' or model = $4) order by at, id limit $5";
    let query = sqlx::query_as(select).bind(day).bind(place.at).bind(&place.id);
    Ok(query.bind(model.unwrap_or_default()).bind(limit).fetch_all(db).await?)
}

/// The next day with entries.
pub(super) async fn next_day(tx: &mut WriteTx, after: &str, last: &str) -> Result<Option<String>> {
    let select = "select min(day) from ledger where day > $1 and day <= $2";
    Ok(sqlx::query_scalar(select).bind(after).bind(last).fetch_one(&mut **tx).await?)
}

pub(super) struct Correction {
    pub(super) id: String,
    pub(super) call: Call,
    pub(super) delta: MicroUsd,
}

/// At the time of the calls they correct, so that every sum by hour, day, agent or model has them where the call is.
pub(super) async fn insert_corrections(
    tx: &mut WriteTx,
    run: &RunRow,
    corrections: &[Correction],
    now: i64,
) -> Result<()> {
    for chunk in corrections.chunks(PARAMETERS / 19) {
        let insert = format!(
            "insert into ledger (id, request_id, at, day, tenant, user_id, agent, tier, key_prefix, release_id, \
             reserved_micro, model, price_version, settled_micro, state, settled_at, corrects, corrects_version, run_id) values {}",
            placeholders(tx, chunk.len(), 19)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert));
        for Correction { id, call, delta } in chunk {
            query = query
                .bind(id)
                .bind(&call.request_id)
                .bind(call.at)
                .bind(&call.day)
                .bind(&call.tenant)
                .bind(call.user_id.as_deref())
                .bind(&call.agent)
                .bind(&call.tier)
                .bind(&call.key_prefix)
                .bind(&call.release_id)
                .bind(0_i64)
                .bind(&call.model)
                .bind(&run.version)
                .bind(delta.0)
                .bind("settled")
                .bind(now)
                .bind(&call.id)
                .bind(call.price_version.as_deref().unwrap_or(NO_MODEL))
                .bind(&run.id);
        }
        query.execute(&mut **tx).await?;
    }
    // Corrected days are over; of minutes only the last three days are kept.
    let mut changes = Changes::default();
    for Correction { call, delta, .. } in corrections {
        let what = What {
            agent: call.agent.clone(),
            model: call.model.clone(),
            tier: call.tier.clone(),
            release: call.release_id.clone(),
        };
        changes.corrected(call.at, &what, *delta, now - MINUTES_KEPT);
        let priced = Priced::new(&call.day, Some(&call.model), call.price_version.as_deref());
        changes.used(priced, Used::correction(*delta));
    }
    spend::store::add(tx, &changes).await
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct RunRow {
    pub(super) id: String,
    pub(super) from_day: String,
    pub(super) to_day: String,
    pub(super) model: String,
    pub(super) version: String,
    pub(super) reason: String,
    pub(super) made_by: String,
    pub(super) started_at: i64,
    pub(super) finished_at: Option<i64>,
    /// Up to where it has come.
    pub(super) day: String,
    pub(super) at: i64,
    pub(super) entry_id: String,
    pub(super) calls: i64,
    pub(super) corrected: i64,
    pub(super) delta_micro: i64,
}

const RUN: &str = "select id, from_day, to_day, model, version, reason, made_by, started_at, finished_at, day, at, entry_id, \
                   calls, corrected, delta_micro from price_run";

pub(super) async fn run(db: impl sqlx::Executor<'_, Database = Any>, id: &str) -> Result<Option<RunRow>> {
    let select = format!("{RUN} where id = $1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(id).fetch_optional(db).await?)
}

pub(super) async fn runs(db: &AnyPool, limit: i64) -> Result<Vec<RunRow>> {
    let select = format!("{RUN} order by started_at desc, id desc limit $1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(limit).fetch_all(db).await?)
}

pub(super) async fn forget_runs(db: &AnyPool, before: i64) -> Result<()> {
    sqlx::query("delete from price_run where started_at < $1").bind(before).execute(db).await?;
    Ok(())
}

/// The run of the same period, model and version that has not come to its end. One that was [overtaken] is not gone on with.
pub(super) async fn interrupted(tx: &mut WriteTx, like: &RunRow) -> Result<Option<String>> {
    let select = format!(
        "{RUN} where from_day = $1 and to_day = $2 and model = $3 and version = $4 \
         and finished_at is null order by started_at desc, id desc limit 1"
    );
    let query =
        sqlx::query_as::<_, RunRow>(sqlx::AssertSqlSafe(select)).bind(&like.from_day).bind(&like.to_day);
    let found = query.bind(&like.model).bind(&like.version).fetch_optional(&mut **tx).await?;
    Ok(match found {
        Some(row) if overtaken(tx, &row).await?.is_none() => Some(row.id),
        _ => None,
    })
}

/// A run to another version that began later and has calls in common: what this one made of them is not what stands there.
pub(super) async fn overtaken(tx: &mut WriteTx, run: &RunRow) -> Result<Option<String>> {
    let select = "select id from price_run where (started_at, id) > ($1, $2) and from_day <= $3 and to_day >= $4 \
                  and ($5 = '' or model = '' or model = $5) and version <> $6 order by started_at desc, id desc limit 1";
    let query = sqlx::query_scalar(select).bind(run.started_at).bind(&run.id).bind(&run.to_day);
    Ok(query.bind(&run.from_day).bind(&run.model).bind(&run.version).fetch_optional(&mut **tx).await?)
}

pub(super) async fn insert_run(tx: &mut WriteTx, row: &RunRow) -> Result<()> {
    let insert = "insert into price_run (id, from_day, to_day, model, version, reason, made_by, started_at, day, at, \
                  entry_id, calls, corrected, delta_micro) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0)";
    sqlx::query(insert)
        .bind(&row.id)
        .bind(&row.from_day)
        .bind(&row.to_day)
        .bind(&row.model)
        .bind(&row.version)
        .bind(&row.reason)
        .bind(&row.made_by)
        .bind(row.started_at)
        .bind(&row.day)
        .bind(row.at)
        .bind(&row.entry_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn move_run(tx: &mut WriteTx, row: &RunRow) -> Result<()> {
    let update = "update price_run set day = $2, at = $3, entry_id = $4, calls = $5, corrected = $6, delta_micro = $7, \
                  finished_at = $8 where id = $1";
    sqlx::query(update)
        .bind(&row.id)
        .bind(&row.day)
        .bind(row.at)
        .bind(&row.entry_id)
        .bind(row.calls)
        .bind(row.corrected)
        .bind(row.delta_micro)
        .bind(row.finished_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

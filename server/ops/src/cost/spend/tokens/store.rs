//! SQL of tokens used.

use sqlx::{AnyPool, AssertSqlSafe, FromRow};

use super::{Changes, Used};
use crate::db::{PARAMETERS, WriteTx, placeholders};
use crate::error::Result;

/// In the order of [`Used::values`].
const COLUMNS: [&str; 11] = [
    "calls",
    "known_calls",
    "unknown_calls",
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "booked_micro",
    "unknown_micro",
    "corrected_micro",
];

/// Part of `spend::store::add`.
pub(in crate::cost::spend) async fn add(tx: &mut WriteTx, changes: &Changes) -> Result<()> {
    let all: Vec<_> = changes.tokens.iter().collect();
    let sums = COLUMNS.map(|column| format!("{column} = token_use.{column} + excluded.{column}")).join(", ");
    for chunk in all.chunks(PARAMETERS / 14) {
        let upsert = format!(
            "insert into token_use (day, model, version, {}) values {} \
             on conflict (day, model, version) do update set {sums}",
            COLUMNS.join(", "),
            placeholders(tx, chunk.len(), 14)
        );
        let mut query = sqlx::query(AssertSqlSafe(upsert));
        for (priced, more) in chunk {
            query = query.bind(&priced.day).bind(&priced.model).bind(&priced.version);
            for value in more.values() {
                query = query.bind(value);
            }
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// Days that no row is in any more.
pub(in crate::cost::spend) async fn drop_empty(tx: &mut WriteTx) -> Result<()> {
    let delete = "delete from token_use where calls = 0 and corrected_micro = 0 and booked_micro = 0";
    sqlx::query(delete).execute(&mut **tx).await?;
    Ok(())
}

#[derive(Clone, Debug, FromRow)]
pub(in crate::cost) struct UsedOf {
    pub(in crate::cost) model: String,
    pub(in crate::cost) version: String,
    #[sqlx(flatten)]
    pub(in crate::cost) used: Used,
}

/// Of `from <= day <= to`, by model, the version used last first. The empty word takes every model.
pub(in crate::cost) async fn of_days(db: &AnyPool, from: &str, to: &str, model: &str) -> Result<Vec<UsedOf>> {
    let select = of_days_sql();
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(from).bind(to).bind(model).fetch_all(db).await?)
}

pub(in crate::cost) fn of_days_sql() -> String {
    let sums = COLUMNS.map(|column| format!("cast(sum({column}) as bigint) as {column}")).join(", ");
    format!(
        "select model, version, {sums} from token_use where day >= $1 and day <= $2 and ($3 = '' or model = $3) \
         group by model, version order by model, max(day) desc, version"
    )
}

// === against the rows ===

/// Rows of a day, as they are summed.
const ROWS: &str = "select day, coalesce(model, '-') as model, coalesce(corrects_version, price_version, '-') as version, \
    count(*) - count(corrects) as calls, \
    cast(sum(case when corrects is null and input_tokens > 0 then 1 else 0 end) as bigint) as known_calls, \
    cast(sum(case when corrects is null and input_tokens = 0 and settled_micro > 0 then 1 else 0 end) as bigint) as unknown_calls, \
    cast(sum(input_tokens) as bigint) as input_tokens, \
    cast(sum(cached_input_tokens) as bigint) as cached_input_tokens, \
    cast(sum(cache_write_tokens) as bigint) as cache_write_tokens, \
    cast(sum(output_tokens) as bigint) as output_tokens, \
    cast(sum(reasoning_tokens) as bigint) as reasoning_tokens, \
    cast(sum(case when corrects is null then settled_micro else 0 end) as bigint) as booked_micro, \
    cast(sum(case when corrects is null and input_tokens = 0 then settled_micro else 0 end) as bigint) as unknown_micro, \
    cast(sum(case when corrects is null then 0 else settled_micro end) as bigint) as corrected_micro \
    from ledger where day = $1 and state = 'settled' \
    group by day, coalesce(model, '-'), coalesce(corrects_version, price_version, '-')";

/// The next day of rows or of sums, after this one; the empty word is before all.
pub(in crate::cost::spend) async fn next_day(db: &AnyPool, after: &str) -> Result<Option<String>> {
    let select = "select min(day) from (select min(day) as day from ledger where day > $1 \
                  union all select min(day) from token_use where day > $1) days";
    Ok(sqlx::query_scalar(select).bind(after).fetch_one(db).await?)
}

/// Whether the sums of a day are what its rows say, by one statement and so of one moment.
pub(in crate::cost::spend) async fn differs(db: &AnyPool, day: &str) -> Result<bool> {
    let negative = COLUMNS.map(|column| format!("-{column}")).join(", ");
    let any = COLUMNS.map(|column| format!("sum({column}) <> 0")).join(" or ");
    let select = format!(
        "select count(*) from (select model, version from ({ROWS} union all \
         select day, model, version, {negative} from token_use where day = $1) difference \
         group by model, version having {any}) differing"
    );
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(select)).bind(day).fetch_one(db).await?;
    Ok(count > 0)
}

/// Makes the sums of a day anew from its rows.
pub(in crate::cost::spend) async fn rebuild(tx: &mut WriteTx, day: &str) -> Result<()> {
    sqlx::query("delete from token_use where day = $1").bind(day).execute(&mut **tx).await?;
    let insert = format!("insert into token_use (day, model, version, {}) {ROWS}", COLUMNS.join(", "));
    sqlx::query(AssertSqlSafe(insert)).bind(day).execute(&mut **tx).await?;
    Ok(())
}

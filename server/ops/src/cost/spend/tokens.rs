//! Tokens of settled calls by cost day, model and version of the prices they were booked under: the raw counts that every price is
//! applied to. Shifted with the other sums, by whoever writes the ledger.

use domain::agent::TokenUse;
use domain::money::MicroUsd;
use sqlx::{AnyPool, AssertSqlSafe, FromRow};

use super::{Changes, NO_MODEL};
use crate::cost::ledger::LedgerRow;
use crate::db::{PARAMETERS, WriteTx, placeholders};
use crate::error::Result;

/// What calls are summed under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cost) struct Priced {
    /// Cost day.
    pub(in crate::cost) day: String,
    pub(in crate::cost) model: String,
    pub(in crate::cost) version: String,
}

impl Priced {
    pub(in crate::cost) fn new(day: &str, model: Option<&str>, version: Option<&str>) -> Self {
        let named = |name: Option<&str>| name.unwrap_or(NO_MODEL).to_owned();
        Self { day: day.to_owned(), model: named(model), version: named(version) }
    }

    pub(in crate::cost) fn of(row: &LedgerRow, day: &str) -> Self {
        Self::new(day, row.model.as_deref(), row.price_version.as_deref())
    }
}

/// Sums of a day, or what is added to them; negative where rows go. Tokens, calls and micro-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(in crate::cost) struct Used {
    pub(in crate::cost) calls: i64,
    /// Calls of which the provider said what they used.
    pub(in crate::cost) known_calls: i64,
    /// Calls that cost something and of which it did not: booked at their worst case.
    pub(in crate::cost) unknown_calls: i64,
    pub(in crate::cost) input_tokens: i64,
    pub(in crate::cost) cached_input_tokens: i64,
    pub(in crate::cost) cache_write_tokens: i64,
    pub(in crate::cost) output_tokens: i64,
    pub(in crate::cost) reasoning_tokens: i64,
    pub(in crate::cost) booked_micro: i64,
    pub(in crate::cost) unknown_micro: i64,
    /// Added by recomputing.
    pub(in crate::cost) corrected_micro: i64,
}

impl Used {
    pub(in crate::cost) fn call(cost: MicroUsd, tokens: TokenUse) -> Self {
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let known = tokens.input > 0;
        let unknown = !known && cost > MicroUsd::ZERO;
        Self {
            calls: 1,
            known_calls: i64::from(known),
            unknown_calls: i64::from(unknown),
            input_tokens: count(tokens.input),
            cached_input_tokens: count(tokens.cached_input),
            cache_write_tokens: count(tokens.cache_write),
            output_tokens: count(tokens.output),
            reasoning_tokens: count(tokens.reasoning),
            booked_micro: cost.0,
            unknown_micro: if known { 0 } else { cost.0 },
            corrected_micro: 0,
        }
    }

    pub(in crate::cost) fn correction(delta: MicroUsd) -> Self {
        Self { corrected_micro: delta.0, ..Self::default() }
    }

    pub(in crate::cost) fn gone(self) -> Self {
        Self::default().each(self, |nothing, gone| nothing - gone)
    }

    fn each(self, more: Self, of: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            calls: of(self.calls, more.calls),
            known_calls: of(self.known_calls, more.known_calls),
            unknown_calls: of(self.unknown_calls, more.unknown_calls),
            input_tokens: of(self.input_tokens, more.input_tokens),
            cached_input_tokens: of(self.cached_input_tokens, more.cached_input_tokens),
            cache_write_tokens: of(self.cache_write_tokens, more.cache_write_tokens),
            output_tokens: of(self.output_tokens, more.output_tokens),
            reasoning_tokens: of(self.reasoning_tokens, more.reasoning_tokens),
            booked_micro: of(self.booked_micro, more.booked_micro),
            unknown_micro: of(self.unknown_micro, more.unknown_micro),
            corrected_micro: of(self.corrected_micro, more.corrected_micro),
        }
    }

    fn values(&self) -> [i64; 11] {
        [
            self.calls,
            self.known_calls,
            self.unknown_calls,
            self.input_tokens,
            self.cached_input_tokens,
            self.cache_write_tokens,
            self.output_tokens,
            self.reasoning_tokens,
            self.booked_micro,
            self.unknown_micro,
            self.corrected_micro,
        ]
    }
}

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

impl Changes {
    pub(in crate::cost) fn used(&mut self, priced: Priced, more: Used) {
        let sum = self.tokens.entry(priced).or_default();
        *sum = sum.each(more, |sum, more| sum + more);
    }
}

/// Part of `spend::store::add`.
pub(super) async fn add(tx: &mut WriteTx, changes: &Changes) -> Result<()> {
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
pub(super) async fn drop_empty(tx: &mut WriteTx) -> Result<()> {
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
pub(super) async fn next_day(db: &AnyPool, after: &str) -> Result<Option<String>> {
    let select = "select min(day) from (select min(day) as day from ledger where day > $1 \
                  union all select min(day) from token_use where day > $1) days";
    Ok(sqlx::query_scalar(select).bind(after).fetch_one(db).await?)
}

/// Whether the sums of a day are what its rows say, by one statement and so of one moment.
pub(super) async fn differs(db: &AnyPool, day: &str) -> Result<bool> {
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
pub(super) async fn rebuild(tx: &mut WriteTx, day: &str) -> Result<()> {
    sqlx::query("delete from token_use where day = $1").bind(day).execute(&mut **tx).await?;
    let insert = format!("insert into token_use (day, model, version, {}) {ROWS}", COLUMNS.join(", "));
    sqlx::query(AssertSqlSafe(insert)).bind(day).execute(&mut **tx).await?;
    Ok(())
}

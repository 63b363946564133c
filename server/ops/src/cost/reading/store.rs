//! SQL of what people read of the ledger and of its sums.

use sqlx::{AnyPool, FromRow};

use super::entries::LedgerFilter;
use crate::cost::scopes::Scope;
use crate::cost::store::Counter;
use crate::error::Result;

#[derive(FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) request_id: String,
    pub(super) agent: String,
    pub(super) model: Option<String>,
    pub(super) price_version: Option<String>,
    pub(super) tier: String,
    pub(super) release_id: String,
    pub(super) key_prefix: String,
    pub(super) input_tokens: i64,
    pub(super) cached_input_tokens: i64,
    pub(super) output_tokens: i64,
    pub(super) cache_write_tokens: i64,
    pub(super) reasoning_tokens: i64,
    pub(super) corrects: Option<String>,
    pub(super) run_id: Option<String>,
    pub(super) reserved_micro: i64,
    pub(super) settled_micro: i64,
    pub(super) state: String,
    pub(super) settled_at: Option<i64>,
}

pub(super) async fn place(db: &AnyPool, id: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar("select at from ledger where id = $1").bind(id).fetch_optional(db).await?)
}

/// Older than `before`, a moment and an id; newest first.
pub(super) async fn list(
    db: &AnyPool,
    filter: &LedgerFilter,
    before: &(i64, String),
    limit: u32,
) -> Result<Vec<Row>> {
    // An absent filter is the empty text, so that one statement serves all.
    let select = "select id, at, request_id, agent, model, price_version, tier, release_id, key_prefix, input_tokens, \
                  cached_input_tokens, output_tokens, cache_write_tokens, reasoning_tokens, corrects, run_id, \
                  reserved_micro, settled_micro, state, settled_at from ledger \
                  where (at < $1 or (at = $1 and id < $2)) and ($3 = '' or agent = $3) and ($4 = '' or model = $4) \
                  and ($5 = '' or request_id = $5) and ($6 = '' or state = $6) and ($8 = 0 or run_id is not null) \
                  and ($9 = '' or run_id = $9) order by at desc, id desc limit $7";
    let query = sqlx::query_as(select)
        .bind(before.0)
        .bind(&before.1)
        .bind(filter.agent.map_or("", domain::agent::Agent::as_str))
        .bind(filter.model.clone().unwrap_or_default())
        .bind(filter.request.clone().unwrap_or_default())
        .bind(if filter.open { "open" } else { "" })
        .bind(i64::from(limit))
        .bind(i64::from(filter.corrections))
        .bind(filter.run.clone().unwrap_or_default());
    Ok(query.fetch_all(db).await?)
}

#[derive(FromRow)]
pub(super) struct Sum {
    /// The window: `2026-03-03` or `2026-03`.
    pub(super) day: String,
    pub(super) scope: String,
    pub(super) spent_micro: i64,
    pub(super) reserved_micro: i64,
    pub(super) likely_micro: i64,
}

impl Sum {
    pub(super) fn split(&self) -> (Scope, Counter) {
        let counter = Counter {
            spent_micro: self.spent_micro,
            reserved_micro: self.reserved_micro,
            likely_micro: self.likely_micro,
        };
        (Scope { window: self.day.clone(), name: self.scope.clone() }, counter)
    }

    pub(super) fn set(&mut self, counter: Counter) {
        self.spent_micro = counter.spent_micro;
        self.reserved_micro = counter.reserved_micro;
        self.likely_micro = counter.likely_micro;
    }
}

/// The sums of a day and of its month, the fullest first.
pub(super) async fn sums(db: &AnyPool, day: &str, month: &str, limit: i64) -> Result<Vec<Sum>> {
    let select = "select day, scope, spent_micro, reserved_micro, likely_micro from cost_counter \
                  where day in ($1, $2) and (spent_micro <> 0 or reserved_micro <> 0) order by spent_micro + reserved_micro desc, scope limit $3";
    Ok(sqlx::query_as(select).bind(day).bind(month).bind(limit).fetch_all(db).await?)
}

/// The tier under which each of these people (`tenant/user`) was last answered by a model.
pub(super) async fn tiers(db: &AnyPool, people: &[String]) -> Result<Vec<(String, String)>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=people.len()).map(|n| format!("${n}")).collect();
    let select = format!(
        "select tenant || '/' || user_id, tier from ledger where tenant || '/' || user_id in ({}) \
         group by tenant || '/' || user_id, tier order by max(at)",
        marks.join(", ")
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(select));
    for person in people {
        query = query.bind(person);
    }
    Ok(query.fetch_all(db).await?)
}

/// Which calls; the empty word takes all.
#[derive(Clone, Copy, Default)]
pub(super) struct CallsOf<'a> {
    pub(super) agent: &'a str,
    pub(super) tier: &'a str,
    pub(super) model: &'a str,
    /// Only those of the orchestrator's runs, as far as these have ended.
    pub(super) runs_only: bool,
}

/// Distinct requests and people, and what was settled, of calls with `from <= at < to`.
pub(super) async fn called(db: &AnyPool, (from, to): (i64, i64), of: CallsOf<'_>) -> Result<(i64, i64, i64)> {
    // A request begins before its calls, and none runs for ten minutes.
    let select = "select cast(count(distinct request_id) as bigint), \
                  cast(count(distinct tenant || '/' || user_id) as bigint), \
                  coalesce(cast(sum(settled_micro) as bigint), 0) from ledger where at >= $1 and at < $2 \
                  and ($3 = '' or agent = $3) and ($4 = '' or tier = $4) and ($5 = '' or model = $5) \
                  and ($6 = '' or request_id in (select id from requests where agent = $6 and at >= $1 - 600000))";
    let runs_only = if of.runs_only { domain::agent::Agent::Orchestrator.as_str() } else { "" };
    let query = sqlx::query_as(select).bind(from).bind(to).bind(of.agent).bind(of.tier).bind(of.model);
    Ok(query.bind(runs_only).fetch_one(db).await?)
}

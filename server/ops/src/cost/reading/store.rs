//! SQL of what people read of the ledger and of its sums.

use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use sqlx::{AnyPool, FromRow};

use super::entries::LedgerFilter;
use crate::cost::scopes::{KINDS, Scope};
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

const COLUMNS: &str = "id, at, request_id, agent, model, price_version, tier, release_id, key_prefix, input_tokens, \
                       cached_input_tokens, output_tokens, cache_write_tokens, reasoning_tokens, corrects, run_id, \
                       reserved_micro, settled_micro, state, settled_at";

/// The values of a page, in the order of its placeholders: the moment and id before it, the rows at most, and one per
/// condition of the filter.
pub(in crate::cost) struct List {
    pub(in crate::cost) sql: String,
    pub(in crate::cost) values: Vec<String>,
}

/// A page by the index that its filter has, continued after a moment and an id: how much is read depends on the length of the
/// page, never on that of the ledger. One request's and open calls are few, and looked through.
pub(in crate::cost) fn list_of(filter: &LedgerFilter) -> List {
    let mut values = Vec::new();
    let mut conditions = Vec::new();
    let mut and = |column: &str, value: Option<&str>| {
        if let Some(value) = value {
            values.push(value.to_owned());
            conditions.push(format!("{column} = ${}", values.len() + 3));
        }
    };
    and("request_id", filter.request.as_deref());
    and("model", filter.model.as_deref());
    and("agent", filter.agent.map(Agent::as_str));
    and("run_id", filter.run.as_deref());
    if filter.corrections {
        conditions.push("run_id is not null".to_owned());
    }
    if filter.open {
        conditions.push("state = 'open'".to_owned());
    }
    let page = |more: &str| {
        let mut all = conditions.join(" and ");
        for part in [more, "(at, id) < ($1, $2)"].into_iter().filter(|part| !part.is_empty()) {
            all = if all.is_empty() { part.to_owned() } else { format!("{all} and {part}") };
        }
        format!("select {COLUMNS} from ledger where {all} order by at desc, id desc limit $3")
    };
    // The calls of a model are sorted by agent: each agent's newest, merged.
    let only_model = filter.model.is_some()
        && filter.agent.is_none()
        && filter.request.is_none()
        && filter.run.is_none()
        && !filter.open;
    let sql = if only_model {
        let each =
            Agent::BOOKED.map(|agent| format!("select * from ({}) one", page(&format!("agent = '{agent}'"))));
        format!(
            "select {COLUMNS} from ({}) each_agent order by at desc, id desc limit $3",
            each.join(" union all ")
        )
    } else {
        page("")
    };
    List { sql, values }
}

/// Older than `before`, a moment and an id; newest first.
pub(super) async fn list(
    db: &AnyPool,
    filter: &LedgerFilter,
    before: &(i64, String),
    limit: u32,
) -> Result<Vec<Row>> {
    let List { sql, values } = list_of(filter);
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql));
    query = query.bind(before.0).bind(before.1.clone()).bind(i64::from(limit));
    for value in values {
        query = query.bind(value);
    }
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

/// The sums of a day and of its month that are not people's, the fullest first.
pub(super) async fn sums(db: &AnyPool, day: &str, month: &str, limit: i64) -> Result<Vec<Sum>> {
    let select = sums_sql();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(day).bind(month).bind(limit).fetch_all(db).await?)
}

pub(in crate::cost) fn sums_sql() -> String {
    let kinds = KINDS.map(|kind| format!("'{kind}'")).join(", ");
    format!(
        "select day, scope, spent_micro, reserved_micro, likely_micro from cost_counter \
         where substr(scope, 1, 4) in ({kinds}) and day in ($1, $2) and (spent_micro <> 0 or reserved_micro <> 0) \
         order by spent_micro + reserved_micro desc, scope limit $3"
    )
}

pub(in crate::cost) const FULLEST_PEOPLE: &str = "select day, scope, spent_micro, reserved_micro, likely_micro from cost_counter \
     where substr(scope, 1, 4) = 'user' and day in ($1, $2) and (spent_micro <> 0 or reserved_micro <> 0) \
     order by spent_micro + reserved_micro desc, scope limit $3";

/// People's sums of a day and of its month, the fullest first.
pub(super) async fn fullest_people(db: &AnyPool, day: &str, month: &str, limit: i64) -> Result<Vec<Sum>> {
    Ok(sqlx::query_as(FULLEST_PEOPLE).bind(day).bind(month).bind(limit).fetch_all(db).await?)
}

pub(in crate::cost) const DEAREST_PEOPLE: &str = "select scope, spent_micro from cost_counter \
    where substr(scope, 1, 4) = 'user' and day = $1 and spent_micro > 0 order by spent_micro desc, scope limit $2";

/// Whose sums of a window are the largest: `user:tenant/id`, micro-dollars.
pub(in crate::cost) async fn dearest_people(
    db: &AnyPool,
    window: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(DEAREST_PEOPLE).bind(window).bind(limit).fetch_all(db).await?)
}

/// What these sums of a window have spent; those without are absent. At most 249.
pub(in crate::cost) async fn spent_of(
    db: &AnyPool,
    window: &str,
    scopes: &[&str],
) -> Result<Vec<(String, i64)>> {
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (2..scopes.len() + 2).map(|n| format!("${n}")).collect();
    let select = format!(
        "select scope, spent_micro from cost_counter where day = $1 and scope in ({})",
        marks.join(", ")
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(window.to_owned());
    for scope in scopes {
        query = query.bind((*scope).to_owned());
    }
    Ok(query.fetch_all(db).await?)
}

/// The tier under which each of these people was last answered by a model: `tenant/user`, tier. Each is one look into the
/// index of people's calls.
pub(super) async fn tiers(db: &AnyPool, people: &[(TenantId, UserId)]) -> Result<Vec<(String, String)>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(tiers_sql(people.len())));
    for (tenant, user) in people {
        query = query.bind(tenant.to_string()).bind(user.to_string());
    }
    Ok(query.fetch_all(db).await?)
}

pub(in crate::cost) fn tiers_sql(people: usize) -> String {
    let each: Vec<String> = (0..people)
        .map(|n| {
            format!(
                "select * from (select tenant || '/' || user_id as name, tier from ledger \
                 where tenant = ${} and user_id = ${} order by at desc limit 1) one",
                2 * n + 1,
                2 * n + 2
            )
        })
        .collect();
    each.join(" union all ")
}

/// Of a model, what its newest calls of a window say.
#[derive(Clone, Copy, Debug, Default, FromRow)]
pub(in crate::cost) struct Callers {
    /// Calls looked at, of every model; as many as may be when there are more.
    pub(in crate::cost) looked: i64,
    pub(in crate::cost) requests: i64,
    pub(in crate::cost) people: i64,
    /// Of the requests, runs of the orchestrator, as far as these have ended.
    pub(in crate::cost) runs: i64,
}

pub(in crate::cost) const CALLERS: &str = "select count(*) as looked, \
    count(distinct case when model = $4 then request_id end) as requests, \
    count(distinct case when model = $4 then tenant || '/' || user_id end) as people, \
    count(distinct case when model = $4 and exists (select 1 from requests \
    where requests.id = newest.request_id and requests.agent = 'orchestrator') then request_id end) as runs \
    from (select model, request_id, tenant, user_id from ledger where at >= $1 and at < $2 \
    order by at desc, id desc limit $3) newest";

/// Distinct requests, people and runs among the newest `most` calls of `from <= at < to`.
pub(super) async fn callers(db: &AnyPool, (from, to): (i64, i64), most: i64, model: &str) -> Result<Callers> {
    Ok(sqlx::query_as(CALLERS).bind(from).bind(to).bind(most).bind(model).fetch_one(db).await?)
}

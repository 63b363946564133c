//! SQL of the table of requests.

use domain::agent::{Agent, Engine};
use domain::money::MicroUsd;
use sqlx::AssertSqlSafe;

use super::{DECIDE, DegradedBy, RequestDetail, RequestFilter, RequestRow, detail};
use crate::clock::at;
use crate::db::{Db, PARAMETERS, WriteTx, placeholders};
use crate::error::{Error, Result};
use crate::telemetry::buckets::Class;
use crate::telemetry::event::{RequestEvent, Step};

const COLUMNS: &str = "id, at, method, route, status, class, error_type, duration_us, tenant, user_id, key_prefix, \
                       tier, agent, archetype, engine, decision, degraded, degraded_reason, release_id, cost_micro, \
                       attempts, tokens_in, tokens_out, steps, demo, provider_us";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    at: i64,
    method: String,
    route: String,
    status: i64,
    error_type: Option<String>,
    duration_us: i64,
    tenant: Option<String>,
    user_id: Option<String>,
    key_prefix: Option<String>,
    tier: Option<String>,
    agent: Option<String>,
    archetype: Option<String>,
    engine: Option<String>,
    decision: Option<String>,
    degraded: i64,
    degraded_reason: Option<String>,
    release_id: Option<String>,
    cost_micro: i64,
    attempts: i64,
    tokens_in: i64,
    tokens_out: i64,
    steps: String,
    demo: i64,
    provider_us: i64,
}

impl Row {
    fn into_detail(self) -> Result<RequestDetail> {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let steps: Vec<Step> = serde_json::from_str(&self.steps)
            .map_err(|error| Error::internal("reading the steps of a request", error))?;
        Ok(RequestDetail {
            row: RequestRow {
                id: self.id,
                at: at(self.at),
                method: self.method,
                route: self.route,
                status: u16::try_from(self.status).unwrap_or(0),
                error_type: self.error_type,
                duration_us: count(self.duration_us),
                tenant: self.tenant,
                user: self.user_id,
                agent: self.agent.as_deref().and_then(Agent::parse),
                engine: self.engine.as_deref().and_then(Engine::parse),
                release: self.release_id,
                degraded: self.degraded != 0,
                cost: MicroUsd(self.cost_micro),
                demo: self.demo != 0,
            },
            degraded_reason: self.degraded_reason,
            key_prefix: self.key_prefix,
            tier: self.tier,
            archetype: self.archetype,
            decision: self.decision,
            attempts: u32::try_from(self.attempts).unwrap_or(0),
            tokens_in: count(self.tokens_in),
            tokens_out: count(self.tokens_out),
            provider_us: count(self.provider_us),
            steps: steps.into_iter().map(Into::into).collect(),
        })
    }
}

/// Rows of one statement.
const ROWS: usize = PARAMETERS / 26;

/// Writes requests in one transaction; those that are there already stay as they are.
pub(crate) async fn insert(db: &Db, events: &[RequestEvent]) -> Result<()> {
    let mut tx = db.begin_write().await?;
    for events in events.chunks(ROWS) {
        insert_some(&mut tx, events).await?;
    }
    Ok(tx.commit().await?)
}

async fn insert_some(tx: &mut WriteTx, events: &[RequestEvent]) -> Result<()> {
    let sql = format!(
        "insert into requests ({COLUMNS}) values {} on conflict (id) do nothing",
        placeholders(tx, events.len(), 26)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    for event in events {
        let steps = serde_json::to_string(&event.steps)
            .map_err(|error| Error::internal("writing the steps of a request", error))?;
        let request = detail(event);
        let row = request.row;
        query = query
            .bind(row.id)
            .bind(row.at.as_millisecond())
            .bind(row.method)
            .bind(row.route)
            .bind(i64::from(row.status))
            .bind(Class::of(event.status, event.error_type.as_deref()).number())
            .bind(row.error_type)
            .bind(count(row.duration_us))
            .bind(row.tenant)
            .bind(row.user)
            .bind(request.key_prefix)
            .bind(request.tier)
            .bind(row.agent.map(|agent| agent.as_str().to_owned()))
            .bind(request.archetype)
            .bind(row.engine.map(|engine| engine.as_str().to_owned()))
            .bind(request.decision)
            .bind(i64::from(row.degraded))
            .bind(request.degraded_reason)
            .bind(row.release)
            .bind(row.cost.0)
            .bind(i64::from(request.attempts))
            .bind(count(request.tokens_in))
            .bind(count(request.tokens_out))
            .bind(steps)
            .bind(i64::from(row.demo))
            .bind(count(request.provider_us));
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

enum Value {
    Text(String),
    Number(i64),
}

/// Conditions that must all hold, with their values.
#[derive(Default)]
struct Conditions {
    text: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// The placeholder of a value.
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn and(&mut self, comparison: &str, value: Option<Value>) {
        if let Some(value) = value {
            let placeholder = self.bind(value);
            self.text.push(format!("{comparison} {placeholder}"));
        }
    }

    fn of(filter: &RequestFilter, before: Option<&(i64, String)>) -> Self {
        let text = |value: &Option<String>| value.clone().map(Value::Text);
        let mut all = Self::default();
        all.and("agent =", filter.agent.map(|agent| Value::Text(agent.as_str().to_owned())));
        all.and("class =", filter.status_class.map(|class| Value::Number(i64::from(class))));
        all.and("tenant =", text(&filter.tenant));
        all.and("user_id =", text(&filter.user));
        all.and("release_id =", text(&filter.release));
        all.and("engine =", filter.engine.map(|engine| Value::Text(engine.as_str().to_owned())));
        all.and("degraded =", filter.degraded.map(|degraded| Value::Number(i64::from(degraded))));
        all.and("at >=", filter.from.map(|from| Value::Number(from.as_millisecond())));
        all.and("at <", filter.to.map(|to| Value::Number(to.as_millisecond())));
        if filter.agents_only {
            all.text.push("agent is not null".to_owned());
        }
        if filter.decided {
            let named = all.bind(Value::Text(format!("%\"name\":\"{DECIDE}\"%")));
            all.text.push(format!("steps like {named}"));
        }
        if let Some(text) = &filter.text {
            let part = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let begins = all.bind(Value::Text(format!("{part}%")));
            let contains = all.bind(Value::Text(format!("%{part}%")));
            all.text.push(format!(
                "(id like {begins} escape '\\' or lower(route) like {contains} escape '\\' \
                 or lower(coalesce(error_type, '')) like {contains} escape '\\')"
            ));
        }
        if let Some((at, id)) = before {
            let at = all.bind(Value::Number(*at));
            let id = all.bind(Value::Text(id.clone()));
            all.text.push(format!("(at, id) < ({at}, {id})"));
        }
        all
    }
}

/// A page of rows, newest first, older than `before`.
pub(super) async fn list(
    db: &Db,
    filter: &RequestFilter,
    before: Option<&(i64, String)>,
    limit: usize,
) -> Result<Vec<RequestDetail>> {
    let conditions = Conditions::of(filter, before);
    let all = if conditions.text.is_empty() { "1 = 1".to_owned() } else { conditions.text.join(" and ") };
    let sql = format!("select {COLUMNS} from requests where {all} order by at desc, id desc limit {limit}");
    let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql));
    for value in conditions.values {
        query = match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        };
    }
    let rows = query.fetch_all(db.read()).await?;
    rows.into_iter().map(Row::into_detail).collect()
}

pub(super) async fn get(db: &Db, id: &str) -> Result<Option<RequestDetail>> {
    let sql = format!("select {COLUMNS} from requests where id = $1");
    let row: Option<Row> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(id.to_owned()).fetch_optional(db.read()).await?;
    row.map(Row::into_detail).transpose()
}

/// What the newest requests of a window say.
#[derive(sqlx::FromRow)]
pub(super) struct Asked {
    /// Agent requests looked at.
    pub(super) looked: i64,
    /// Each tenant's apart.
    pub(super) people: i64,
    pub(super) requests: i64,
    pub(super) runs: i64,
}

pub(crate) const ASKING: &str = "select count(*) as looked, \
    count(distinct case when ($4 = '' or agent = $4 or agent = 'orchestrator') and ($5 = '' or tier = $5) \
    then coalesce(tenant, '') || '/' || user_id end) as people, \
    count(case when ($4 = '' or agent = $4) and ($5 = '' or tier = $5) then 1 end) as requests, \
    count(case when agent = 'orchestrator' and ($5 = '' or tier = $5) then 1 end) as runs \
    from (select agent, tier, tenant, user_id from requests where at >= $1 and at < $2 and agent is not null \
    order by at desc, id desc limit $3) newest";

/// People, agent requests, and runs of the orchestrator, among the newest `most` agent requests of [from, to). The empty word
/// takes every agent and every tier; of one agent, the people of runs count too.
pub(super) async fn asking(
    db: &Db,
    (from, to): (i64, i64),
    most: i64,
    agent: &str,
    tier: &str,
) -> Result<Asked> {
    let query =
        sqlx::query_as(ASKING).bind(from).bind(to).bind(most).bind(agent.to_owned()).bind(tier.to_owned());
    Ok(query.fetch_one(db.read()).await?)
}

/// One agent among the newest requests of a window: those of every tier, those of one, and what the latter cost.
#[derive(sqlx::FromRow)]
pub(super) struct OfTier {
    pub(super) agent: String,
    pub(super) looked: i64,
    pub(super) requests: i64,
    pub(super) cost_micro: i64,
}

pub(crate) const OF_TIER: &str = "select agent, count(*) as looked, count(case when tier = $4 then 1 end) as requests, \
    cast(sum(case when tier = $4 then cost_micro else 0 end) as bigint) as cost_micro from (\
    select agent, tier, cost_micro from requests where at >= $1 and at < $2 and agent is not null \
    order by at desc, id desc limit $3) newest group by agent order by agent";

/// Those refused count too.
pub(super) async fn of_tier(db: &Db, from: i64, to: i64, most: i64, tier: &str) -> Result<Vec<OfTier>> {
    let query = sqlx::query_as(OF_TIER).bind(from).bind(to).bind(most).bind(tier.to_owned());
    Ok(query.fetch_all(db.read()).await?)
}

pub(crate) const DEGRADED: &str = "select degraded_reason, agent, count(*), max(at) from (\
    select degraded_reason, agent, at from requests where degraded = 1 and at >= $1 and at < $2 \
    order by at desc limit $3) newest where degraded_reason is not null and agent is not null \
    group by degraded_reason, agent order by 3 desc, 1, 2";

/// Of the newest `most` degraded answers.
pub(super) async fn degraded_by(db: &Db, from: i64, to: i64, most: i64) -> Result<Vec<DegradedBy>> {
    let rows: Vec<(String, String, i64, i64)> =
        sqlx::query_as(DEGRADED).bind(from).bind(to).bind(most).fetch_all(db.read()).await?;
    let known = rows.into_iter().filter_map(|(reason, agent, answers, last)| {
        let agent = Agent::parse(&agent)?;
        Some(DegradedBy { reason, agent, answers: answers.unsigned_abs(), last: at(last) })
    });
    Ok(known.collect())
}

/// Deletes at most `most` requests that began before `before`; returns how many.
pub(super) async fn delete_oldest(db: &Db, before: i64, most: i64) -> Result<u64> {
    let delete =
        "delete from requests where id in (select id from requests where at < $1 order by at limit $2)";
    Ok(sqlx::query(delete).bind(before).bind(most).execute(db.write()).await?.rows_affected())
}

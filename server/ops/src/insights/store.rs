//! SQL of insights.

use agents::insights::{Category, Insight, Kind, KnownInsight, State};
use domain::id::{TenantId, UserId};
use serde_json::{Value, json};
use sqlx::{Any, AssertSqlSafe, Executor};

use super::feedback::points;
use super::{InsightFeedback, InsightFilter};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};
use crate::people::store::{from_json, to_json};

type Owner<'a> = (&'a TenantId, &'a UserId);

const DAY_MS: i64 = 86_400_000;
/// Validity of rows that a version before wrote.
const UNDATED_DAYS: i64 = 30;

/// An insight as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) category: String,
    pub(super) body: String,
    state: String,
    pub(super) rank_points: i64,
    pub(super) created_at: i64,
    expires_at: Option<i64>,
    first_shown_at: Option<i64>,
    last_shown_at: Option<i64>,
    shown_days: i64,
    pub(super) shown_on: Option<String>,
    pub(super) acknowledged_at: Option<i64>,
    rated_at: Option<i64>,
    dismissed_at: Option<i64>,
    superseded_by: Option<String>,
    rating: Option<i64>,
    helpful: Option<i64>,
    comment: Option<String>,
}

const ROW: &str =
    "select id, category, body, state, rank_points, created_at, expires_at, first_shown_at, last_shown_at, shown_days,
    shown_on, acknowledged_at, rated_at, dismissed_at, superseded_by, rating, helpful, comment from insight";

impl Row {
    pub(super) fn state(&self) -> Result<State> {
        State::parse(&self.state).ok_or_else(|| Error::internal("reading an insight", "unknown state"))
    }

    /// As apps get it: the insight, and its life.
    pub(super) fn into_body(self) -> Result<Value> {
        let mut body: Value = from_json(&self.body)?;
        let time = |ms: Option<i64>| json!(ms.map(|ms| at(ms).to_string()));
        let life = [
            ("state", json!(self.state)),
            ("created_at", time(Some(self.created_at))),
            ("expires_at", time(Some(self.expires_at.unwrap_or(self.created_at + UNDATED_DAYS * DAY_MS)))),
            ("first_shown_at", time(self.first_shown_at)),
            ("last_shown_at", time(self.last_shown_at)),
            ("shown_days", json!(self.shown_days)),
            ("acknowledged_at", time(self.acknowledged_at)),
            ("rated_at", time(self.rated_at)),
            ("dismissed_at", time(self.dismissed_at)),
            ("superseded_by", json!(self.superseded_by)),
            ("rating", json!(self.rating)),
            ("helpful", json!(self.helpful.map(|helpful| helpful != 0))),
            ("comment", json!(self.comment)),
        ];
        for (field, value) in life {
            body[field] = value;
        }
        Ok(body)
    }
}

/// The new ones of a run. A live one of the same topic, or about the same figure, is superseded by it.
pub(crate) async fn put_insights(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    insights: &[Insight],
    now: i64,
) -> Result<()> {
    for insight in insights {
        sqlx::query(
            "update insight set state = 'superseded', ended_at = $1, superseded_by = $2
             where tenant = $3 and user_id = $4 and ended_at is null and id <> $2 and (topic = $5 or metric = $6)",
        )
        .bind(now)
        .bind(&insight.id)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(insight.topic())
        .bind(&insight.evidence.metric)
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "insert into insight (id, tenant, user_id, category, meaning, content_hash, body, created_at, kind, topic, metric,
                                  rank_points, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (tenant, user_id, id) do nothing",
        )
        .bind(&insight.id)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(insight.category.as_str())
        .bind(&insight.meaning)
        .bind(&insight.content_hash)
        .bind(to_json(insight)?)
        .bind(now)
        .bind(insight.kind.as_str())
        .bind(insight.topic())
        .bind(&insight.evidence.metric)
        .bind(points(insight))
        .bind(now + i64::from(insight.valid_days) * DAY_MS)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Insights made since then, newest first, with how they were taken: at most 500.
pub(crate) async fn known_insights(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    since: i64,
) -> Result<Vec<KnownInsight>> {
    known(db.read(), (tenant, user), since).await
}

pub(super) async fn known_in(tx: &mut WriteTx, owner: Owner<'_>, since: i64) -> Result<Vec<KnownInsight>> {
    known(&mut **tx, owner, since).await
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    content_hash: String,
    meaning: String,
    category: String,
    kind: String,
    state: String,
    created_at: i64,
    expires_at: Option<i64>,
    shown_days: i64,
    acknowledged_at: Option<i64>,
    helpful: Option<i64>,
    rating: Option<i64>,
}

async fn known<'e>(
    on: impl Executor<'e, Database = Any>,
    (tenant, user): Owner<'_>,
    since: i64,
) -> Result<Vec<KnownInsight>> {
    let sql = "select content_hash, meaning, category, kind, state, created_at, expires_at, shown_days, acknowledged_at, helpful,
                      rating
               from insight where tenant = $1 and user_id = $2 and created_at >= $3 order by created_at desc limit 500";
    let rows: Vec<KnownRow> =
        sqlx::query_as(sql).bind(tenant.as_str()).bind(user.as_str()).bind(since).fetch_all(on).await?;
    let broken = |what: &'static str| move || Error::internal("reading an insight", what);
    rows.into_iter()
        .map(|row| {
            Ok(KnownInsight {
                category: Category::parse(&row.category).ok_or_else(broken("unknown category"))?,
                kind: Kind::parse(&row.kind),
                state: State::parse(&row.state).ok_or_else(broken("unknown state"))?,
                created_at: at(row.created_at),
                expires_at: at(row.expires_at.unwrap_or(row.created_at + UNDATED_DAYS * DAY_MS)),
                shown_days: u32::try_from(row.shown_days).unwrap_or(0),
                acknowledged: row.acknowledged_at.is_some(),
                helpful: row.helpful.map(|helpful| helpful != 0),
                rating: row.rating.and_then(|rating| u8::try_from(rating).ok()),
                content_hash: row.content_hash,
                meaning: row.meaning,
            })
        })
        .collect()
}

/// Newest first, after a time and an id.
pub(super) async fn newest(
    db: &Db,
    (tenant, user): Owner<'_>,
    filter: InsightFilter,
    (before, id): (i64, &str),
    rows: i64,
) -> Result<Vec<Row>> {
    let sql = format!(
        "{ROW} where tenant = $1 and user_id = $2 and ($3 = '' or category = $3) and ($4 = '' or state = $4)
           and (created_at < $5 or (created_at = $5 and id > $6)) order by created_at desc, id limit $7"
    );
    let found = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(filter.category.map_or("", Category::as_str))
        .bind(filter.state.map_or("", State::as_str))
        .bind(before)
        .bind(id.to_owned())
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    Ok(found)
}

/// Live ones, best first, after a rank and an id.
pub(super) async fn live(
    db: &Db,
    (tenant, user): Owner<'_>,
    filter: InsightFilter,
    now: i64,
    (below, id): (i64, &str),
    rows: i64,
) -> Result<Vec<Row>> {
    let sql = format!(
        "{ROW} where tenant = $1 and user_id = $2 and ended_at is null and (expires_at is null or expires_at > $3)
           and ($4 = '' or category = $4) and ($5 = '' or state = $5)
           and (rank_points < $6 or (rank_points = $6 and id > $7)) order by rank_points desc, id limit $8"
    );
    let found = sqlx::query_as(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(now)
        .bind(filter.category.map_or("", Category::as_str))
        .bind(filter.state.map_or("", State::as_str))
        .bind(below)
        .bind(id.to_owned())
        .bind(rows)
        .fetch_all(db.read())
        .await?;
    Ok(found)
}

/// All live ones of a person.
pub(super) async fn live_in(tx: &mut WriteTx, (tenant, user): Owner<'_>, now: i64) -> Result<Vec<Row>> {
    let sql = format!(
        "{ROW} where tenant = $1 and user_id = $2 and ended_at is null and (expires_at is null or expires_at > $3) limit 200"
    );
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(user.as_str()).bind(now);
    Ok(query.fetch_all(&mut **tx).await?)
}

pub(super) async fn of_person(tx: &mut WriteTx, (tenant, user): Owner<'_>, id: &str) -> Result<Option<Row>> {
    let sql = format!("{ROW} where tenant = $1 and user_id = $2 and id = $3");
    let query =
        sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(user.as_str()).bind(id.to_owned());
    Ok(query.fetch_optional(&mut **tx).await?)
}

/// Whose it is: ids are of a person, a day and a meaning, so that each names one insight.
pub(super) async fn owner_of<'e>(
    executor: impl Executor<'e, Database = Any>,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<UserId>> {
    let sql = "select user_id from insight where tenant = $1 and id = $2";
    let query = sqlx::query_scalar(sql).bind(tenant.as_str()).bind(id.to_owned());
    let user: Option<String> = query.fetch_optional(executor).await?;
    Ok(user.map(|user| UserId::parse(&user)).transpose()?)
}

/// Kept that it was shown, in the store and in `row`. Another process may have done so today: then nothing changes there.
pub(super) async fn surface(
    tx: &mut WriteTx,
    (tenant, user): Owner<'_>,
    row: &mut Row,
    today: &str,
    now: i64,
) -> Result<()> {
    let state = row.state()?.after(State::Surfaced);
    sqlx::query(
        "update insight set state = case when state = 'new' then $1 else state end, first_shown_at = coalesce(first_shown_at, $2),
                last_shown_at = $2, shown_days = shown_days + 1, shown_on = $3
         where tenant = $4 and user_id = $5 and id = $6 and ended_at is null and (shown_on is null or shown_on <> $3)",
    )
    .bind(State::Surfaced.as_str())
    .bind(now)
    .bind(today.to_owned())
    .bind(tenant.as_str())
    .bind(user.as_str())
    .bind(row.id.clone())
    .execute(&mut **tx)
    .await?;
    state.as_str().clone_into(&mut row.state);
    row.first_shown_at.get_or_insert(now);
    row.last_shown_at = Some(now);
    row.shown_days += 1;
    row.shown_on = Some(today.to_owned());
    Ok(())
}

pub(super) async fn acknowledge(
    tx: &mut WriteTx,
    (tenant, user): Owner<'_>,
    id: &str,
    state: State,
    now: i64,
) -> Result<()> {
    let sql =
        "update insight set acknowledged_at = $1, state = case when ended_at is null then $2 else state end
         where tenant = $3 and user_id = $4 and id = $5";
    let query = sqlx::query(sql).bind(now).bind(state.as_str()).bind(tenant.as_str()).bind(user.as_str());
    query.bind(id.to_owned()).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn rate(
    tx: &mut WriteTx,
    (tenant, user): Owner<'_>,
    id: &str,
    feedback: &InsightFeedback,
    state: State,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "update insight set helpful = coalesce($1, helpful), rating = coalesce($2, rating), comment = coalesce($3, comment),
                state = case when ended_at is null then $4 else state end, rated_at = $5
         where tenant = $6 and user_id = $7 and id = $8",
    )
    .bind(feedback.helpful.map(i64::from))
    .bind(feedback.rating.map(i64::from))
    .bind(feedback.comment.clone())
    .bind(state.as_str())
    .bind(now)
    .bind(tenant.as_str())
    .bind(user.as_str())
    .bind(id.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn dismiss(tx: &mut WriteTx, (tenant, user): Owner<'_>, id: &str, now: i64) -> Result<()> {
    let sql = "update insight set state = 'dismissed', dismissed_at = $1, ended_at = $1
               where tenant = $2 and user_id = $3 and id = $4 and ended_at is null";
    let query = sqlx::query(sql).bind(now).bind(tenant.as_str()).bind(user.as_str()).bind(id.to_owned());
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Its rank, in the row and in the insight itself.
pub(super) async fn put_rank(
    tx: &mut WriteTx,
    (tenant, user): Owner<'_>,
    insight: &Insight,
    points: i64,
) -> Result<()> {
    let sql = "update insight set body = $1, rank_points = $2 where tenant = $3 and user_id = $4 and id = $5";
    sqlx::query(sql)
        .bind(to_json(insight)?)
        .bind(points)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(&insight.id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Rows of a version before that has no expiry.
pub(super) async fn date_undated(db: &Db) -> Result<()> {
    let sql = "update insight set expires_at = created_at + $1 where expires_at is null and ended_at is null";
    sqlx::query(sql).bind(UNDATED_DAYS * DAY_MS).execute(db.write()).await?;
    Ok(())
}

/// Ends at most `rows` of those that have expired; how many.
pub(super) async fn expire(db: &Db, now: i64, rows: i64) -> Result<u64> {
    let sql = "update insight set state = 'expired', ended_at = $1
               where ended_at is null and (tenant, user_id, id) in
                 (select tenant, user_id, id from insight where ended_at is null and expires_at <= $1 order by expires_at limit $2)";
    Ok(sqlx::query(sql).bind(now).bind(rows).execute(db.write()).await?.rows_affected())
}

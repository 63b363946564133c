//! SQL of the counts of answers, and of how people took what they were given.

use domain::agent::Agent;
use sqlx::AssertSqlSafe;

use super::counts::Key;
use crate::db::{Db, PARAMETERS, WriteTx, placeholders};
use crate::error::Result;

/// Rows of one statement.
const ROWS: usize = PARAMETERS / 7;

/// Adds to what is there, in one order, so that two instances never wait for each other.
pub(super) async fn add(tx: &mut WriteTx, rows: &[(Key, u64)]) -> Result<()> {
    for rows in rows.chunks(ROWS) {
        let sql = format!(
            "insert into agent_count (agent, at, release_id, engine, subject, word, times) values {}
             on conflict (agent, at, release_id, engine, subject, word)
             do update set times = agent_count.times + excluded.times",
            placeholders(tx, rows.len(), 7)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (key, times) in rows {
            query = query
                .bind(key.agent.as_str())
                .bind(key.at)
                .bind(key.release.clone())
                .bind(key.engine)
                .bind(key.subject.clone())
                .bind(key.word.clone())
                .bind(i64::try_from(*times).unwrap_or(i64::MAX));
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// One sum over a window.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) release_id: String,
    pub(super) engine: String,
    pub(super) subject: String,
    pub(super) word: String,
    pub(super) times: i64,
}

/// All that was counted of one agent in the hours of [from, to).
pub(super) async fn sums(db: &Db, agent: Agent, from: i64, to: i64) -> Result<Vec<Row>> {
    let sql = "select release_id, engine, subject, word, cast(sum(times) as bigint) as times from agent_count
               where agent = $1 and at >= $2 and at < $3 group by release_id, engine, subject, word";
    Ok(sqlx::query_as(sql).bind(agent.as_str()).bind(from).bind(to).fetch_all(db.read()).await?)
}

pub(super) async fn delete_before(db: &Db, before: i64) -> Result<()> {
    sqlx::query("delete from agent_count where at < $1").bind(before).execute(db.write()).await?;
    Ok(())
}

/// Insights first shown in a window, and what has become of them since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Shown {
    pub(super) shown: i64,
    pub(super) acknowledged: i64,
    pub(super) rated: i64,
    pub(super) dismissed: i64,
    /// Of those that somebody said it of.
    pub(super) helpful: i64,
    pub(super) judged_helpful: i64,
    pub(super) ratings: i64,
    pub(super) rating_sum: i64,
}

pub(super) async fn shown(db: &Db, from: i64, to: i64) -> Result<Shown> {
    let sql = "select count(*) as shown, count(acknowledged_at) as acknowledged, count(rated_at) as rated,
                   count(dismissed_at) as dismissed, count(case when helpful = 1 then 1 end) as helpful,
                   count(helpful) as judged_helpful, count(rating) as ratings,
                   cast(coalesce(sum(rating), 0) as bigint) as rating_sum
               from insight where first_shown_at is not null and first_shown_at >= $1 and first_shown_at < $2";
    Ok(sqlx::query_as(sql).bind(from).bind(to).fetch_one(db.read()).await?)
}

/// Check-ins of a window by what was done.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct CheckedIn {
    pub(super) status: String,
    pub(super) times: i64,
    pub(super) ratings: i64,
    pub(super) rating_sum: i64,
}

/// Of meals, or of all other tasks: a meal's id is its day and `meal-` (see `people::tasks`).
pub(super) async fn checked_in(db: &Db, meals: bool, from: i64, to: i64) -> Result<Vec<CheckedIn>> {
    let sql = "select status, count(*) as times, count(rating) as ratings,
                   cast(coalesce(sum(rating), 0) as bigint) as rating_sum
               from check_in where received_at >= $1 and received_at < $2
                   and (case when substr(task_id, 11, 6) = '-meal-' then 1 else 0 end) = $3
               group by status order by status";
    Ok(sqlx::query_as(sql).bind(from).bind(to).bind(i64::from(meals)).fetch_all(db.read()).await?)
}

//! SQL of deployments.

use jiff::Timestamp;

use super::{Begun, Build, Deployment, How, SILENT_AFTER, State};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::Result;

/// Who asked by command is believed for so long: longer than a signal takes.
const ASKED_MS: i64 = 60_000;

pub(super) async fn begins(
    tx: &mut WriteTx,
    begun: &Begun,
    predecessor: &str,
    host: &str,
    now: i64,
) -> Result<()> {
    let sql = "insert into deployment (id, how, predecessor, asked_by, host, begun_at, seen_at, detail)
               values ($1, 'upgrade', $2, $3, $4, $5, $5, '')";
    sqlx::query(sql)
        .bind(&begun.id)
        .bind(predecessor)
        .bind(begun.asked_by.clone())
        .bind(host)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn serves(
    tx: &mut WriteTx,
    begun: &Begun,
    how: How,
    build: &Build,
    host: &str,
    pid: i64,
    now: i64,
) -> Result<()> {
    let sql = "insert into deployment (id, how, asked_by, version, revision, host, pid, begun_at, ready_at, seen_at, detail)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, '')
               on conflict (id) do update set version = excluded.version, revision = excluded.revision,
                  host = excluded.host, pid = excluded.pid, ready_at = excluded.ready_at, seen_at = excluded.seen_at";
    sqlx::query(sql)
        .bind(&begun.id)
        .bind(how.as_str())
        .bind(begun.asked_by.clone())
        .bind(&build.version)
        .bind(&build.revision)
        .bind(host)
        .bind(pid)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn seen(db: &Db, id: &str, now: i64) -> Result<()> {
    let sql = "update deployment set seen_at = $1 where id = $2 and outcome is null";
    sqlx::query(sql).bind(now).bind(id).execute(db.write()).await?;
    Ok(())
}

/// What has ended stays as it ended.
pub(super) async fn ended(tx: &mut WriteTx, id: &str, outcome: &str, detail: &str, now: i64) -> Result<()> {
    let sql = "update deployment set outcome = $1, detail = $2, ended_at = $3, seen_at = $3
               where id = $4 and outcome is null";
    sqlx::query(sql).bind(outcome).bind(detail).bind(now).bind(id).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn ask(db: &Db, id: &str, by: &str, now: i64) -> Result<()> {
    let sql = "update deployment set upgrade_asked_at = $1, upgrade_asked_by = $2 where id = $3";
    sqlx::query(sql).bind(now).bind(by).bind(id).execute(db.write()).await?;
    Ok(())
}

/// Who asked for an upgrade of this process, a moment ago; the next one is another's.
pub(super) async fn take_asked(tx: &mut WriteTx, id: &str, now: i64) -> Result<Option<String>> {
    let read = "select upgrade_asked_at, upgrade_asked_by from deployment where id = $1";
    let asked: Option<(Option<i64>, Option<String>)> =
        sqlx::query_as(read).bind(id).fetch_optional(&mut **tx).await?;
    let clear = "update deployment set upgrade_asked_at = null, upgrade_asked_by = null where id = $1";
    sqlx::query(clear).bind(id).execute(&mut **tx).await?;
    Ok(asked.and_then(|(at, by)| by.filter(|_| at.is_some_and(|at| now - at <= ASKED_MS))))
}

pub(super) async fn delete_before(db: &Db, before: i64) -> Result<()> {
    sqlx::query("delete from deployment where seen_at < $1").bind(before).execute(db.write()).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    how: String,
    predecessor: Option<String>,
    asked_by: Option<String>,
    version: Option<String>,
    revision: Option<String>,
    host: String,
    pid: Option<i64>,
    begun_at: i64,
    ready_at: Option<i64>,
    seen_at: i64,
    ended_at: Option<i64>,
    outcome: Option<String>,
    detail: String,
}

impl Row {
    fn state(&self, now: Timestamp) -> State {
        match self.outcome.as_deref() {
            Some("stopped") => State::Stopped,
            Some("handed-over") => State::HandedOver,
            Some(_) => State::Failed,
            None if now.duration_since(at(self.seen_at)) > SILENT_AFTER => State::Silent,
            None if self.ready_at.is_none() => State::Starting,
            None => State::Serving,
        }
    }

    fn at(self, now: Timestamp) -> Deployment {
        Deployment {
            state: self.state(now),
            id: self.id,
            how: if self.how == How::Upgrade.as_str() { How::Upgrade } else { How::Start },
            build: self.version.zip(self.revision).map(|(version, revision)| Build { version, revision }),
            asked_by: self.asked_by,
            predecessor: self.predecessor,
            host: self.host,
            pid: self.pid,
            begun_at: at(self.begun_at),
            ready_at: self.ready_at.map(at),
            seen_at: at(self.seen_at),
            ended_at: self.ended_at.map(at),
            detail: self.detail,
        }
    }
}

pub(super) async fn list(db: &Db, limit: i64, now: Timestamp) -> Result<Vec<Deployment>> {
    let sql = "select id, how, predecessor, asked_by, version, revision, host, pid, begun_at, ready_at, seen_at, ended_at,
               outcome, detail from deployment order by begun_at desc, id desc limit $1";
    let rows: Vec<Row> = sqlx::query_as(sql).bind(limit).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(|row| row.at(now)).collect())
}

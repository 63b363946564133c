//! SQL of releases. There is no update and no delete: a release is what it was when it was made.

use domain::release_line::Move;
use sqlx::{Any, AnyPool, Executor, FromRow};

use super::model::{Release, ReleaseMove, hash};
use crate::clock::at;
use crate::db::WriteTx;
use crate::error::{Error, Result};

#[derive(FromRow)]
struct Row {
    id: String,
    settings: String,
    note: String,
    created_at: i64,
    created_by: String,
    content_hash: String,
}

impl Row {
    fn read(self) -> Result<Release> {
        if hash(&self.settings) != self.content_hash {
            let what = format!("the settings of {} are not those it was made with", self.id);
            return Err(Error::internal("reading a release", what));
        }
        let settings = serde_json::from_str(&self.settings)
            .map_err(|error| Error::internal("reading a release's settings", error))?;
        Ok(Release {
            id: self.id,
            settings,
            note: self.note,
            created_at: at(self.created_at),
            created_by: self.created_by,
            content_hash: self.content_hash,
            text: self.settings,
        })
    }
}

pub(super) async fn find(db: impl Executor<'_, Database = Any>, id: &str) -> Result<Option<Release>> {
    let query = "select id, settings, note, created_at, created_by, content_hash from release where id = $1";
    sqlx::query_as::<_, Row>(query).bind(id).fetch_optional(db).await?.map(Row::read).transpose()
}

/// Newest first.
pub(super) async fn list(db: &AnyPool, limit: i64) -> Result<Vec<Release>> {
    let query = "select r.id, r.settings, r.note, r.created_at, r.created_by, r.content_hash \
                 from release r join release_history h on h.release_id = r.id and h.action = 'served' \
                 order by h.seq desc limit $1";
    sqlx::query_as::<_, Row>(query).bind(limit).fetch_all(db).await?.into_iter().map(Row::read).collect()
}

pub(super) async fn insert(tx: &mut WriteTx, release: &Release) -> Result<()> {
    let insert = "insert into release (id, settings, note, created_at, created_by, content_hash) \
                  values ($1, $2, $3, $4, $5, $6)";
    sqlx::query(insert)
        .bind(&release.id)
        .bind(&release.text)
        .bind(&release.note)
        .bind(release.created_at.as_millisecond())
        .bind(&release.created_by)
        .bind(&release.content_hash)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How many releases have an id that begins so. Releases are never deleted, so the next number is free.
pub(super) async fn count_named(tx: &mut WriteTx, prefix: &str) -> Result<i64> {
    let query = "select cast(count(*) as bigint) from release where id like $1";
    Ok(sqlx::query_scalar(query).bind(format!("{prefix}%")).fetch_one(&mut **tx).await?)
}

pub(super) async fn insert_move(tx: &mut WriteTx, seq: i64, step: &ReleaseMove) -> Result<()> {
    let insert = "insert into release_history (seq, release_id, from_id, action, at, made_by, reason) \
                  values ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(insert)
        .bind(seq)
        .bind(&step.release_id)
        .bind(&step.from_id)
        .bind(step.action.as_str())
        .bind(step.at.as_millisecond())
        .bind(&step.by)
        .bind(&step.reason)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Every move of the pointer, oldest first. They are made by people, so they are few.
pub(super) async fn moves(db: impl Executor<'_, Database = Any>) -> Result<Vec<(Move, String)>> {
    let query = "select action, release_id from release_history order by seq";
    let rows: Vec<(String, String)> = sqlx::query_as(query).fetch_all(db).await?;
    rows.into_iter().map(|(action, id)| Ok((parse(&action)?, id))).collect()
}

#[derive(FromRow)]
struct MoveRow {
    action: String,
    release_id: String,
    from_id: Option<String>,
    at: i64,
    made_by: String,
    reason: String,
}

/// Newest first.
pub(super) async fn latest_moves(db: &AnyPool, limit: i64) -> Result<Vec<ReleaseMove>> {
    let query = "select action, release_id, from_id, at, made_by, reason from release_history \
                 order by seq desc limit $1";
    let rows: Vec<MoveRow> = sqlx::query_as(query).bind(limit).fetch_all(db).await?;
    let read = |row: MoveRow| {
        Ok(ReleaseMove {
            action: parse(&row.action)?,
            release_id: row.release_id,
            from_id: row.from_id,
            at: at(row.at),
            by: row.made_by,
            reason: row.reason,
        })
    };
    rows.into_iter().map(read).collect()
}

fn parse(action: &str) -> Result<Move> {
    Move::parse(action).ok_or_else(|| Error::internal("reading the release history", "unknown move"))
}

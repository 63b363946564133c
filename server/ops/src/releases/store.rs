//! SQL of releases and of the pointer to the one served.

use domain::release::AgentSettings;
use sqlx::{Any, Executor};

use super::{PointerMove, Release, ReleaseInfo, moved};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};

/// Moves of the pointer that anything looks back on.
pub(super) const HISTORY: i64 = 500;

const SERVED: &str = "select r.id, r.settings from release_pointer p join release r on r.id = p.release_id
     order by p.seq desc limit 1";

pub(crate) async fn served(db: &Db) -> Result<Option<Release>> {
    served_by(db.read()).await
}

pub(super) async fn served_in(tx: &mut WriteTx) -> Result<Option<Release>> {
    served_by(&mut **tx).await
}

async fn served_by<'e>(executor: impl Executor<'e, Database = Any>) -> Result<Option<Release>> {
    let row: Option<(String, String)> = sqlx::query_as(SERVED).fetch_optional(executor).await?;
    row.map(|(id, settings)| Ok(Release { id, settings: read_settings(&settings)? })).transpose()
}

fn read_settings(text: &str) -> Result<AgentSettings> {
    serde_json::from_str(text).map_err(|error| Error::internal("reading a release's settings", error))
}

pub(super) async fn count_with_prefix(tx: &mut WriteTx, prefix: &str) -> Result<i64> {
    let query = "select count(*) from release where id like $1";
    Ok(sqlx::query_scalar(query).bind(format!("{prefix}%")).fetch_one(&mut **tx).await?)
}

pub(super) async fn insert(tx: &mut WriteTx, release: &ReleaseInfo) -> Result<()> {
    let settings = serde_json::to_string(&release.settings)
        .map_err(|error| Error::internal("writing a release's settings", error))?;
    sqlx::query(
        "insert into release (id, settings, note, created_at, created_by) values ($1, $2, $3, $4, $5)",
    )
    .bind(&release.id)
    .bind(settings)
    .bind(&release.note)
    .bind(release.created_at.as_millisecond())
    .bind(&release.created_by)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn point(
    tx: &mut WriteTx,
    id: &str,
    kind: &str,
    now: i64,
    by: &str,
    reason: &str,
) -> Result<()> {
    sqlx::query(
        "insert into release_pointer (seq, release_id, kind, at, by_whom, reason)
         select coalesce(max(seq), 0) + 1, $1, $2, $3, $4, $5 from release_pointer",
    )
    .bind(id)
    .bind(kind)
    .bind(now)
    .bind(by)
    .bind(reason)
    .execute(&mut **tx)
    .await?;
    crate::gateway::store::advance_epoch(tx).await
}

type MoveRow = (String, String, i64, String, String);
const MOVES: &str =
    "select release_id, kind, at, by_whom, reason from release_pointer order by seq desc limit $1";

pub(super) async fn moves(db: &Db, limit: i64) -> Result<Vec<PointerMove>> {
    let rows: Vec<MoveRow> = sqlx::query_as(MOVES).bind(limit).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(|(release, kind, at, by, reason)| moved(release, kind, at, by, reason)).collect())
}

pub(super) async fn moves_in(tx: &mut WriteTx, limit: i64) -> Result<Vec<PointerMove>> {
    let rows: Vec<MoveRow> = sqlx::query_as(MOVES).bind(limit).fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(|(release, kind, at, by, reason)| moved(release, kind, at, by, reason)).collect())
}

pub(super) async fn all(db: &Db) -> Result<Vec<ReleaseInfo>> {
    let rows: Vec<(String, String, String, i64, String)> = sqlx::query_as(
        "select id, settings, note, created_at, created_by from release order by created_at desc, id desc limit 200",
    )
    .fetch_all(db.read())
    .await?;
    rows.into_iter()
        .map(|(id, settings, note, created_at, created_by)| {
            let settings = read_settings(&settings)?;
            let created_at = at(created_at);
            Ok(ReleaseInfo { id, settings, note, created_at, created_by, served: false, changes: Vec::new() })
        })
        .collect()
}

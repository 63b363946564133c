//! SQL of forgetting.

use std::collections::HashSet;

use agents::memory::MemoryLayer;
use domain::id::{TenantId, UserId};
use sqlx::AssertSqlSafe;

use super::{Chosen, ForgottenKey};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::Result;
use crate::memory::store::after_two;

/// Which of these keys are not to be learned, as (layer, key).
pub(in crate::memory) async fn of_keys(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    keys: &[&str],
) -> Result<HashSet<(String, String)>> {
    let sql = format!(
        "select layer, memory_key from memory_forgotten where tenant = $1 and user_id = $2 and memory_key in ({})",
        after_two(keys.len())
    );
    let mut query =
        sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.as_str().to_owned()).bind(user.as_str().to_owned());
    for key in keys {
        query = query.bind((*key).to_owned());
    }
    let rows: Vec<(String, String)> = query.fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().collect())
}

/// Of one person, of a layer and a key where these are not empty.
const CHOSEN: &str =
    "tenant = $1 and user_id = $2 and ($3 = '' or layer = $3) and ($4 = '' or memory_key = $4)";

/// How many keys there were.
pub(super) async fn forget(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    what: Chosen<'_>,
    now: i64,
) -> Result<u64> {
    let chosen = |sql: String| {
        sqlx::query(AssertSqlSafe(sql))
            .bind(tenant.as_str().to_owned())
            .bind(user.as_str().to_owned())
            .bind(what.layer.to_owned())
            .bind(what.key.to_owned())
    };
    let held = format!(
        "select layer, memory_key from memory where {CHOSEN} union select layer, memory_key from memory_past where {CHOSEN}"
    );
    let tombstones = format!(
        "insert into memory_forgotten (tenant, user_id, layer, memory_key, forgotten_at)
         select $1, $2, held.layer, held.memory_key, cast($5 as bigint) from ({held}) held where 1 = 1
         on conflict (tenant, user_id, layer, memory_key) do update set forgotten_at = excluded.forgotten_at"
    );
    let keys = chosen(tombstones).bind(now).execute(&mut **tx).await?.rows_affected();
    let uses = format!(
        "delete from memory_use where tenant = $1 and user_id = $2 and memory_id in (select id from memory where {CHOSEN})"
    );
    chosen(uses).execute(&mut **tx).await?;
    for table in ["memory", "memory_past"] {
        chosen(format!("delete from {table} where {CHOSEN}")).execute(&mut **tx).await?;
    }
    Ok(keys)
}

pub(super) async fn list(db: &Db, tenant: &TenantId, user: &UserId, limit: i64) -> Result<Vec<ForgottenKey>> {
    let sql =
        "select layer, memory_key, forgotten_at from memory_forgotten where tenant = $1 and user_id = $2
               order by forgotten_at desc, layer, memory_key limit $3";
    let rows: Vec<(String, String, i64)> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(limit)
        .fetch_all(db.read())
        .await?;
    let key = |(layer, key, ms): (String, String, i64)| {
        Some(ForgottenKey { layer: MemoryLayer::parse(&layer)?, key, forgotten_at: at(ms) })
    };
    Ok(rows.into_iter().filter_map(key).collect())
}

/// How many tombstones there were.
pub(super) async fn lift(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    what: Chosen<'_>,
) -> Result<u64> {
    let sql = format!("delete from memory_forgotten where {CHOSEN}");
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(what.layer)
        .bind(what.key);
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

//! SQL of the upkeep of memories.

use domain::id::{TenantId, UserId};

use crate::db::{Db, WriteTx};
use crate::error::Result;

/// People whose turn it is, the longest without one first.
pub(super) async fn due(db: &Db, before: i64, limit: i64) -> Result<Vec<(TenantId, UserId)>> {
    let sql =
        "select tenant, user_id from person where memory_kept_at <= $1 order by memory_kept_at limit $2";
    let rows: Vec<(String, String)> =
        sqlx::query_as(sql).bind(before).bind(limit).fetch_all(db.read()).await?;
    let person = |(tenant, user): (String, String)| Ok((TenantId::parse(&tenant)?, UserId::parse(&user)?));
    rows.into_iter().map(person).collect()
}

/// Notes that it is done now, and holds this person's memories until `tx` ends; `false`: somebody else has done it.
pub(super) async fn take_turn(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    before: i64,
    now: i64,
) -> Result<bool> {
    let sql =
        "update person set memory_kept_at = $1 where tenant = $2 and user_id = $3 and memory_kept_at <= $4";
    let query = sqlx::query(sql).bind(now).bind(tenant.as_str()).bind(user.as_str()).bind(before);
    Ok(query.execute(&mut **tx).await?.rows_affected() > 0)
}

pub(super) async fn trim_uses(tx: &mut WriteTx, tenant: &TenantId, user: &UserId, since: i64) -> Result<()> {
    let sql = "delete from memory_use where tenant = $1 and user_id = $2 and at < $3";
    sqlx::query(sql).bind(tenant.as_str()).bind(user.as_str()).bind(since).execute(&mut **tx).await?;
    Ok(())
}

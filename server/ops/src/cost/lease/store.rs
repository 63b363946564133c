//! SQL of leases and of the processes that have them.

use sqlx::{AnyPool, FromRow};

use super::plan::Touched;
use crate::db::{PARAMETERS, WriteTx, placeholders};
use crate::error::Result;

/// A process takes money for the first time.
pub(super) async fn register(tx: &mut WriteTx, id: &str, now: i64) -> Result<()> {
    let insert = "insert into cost_instance (id, started_at, seen_at, exchange) values ($1, $2, $2, 1)";
    sqlx::query(insert).bind(id).bind(now).execute(&mut **tx).await?;
    Ok(())
}

/// `None`: nobody knows this process any more.
///
/// # Errors
/// When the exchange before was another than this process remembers.
pub(super) async fn seen(tx: &mut WriteTx, id: &str, now: i64, exchange: i64) -> Result<Option<()>> {
    let update =
        "update cost_instance set seen_at = $2, exchange = exchange + 1 where id = $1 returning exchange";
    match sqlx::query_scalar::<_, i64>(update).bind(id).bind(now).fetch_optional(&mut **tx).await? {
        Some(found) if found == exchange => Ok(Some(())),
        Some(found) => {
            let what = format!("the store is at exchange {found}, this process at {exchange}");
            Err(crate::Error::internal("telling the store what was spent", what))
        }
        None => Ok(None),
    }
}

pub(super) async fn beat(db: &AnyPool, id: &str, now: i64) -> Result<()> {
    sqlx::query("update cost_instance set seen_at = $2 where id = $1").bind(id).bind(now).execute(db).await?;
    Ok(())
}

/// The number of the last exchange that was committed. Waits for one that is still being committed.
pub(super) async fn exchanges(db: &AnyPool, id: &str) -> Result<Option<i64>> {
    let query = "update cost_instance set seen_at = seen_at where id = $1 returning exchange";
    Ok(sqlx::query_scalar(query).bind(id).fetch_optional(db).await?)
}

/// The rows follow what is taken; an empty lease has none.
pub(super) async fn put_leases(tx: &mut WriteTx, instance: &str, touched: &[Touched]) -> Result<()> {
    for chunk in touched.chunks(PARAMETERS / 6) {
        let upsert = format!(
            "insert into cost_lease (instance, day, scope, essential, bound_micro, likely_micro) values {} \
             on conflict (instance, day, scope, essential) do update set \
             bound_micro = excluded.bound_micro, likely_micro = excluded.likely_micro",
            placeholders(tx, chunk.len(), 6)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(upsert));
        for one in chunk {
            let after = one.after();
            query = query
                .bind(instance)
                .bind(&one.key.scope.window)
                .bind(&one.key.scope.name)
                .bind(i64::from(one.key.essential))
                .bind(after.bound.0)
                .bind(after.likely.0);
        }
        query.execute(&mut **tx).await?;
    }
    let delete = "delete from cost_lease where instance = $1 and bound_micro = 0 and likely_micro = 0";
    sqlx::query(delete).bind(instance).execute(&mut **tx).await?;
    Ok(())
}

/// What an instance holds of one sum.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct LeaseRow {
    pub(crate) instance: String,
    pub(crate) day: String,
    pub(crate) scope: String,
    pub(crate) essential: i64,
    pub(crate) bound_micro: i64,
    pub(crate) likely_micro: i64,
}

/// Every process that has taken money, and when it was last seen.
pub(super) async fn instances(db: &AnyPool) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as("select id, seen_at from cost_instance order by id").fetch_all(db).await?)
}

/// False: somebody else did, or it was seen again.
pub(super) async fn give_up(tx: &mut WriteTx, id: &str, seen_at: i64) -> Result<bool> {
    let delete = "delete from cost_instance where id = $1 and seen_at = $2";
    Ok(sqlx::query(delete).bind(id).bind(seen_at).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Removes an instance's leases and tells what they were, in the order sums are locked.
pub(super) async fn take_leases(tx: &mut WriteTx, instance: &str) -> Result<Vec<LeaseRow>> {
    let delete = "delete from cost_lease where instance = $1 \
                  returning instance, day, scope, essential, bound_micro, likely_micro";
    let mut leases: Vec<LeaseRow> = sqlx::query_as(delete).bind(instance).fetch_all(&mut **tx).await?;
    leases.sort_by(|left, right| (&left.day, &left.scope).cmp(&(&right.day, &right.scope)));
    Ok(leases)
}

/// Nothing is taken any more: the process ends.
pub(super) async fn forget(db: &AnyPool, id: &str) -> Result<()> {
    let delete = "delete from cost_instance where id = $1 \
                  and not exists (select 1 from cost_lease where instance = $1)";
    sqlx::query(delete).bind(id).execute(db).await?;
    Ok(())
}

/// All leases, the largest first; for people to read.
pub(super) async fn leases(db: &AnyPool, limit: i64) -> Result<Vec<LeaseRow>> {
    let query = "select instance, day, scope, essential, bound_micro, likely_micro from cost_lease \
                 order by bound_micro desc, day, scope, instance limit $1";
    Ok(sqlx::query_as(query).bind(limit).fetch_all(db).await?)
}

//! SQL of the demo: whether a store is still empty.

use sqlx::AssertSqlSafe;

use crate::db::Db;
use crate::error::Result;

/// Tables that are empty until something happens, and what stands in them.
const HAPPENED: [(&str, &str); 9] = [
    ("requests", "requests"),
    ("ledger", "calls of models"),
    ("cost_counter", "sums of money"),
    ("bucket_1m", "measurements"),
    ("person", "people's health data"),
    ("api_key", "keys of apps"),
    ("person_account", "people who sign in"),
    ("incident", "incidents"),
    ("tenant", "tenants"),
];

/// What the store holds; `None`: nothing has happened in it.
pub(super) async fn holds(db: &Db) -> Result<Option<&'static str>> {
    for (table, words) in HAPPENED {
        let select = format!("select count(*) from (select 1 as one from {table} limit 1) found");
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(select)).fetch_one(db.read()).await?;
        if found > 0 {
            return Ok(Some(words));
        }
    }
    Ok(None)
}

//! SQL of exports and erasures. Names of tables and columns come from the registry only.

use domain::id::{TenantId, UserId};
use serde_json::{Map, Value};
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};

use super::erase::{Erased, Renaming};
use super::registry::{Counts, JSON, Owned};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};
use crate::people::store::to_json;

/// The person's handle: their own, else `fresh`, which becomes it. `None`: there is no such person.
pub(super) async fn handle(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    fresh: &str,
) -> Result<Option<String>> {
    let sql = "update person set handle = case when handle = '' then $1 else handle end
               where tenant = $2 and user_id = $3 returning handle";
    let found = sqlx::query_scalar(sql).bind(fresh).bind(tenant.as_str()).bind(user.as_str());
    Ok(found.fetch_optional(&mut **tx).await?)
}

pub(super) async fn delete(tx: &mut WriteTx, owned: &Owned, tenant: &TenantId, user: &UserId) -> Result<u64> {
    let sql = AssertSqlSafe(format!("delete from {} where {}", owned.table, owned.whose));
    let done = sqlx::query(sql).bind(tenant.as_str()).bind(user.as_str()).execute(&mut **tx).await?;
    Ok(done.rows_affected())
}

pub(super) async fn count(tx: &mut WriteTx, owned: &Owned, tenant: &TenantId, user: &UserId) -> Result<u64> {
    let sql = AssertSqlSafe(format!("select count(*) from {} where {}", owned.table, owned.whose));
    let count = sqlx::query_scalar(sql).bind(tenant.as_str()).bind(user.as_str());
    let count: i64 = count.fetch_one(&mut **tx).await?;
    Ok(count.unsigned_abs())
}

pub(super) async fn rename_book(tx: &mut WriteTx, table: &str, renaming: &Renaming<'_>) -> Result<u64> {
    let sql = AssertSqlSafe(format!(
        "update {table} set user_id = $1 where tenant = $2 and user_id = $3 and at <= $4"
    ));
    let query = sqlx::query(sql)
        .bind(renaming.pseudonym)
        .bind(renaming.tenant.as_str())
        .bind(renaming.user.as_str())
        .bind(renaming.until);
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

/// Whether a process has taken money of this sum.
pub(super) async fn is_held(tx: &mut WriteTx, scope: &str) -> Result<bool> {
    let sql = "select count(*) from cost_lease where scope = $1";
    let count: i64 = sqlx::query_scalar(sql).bind(scope).fetch_one(&mut **tx).await?;
    Ok(count > 0)
}

/// Texts with `part` anywhere in them, each once.
pub(super) async fn mentions(tx: &mut WriteTx, table: &str, column: &str, part: &str) -> Result<Vec<String>> {
    // An underscore of an id is a wildcard here: what is found is looked at again.
    let sql = AssertSqlSafe(format!("select distinct {column} from {table} where {column} like $1"));
    Ok(sqlx::query_scalar(sql).bind(format!("%{part}%")).fetch_all(&mut **tx).await?)
}

pub(super) async fn rename_rule(
    tx: &mut WriteTx,
    (table, column): (&str, &str),
    old: &str,
    new: &str,
) -> Result<u64> {
    let sql = AssertSqlSafe(format!("update {table} set {column} = $1 where {column} = $2"));
    Ok(sqlx::query(sql).bind(new).bind(old).execute(&mut **tx).await?.rows_affected())
}

/// What stands under `old` is added to what stands under `new` already.
pub(super) async fn add_up(tx: &mut WriteTx, counts: &Counts, old: &str, new: &str) -> Result<u64> {
    let Counts { table, of, per, added, joined } = counts;
    let columns = [*added, *joined].concat().join(", ");
    let sum = |operator: &'static str| {
        move |column: &&str| format!("{column} = {table}.{column} {operator} excluded.{column}")
    };
    let sums: Vec<String> = added.iter().map(sum("+")).chain(joined.iter().map(sum("|"))).collect();
    let insert = format!(
        "insert into {table} ({per}, {of}, {columns}) select {per}, $1, {columns} from {table} where {of} = $2
         on conflict ({per}, {of}) do update set {}",
        sums.join(", ")
    );
    sqlx::query(AssertSqlSafe(insert)).bind(new).bind(old).execute(&mut **tx).await?;
    let delete = AssertSqlSafe(format!("delete from {table} where {of} = $1"));
    Ok(sqlx::query(delete).bind(old).execute(&mut **tx).await?.rows_affected())
}

/// Since when there is a person of this name; `None`: there is none.
pub(super) async fn here_since(tx: &mut WriteTx, tenant: &TenantId, user: &UserId) -> Result<Option<i64>> {
    let sql = "select created_at from person where tenant = $1 and user_id = $2";
    let found = sqlx::query_scalar(sql).bind(tenant.as_str()).bind(user.as_str());
    Ok(found.fetch_optional(&mut **tx).await?)
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    pseudonym: &str,
    asked_by: &str,
    erased: &Erased,
) -> Result<()> {
    let sql = "insert into erasure (id, tenant, user_id, pseudonym, handle, asked_by, erased_at, erased)
               values ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(sql)
        .bind(&erased.id)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(pseudonym)
        .bind(&erased.handle)
        .bind(asked_by)
        .bind(erased.erased_at.as_millisecond())
        .bind(to_json(&erased.deleted)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// An erasure that is not confirmed yet.
pub(super) struct Open {
    pub(super) id: String,
    pub(super) tenant: TenantId,
    pub(super) user: UserId,
    pub(super) pseudonym: String,
    pub(super) erased_at: i64,
}

pub(super) async fn open_erasures(db: &Db) -> Result<Vec<Open>> {
    let sql = "select id, tenant, user_id, pseudonym, erased_at from erasure
               where confirmed_at is null and user_id is not null order by erased_at limit 100";
    let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(sql).fetch_all(db.read()).await?;
    rows.into_iter()
        .map(|(id, tenant, user, pseudonym, erased_at)| {
            let (tenant, user) = (TenantId::parse(&tenant)?, UserId::parse(&user)?);
            Ok(Open { id, tenant, user, pseudonym, erased_at })
        })
        .collect()
}

pub(super) async fn confirm(tx: &mut WriteTx, id: &str, now: i64) -> Result<()> {
    let sql = "update erasure set user_id = null, confirmed_at = $1 where id = $2";
    sqlx::query(sql).bind(now).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// Every row of a table that is the person's, without whose it is; times and JSON as what they are.
pub(super) fn rows<'c>(
    connection: &'c mut sqlx::AnyConnection,
    owned: &Owned,
    tenant: &TenantId,
    user: &UserId,
) -> impl futures::Stream<Item = Result<Value>> + 'c {
    use futures::StreamExt as _;
    let sql = AssertSqlSafe(format!("select * from {} where {}", owned.table, owned.whose));
    let query = sqlx::query(sql).bind(tenant.as_str().to_owned()).bind(user.as_str().to_owned());
    query.fetch(connection).map(|row| row_of(&row?))
}

fn row_of(row: &AnyRow) -> Result<Value> {
    let mut fields = Map::new();
    for column in row.columns() {
        let (name, place) = (column.name(), column.ordinal());
        if matches!(name, "tenant" | "user_id" | "handle") {
            continue;
        }
        let raw = row.try_get_raw(place)?;
        let value = if raw.is_null() {
            Value::Null
        } else {
            match raw.type_info().kind() {
                AnyTypeInfoKind::Text => text(name, row.try_get(place)?)?,
                AnyTypeInfoKind::Real | AnyTypeInfoKind::Double => row.try_get::<f64, _>(place)?.into(),
                AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
                    number(name, row.try_get(place)?)
                }
                _ => return Err(Error::internal("exporting a person", raw.type_info().name().to_owned())),
            }
        };
        fields.insert(name.to_owned(), value);
    }
    Ok(Value::Object(fields))
}

fn text(name: &str, text: String) -> Result<Value> {
    if JSON.contains(&name) {
        return crate::people::store::from_json(&text);
    }
    Ok(text.into())
}

fn number(name: &str, number: i64) -> Value {
    if name == "at" || name.ends_with("_at") { at(number).to_string().into() } else { number.into() }
}

//! SQL of accounts, sessions, the setup link, tenants and keys.

use domain::access::{Role, Scope, Tier};
use domain::id::TenantId;
use jiff::Timestamp;

use super::{Account, KeyInfo, Person, SessionInfo};
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};

/// A role that we did not write is the least one.
fn role(text: &str) -> Role {
    Role::parse(text).unwrap_or(Role::Viewer)
}

// === accounts ===

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: String,
    email: String,
    role: String,
    disabled: i64,
    created_at: i64,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let (role, disabled, created_at) = (role(&row.role), row.disabled != 0, at(row.created_at));
        Self { id: row.id, email: row.email, role, disabled, created_at }
    }
}

const ACCOUNT: &str = "select id, email, role, disabled, created_at from person_account";

pub(super) async fn insert_account(tx: &mut WriteTx, account: &Account, password_hash: &str) -> Result<()> {
    let inserted = sqlx::query(
        "insert into person_account (id, email, role, password_hash, disabled, created_at) values ($1, $2, $3, $4, 0, $5)",
    )
    .bind(&account.id)
    .bind(&account.email)
    .bind(account.role.as_str())
    .bind(password_hash)
    .bind(account.created_at.as_millisecond())
    .execute(&mut **tx)
    .await;
    match inserted {
        Err(error)
            if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) =>
        {
            Err(Error::Conflict("somebody with this email exists already".to_owned()))
        }
        other => other.map(|_| ()).map_err(Error::from),
    }
}

pub(super) async fn accounts(db: &Db) -> Result<Vec<Account>> {
    let sql = sqlx::AssertSqlSafe(format!("{ACCOUNT} order by email limit 1000"));
    let rows: Vec<AccountRow> = sqlx::query_as(sql).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

pub(super) async fn account_in(tx: &mut WriteTx, id: &str) -> Result<Option<Account>> {
    let sql = sqlx::AssertSqlSafe(format!("{ACCOUNT} where id = $1"));
    let row: Option<AccountRow> = sqlx::query_as(sql).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.map(Account::from))
}

pub(super) async fn account_by_email(db: &Db, email: &str) -> Result<Option<(Account, String)>> {
    let sql = sqlx::AssertSqlSafe(format!("{ACCOUNT} where email = $1"));
    let row: Option<AccountRow> = sqlx::query_as(sql).bind(email).fetch_optional(db.read()).await?;
    let Some(row) = row else { return Ok(None) };
    let sql = "select password_hash from person_account where id = $1";
    let hash: String = sqlx::query_scalar(sql).bind(&row.id).fetch_one(db.read()).await?;
    Ok(Some((row.into(), hash)))
}

pub(super) async fn update_account(tx: &mut WriteTx, id: &str, role: Role, disabled: bool) -> Result<()> {
    sqlx::query("update person_account set role = $1, disabled = $2 where id = $3")
        .bind(role.as_str())
        .bind(i64::from(disabled))
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn count_accounts(tx: &mut WriteTx) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from person_account").fetch_one(&mut **tx).await?)
}

pub(super) async fn count_admins(tx: &mut WriteTx) -> Result<i64> {
    let sql = "select count(*) from person_account where role = 'admin' and disabled = 0";
    Ok(sqlx::query_scalar(sql).fetch_one(&mut **tx).await?)
}

// === the setup link ===

pub(super) async fn insert_setup_token(tx: &mut WriteTx, hash: &str, expires_at: i64) -> Result<()> {
    sqlx::query("insert into setup_token (id, token_hash, expires_at) values (1, $1, $2)")
        .bind(hash)
        .bind(expires_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Uses the link up; whether it was valid.
pub(super) async fn take_setup_token(tx: &mut WriteTx, hash: &str, now: i64) -> Result<bool> {
    let sql = "delete from setup_token where token_hash = $1 and expires_at > $2";
    Ok(sqlx::query(sql).bind(hash).bind(now).execute(&mut **tx).await?.rows_affected() > 0)
}

pub(super) async fn delete_setup_token(tx: &mut WriteTx) -> Result<()> {
    sqlx::query("delete from setup_token").execute(&mut **tx).await?;
    Ok(())
}

// === sessions ===

pub(super) struct NewSession<'a> {
    pub(super) id: &'a str,
    pub(super) token_hash: &'a str,
    pub(super) account_id: &'a str,
    pub(super) now: i64,
    pub(super) expires_at: i64,
    pub(super) address: &'a str,
    pub(super) user_agent: &'a str,
}

pub(super) async fn insert_session(tx: &mut WriteTx, new: &NewSession<'_>) -> Result<()> {
    sqlx::query(
        "insert into session (id, token_hash, account_id, created_at, last_seen_at, expires_at, address, user_agent)
         values ($1, $2, $3, $4, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.token_hash)
    .bind(new.account_id)
    .bind(new.now)
    .bind(new.expires_at)
    .bind(new.address)
    .bind(new.user_agent)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: String,
    account_id: String,
    email: String,
    role: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    address: String,
    user_agent: String,
}

const SESSION: &str =
    "select s.id, s.account_id, a.email, a.role, s.created_at, s.last_seen_at, s.expires_at, s.address,
     s.user_agent from session s join person_account a on a.id = s.account_id where a.disabled = 0";

/// The person, when last seen, and the absolute end.
pub(super) async fn session(db: &Db, hash: &str) -> Result<Option<(Person, Timestamp, Timestamp)>> {
    let sql = sqlx::AssertSqlSafe(format!("{SESSION} and s.token_hash = $1"));
    let row: Option<SessionRow> = sqlx::query_as(sql).bind(hash).fetch_optional(db.read()).await?;
    Ok(row.map(|row| {
        let person = Person {
            user_id: row.account_id,
            email: row.email,
            role: role(&row.role),
            session_id: row.id,
            signed_in_at: at(row.created_at),
        };
        (person, at(row.last_seen_at), at(row.expires_at))
    }))
}

pub(super) async fn sessions(db: &Db, now: i64) -> Result<Vec<SessionInfo>> {
    let sql = sqlx::AssertSqlSafe(format!(
        "{SESSION} and s.expires_at > $1 order by s.last_seen_at desc limit 200"
    ));
    let rows: Vec<SessionRow> = sqlx::query_as(sql).bind(now).fetch_all(db.read()).await?;
    let info = |row: SessionRow| SessionInfo {
        id: row.id,
        email: row.email,
        signed_in_at: at(row.created_at),
        last_seen_at: at(row.last_seen_at),
        address: row.address,
        user_agent: row.user_agent,
    };
    Ok(rows.into_iter().map(info).collect())
}

pub(super) async fn touch_session(db: &Db, id: &str, now: i64) -> Result<()> {
    sqlx::query("update session set last_seen_at = $1 where id = $2")
        .bind(now)
        .bind(id)
        .execute(db.write())
        .await?;
    Ok(())
}

pub(super) async fn delete_session_by_hash(db: &Db, hash: &str) -> Result<()> {
    sqlx::query("delete from session where token_hash = $1").bind(hash).execute(db.write()).await?;
    Ok(())
}

pub(super) async fn delete_session(tx: &mut WriteTx, id: &str) -> Result<u64> {
    Ok(sqlx::query("delete from session where id = $1").bind(id).execute(&mut **tx).await?.rows_affected())
}

pub(super) async fn delete_sessions_of(tx: &mut WriteTx, account: &str) -> Result<()> {
    sqlx::query("delete from session where account_id = $1").bind(account).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn delete_expired(db: &Db, now: i64) -> Result<()> {
    sqlx::query("delete from session where expires_at <= $1").bind(now).execute(db.write()).await?;
    sqlx::query("delete from setup_token where expires_at <= $1").bind(now).execute(db.write()).await?;
    Ok(())
}

// === tenants and keys ===

pub(super) async fn ensure_tenant(tx: &mut WriteTx, tenant: &TenantId, demo: bool, now: i64) -> Result<()> {
    sqlx::query("insert into tenant (id, created_at, demo) values ($1, $2, $3) on conflict (id) do nothing")
        .bind(tenant.as_str())
        .bind(now)
        .bind(i64::from(demo))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: String,
    prefix: String,
    name: String,
    tenant: String,
    tier: String,
    scopes: String,
    created_at: i64,
    created_by: String,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl KeyRow {
    fn into_key(self) -> Result<KeyInfo> {
        Ok(KeyInfo {
            tenant: TenantId::parse(&self.tenant)?,
            tier: Tier::parse(&self.tier)?,
            scopes: Scope::parse_list(&self.scopes)?,
            id: self.id,
            prefix: self.prefix,
            name: self.name,
            created_at: at(self.created_at),
            created_by: self.created_by,
            expires_at: self.expires_at.map(at),
            revoked_at: self.revoked_at.map(at),
            last_used_at: self.last_used_at.map(at),
        })
    }
}

const KEY: &str = "select id, prefix, name, tenant, tier, scopes, created_at, created_by, expires_at, revoked_at, last_used_at
     from api_key";

pub(super) async fn insert_key(tx: &mut WriteTx, key: &KeyInfo, secret_hash: &str) -> Result<()> {
    sqlx::query(
        "insert into api_key (id, secret_hash, prefix, name, tenant, tier, scopes, created_at, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&key.id)
    .bind(secret_hash)
    .bind(&key.prefix)
    .bind(&key.name)
    .bind(key.tenant.as_str())
    .bind(key.tier.as_str())
    .bind(Scope::join(&key.scopes))
    .bind(key.created_at.as_millisecond())
    .bind(&key.created_by)
    .bind(key.expires_at.map(Timestamp::as_millisecond))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn keys(db: &Db) -> Result<Vec<KeyInfo>> {
    let sql = sqlx::AssertSqlSafe(format!("{KEY} order by created_at desc limit 500"));
    let rows: Vec<KeyRow> = sqlx::query_as(sql).fetch_all(db.read()).await?;
    rows.into_iter().map(KeyRow::into_key).collect()
}

pub(super) async fn key_by_hash(db: &Db, hash: &str) -> Result<Option<KeyInfo>> {
    let sql = sqlx::AssertSqlSafe(format!("{KEY} where secret_hash = $1"));
    let row: Option<KeyRow> = sqlx::query_as(sql).bind(hash).fetch_optional(db.read()).await?;
    row.map(KeyRow::into_key).transpose()
}

pub(super) async fn key_by_id(db: &Db, id: &str) -> Result<Option<KeyInfo>> {
    let sql = sqlx::AssertSqlSafe(format!("{KEY} where id = $1"));
    let row: Option<KeyRow> = sqlx::query_as(sql).bind(id).fetch_optional(db.read()).await?;
    row.map(KeyRow::into_key).transpose()
}

/// The prefix of the key that this revoked.
pub(super) async fn revoke_key(tx: &mut WriteTx, id: &str, now: i64) -> Result<Option<String>> {
    let sql = "update api_key set revoked_at = $1 where id = $2 and revoked_at is null returning prefix";
    Ok(sqlx::query_scalar(sql).bind(now).bind(id).fetch_optional(&mut **tx).await?)
}

pub(super) async fn touch_key(db: &Db, id: &str, now: i64) -> Result<()> {
    sqlx::query("update api_key set last_used_at = $1 where id = $2")
        .bind(now)
        .bind(id)
        .execute(db.write())
        .await?;
    Ok(())
}

//! SQL of the caps that people set, of their overrides, and of what a cap would hit.

use sqlx::{AnyPool, AssertSqlSafe, FromRow};

use crate::cost::scopes::Scope;
use crate::cost::store::Counter;
use crate::db::WriteTx;
use crate::error::Result;

#[derive(Clone, Debug, FromRow)]
pub(super) struct SetRow {
    pub(super) rule: String,
    pub(super) amount_micro: Option<i64>,
    pub(super) at: i64,
    pub(super) made_by: String,
    pub(super) reason: String,
}

/// The last change of every rule that was changed.
pub(super) async fn set(db: impl sqlx::Executor<'_, Database = sqlx::Any>) -> Result<Vec<SetRow>> {
    let select = "select rule, amount_micro, at, made_by, reason from cap_change where is_current = 1";
    Ok(sqlx::query_as(select).fetch_all(db).await?)
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct ChangeRow {
    pub(super) id: String,
    pub(super) rule: String,
    pub(super) amount_micro: Option<i64>,
    pub(super) before_micro: i64,
    pub(super) at: i64,
    pub(super) made_by: String,
    pub(super) reason: String,
}

/// Newest first.
pub(super) async fn history(db: &AnyPool, rule: &str, limit: i64) -> Result<Vec<ChangeRow>> {
    let select = "select id, rule, amount_micro, before_micro, at, made_by, reason from cap_change \
                  where rule = $1 order by at desc, id desc limit $2";
    Ok(sqlx::query_as(select).bind(rule).bind(limit).fetch_all(db).await?)
}

/// Takes the place of the rule's change before it.
pub(super) async fn insert(tx: &mut WriteTx, row: &ChangeRow) -> Result<()> {
    let close = "update cap_change set is_current = 0 where rule = $1 and is_current = 1";
    sqlx::query(close).bind(&row.rule).execute(&mut **tx).await?;
    let insert = "insert into cap_change (id, rule, amount_micro, before_micro, at, made_by, reason, is_current) \
                  values ($1, $2, $3, $4, $5, $6, $7, 1)";
    sqlx::query(insert)
        .bind(&row.id)
        .bind(&row.rule)
        .bind(row.amount_micro)
        .bind(row.before_micro)
        .bind(row.at)
        .bind(&row.made_by)
        .bind(&row.reason)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

// === overrides ===

#[derive(Clone, Debug, FromRow)]
pub(super) struct OverrideRow {
    pub(super) id: String,
    pub(super) rule: String,
    pub(super) amount_micro: i64,
    pub(super) reason: String,
    pub(super) requested_by: String,
    pub(super) requested_at: i64,
    pub(super) expires_at: i64,
    pub(super) approved_by: Option<String>,
    pub(super) approved_at: Option<i64>,
    pub(super) is_open: i64,
    pub(super) ended_at: Option<i64>,
    pub(super) ended_by: Option<String>,
    pub(super) ended_how: Option<String>,
    pub(super) ended_reason: Option<String>,
}

const OVERRIDE: &str = "select id, rule, amount_micro, reason, requested_by, requested_at, expires_at, approved_by, \
                        approved_at, is_open, ended_at, ended_by, ended_how, ended_reason from cap_override";

/// Those that wait or are in force.
pub(super) async fn open(db: impl sqlx::Executor<'_, Database = sqlx::Any>) -> Result<Vec<OverrideRow>> {
    let select = format!("{OVERRIDE} where is_open = 1 order by requested_at, id");
    Ok(sqlx::query_as(AssertSqlSafe(select)).fetch_all(db).await?)
}

pub(super) async fn find_override(
    db: impl sqlx::Executor<'_, Database = sqlx::Any>,
    id: &str,
) -> Result<Option<OverrideRow>> {
    let select = format!("{OVERRIDE} where id = $1");
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(id).fetch_optional(db).await?)
}

/// Newest first; of all rules where `rule` is empty.
pub(super) async fn overrides(db: &AnyPool, rule: &str, limit: i64) -> Result<Vec<OverrideRow>> {
    let select =
        format!("{OVERRIDE} where ($1 = '' or rule = $1) order by requested_at desc, id desc limit $2");
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(rule).bind(limit).fetch_all(db).await?)
}

pub(super) async fn insert_override(tx: &mut WriteTx, row: &OverrideRow) -> Result<()> {
    let insert = "insert into cap_override (id, rule, amount_micro, reason, requested_by, requested_at, expires_at, \
                  is_open) values ($1, $2, $3, $4, $5, $6, $7, 1)";
    sqlx::query(insert)
        .bind(&row.id)
        .bind(&row.rule)
        .bind(row.amount_micro)
        .bind(&row.reason)
        .bind(&row.requested_by)
        .bind(row.requested_at)
        .bind(row.expires_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// False: it is approved or over already.
pub(super) async fn approve(tx: &mut WriteTx, id: &str, by: &str, at: i64) -> Result<bool> {
    let update = "update cap_override set approved_by = $2, approved_at = $3 \
                  where id = $1 and is_open = 1 and approved_at is null";
    let done = sqlx::query(update).bind(id).bind(by).bind(at).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

/// False: somebody else ended it first.
pub(super) async fn close(
    tx: &mut WriteTx,
    id: &str,
    at: i64,
    by: &str,
    how: &str,
    reason: &str,
) -> Result<bool> {
    let update = "update cap_override set is_open = 0, ended_at = $2, ended_by = $3, ended_how = $4, \
                  ended_reason = $5 where id = $1 and is_open = 1";
    let done =
        sqlx::query(update).bind(id).bind(at).bind(by).bind(how).bind(reason).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

// === what a cap would hit ===

/// Under which tiers a person was answered by a model since then, the latest last.
pub(super) async fn tiers(db: &AnyPool, tenant: &str, user: &str, since: i64) -> Result<Vec<String>> {
    let select = "select tier from ledger where at >= $3 and tenant = $1 and user_id = $2 \
                  group by tier order by max(at)";
    Ok(sqlx::query_scalar(select).bind(tenant).bind(user).bind(since).fetch_all(db).await?)
}

#[derive(Clone, Debug, FromRow)]
pub(super) struct Sum {
    pub(super) scope: String,
    pub(super) spent_micro: i64,
    pub(super) reserved_micro: i64,
    pub(super) likely_micro: i64,
}

impl Sum {
    /// Made exact by what this process has not told the store yet.
    pub(super) fn follow(&mut self, exact: impl Fn(&Scope, Counter) -> Counter, window: &str) {
        let (spent_micro, reserved_micro, likely_micro) =
            (self.spent_micro, self.reserved_micro, self.likely_micro);
        let scope = Scope { window: window.to_owned(), name: self.scope.clone() };
        let now = exact(&scope, Counter { spent_micro, reserved_micro, likely_micro });
        (self.spent_micro, self.reserved_micro, self.likely_micro) =
            (now.spent_micro, now.reserved_micro, now.likely_micro);
    }
}

const SUM: &str = "select scope, spent_micro, reserved_micro, likely_micro from cost_counter";

/// One sum, when there is one.
pub(super) async fn sum(db: &AnyPool, window: &str, scope: &str) -> Result<Vec<Sum>> {
    let select = format!("{SUM} where day = $1 and scope = $2");
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(window).bind(scope).fetch_all(db).await?)
}

/// All sums of a kind: `agent:`.
pub(super) async fn sums(db: &AnyPool, window: &str, kind: &str) -> Result<Vec<Sum>> {
    let select = format!("{SUM} where day = $1 and scope like $2 order by spent_micro desc, scope");
    let query = sqlx::query_as(AssertSqlSafe(select)).bind(window).bind(format!("{kind}%"));
    Ok(query.fetch_all(db).await?)
}

/// The sums of the people who were answered under a tier from then on.
pub(super) async fn sums_of_people(db: &AnyPool, window: &str, tier: &str, from: i64) -> Result<Vec<Sum>> {
    let select = format!(
        "{SUM} where day = $1 and scope in (select 'user:' || tenant || '/' || user_id from ledger \
         where at >= $3 and tier = $2 and user_id is not null) order by spent_micro desc, scope"
    );
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(window).bind(tier).bind(from).fetch_all(db).await?)
}

/// Whose calls; an empty text is everybody's.
#[derive(Clone, Debug, Default)]
pub(super) struct Whose {
    pub(super) tier: String,
    pub(super) agent: String,
    pub(super) model: String,
    pub(super) key: String,
    pub(super) tenant: String,
    pub(super) user: String,
}

#[derive(Clone, Copy, Debug, Default, FromRow)]
pub(super) struct Activity {
    pub(super) people: i64,
    pub(super) calls: i64,
    pub(super) spent_micro: i64,
}

/// Calls of models of `from <= at < to`.
pub(super) async fn activity(db: &AnyPool, whose: &Whose, from: i64, to: i64) -> Result<Activity> {
    let select = "select cast(count(distinct tenant || '/' || user_id) as bigint) as people, \
                  cast(count(*) - count(corrects) as bigint) as calls, \
                  cast(coalesce(sum(settled_micro), 0) as bigint) as spent_micro from ledger \
                  where at >= $1 and at < $2 and ($3 = '' or tier = $3) and ($4 = '' or agent = $4) \
                  and ($5 = '' or model = $5) and ($6 = '' or key_prefix = $6) \
                  and ($7 = '' or (tenant = $7 and user_id = $8))";
    let query = sqlx::query_as(select)
        .bind(from)
        .bind(to)
        .bind(&whose.tier)
        .bind(&whose.agent)
        .bind(&whose.model)
        .bind(&whose.key)
        .bind(&whose.tenant)
        .bind(&whose.user);
    Ok(query.fetch_one(db).await?)
}

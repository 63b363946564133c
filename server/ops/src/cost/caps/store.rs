//! SQL of the overrides of caps, and of what a cap would hit.

use sqlx::{AnyPool, AssertSqlSafe, FromRow};

use crate::cost::scopes::Scope;
use crate::cost::spend::seen::Seen;
use crate::cost::store::Counter;
use crate::db::WriteTx;
use crate::error::Result;

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

/// Of two months, as a person's sums noted it: see [`Seen`].
pub(super) async fn seen(db: &AnyPool, scope: &str, months: (&str, &str)) -> Result<Seen> {
    let select = "select seen from cost_counter where day in ($1, $2) and scope = $3";
    let rows: Vec<i64> =
        sqlx::query_scalar(select).bind(months.0).bind(months.1).bind(scope).fetch_all(db).await?;
    Ok(Seen(rows.into_iter().fold(0, |all, row| all | row)))
}

/// The tier of a person's last call.
pub(super) async fn last_tier(db: &AnyPool, tenant: &str, user: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(LAST_TIER).bind(tenant).bind(user).fetch_optional(db).await?)
}

pub(in crate::cost) const LAST_TIER: &str =
    "select tier from ledger where tenant = $1 and user_id = $2 order by at desc limit 1";

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

/// All sums of a kind: `agent`.
pub(super) async fn sums(db: &AnyPool, window: &str, kind: &str) -> Result<Vec<Sum>> {
    let select =
        format!("{SUM} where substr(scope, 1, 4) = $1 and day = $2 order by spent_micro desc, scope");
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(&kind[..4]).bind(window).fetch_all(db).await?)
}

/// Of people who were answered under a tier, the dearest.
pub(super) async fn dearest_people(db: &AnyPool, window: &str, tier: Seen, most: i64) -> Result<Vec<Sum>> {
    let select = format!(
        "{SUM} where substr(scope, 1, 4) = 'user' and day = $1 and (seen & $2) <> 0 \
         order by spent_micro desc, scope limit $3"
    );
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(window).bind(tier.0).bind(most).fetch_all(db).await?)
}

/// Of people's sums, how many have spent anything, and how many at least `most`.
#[derive(Clone, Copy, Debug, Default, FromRow)]
pub(super) struct Reached {
    pub(super) spending: i64,
    #[sqlx(rename = "full_sums")]
    pub(super) full: i64,
}

const REACHED: &str = "select count(case when spent_micro > 0 then 1 end) as spending, \
                       count(case when spent_micro >= $3 then 1 end) as full_sums from cost_counter";

pub(super) async fn reached(db: &AnyPool, window: &str, tier: Seen, most: i64) -> Result<Reached> {
    let select = format!("{REACHED} where substr(scope, 1, 4) = 'user' and day = $1 and (seen & $2) <> 0");
    Ok(sqlx::query_as(AssertSqlSafe(select)).bind(window).bind(tier.0).bind(most).fetch_one(db).await?)
}

/// Likewise of one person.
pub(super) async fn reached_by(
    db: &AnyPool,
    window: &str,
    tier: Seen,
    most: i64,
    scope: &str,
) -> Result<Reached> {
    let select = format!("{REACHED} where day = $1 and scope = $4 and (seen & $2) <> 0");
    let query =
        sqlx::query_as(AssertSqlSafe(select)).bind(window).bind(tier.0).bind(most).bind(scope.to_owned());
    Ok(query.fetch_one(db).await?)
}

pub(in crate::cost) const PEOPLE: &str =
    "select count(*) from cost_counter where substr(scope, 1, 4) = 'user' and day = $1 and (seen & $2) <> 0";

/// People for whom a model was called in a window, under one of these tiers or agents.
pub(super) async fn people(db: &AnyPool, window: &str, of: Seen) -> Result<i64> {
    Ok(sqlx::query_scalar(PEOPLE).bind(window).bind(of.0).fetch_one(db).await?)
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
    /// Calls looked at, of whomever.
    pub(super) looked: i64,
    /// When the oldest of them was held.
    pub(super) since: Option<i64>,
    pub(super) people: i64,
    pub(super) calls: i64,
    pub(super) spent_micro: i64,
}

/// `one_person`: looks into the index of people's calls.
pub(in crate::cost) fn activity_sql(one_person: bool) -> String {
    let of = if one_person { "tenant = $8 and user_id = $9 and " } else { "" };
    let whose = "($4 = '' or tier = $4) and ($5 = '' or agent = $5) and ($6 = '' or model = $6) \
                 and ($7 = '' or key_prefix = $7)";
    format!(
        "select count(*) as looked, min(at) as since, \
         count(distinct case when {whose} then tenant || '/' || user_id end) as people, \
         count(case when {whose} and corrects is null then 1 end) as calls, \
         cast(coalesce(sum(case when {whose} then settled_micro else 0 end), 0) as bigint) as spent_micro \
         from (select at, tier, agent, model, key_prefix, tenant, user_id, settled_micro, corrects from ledger \
         where {of}at >= $1 and at < $2 order by at desc limit $3) newest"
    )
}

/// The newest calls of `from <= at < to`, `most` of them at most, and what of them is whose.
pub(super) async fn activity(db: &AnyPool, whose: &Whose, from: i64, to: i64, most: i64) -> Result<Activity> {
    let one_person = !whose.user.is_empty();
    let mut query = sqlx::query_as(AssertSqlSafe(activity_sql(one_person))).bind(from).bind(to).bind(most);
    for value in [&whose.tier, &whose.agent, &whose.model, &whose.key] {
        query = query.bind(value.clone());
    }
    if one_person {
        query = query.bind(whose.tenant.clone()).bind(whose.user.clone());
    }
    Ok(query.fetch_one(db).await?)
}

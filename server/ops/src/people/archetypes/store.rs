//! SQL of changes of archetype.

use domain::archetype::{Archetype, Compatibility, Strategy};
use domain::id::{TenantId, UserId};

use super::Switch;
use crate::clock::at;
use crate::db::{Db, WriteTx};
use crate::error::{Error, Result};

pub(in crate::people) async fn insert(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    switch: &Switch,
) -> Result<()> {
    let sql = "insert into archetype_switch (id, tenant, user_id, from_archetype, to_archetype, compatibility, strategy, day, at, made_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(&switch.id)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(switch.from.map(Archetype::name))
        .bind(switch.to.name())
        .bind(switch.compatibility.as_str())
        .bind(switch.strategy.as_str())
        .bind(switch.on.to_string())
        .bind(switch.at.as_millisecond())
        .bind(&switch.by)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    from_archetype: Option<String>,
    to_archetype: String,
    compatibility: String,
    strategy: String,
    day: String,
    at: i64,
    made_by: String,
}

impl Row {
    fn into_switch(self) -> Result<Switch> {
        let broken = |what: &str| Error::internal("reading a change of archetype", what.to_owned());
        let strategy = Strategy::parse(&self.strategy).ok_or_else(|| broken("unknown strategy"))?;
        Ok(Switch {
            id: self.id,
            from: self.from_archetype.as_deref().map(Archetype::parse).transpose()?,
            to: Archetype::parse(&self.to_archetype)?,
            compatibility: Compatibility::parse(&self.compatibility)
                .ok_or_else(|| broken("unknown compatibility"))?,
            strategy,
            days: strategy.days(),
            on: self.day.parse().map_err(|_| broken("not a day"))?,
            at: at(self.at),
            by: self.made_by,
        })
    }
}

/// Newest first.
pub(super) async fn newest(db: &Db, tenant: &TenantId, user: &UserId, limit: i64) -> Result<Vec<Switch>> {
    let sql = "select id, from_archetype, to_archetype, compatibility, strategy, day, at, made_by from archetype_switch
               where tenant = $1 and user_id = $2 order by at desc, id desc limit $3";
    let rows: Vec<Row> = sqlx::query_as(sql)
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(limit)
        .fetch_all(db.read())
        .await?;
    rows.into_iter().map(Row::into_switch).collect()
}

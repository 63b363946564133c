//! What was spent against what may be spent: today, by the hour, and until when it will do.

pub(crate) mod store;

use domain::cost_day::CostDay;
use domain::ladder::{self, Caps, Level};
use domain::money::MicroUsd;
use domain::shutoff::Shutoff;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::at;
use crate::config::Config;
use crate::error::{Error, Result};

pub use store::LedgerRow;

/// Today in dollars.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CostNow {
    /// Calendar day in `time_zone`, `YYYY-MM-DD`.
    pub day: String,
    pub time_zone: String,
    /// Settled today.
    pub spent_usd: f64,
    /// Held for calls still under way, at their worst case.
    pub reserved_usd: f64,
    pub alert_usd: f64,
    pub budget_usd: f64,
    pub ceiling_usd: f64,
    pub level: Level,
    /// Dollars per hour over the last 30 minutes.
    pub per_hour_usd: f64,
    /// Spend at midnight if it goes on so.
    pub forecast_midnight_usd: f64,
    /// Minutes until the budget at this rate; absent when it is not on the way.
    pub minutes_to_budget: Option<u64>,
    pub minutes_to_ceiling: Option<u64>,
    pub shutoff: Option<Shutoff>,
}

/// One line of a break-down.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CostShare {
    pub name: String,
    pub requests: u64,
    pub spent_usd: f64,
}

/// What to break spend down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    Agent,
    Release,
    Tier,
    Person,
}

/// One hour or day of spend.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CostPoint {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub spent_usd: f64,
}

impl crate::Ops {
    /// Today's spend, its caps, and the forecast.
    pub async fn cost_now(&self) -> Result<CostNow> {
        let now = self.clock.now();
        let day = CostDay::of(now, &zone(&self.config)?);
        let (spent, reserved) = store::day_total(&self.db, &day.date.to_string()).await?;
        let recent = store::settled_between(&self.db, now - SignedDuration::from_mins(30), now).await?;
        let per_hour = MicroUsd(recent.0 * 2);
        let caps = caps(&self.config);
        let minutes_left = day.to.duration_since(now).as_mins();
        Ok(CostNow {
            day: day.date.to_string(),
            time_zone: self.config.cost.time_zone.clone(),
            spent_usd: spent.usd(),
            reserved_usd: reserved.usd(),
            alert_usd: caps.alert.usd(),
            budget_usd: caps.budget.usd(),
            ceiling_usd: caps.ceiling.usd(),
            level: caps.level(spent),
            per_hour_usd: per_hour.usd(),
            forecast_midnight_usd: ladder::forecast(spent, per_hour, minutes_left).usd(),
            minutes_to_budget: ladder::minutes_to(caps.budget, spent, per_hour),
            minutes_to_ceiling: ladder::minutes_to(caps.ceiling, spent, per_hour),
            shutoff: self.shutoff().map(|shutoff| (*shutoff).clone()),
        })
    }

    /// Spend of a window by one dimension, dearest first; at most 50 lines.
    pub async fn cost_by(
        &self,
        dimension: Dimension,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<CostShare>> {
        store::by(&self.db, dimension, from.as_millisecond(), to.as_millisecond(), 50).await
    }

    /// Spend by slices of `step` (an hour or a day, UTC), oldest first, slices without spend included as zero:
    /// the ledger knows that nothing was spent.
    pub async fn cost_series(
        &self,
        from: Timestamp,
        to: Timestamp,
        step: SignedDuration,
    ) -> Result<Vec<CostPoint>> {
        let step_ms =
            i64::try_from(step.as_millis()).map_err(|error| Error::internal("slicing time", error))?.max(1);
        let first = from.as_millisecond().div_euclid(step_ms) * step_ms;
        let spent = store::slices(&self.db, first, to.as_millisecond(), step_ms).await?;
        let slots = (first..to.as_millisecond()).step_by(usize::try_from(step_ms).unwrap_or(1));
        Ok(slots
            .map(|slot| CostPoint {
                at: at(slot),
                spent_usd: spent.get(&slot).copied().unwrap_or_default().usd(),
            })
            .collect())
    }

    /// Books money that was spent, in bulk: the demo's history.
    pub(crate) async fn insert_settled(&self, rows: &[LedgerRow]) -> Result<()> {
        let mut tx = self.db.begin_write().await?;
        store::insert(&mut tx, rows).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(crate) fn zone(config: &Config) -> Result<TimeZone> {
    TimeZone::get(&config.cost.time_zone).map_err(|_| {
        let name = &config.cost.time_zone;
        Error::Config(format!(
            "cost.time_zone = \"{name}\" is not an IANA time zone; write one like Europe/Berlin"
        ))
    })
}

pub(crate) fn caps(config: &Config) -> Caps {
    Caps {
        alert: MicroUsd::from_usd(config.cost.alert_usd),
        budget: MicroUsd::from_usd(config.cost.budget_usd),
        ceiling: MicroUsd::from_usd(config.cost.ceiling_usd),
    }
}

#[cfg(test)]
mod tests;

//! Today's spending against its caps, and where it is going.

use domain::ladder::{Burn, Level};
use domain::money::MicroUsd;
use domain::shutoff::Shutoff;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::scopes::{Scope, global};
use super::spend;
use super::spend::parts::Part;
use super::store::{self, Counter};
use crate::Ops;
use crate::error::Result;

/// What `GET /api/ops/cost` says.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CostNow {
    /// Calendar day in `time_zone`: `2026-03-03`.
    pub day: String,
    pub time_zone: String,
    #[schema(value_type = String, format = DateTime)]
    pub began_at: Timestamp,
    /// When the day ends and the sums begin anew.
    #[schema(value_type = String, format = DateTime)]
    pub resets_at: Timestamp,
    /// Settled today.
    pub spent_usd: f64,
    /// Held for requests in flight, at their worst case, and by the leases of other instances.
    pub reserved_usd: f64,
    pub alert_usd: f64,
    pub budget_usd: f64,
    pub ceiling_usd: f64,
    pub level: Level,
    /// Spent at the end of the day if the last 30 minutes go on.
    pub forecast_midnight_usd: f64,
    /// Likewise at the slowest and at the fastest of the rates of the last 5, 30 and 60 minutes.
    pub forecast_low_usd: f64,
    pub forecast_high_usd: f64,
    /// Minutes until the budget is reached, the longer of the 5- and the 30-minute rate; absent: not today.
    pub minutes_to_budget: Option<u64>,
    /// Likewise for the ceiling.
    pub minutes_to_ceiling: Option<u64>,
    /// Spent in the last 60 minutes.
    pub last_hour_usd: f64,
    /// The shutoff of everything in force; null when there is none.
    pub shutoff: Option<Shutoff>,
    /// Every shutoff in force, also of one agent, model or tier; the widest first.
    pub shutoffs: Vec<Shutoff>,
}

impl Ops {
    pub async fn cost_now(&self) -> Result<CostNow> {
        let (now, today) = (self.clock.now(), &self.gateway.today);
        let day = today.day(now);
        let counter = self.exact_counter(&global(&day)).await?;
        let spent = MicroUsd(counter.spent_micro);
        let burn = Burn {
            last_5_min: self.spent_last(5).await?,
            last_30_min: self.spent_last(30).await?,
            last_60_min: self.spent_last(60).await?,
        };
        let (low, high) = burn.band(spent, &day, now);
        let caps = today.ladder(now);
        Ok(CostNow {
            day: day.key(),
            time_zone: self.config.cost.time_zone.clone(),
            began_at: day.start,
            resets_at: day.end,
            spent_usd: spent.usd(),
            reserved_usd: MicroUsd(counter.reserved_micro).usd(),
            alert_usd: caps.alert.usd(),
            budget_usd: caps.budget.usd(),
            ceiling_usd: caps.ceiling.usd(),
            level: caps.level(spent),
            forecast_midnight_usd: burn.forecast(spent, &day, now).usd(),
            forecast_low_usd: low.usd(),
            forecast_high_usd: high.usd(),
            minutes_to_budget: burn.minutes_to(caps.budget, spent, &day, now),
            minutes_to_ceiling: burn.minutes_to(caps.ceiling, spent, &day, now),
            last_hour_usd: burn.last_60_min.usd(),
            shutoff: self.shutoff(),
            shutoffs: self.shutoffs(),
        })
    }

    /// A sum of one moment, by the store and by what this process has not told it yet.
    pub(super) async fn exact_counter(&self, scope: &Scope) -> Result<Counter> {
        let leases = &self.gateway.leases;
        let mut tries = 3;
        loop {
            let version = leases.version();
            let stored = store::counter(self.db.read(), scope).await?;
            let exact = leases.exact(scope, stored);
            tries -= 1;
            // An exchange in between would be seen by one and not by the other.
            if tries == 0 || leases.version() == version {
                return Ok(exact);
            }
        }
    }

    /// Settled by requests of `from <= at < to`.
    pub async fn spent_between(&self, from: Timestamp, to: Timestamp) -> Result<MicroUsd> {
        let parts = self.parts(from, to);
        Ok(MicroUsd(spend::store::spent(self.db.read(), &parts).await?))
    }

    /// What to read for `from <= at < to`.
    pub(super) fn parts(&self, from: Timestamp, to: Timestamp) -> Vec<Part> {
        spend::parts::parts(from.as_millisecond(), to.as_millisecond(), self.minutes_from())
    }

    /// Settled by requests of the last minutes, this millisecond included.
    pub(crate) async fn spent_last(&self, minutes: i64) -> Result<MicroUsd> {
        let to = at_next_ms(self.clock.now());
        self.spent_between(to - SignedDuration::from_mins(minutes), to).await
    }
}

fn at_next_ms(now: Timestamp) -> Timestamp {
    crate::clock::at(now.as_millisecond() + 1)
}

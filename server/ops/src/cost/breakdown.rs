//! Where the money went, and when: for the charts and tables of the cost page.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::store;
use crate::Ops;
use crate::clock::at;
use crate::error::{Error, Result};
use domain::cost_day::CostDay;
use domain::money::MicroUsd;

/// Rows of one breakdown; what is beyond is summed up as "others" by the difference to the total.
const MOST: i64 = 200;
/// Points of one series: 30 days by hour are 720.
const MOST_POINTS: i64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CostDimension {
    Agent,
    /// As configured; `-` for calls of before models were noted.
    Model,
    Release,
    Tier,
    /// `tenant/user`: for those who may see people's costs.
    User,
    /// Calendar day in the cost zone.
    Day,
}

impl CostDimension {
    fn expression(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Model => "coalesce(model, '-')",
            Self::Release => "release_id",
            Self::Tier => "tier",
            Self::User => "tenant || '/' || coalesce(user_id, '-')",
            Self::Day => "day",
        }
    }
}

/// One value of a dimension and what it cost.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CostBy {
    pub name: String,
    pub cost_usd: f64,
    /// Requests that cost money.
    pub requests: u64,
    /// Of everything spent in the window, 0–1.
    pub share: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostStep {
    Hour,
    /// Calendar days in the cost zone, of 23 to 25 hours.
    Day,
}

/// What was spent from `at` until the next point.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CostPoint {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub cost_usd: f64,
}

impl Ops {
    /// Settled costs of `from <= at < to`, at most 200 values: dearest first, days in order.
    pub async fn cost_by(
        &self,
        dimension: CostDimension,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<CostBy>> {
        let (from_ms, to_ms) = (from.as_millisecond(), to.as_millisecond());
        let mut shares = store::shares(self.db.read(), dimension.expression(), from_ms, to_ms, MOST).await?;
        if dimension == CostDimension::Day {
            shares.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let total = self.spent_between(from, to).await?.0.max(1) as f64;
        let rows = shares.into_iter().map(|share| CostBy {
            cost_usd: MicroUsd(share.spent_micro).usd(),
            requests: share.requests.unsigned_abs(),
            share: share.spent_micro as f64 / total,
            name: share.name,
        });
        Ok(rows.collect())
    }

    /// The burn as a gapless series of the hours (cut at `to`) or whole days that touch `from <= at < to`;
    /// nothing spent is zero. At most 10,000 hours.
    pub async fn cost_series(
        &self,
        step: CostStep,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<CostPoint>> {
        let hour = 3_600_000;
        if (to.as_millisecond() - from.as_millisecond()) / hour > MOST_POINTS {
            return Err(Error::invalid(
                "from",
                format!("must be at most {MOST_POINTS} hours before the end"),
            ));
        }
        match step {
            CostStep::Hour => {
                let first = from.as_millisecond().div_euclid(hour);
                let spent = store::by_slot(self.db.read(), hour, first * hour, to.as_millisecond()).await?;
                let mut spent = spent.into_iter().peekable();
                let slots = (first..).take_while(|slot| slot * hour < to.as_millisecond());
                Ok(slots
                    .map(|slot| {
                        let micro = spent.next_if(|(at, _)| *at == slot).map_or(0, |(_, micro)| micro);
                        CostPoint { at: at(slot * hour), cost_usd: MicroUsd(micro).usd() }
                    })
                    .collect())
            }
            CostStep::Day => {
                let zone = &self.gateway.today.zone;
                let first = CostDay::at(from, zone);
                let days = std::iter::successors(Some(first), |day| Some(CostDay::at(day.end, zone)));
                let days: Vec<_> = days.take_while(|day| day.start < to).collect();
                let last = days.last().map_or_else(|| first.key(), CostDay::key);
                let spent: HashMap<_, _> =
                    store::by_day(self.db.read(), &first.key(), &last).await?.into_iter().collect();
                let points = days.iter().map(|day| {
                    let micro = spent.get(&day.key()).copied().unwrap_or_default();
                    CostPoint { at: day.start, cost_usd: MicroUsd(micro).usd() }
                });
                Ok(points.collect())
            }
        }
    }
}

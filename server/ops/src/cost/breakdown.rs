//! Where the money went, and when: for the charts and tables of the cost page.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::scopes::GLOBAL_MONTH;
use super::spend::parts::floor;
use super::spend::{self, HOUR};
use super::{reading, store};
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
}

impl CostDimension {
    fn column(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Model => "model",
            Self::Release => "release_id",
            Self::Tier => "tier",
        }
    }
}

/// One value of a dimension and what it cost.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CostBy {
    pub name: String,
    pub cost_usd: f64,
    /// Settled calls of models.
    pub calls: u64,
    /// Of everything spent in the window, 0–1.
    pub share: f64,
}

/// What was spent for one person, by the sums that their caps are judged by.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CostByPerson {
    /// `tenant/user`.
    pub name: String,
    /// In the calendar month so far, in the cost zone.
    pub cost_usd: f64,
    /// Of everything spent in the month, 0–1.
    pub share: f64,
    /// In the month before.
    pub month_before_usd: f64,
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

/// The hour that `moment` lies in, from its beginning: a window that begins with one is read from sums alone.
pub fn whole_hour(moment: Timestamp) -> Timestamp {
    at(floor(moment.as_millisecond(), HOUR))
}

impl Ops {
    /// Settled costs of `from <= at < to`, at most 200 values, the dearest first.
    pub async fn cost_by(
        &self,
        dimension: CostDimension,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<CostBy>> {
        let parts = self.parts(from, to);
        let shares = spend::store::shares(self.db.read(), dimension.column(), &parts, MOST).await?;
        let total = self.spent_between(from, to).await?.0.max(1) as f64;
        let rows = shares.into_iter().map(|share| CostBy {
            cost_usd: MicroUsd(share.spent_micro).usd(),
            calls: share.calls.unsigned_abs(),
            share: share.spent_micro as f64 / total,
            name: share.name,
        });
        Ok(rows.collect())
    }

    /// The people of this calendar month who cost most, then those of the month before; at most 200. For who may see people's
    /// costs.
    pub async fn cost_by_person(&self) -> Result<Vec<CostByPerson>> {
        let day = self.gateway.today.day(self.clock.now()).date;
        let month = |date: jiff::civil::Date| date.to_string()[..7].to_owned();
        let (this, before) = (month(day), month(day.first_of_month().yesterday().unwrap_or(day)));
        let db = self.db.read();
        let mut people = reading::store::dearest_people(db, &this, MOST).await?;
        if (people.len() as i64) < MOST {
            let known: Vec<String> = people.iter().map(|(scope, _)| scope.clone()).collect();
            let others = reading::store::dearest_people(db, &before, MOST).await?;
            people.extend(
                others.into_iter().filter(|(scope, _)| !known.contains(scope)).map(|(scope, _)| (scope, 0)),
            );
            people.truncate(MOST as usize);
        }
        let scopes: Vec<&str> = people.iter().map(|(scope, _)| scope.as_str()).collect();
        let earlier: HashMap<String, i64> =
            reading::store::spent_of(db, &before, &scopes).await?.into_iter().collect();
        let all = super::scopes::Scope { window: this, name: GLOBAL_MONTH.to_owned() };
        let total = self.exact_counter(&all).await?.spent_micro.max(1) as f64;
        let rows = people.into_iter().map(|(scope, micro)| CostByPerson {
            cost_usd: MicroUsd(micro).usd(),
            share: micro as f64 / total,
            month_before_usd: MicroUsd(earlier.get(&scope).copied().unwrap_or(0)).usd(),
            name: scope.trim_start_matches("user:").to_owned(),
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
        let hour = HOUR;
        if (to.as_millisecond() - from.as_millisecond()) / hour > MOST_POINTS {
            return Err(Error::invalid(
                "from",
                format!("must be at most {MOST_POINTS} hours before the end"),
            ));
        }
        match step {
            CostStep::Hour => {
                let first = from.as_millisecond().div_euclid(hour);
                let whole = floor(to.as_millisecond(), hour).max(first * hour);
                let spent = spend::store::by_hour(self.db.read(), first * hour, whole).await?;
                let mut spent: Vec<_> = spent.into_iter().map(|(at, micro)| (at / hour, micro)).collect();
                spent.push((whole / hour, self.spent_between(at(whole), to).await?.0));
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

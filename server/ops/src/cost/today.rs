//! What admission knows of today's spending, in memory: by a poll four times a second, about half a second behind other
//! instances, which book as often.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::cost_day::CostDay;
use domain::ladder::{Caps, Level};
use domain::money::MicroUsd;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::caps::InForce;
use super::refusal::CostRefusal;
use super::scopes::Essential;
use crate::config::Config;
use crate::error::Result;
use crate::gateway::switch::Switch;

pub(crate) struct Today {
    pub(crate) caps: Switch<InForce>,
    pub(crate) essential: Essential,
    pub(crate) zone: TimeZone,
    sums: ArcSwap<Sums>,
}

/// The counter of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) day: CostDay,
    pub(crate) spent: MicroUsd,
}

impl Today {
    /// Refuses caps out of order and unknown time zones: money is not guessed.
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let cost = &config.cost;
        if let Some(fault) = cost.caps().check().err().and_then(|faults| faults.into_iter().next()) {
            return Err(config.fault(&fault.field, fault.detail));
        }
        let zone = TimeZone::get(&cost.time_zone)
            .map_err(|_| config.fault("cost.time_zone", "must be a time zone such as Europe/Berlin"))?;
        let day = CostDay::at(Timestamp::UNIX_EPOCH, &zone);
        let sums = ArcSwap::from_pointee(Sums { day, spent: MicroUsd::ZERO });
        let caps = Switch::new(InForce::defaults(config));
        Ok(Self { caps, essential: Essential::new(cost), zone, sums })
    }

    pub(crate) fn day(&self, now: Timestamp) -> CostDay {
        let known = self.sums.load().day;
        if known.contains(now) { known } else { CostDay::at(now, &self.zone) }
    }

    /// The steps of the day, as they hold now.
    pub(crate) fn ladder(&self, now: Timestamp) -> Caps {
        self.caps.get().book.ladder(now)
    }

    /// The step of the ladder. A day not heard of yet has spent nothing.
    pub(crate) fn level(&self, now: Timestamp) -> Level {
        let sums = self.sums.load();
        if sums.day.contains(now) { self.ladder(now).level(sums.spent) } else { Level::Normal }
    }

    /// Why the ladder takes models away now, in the form of a cap's refusal; `held`: by this process's calls in flight.
    pub(crate) fn refusal(&self, reason: &str, held: MicroUsd, now: Timestamp) -> CostRefusal {
        let (spent, caps) = (self.sums.load().spent, self.ladder(now));
        let limit = if self.level(now) == Level::Shutoff { caps.ceiling } else { caps.budget };
        CostRefusal::of_the_day(reason, spent, held, limit, self.day(now).end)
    }

    pub(crate) fn set(&self, sums: Sums) {
        self.sums.store(Arc::new(sums));
    }

    /// A call of this process has cost so much.
    pub(crate) fn spent_more(&self, day: &CostDay, cost: MicroUsd) {
        self.sums.rcu(|sums| Sums {
            spent: if sums.day == *day { sums.spent + cost } else { sums.spent },
            ..**sums
        });
    }
}

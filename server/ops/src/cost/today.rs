//! What admission knows of today's spending, in memory: at most a second behind other instances.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::cost_day::CostDay;
use domain::ladder::{Caps, Level};
use domain::money::MicroUsd;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config;
use crate::error::{Error, Result};

pub(crate) struct Today {
    pub(crate) caps: Caps,
    pub(crate) zone: TimeZone,
    sums: ArcSwap<Sums>,
}

/// The counter of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) day: CostDay,
    pub(crate) spent: MicroUsd,
    pub(crate) reserved: MicroUsd,
}

impl Today {
    /// Refuses caps out of order and unknown time zones: money is not guessed.
    pub(crate) fn new(config: &config::Cost) -> Result<Self> {
        let caps = Caps {
            alert: MicroUsd::from_usd(config.alert_usd),
            budget: MicroUsd::from_usd(config.budget_usd),
            ceiling: MicroUsd::from_usd(config.ceiling_usd),
        };
        caps.check().map_err(|faults| {
            let words: Vec<_> = faults.iter().map(ToString::to_string).collect();
            Error::Config(format!("configuration: {}", words.join("; ")))
        })?;
        let zone = TimeZone::get(&config.time_zone).map_err(|_| {
            let name = &config.time_zone;
            Error::Config(format!(
                "configuration: cost.time_zone: {name:?} is not a time zone such as Europe/Berlin"
            ))
        })?;
        let day = CostDay::at(Timestamp::UNIX_EPOCH, &zone);
        let sums = ArcSwap::from_pointee(Sums { day, spent: MicroUsd::ZERO, reserved: MicroUsd::ZERO });
        Ok(Self { caps, zone, sums })
    }

    pub(crate) fn day(&self, now: Timestamp) -> CostDay {
        let known = self.sums.load().day;
        if known.contains(now) { known } else { CostDay::at(now, &self.zone) }
    }

    /// The step of the ladder. A day not heard of yet has spent nothing.
    pub(crate) fn level(&self, now: Timestamp) -> Level {
        let sums = self.sums.load();
        if sums.day.contains(now) { self.caps.level(sums.spent) } else { Level::Normal }
    }

    pub(crate) fn set(&self, sums: Sums) {
        self.sums.store(Arc::new(sums));
    }
}

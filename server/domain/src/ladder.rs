//! The cost ladder of a day: notify, degrade, shut off; and when each step will be reached.
//!
//! Steps look at what is spent (settled). Reservations are held against the ceiling only, because a worst case
//! is many times the real cost and would degrade people for money that is never spent.

use crate::cost_day::CostDay;
use crate::field_error::FieldError;
use crate::money::MicroUsd;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Dollars per calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// From here on people are told, with a forecast.
    pub alert: MicroUsd,
    /// From here on work is answered without a model.
    pub budget: MicroUsd,
    /// Never crossed: spent + reserved stays at or below.
    pub ceiling: MicroUsd,
}

impl Caps {
    /// 0 < alert ≤ budget ≤ ceiling, every fault at once.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Vec::new();
        let mut unless = |right: bool, field: &str, value: MicroUsd, what: String| {
            if !right {
                faults.push(FieldError::new(field, format!("is {}, but must {what}", value.usd())));
            }
        };
        let not_below =
            |field: &str, value: MicroUsd| format!("not be below {field}, which is {}", value.usd());
        unless(self.alert > MicroUsd::ZERO, "cost.alert_usd", self.alert, "be above 0".to_owned());
        unless(
            self.budget >= self.alert,
            "cost.budget_usd",
            self.budget,
            not_below("cost.alert_usd", self.alert),
        );
        unless(
            self.ceiling >= self.budget,
            "cost.ceiling_usd",
            self.ceiling,
            not_below("cost.budget_usd", self.budget),
        );
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    pub fn level(&self, spent: MicroUsd) -> Level {
        if spent >= self.ceiling {
            Level::Shutoff
        } else if spent >= self.budget {
            Level::Degrade
        } else if spent >= self.alert {
            Level::Alert
        } else {
            Level::Normal
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Level {
    Normal,
    /// People are notified; nothing else changes.
    Alert,
    /// Answers come without a model.
    Degrade,
    /// No model call until the next day.
    Shutoff,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Alert => "alert",
            Self::Degrade => "degrade",
            Self::Shutoff => "shutoff",
        }
    }
}

/// What was spent lately, across midnight too: a rate does not restart with the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burn {
    pub last_5_min: MicroUsd,
    pub last_30_min: MicroUsd,
    pub last_60_min: MicroUsd,
}

impl Burn {
    /// Spent at the end of the day when the last 30 minutes go on like this. Never below `spent`.
    pub fn forecast(&self, spent: MicroUsd, day: &CostDay, now: Timestamp) -> MicroUsd {
        let windows = day.left_ms(now) as f64 / (30.0 * 60_000.0);
        spent + MicroUsd((self.last_30_min.0.max(0) as f64 * windows) as i64)
    }

    /// Spent at the end of the day at the slowest and at the fastest of the rates of the last 5, 30 and 60 minutes.
    pub fn band(&self, spent: MicroUsd, day: &CostDay, now: Timestamp) -> (MicroUsd, MicroUsd) {
        let left = day.left_ms(now) as f64 / 60_000.0;
        let rates = [(self.last_5_min, 5.0), (self.last_30_min, 30.0), (self.last_60_min, 60.0)];
        let ends =
            rates.map(|(amount, window)| spent + MicroUsd((amount.0.max(0) as f64 * left / window) as i64));
        (ends.into_iter().min().unwrap_or(spent), ends.into_iter().max().unwrap_or(spent))
    }

    /// Minutes until `cap` is reached, the longer of what the 5- and the 30-minute rate say: both agree that it
    /// takes no longer. 0 when it is reached already; `None` when at least one of them says "not today".
    pub fn minutes_to(&self, cap: MicroUsd, spent: MicroUsd, day: &CostDay, now: Timestamp) -> Option<u64> {
        let missing = cap - spent;
        if missing <= MicroUsd::ZERO {
            return Some(0);
        }
        let minutes = |amount: MicroUsd, window: f64| {
            (amount > MicroUsd::ZERO).then(|| missing.0 as f64 / (amount.0 as f64 / window))
        };
        let longer = minutes(self.last_5_min, 5.0)?.max(minutes(self.last_30_min, 30.0)?);
        let left = day.left_ms(now) as f64 / 60_000.0;
        (longer < left).then_some(longer.ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    const CAPS: Caps =
        Caps { alert: MicroUsd(40_000_000), budget: MicroUsd(50_000_000), ceiling: MicroUsd(100_000_000) };

    fn day_and(time: &str) -> (CostDay, Timestamp) {
        let now = format!("2026-03-03T{time}Z").parse().unwrap();
        (CostDay::at(now, &TimeZone::UTC), now)
    }

    #[test]
    fn the_band_lies_between_the_slowest_and_the_fastest_rate() {
        let (day, now) = day_and("22:00:00");
        let burn = Burn {
            last_5_min: MicroUsd(1_000_000),
            last_30_min: MicroUsd(3_000_000),
            last_60_min: MicroUsd(12_000_000),
        };
        let band = burn.band(MicroUsd(5_000_000), &day, now);
        assert_eq!(band, (MicroUsd(17_000_000), MicroUsd(29_000_000)));
        assert_eq!(Burn::default().band(MicroUsd(7), &day, now), (MicroUsd(7), MicroUsd(7)));
    }

    #[test]
    fn each_step_begins_at_its_cap() {
        let level = |micro| CAPS.level(MicroUsd(micro));
        assert_eq!(level(39_999_999), Level::Normal);
        assert_eq!((level(40_000_000), level(49_999_999)), (Level::Alert, Level::Alert));
        assert_eq!((level(50_000_000), level(99_999_999)), (Level::Degrade, Level::Degrade));
        assert_eq!(level(100_000_000), Level::Shutoff);
    }

    #[test]
    fn caps_out_of_order_are_all_named() {
        let caps = Caps { alert: MicroUsd::ZERO, budget: MicroUsd(-1), ceiling: MicroUsd(-2) };
        assert_eq!(caps.check().unwrap_err().len(), 3);
        assert_eq!(CAPS.check(), Ok(()));
    }

    #[test]
    fn a_dollar_in_thirty_minutes_is_two_an_hour() {
        let (day, now) = day_and("18:00:00");
        let burn =
            Burn { last_5_min: MicroUsd(500_000), last_30_min: MicroUsd(1_000_000), ..Burn::default() };
        assert_eq!(burn.forecast(MicroUsd(10_000_000), &day, now), MicroUsd(22_000_000));
        // $2 missing: 20 minutes by the short rate, 60 by the long one.
        assert_eq!(burn.minutes_to(MicroUsd(12_000_000), MicroUsd(10_000_000), &day, now), Some(60));
        assert_eq!(
            burn.minutes_to(CAPS.ceiling, MicroUsd(10_000_000), &day, now),
            None,
            "not before midnight"
        );
        let calm = Burn { last_5_min: MicroUsd::ZERO, ..burn };
        assert_eq!(calm.minutes_to(MicroUsd(12_000_000), MicroUsd(10_000_000), &day, now), None);
    }

    proptest! {
        #[test]
        fn forecasts_only_grow(
            spent in 0_i64..200_000_000, short in 0_i64..20_000_000, long in 0_i64..20_000_000,
            second in 0_i64..86_400,
        ) {
            let (day, midnight) = day_and("00:00:00");
            let now = Timestamp::from_second(midnight.as_second() + second).unwrap();
            let (spent, burn) = (MicroUsd(spent), Burn { last_5_min: MicroUsd(short), last_30_min: MicroUsd(long), ..Burn::default() });
            let forecast = burn.forecast(spent, &day, now);
            prop_assert!(forecast >= spent);
            prop_assert!(burn.forecast(spent, &day, day.end) == spent);
            let to = |cap| burn.minutes_to(cap, spent, &day, now);
            prop_assert_eq!(to(CAPS.budget) == Some(0), CAPS.level(spent) >= Level::Degrade);
            if let Some(minutes) = to(CAPS.ceiling) {
                // A cap reached today by both rates is in the forecast (to the rounding of one micro-dollar),
                // and a lower cap is not reached later.
                prop_assert!(forecast.0 + 1 >= CAPS.ceiling.0);
                prop_assert!(to(CAPS.budget).is_some_and(|earlier| earlier <= minutes));
                prop_assert!(minutes <= 24 * 60);
            }
        }
    }
}

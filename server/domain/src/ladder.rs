//! The steps of a day's spend: notify, degrade, shut off; and when they will be reached.

use crate::money::MicroUsd;
use serde::{Deserialize, Serialize};

/// Dollars per day at which something happens. `alert <= budget <= ceiling`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    pub alert: MicroUsd,
    pub budget: MicroUsd,
    pub ceiling: MicroUsd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Level {
    Normal,
    /// People are told, with a forecast.
    Alert,
    /// Non-essential agent work is answered by planner or memory.
    Degrade,
    /// No model call until a person re-arms.
    Shutoff,
}

impl Caps {
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

/// Minutes until `cap` is reached at `per_hour`, or `None` when it is not on the way. 0 when it is reached.
pub fn minutes_to(cap: MicroUsd, spent: MicroUsd, per_hour: MicroUsd) -> Option<u64> {
    if spent >= cap {
        return Some(0);
    }
    if per_hour.0 <= 0 {
        return None;
    }
    let missing = u128::try_from(cap.0 - spent.0).ok()?;
    u64::try_from((missing * 60).div_ceil(u128::try_from(per_hour.0).ok()?)).ok()
}

/// Spend at the end of the day when it goes on at `per_hour`.
pub fn forecast(spent: MicroUsd, per_hour: MicroUsd, minutes_left: i64) -> MicroUsd {
    let more = i128::from(per_hour.0.max(0)) * i128::from(minutes_left.max(0)) / 60;
    MicroUsd(spent.0.saturating_add(i64::try_from(more).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAPS: Caps =
        Caps { alert: MicroUsd(40_000_000), budget: MicroUsd(50_000_000), ceiling: MicroUsd(100_000_000) };

    #[test]
    fn steps_are_where_they_are_said_to_be() {
        let levels =
            [0, 39_999_999, 40_000_000, 50_000_000, 100_000_000].map(|spent| CAPS.level(MicroUsd(spent)));
        assert_eq!(levels, [Level::Normal, Level::Normal, Level::Alert, Level::Degrade, Level::Shutoff]);
    }

    proptest! {
        #[test]
        fn the_forecast_agrees_with_the_minutes(spent in 0_i64..50_000_000, rate in 1_i64..500_000_000) {
            let (spent, rate) = (MicroUsd(spent), MicroUsd(rate));
            let minutes = minutes_to(CAPS.budget, spent, rate).unwrap();
            prop_assert!(forecast(spent, rate, i64::try_from(minutes).unwrap()) >= CAPS.budget || minutes == 0);
            if minutes > 1 {
                prop_assert!(forecast(spent, rate, i64::try_from(minutes).unwrap() - 1) < CAPS.budget);
            }
        }
    }
}

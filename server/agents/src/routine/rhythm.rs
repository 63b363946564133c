//! The marks of a day that cost no minutes: until when there is light to catch, coffee, dinner and hard effort.

use domain::profile::ClockTime;
use serde::{Deserialize, Serialize};

use super::{Context, block};

/// Local times, in their order of a usual day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineRhythm)]
pub struct Rhythm {
    pub wake: ClockTime,
    /// Daylight within two hours of waking moves the inner clock most (Khalsa et al. 2003, the phase response to light).
    pub daylight_until: ClockTime,
    /// Nine hours before bed: a coffee later than that costs sleep (Gardiner et al. 2023: 8.8 h).
    pub caffeine_until: ClockTime,
    /// Vigorous effort ends here: three hours before bed, where ending within one hour disturbs sleep
    /// (Stutz et al. 2019) and within two may (Frimpong et al. 2021).
    pub vigorous_until: ClockTime,
    /// The last meal ends here: the same share of the day before bed as the wind-down, about three hours.
    pub dinner_until: ClockTime,
    /// From here lights, screens and effort go down: the last block of the day.
    pub wind_down_from: ClockTime,
    pub bed: ClockTime,
}

const CAFFEINE: i32 = 9 * 60;
pub(super) const VIGOROUS: i32 = 3 * 60;

impl Rhythm {
    pub(super) fn of(context: &Context) -> Self {
        let awake = context.waking_minutes();
        Self {
            wake: context.wake,
            daylight_until: context.clock(120),
            caffeine_until: context.clock(caffeine_until(context)),
            vigorous_until: context.clock(awake - VIGOROUS),
            dinner_until: context.clock(dinner_until(context)),
            wind_down_from: context.clock(dinner_until(context)),
            bed: context.clock(awake),
        }
    }
}

/// Minutes after waking. Who is awake for a short day only has the first quarter of it.
pub(super) fn caffeine_until(context: &Context) -> i32 {
    let awake = context.waking_minutes();
    (awake - CAFFEINE).max(awake / 4) / 5 * 5
}

/// Minutes after waking: the start of the wind-down, three hours before bed in a day of 16 hours.
pub(super) fn dinner_until(context: &Context) -> i32 {
    block::windows(context)[4].start
}

/// The least and the most between the end of a meal and the start of the next, minutes: an hour to two, by the length of
/// the day, and seven hours.
pub(super) fn meal_gap(context: &Context) -> std::ops::RangeInclusive<i32> {
    (context.waking_minutes() / 8).min(120)..=7 * 60
}

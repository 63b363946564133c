//! The calendar day on which money counts, in a named time zone, daylight saving included.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// One day of a zone: 23, 24 or 25 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostDay {
    pub date: Date,
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive: the next day's `from`.
    pub to: Timestamp,
}

impl CostDay {
    /// The day that `at` falls on.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        Self::on(zone.to_datetime(at).date(), zone)
    }

    /// A given day. At the edges of the calendar, which no clock reaches, the day is empty.
    pub fn on(date: Date, zone: &TimeZone) -> Self {
        let start = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0));
        let from = start(date).unwrap_or(Timestamp::MIN);
        let to = date.checked_add(1.day()).and_then(start).unwrap_or(from);
        Self { date, from, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_moment_is_on_exactly_one_day(
            second in 0_i64..4_000_000_000,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let at = Timestamp::from_second(second).unwrap();
            let day = CostDay::of(at, &zone);
            prop_assert!(day.from <= at && at < day.to);
            prop_assert_eq!(CostDay::of(day.to, &zone).from, day.to);
        }
    }

    #[test]
    fn daylight_saving_days_are_23_and_25_hours() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let hours = |date: &str| {
            let day = CostDay::on(date.parse().unwrap(), &zone);
            day.to.duration_since(day.from).as_hours()
        };
        assert_eq!([hours("2026-03-29"), hours("2026-03-30"), hours("2026-10-25")], [23, 24, 25]);
    }
}

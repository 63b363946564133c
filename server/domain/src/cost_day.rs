//! The calendar day that spending counts in, in the named time zone of the configuration.
//!
//! Days follow each other without gap or overlap: a day ends where the next begins, whether it has 23, 24 or
//! 25 hours. Money is booked on the day it was reserved, also when it settles after midnight.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostDay {
    pub date: Date,
    /// First moment of the day.
    pub start: Timestamp,
    /// First moment of the next day.
    pub end: Timestamp,
}

impl CostDay {
    /// The day that `moment` lies in.
    pub fn at(moment: Timestamp, zone: &TimeZone) -> Self {
        let date = zone.to_datetime(moment).date();
        let day = Self::of(date, zone);
        // Where the clock goes back across midnight the same evening comes twice: the second one is tomorrow's.
        match date.tomorrow() {
            Ok(next) if moment >= day.end => Self::of(next, zone),
            _ => day,
        }
    }

    fn of(date: Date, zone: &TimeZone) -> Self {
        let midnight = |date: Date| zone.to_timestamp(date.into());
        // Only the first and last day of jiff's calendar (years -9999 and 9999) have no neighbours.
        let start = midnight(date).unwrap_or(Timestamp::MIN);
        let end = date.tomorrow().and_then(midnight).unwrap_or(Timestamp::MAX);
        Self { date, start, end }
    }

    pub fn contains(&self, moment: Timestamp) -> bool {
        self.start <= moment && moment < self.end
    }

    /// `2026-03-03`: the key of the day in the store.
    pub fn key(&self) -> String {
        self.date.to_string()
    }

    /// Milliseconds from `moment` to the end of the day; 0 when it is over.
    pub fn left_ms(&self, moment: Timestamp) -> i64 {
        (self.end.as_millisecond() - moment.as_millisecond()).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Central Europe; Lord Howe (half an hour of summer time); Havana-like: the clock goes back *to* midnight,
    /// and forward *from* midnight, so that a day begins at 01:00; St. John's of old: one minute past midnight.
    const ZONES: [&str; 5] = [
        "UTC0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "CST5CDT,M3.2.0/0,M11.1.0/1",
        "NST3:30NDT,M4.1.0/0:01,M10.5.0/0:01",
    ];

    fn zone(index: usize) -> TimeZone {
        TimeZone::posix(ZONES[index]).unwrap()
    }

    #[test]
    fn a_day_has_23_24_or_25_hours() {
        let hours = |text: &str| {
            let day = CostDay::at(text.parse().unwrap(), &zone(1));
            (day.end.as_second() - day.start.as_second()) / 3600
        };
        assert_eq!(hours("2026-03-29T12:00:00Z"), 23);
        assert_eq!(hours("2026-03-30T12:00:00Z"), 24);
        assert_eq!(hours("2026-10-25T12:00:00Z"), 25);
    }

    #[test]
    fn the_evening_in_utc_is_already_tomorrow_in_berlin() {
        let day = CostDay::at("2026-07-01T22:30:00Z".parse().unwrap(), &zone(1));
        assert_eq!(day.key(), "2026-07-02");
        assert_eq!(day.start, "2026-07-01T22:00:00Z".parse().unwrap());
    }

    #[test]
    fn an_evening_that_comes_twice_belongs_to_the_new_day_the_second_time() {
        // 00:01 on 25 October becomes 23:01 on the 24th; this is 23:15, for the second time.
        let moment = "2026-10-25T02:45:00Z".parse().unwrap();
        let day = CostDay::at(moment, &zone(4));
        assert!(day.contains(moment) && day.key() == "2026-10-25", "{day:?}");
    }

    #[test]
    fn no_change_of_the_clock_opens_a_gap() {
        for name in ZONES {
            let zone = TimeZone::posix(name).unwrap();
            let mut day = CostDay::at("2025-12-31T12:00:00Z".parse().unwrap(), &zone);
            for _ in 0..800 {
                let next = CostDay::at(day.end, &zone);
                assert_eq!((next.start, next.date), (day.end, day.date.tomorrow().unwrap()), "{}", name);
                day = next;
            }
        }
    }

    proptest! {
        #[test]
        fn days_tile_time(seconds in 1_700_000_000_i64..2_000_000_000, index in 0..ZONES.len()) {
            let (zone, moment) = (zone(index), Timestamp::from_second(seconds).unwrap());
            let day = CostDay::at(moment, &zone);
            prop_assert!(day.contains(moment));
            prop_assert_eq!(CostDay::at(day.start, &zone), day);
            let last = Timestamp::from_nanosecond(day.end.as_nanosecond() - 1).unwrap();
            prop_assert_eq!(CostDay::at(last, &zone), day);
            let next = CostDay::at(day.end, &zone);
            prop_assert_eq!(next.start, day.end);
            prop_assert_eq!(next.date, day.date.tomorrow().unwrap());
        }
    }
}

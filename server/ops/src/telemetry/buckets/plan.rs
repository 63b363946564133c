//! Which table answers for which part of a window: the coarsest that is complete there.

use super::{HOUR, MINUTE, TEN_SECONDS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    TenSeconds,
    Minute,
    Hour,
}

/// From (inclusive) to (exclusive), milliseconds, read from one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) resolution: Resolution,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Up to where (exclusive) minutes and hours are rolled up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rolled {
    pub(crate) minutes: i64,
    pub(crate) hours: i64,
}

/// Disjoint segments that cover [from, to). `step` is the width of a point, or of the whole window for a sum:
/// no table coarser than it is read. Edges are widened to ten seconds, or to minutes where only minutes are kept.
pub(crate) fn plan(from: i64, to: i64, step: i64, rolled: Rolled) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut push = |resolution, from, to| {
        if from < to {
            segments.push(Segment { resolution, from, to });
        }
    };
    let minutes_from = if step < MINUTE { to } else { floor(from, MINUTE) };
    let minutes_to = floor(to, MINUTE).min(rolled.minutes).max(minutes_from);
    let hours_from = if step < HOUR { minutes_to } else { ceil(from, HOUR) };
    let hours_to = floor(to, HOUR).min(rolled.hours).min(minutes_to);
    if minutes_from < minutes_to && hours_from < hours_to {
        push(Resolution::Minute, minutes_from, hours_from);
        push(Resolution::Hour, hours_from, hours_to);
        push(Resolution::Minute, hours_to, minutes_to);
    } else {
        push(Resolution::Minute, minutes_from, minutes_to);
    }
    let fresh_from = if minutes_from < minutes_to { minutes_to } else { floor(from, TEN_SECONDS) };
    push(Resolution::TenSeconds, fresh_from, to);
    segments
}

pub(crate) fn floor(at: i64, step: i64) -> i64 {
    at.div_euclid(step) * step
}

pub(crate) fn ceil(at: i64, step: i64) -> i64 {
    floor(at + step - 1, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn covers_the_window_once_with_tables_that_are_complete(
            from in 0_i64..200_000_000, length in 1_i64..200_000_000,
            step in prop_oneof![Just(TEN_SECONDS), Just(MINUTE), Just(HOUR), Just(24 * HOUR)],
            minutes in 0_i64..8_000, hours_behind in 0_i64..3,
        ) {
            let to = from + length;
            let minutes = minutes * MINUTE;
            let rolled = Rolled { minutes, hours: (floor(minutes, HOUR) - hours_behind * HOUR).max(0) };
            let segments = plan(from, to, step, rolled);
            let mut covered = segments[0].from;
            prop_assert!(covered <= from && from - covered < MINUTE);
            for segment in segments {
                prop_assert_eq!(segment.from, covered);
                prop_assert!(segment.from < segment.to);
                covered = segment.to;
                let (width, complete) = match segment.resolution {
                    Resolution::TenSeconds => (TEN_SECONDS, i64::MAX),
                    Resolution::Minute => (MINUTE, rolled.minutes),
                    Resolution::Hour => (HOUR, rolled.hours),
                };
                prop_assert!(width <= step && segment.from % width == 0 && segment.to <= complete);
            }
            prop_assert_eq!(covered, to);
        }
    }

    #[test]
    fn a_day_is_mostly_hours() {
        let rolled = Rolled { minutes: 30 * HOUR + 5 * MINUTE, hours: 30 * HOUR };
        let to = 30 * HOUR + 7 * MINUTE;
        let segments = plan(6 * HOUR + 7 * MINUTE, to, 24 * HOUR, rolled);
        let parts: Vec<_> = segments.iter().map(|s| (s.resolution, s.from / MINUTE, s.to / MINUTE)).collect();
        let expected = [
            (Resolution::Minute, 367, 420),
            (Resolution::Hour, 420, 1800),
            (Resolution::Minute, 1800, 1805),
            (Resolution::TenSeconds, 1805, 1807),
        ];
        assert_eq!(parts, expected);
    }
}

//! How long a request waited for models: the rest of its time is our own. Parts of one request may ask at the same time; a moment in
//! which two of them wait counts once.

use std::time::{Duration, Instant};

/// The union of a request's calls, so far.
#[derive(Debug, Default)]
pub(super) struct Waited {
    under_way: u32,
    /// When the first of those under way began.
    since: Option<Instant>,
    ended: Duration,
}

impl Waited {
    /// A call leaves.
    pub(super) fn begin(&mut self, now: Instant) {
        self.under_way += 1;
        self.since.get_or_insert(now);
    }

    /// A call that began has ended.
    pub(super) fn end(&mut self, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        if self.under_way == 0
            && let Some(since) = self.since.take()
        {
            self.ended += now.saturating_duration_since(since);
        }
    }

    /// Until now, calls under way included.
    pub(super) fn total(&self, now: Instant) -> Duration {
        self.ended + self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a count of the milliseconds in which anything was under way.
        #[test]
        fn a_moment_counts_once_however_many_wait(calls in prop::collection::vec((0_u64..200, 1_u64..100), 0..12)) {
            let start = Instant::now();
            let at = |ms: u64| start + Duration::from_millis(ms);
            let mut moments: Vec<(u64, bool)> =
                calls.iter().flat_map(|(from, length)| [(*from, true), (from + length, false)]).collect();
            moments.sort_unstable_by_key(|(at, begins)| (*at, !begins));
            let mut waited = Waited::default();
            for (ms, begins) in moments {
                if begins { waited.begin(at(ms)) } else { waited.end(at(ms)) }
            }
            let covered = (0..300).filter(|ms| calls.iter().any(|(from, length)| (*from..from + length).contains(ms)));
            prop_assert_eq!(waited.total(at(1_000)), Duration::from_millis(covered.count() as u64));
        }
    }

    #[test]
    fn what_is_under_way_counts_until_now() {
        let start = Instant::now();
        let mut waited = Waited::default();
        waited.begin(start);
        assert_eq!(waited.total(start + Duration::from_millis(7)), Duration::from_millis(7));
    }
}

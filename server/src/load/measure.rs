//! What one thread counted, and how the counts of threads become one.
//!
//! Times are kept each by itself, because a fiftieth of the provider's time is more than what a gateway adds to it; beyond a
//! million of them the histogram answers, within 1 %. Times of requests that failed are not among them: a refusal is
//! quick, and would flatter.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::histogram::Histogram;

/// A request that leaves later than this after it was due is late.
pub(super) const LATE: Duration = Duration::from_millis(10);

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// Not the expected status.
    Status,
    /// The expected status, but not the expected body.
    Body,
    /// Refused, broken off, or not HTTP.
    Connection,
    /// No answer in time.
    Timeout,
}

impl Failure {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Body => "body",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
        }
    }
}

/// Kept each by itself: four bytes a time.
const EXACT: usize = 1_000_000;

/// Durations in microseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    /// The first million.
    each: Vec<u32>,
    histogram: Histogram,
    pub(super) longest: u64,
}

impl Times {
    pub(super) fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        if self.each.len() < EXACT {
            self.each.push(u32::try_from(micros).unwrap_or(u32::MAX));
        }
        self.histogram.record(micros);
        self.longest = self.longest.max(micros);
    }

    fn merge(&mut self, other: &Self) {
        let room = EXACT.saturating_sub(self.each.len());
        self.each.extend(other.each.iter().take(room));
        self.histogram.merge(&other.histogram);
        self.longest = self.longest.max(other.longest);
    }

    /// Microseconds that a share `q` of the times does not exceed.
    pub(super) fn quantile(&self, q: f64) -> Option<u64> {
        let last = self.each.len().checked_sub(1)?;
        if self.histogram.count() > EXACT as u64 {
            return self.histogram.quantile(q).map(|micros| (micros.round() as u64).min(self.longest));
        }
        let mut each = self.each.clone();
        let rank = ((each.len() as f64 * q).ceil() as usize).saturating_sub(1).min(last);
        Some(u64::from(*each.select_nth_unstable(rank).1))
    }
}

/// Counts of requests that were due in the measured time, but for `sent`.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Requests that left, those of the warm-up too: what the generator's processor time was for.
    pub(super) sent: u64,
    /// Requests that were due.
    pub(super) due: u64,
    /// Of those: not sent, because too many were under way.
    pub(super) dropped: u64,
    /// Of those: sent more than [`LATE`] after they were due.
    pub(super) late: u64,
    /// Of those: answered as expected.
    pub(super) answered: u64,
    pub(super) failures: BTreeMap<Failure, u64>,
    pub(super) statuses: BTreeMap<u16, u64>,
    /// Answers whose body was read and held what it should.
    pub(super) checked: u64,
    /// Kept connections that the server had closed while they were idle.
    pub(super) reopened: u64,
    /// From the time at which a request was due to the last byte of its answer.
    pub(super) latency: Times,
    /// From its sending.
    pub(super) from_send: Times,
    /// From the time at which it was due to the first byte of a body that was sent in pieces.
    pub(super) first_byte: Times,
    /// From the time at which it was due to its sending.
    pub(super) leaving: Times,
    /// The last answer came.
    pub(super) last: Option<Instant>,
}

impl Tally {
    pub(super) fn leaves(&mut self, after: Duration) {
        self.leaving.record(after);
        if after > LATE {
            self.late += 1;
        }
    }

    pub(super) fn fails(&mut self, failure: Failure) {
        *self.failures.entry(failure).or_default() += 1;
    }

    pub(super) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.sent += other.sent;
        self.due += other.due;
        self.dropped += other.dropped;
        self.late += other.late;
        self.answered += other.answered;
        self.checked += other.checked;
        self.reopened += other.reopened;
        for (failure, count) in &other.failures {
            *self.failures.entry(*failure).or_default() += count;
        }
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.latency.merge(&other.latency);
        self.from_send.merge(&other.from_send);
        self.first_byte.merge(&other.first_byte);
        self.leaving.merge(&other.leaving);
        self.last = self.last.max(other.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(delays: &[u64]) -> Tally {
        let mut tally = Tally::default();
        for delay in delays {
            tally.due += 1;
            tally.leaves(Duration::from_micros(*delay));
            if delay.is_multiple_of(3) {
                tally.fails(Failure::Status);
                *tally.statuses.entry(500).or_default() += 1;
            }
        }
        tally
    }

    proptest! {
        #[test]
        fn threads_add_up(
            a in prop::collection::vec(0_u64..40_000, 0..40), b in prop::collection::vec(0_u64..40_000, 0..40),
        ) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let both = [a, b].concat();
            let late = both.iter().filter(|delay| **delay > 10_000).count() as u64;
            prop_assert_eq!(merged.late, late);
            prop_assert_eq!(merged.leaving.longest, both.iter().copied().max().unwrap_or_default());
            prop_assert_eq!(format!("{merged:?}"), format!("{:?}", of(&both)));
        }
    }
}

//! When a component is fine, and how sure we are: a state machine over the results of its checks.
//!
//! Three failures in a row make it fail, two results that are none bring it back. A result grows old: after three
//! intervals without a new one the state is unknown, as it is before the first. Nothing unmeasured is fine.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Failures in a row before a component counts as failing: one lost probe wakes nobody.
pub const FAILURES_TO_FAIL: u32 = 3;
/// Results without failure in a row before a failing component is trusted again.
pub const RESULTS_TO_RECOVER: u32 = 2;
/// Intervals after which a result says nothing about now.
pub const INTERVALS_TO_FORGET: i32 = 3;

/// How a component, or all of them, is. The order is the order of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Status {
    Ok,
    /// Not measured, or too long ago.
    Unknown,
    /// Works with a reservation, or failed its last check and not yet three.
    Degraded,
    Failing,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ok, Self::Unknown, Self::Degraded, Self::Failing]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// What one check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    /// It answers, but near a limit.
    Degraded,
    Failed,
    /// It could not be measured: nothing to ask, or we were stalled ourselves.
    Unknown,
}

/// One component over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub status: Status,
    /// Since when the status holds; `None` before the first result.
    pub since: Option<Timestamp>,
    /// When it was last checked, whatever the result.
    pub checked_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Results without failure in a row.
    pub successes: u32,
    /// It failed and has not recovered. Not knowing does not end a failure.
    pub down: bool,
}

impl Default for Track {
    fn default() -> Self {
        Self {
            status: Status::Unknown,
            since: None,
            checked_at: None,
            failures: 0,
            successes: 0,
            down: false,
        }
    }
}

impl Track {
    /// Takes the next result; `true` when the status changed.
    pub fn observe(&mut self, outcome: Outcome, at: Timestamp) -> bool {
        match outcome {
            Outcome::Unknown => {}
            Outcome::Failed => {
                self.failures = self.failures.saturating_add(1);
                self.successes = 0;
                self.down |= self.failures >= FAILURES_TO_FAIL;
            }
            Outcome::Ok | Outcome::Degraded => {
                self.successes = self.successes.saturating_add(1);
                self.failures = 0;
                self.down &= self.successes < RESULTS_TO_RECOVER;
            }
        }
        let status = match outcome {
            Outcome::Unknown => Status::Unknown,
            _ if self.down => Status::Failing,
            Outcome::Failed | Outcome::Degraded => Status::Degraded,
            Outcome::Ok => Status::Ok,
        };
        self.checked_at = Some(at);
        let changed = status != self.status || self.since.is_none();
        if changed {
            self.status = status;
            self.since = Some(at);
        }
        changed
    }

    /// The status and its beginning, as far as the last result still says something about `now`.
    pub fn at(&self, now: Timestamp, interval: SignedDuration) -> (Status, Option<Timestamp>) {
        match self.checked_at {
            Some(checked) if now.duration_since(checked) > interval * INTERVALS_TO_FORGET => {
                let since = if self.status == Status::Unknown { self.since } else { Some(checked) };
                (Status::Unknown, since)
            }
            _ => (self.status, self.since),
        }
    }
}

/// Whether we ourselves stood still between two rounds: the second came more than two intervals late.
/// What was measured then says more about us than about the component.
pub fn stalled(previous: Option<Timestamp>, now: Timestamp, interval: SignedDuration) -> bool {
    previous.is_some_and(|previous| now.duration_since(previous) > interval * INTERVALS_TO_FORGET)
}

/// The worst of several; unknown when there is none.
pub fn worst(statuses: impl IntoIterator<Item = Status>) -> Status {
    statuses.into_iter().max().unwrap_or(Status::Unknown)
}

/// The share of measured checks that were good, percent; `None` when none was measured.
pub fn uptime_percent(ok: u64, bad: u64) -> Option<f64> {
    let measured = ok + bad;
    (measured > 0).then(|| ok as f64 * 100.0 / measured as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERY: SignedDuration = SignedDuration::from_secs(30);

    fn start() -> Timestamp {
        "2026-03-03T07:00:00Z".parse().unwrap()
    }

    /// The statuses after each of `outcomes`, 30 s apart.
    fn run(outcomes: &[Outcome]) -> (Track, Vec<Status>) {
        let mut track = Track::default();
        let statuses = (0..).zip(outcomes).map(|(n, outcome)| {
            track.observe(*outcome, start() + EVERY * n);
            track.status
        });
        let statuses = statuses.collect();
        (track, statuses)
    }

    #[test]
    fn three_failures_fail_and_two_successes_recover() {
        use Outcome::{Failed, Ok};
        let (track, statuses) = run(&[Ok, Failed, Failed, Failed, Ok, Failed, Ok, Ok]);
        use Status::{Degraded, Failing};
        let expected = [Status::Ok, Degraded, Degraded, Failing, Failing, Failing, Failing, Status::Ok];
        assert_eq!(statuses, expected);
        assert_eq!(track.since, Some(start() + EVERY * 7));
    }

    #[test]
    fn not_knowing_neither_fails_nor_recovers() {
        use Outcome::{Failed, Ok, Unknown};
        let (_, statuses) = run(&[Failed, Failed, Unknown, Failed, Unknown, Ok]);
        assert_eq!(statuses[2..], [Status::Unknown, Status::Failing, Status::Unknown, Status::Failing]);
    }

    #[test]
    fn an_old_result_is_unknown_since_it_was_taken() {
        let (track, _) = run(&[Outcome::Ok, Outcome::Ok]);
        let last = start() + EVERY;
        assert_eq!(track.at(last + EVERY * 3, EVERY), (Status::Ok, Some(start())));
        let later = last + EVERY * 3 + SignedDuration::from_millis(1);
        assert_eq!(track.at(later, EVERY), (Status::Unknown, Some(last)));
        assert_eq!(Track::default().at(start(), EVERY), (Status::Unknown, None));
    }

    #[test]
    fn a_late_round_is_a_stall() {
        assert!(!stalled(None, start(), EVERY));
        assert!(!stalled(Some(start()), start() + EVERY * 3, EVERY));
        assert!(stalled(Some(start()), start() + EVERY * 3 + SignedDuration::from_millis(1), EVERY));
    }

    proptest! {
        #[test]
        fn failing_exactly_after_three_in_a_row_until_two_good(
            outcomes in prop::collection::vec(
                prop_oneof![Just(Outcome::Ok), Just(Outcome::Degraded), Just(Outcome::Failed)], 1..60),
        ) {
            let (_, statuses) = run(&outcomes);
            for (n, status) in statuses.iter().enumerate() {
                let good = |o: &Outcome| *o != Outcome::Failed;
                // The last run of three failures that is not followed by two good results up to here.
                let failed_at = (2..=n).rev().find(|&m| outcomes[m - 2..=m].iter().all(|o| !good(o)));
                let down = failed_at.is_some_and(|m| !outcomes[m..=n].windows(2).any(|pair| pair.iter().all(good)));
                prop_assert_eq!(*status == Status::Failing, down);
            }
        }
    }
}

//! The circuit breaker of one model: after a row of failures it is left alone for a while, then tried with one call.
//!
//! Closed: calls pass. Open: none does until the pause is over. Half-open: one call tries; it closes the breaker or opens it
//! for twice as long. Source: Nygard, *Release It!*, 2nd edition, ch. 5; pauses doubled up to a limit as in gRPC's backoff.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Failures in a row that open it.
pub const FAILURES: u32 = 5;
/// The first pause.
pub const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// The longest pause.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// A trial that never came back does not keep the breaker half-open for longer than this.
const TRIAL: SignedDuration = SignedDuration::from_mins(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum BreakerState {
    Closed,
    Open,
    HalfOpen,
}

impl BreakerState {
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    state: BreakerState,
    /// In a row.
    failures: u32,
    pause: SignedDuration,
    /// Since when it is in its state.
    since: Timestamp,
}

impl Breaker {
    pub fn new(now: Timestamp) -> Self {
        Self { state: BreakerState::Closed, failures: 0, pause: FIRST_PAUSE, since: now }
    }

    pub fn state(&self) -> BreakerState {
        self.state
    }

    pub fn since(&self) -> Timestamp {
        self.since
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// When the next trial may go; `None` while closed.
    pub fn retry_at(&self) -> Option<Timestamp> {
        (self.state == BreakerState::Open).then(|| self.since + self.pause)
    }

    /// Whether a call may go now. Who gets `true` must report how it went.
    pub fn admit(&mut self, now: Timestamp) -> bool {
        match self.state {
            BreakerState::Closed => true,
            BreakerState::Open if now >= self.since + self.pause => {
                self.enter(BreakerState::HalfOpen, now);
                true
            }
            BreakerState::HalfOpen if now >= self.since + TRIAL => {
                self.since = now;
                true
            }
            BreakerState::Open | BreakerState::HalfOpen => false,
        }
    }

    /// A call was answered: everything is well.
    pub fn succeeded(&mut self, now: Timestamp) {
        self.failures = 0;
        if self.state == BreakerState::HalfOpen {
            self.pause = FIRST_PAUSE;
            self.enter(BreakerState::Closed, now);
        }
    }

    /// A call failed by the provider's fault. Late reports of an open breaker change nothing.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        match self.state {
            BreakerState::Closed if self.failures >= FAILURES => self.enter(BreakerState::Open, now),
            BreakerState::HalfOpen => {
                self.pause = (self.pause + self.pause).min(LONGEST_PAUSE);
                self.enter(BreakerState::Open, now);
            }
            BreakerState::Closed | BreakerState::Open => {}
        }
    }

    /// Who was admitted did not call after all. A trial is given back: the next one may go at once.
    pub fn withdraw(&mut self, now: Timestamp) {
        if self.state == BreakerState::HalfOpen {
            self.enter(BreakerState::Open, now - self.pause);
        }
    }

    fn enter(&mut self, state: BreakerState, now: Timestamp) {
        self.state = state;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(at(0));
        for _ in 0..FAILURES {
            assert!(breaker.admit(at(0)));
            breaker.failed(at(0));
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_one_success_between_does_not() {
        assert_eq!(opened().state(), BreakerState::Open);
        let mut breaker = Breaker::new(at(0));
        for n in 0..20 {
            if n % 4 == 3 { breaker.succeeded(at(n)) } else { breaker.failed(at(n)) }
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn after_the_pause_one_call_tries_and_closes_it() {
        let mut breaker = opened();
        assert!(!breaker.admit(at(9)));
        assert_eq!(breaker.retry_at(), Some(at(10)));
        assert!(breaker.admit(at(10)), "the trial");
        assert!(!breaker.admit(at(10)), "only one");
        breaker.succeeded(at(11));
        assert_eq!((breaker.state(), breaker.admit(at(11))), (BreakerState::Closed, true));
    }

    #[test]
    fn a_failed_trial_doubles_the_pause_up_to_five_minutes() {
        let mut breaker = opened();
        let mut now = at(0);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let retry = breaker.retry_at().unwrap();
            pauses.push(retry.duration_since(now).as_secs());
            now = retry;
            assert!(breaker.admit(now));
            breaker.failed(now);
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn a_trial_that_never_came_back_is_followed_by_another() {
        let mut breaker = opened();
        assert!(breaker.admit(at(10)));
        assert!(!breaker.admit(at(129)));
        assert!(breaker.admit(at(130)));
    }

    #[test]
    fn a_trial_that_was_not_made_is_given_back() {
        let mut breaker = opened();
        assert!(breaker.admit(at(10)));
        breaker.withdraw(at(11));
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(breaker.admit(at(11)));
        let mut closed = Breaker::new(at(0));
        closed.withdraw(at(1));
        assert_eq!(closed.state(), BreakerState::Closed);
    }

    proptest! {
        #[test]
        fn it_always_lets_a_call_through_in_the_end(steps in prop::collection::vec((0_i64..400, any::<bool>()), 0..60)) {
            let (mut breaker, mut now) = (Breaker::new(at(0)), 0);
            for (wait, well) in steps {
                now += wait;
                if breaker.admit(at(now)) {
                    if well { breaker.succeeded(at(now)) } else { breaker.failed(at(now)) }
                }
                prop_assert_eq!(breaker.retry_at().is_some(), breaker.state() == BreakerState::Open);
            }
            prop_assert!(breaker.admit(at(now + 301)));
        }
    }
}

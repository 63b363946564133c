//! How often something may happen: so many times in a span, all at once if need be, refilled evenly.
//!
//! The generic cell rate algorithm: one moment per subject, the one at which its allowance is whole again. Source: ITU-T I.371,
//! annex A, as virtual scheduling. Times are spans since any fixed moment.

use std::num::NonZeroU32;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    quota: NonZeroU32,
    window: Duration,
}

/// What one subject has used: when its allowance is whole again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used(Duration);

impl Rate {
    /// `None` for a quota of 0, which stands for no limit.
    pub fn new(quota: u32, window: Duration) -> Option<Self> {
        NonZeroU32::new(quota).map(|quota| Self { quota, window })
    }

    pub fn quota(&self) -> u32 {
        self.quota.get()
    }

    pub fn window(&self) -> Duration {
        self.window
    }

    /// The time in which one is refilled.
    fn each(&self) -> Duration {
        self.window / self.quota.get()
    }

    /// What is used after one more.
    ///
    /// # Errors
    /// How long to wait until one more may be.
    pub fn take(&self, used: Used, now: Duration) -> Result<Used, Duration> {
        let whole_at = used.0.max(now) + self.each();
        match whole_at.checked_sub(now + self.window) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(Used(whole_at)),
        }
    }

    /// How many may be at once now.
    pub fn remaining(&self, used: Used, now: Duration) -> u32 {
        let free = self.window.saturating_sub(used.whole_in(now));
        let each = self.each().as_nanos().max(1);
        u32::try_from(free.as_nanos() / each).unwrap_or(u32::MAX).min(self.quota())
    }
}

impl Used {
    /// Until the allowance is whole again; zero when it is.
    pub fn whole_in(&self, now: Duration) -> Duration {
        self.0.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn three_an_hour_are_three_at_once_and_then_one_every_twenty_minutes() {
        let rate = Rate::new(3, SECOND * 3_600).unwrap();
        let mut used = Used::default();
        for left in [2, 1, 0] {
            used = rate.take(used, SECOND).unwrap();
            assert_eq!(rate.remaining(used, SECOND), left);
        }
        assert_eq!(rate.take(used, SECOND), Err(SECOND * 1_200));
        assert_eq!(used.whole_in(SECOND), SECOND * 3_600);
        let later = SECOND * 1_201;
        assert_eq!(rate.remaining(used, later), 1);
        used = rate.take(used, later).unwrap();
        assert_eq!(rate.take(used, later), Err(SECOND * 1_200));
    }

    #[test]
    fn zero_is_no_limit() {
        assert_eq!(Rate::new(0, SECOND), None);
    }

    proptest! {
        /// In any span of one window: at most the quota at once and what is refilled meanwhile.
        #[test]
        fn no_window_passes_twice_the_quota_and_waiting_as_told_suffices(
            quota in 1_u32..50,
            window_s in 1_u64..4_000,
            gaps in prop::collection::vec(0_u64..20_000, 1..200),
        ) {
            let window = SECOND * u32::try_from(window_s).unwrap();
            let rate = Rate::new(quota, window).unwrap();
            let (mut used, mut now, mut passed) = (Used::default(), Duration::ZERO, Vec::new());
            for gap in gaps {
                now += Duration::from_millis(gap);
                let remaining = rate.remaining(used, now);
                match rate.take(used, now) {
                    Ok(after) => {
                        prop_assert!(remaining > 0);
                        prop_assert_eq!(rate.remaining(after, now), remaining - 1);
                        used = after;
                        passed.push(now);
                    }
                    Err(wait) => {
                        prop_assert_eq!(remaining, 0);
                        prop_assert!(rate.take(used, now + wait).is_ok());
                        prop_assert!(rate.take(used, now + wait - Duration::from_nanos(1)).is_err());
                    }
                }
                let within = passed.iter().filter(|at| **at + window > now).count();
                prop_assert!(within <= 2 * quota as usize);
            }
        }
    }
}

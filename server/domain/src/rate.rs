//! How much may happen in a span: so many requests or tokens, all at once if need be, refilled evenly.
//!
//! The generic cell rate algorithm: one moment per subject, the one at which its allowance is whole again. Source: ITU-T I.371,
//! annex A, as virtual scheduling. Beside the moment stands the time in which one refilled when it was used: so a use keeps its
//! size whatever the quota becomes, and flows off as fast as it was promised to. Times are spans since any fixed moment.

use std::num::NonZeroU32;
use std::time::Duration;

/// Fine enough for a thousand million a second.
const PS_PER_NS: u128 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    quota: NonZeroU32,
    window: Duration,
}

/// What one subject has used. By default: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// When all of it has flown off, picoseconds.
    whole_at: u128,
    /// In which time one flows off, picoseconds; 0 while nothing was used.
    each: u64,
}

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

    /// The time in which one is refilled, picoseconds, at least one.
    fn each(&self) -> u64 {
        let each = self.window.as_nanos() * PS_PER_NS / u128::from(self.quota.get());
        u64::try_from(each).unwrap_or(u64::MAX).max(1)
    }

    /// What is used after `n` more.
    ///
    /// # Errors
    /// How long to wait until they may be; `None`: never, they are more than the quota.
    pub fn take(&self, used: Used, now: Duration, n: u32) -> Result<Used, Option<Duration>> {
        let room = self.quota().checked_sub(n).ok_or(None)?;
        let (each, was) = (self.each(), used.each_or(self.each()));
        let debt = used.debt(now);
        match debt.checked_sub(u128::from(room) * u128::from(was)) {
            Some(over) if over > 0 => Err(Some(nanos(over))),
            _ => {
                let whole_at = picos(now) + at_pace(debt, was, each) + u128::from(n) * u128::from(each);
                Ok(Used { whole_at, each })
            }
        }
    }

    /// After it became known that `more` were used than were taken, or fewer. `taken` is what that [`Rate::take`] answered.
    pub fn corrected(&self, used: Used, taken: Used, now: Duration, more: i64) -> Used {
        let each = used.each_or(self.each());
        let by = u128::from(more.unsigned_abs()) * u128::from(each);
        let whole_at = if more < 0 {
            // What has flown off meanwhile is not given back a second time: it would be out of what others took since.
            used.whole_at.saturating_sub(by.min(taken.debt(now)))
        } else {
            used.whole_at.max(picos(now)).saturating_add(by)
        };
        Used { whole_at, each }
    }

    /// How many may be at once now.
    pub fn remaining(&self, used: Used, now: Duration) -> u32 {
        let units = used.units(now);
        u32::try_from(u64::from(self.quota()).saturating_sub(units)).unwrap_or(0)
    }
}

impl Used {
    fn each_or(&self, other: u64) -> u64 {
        if self.each == 0 { other } else { self.each }
    }

    /// The time until all has flown off, picoseconds.
    fn debt(&self, now: Duration) -> u128 {
        self.whole_at.saturating_sub(picos(now))
    }

    /// How many are used now, a begun one counted whole. May be above a quota that was lowered.
    pub fn units(&self, now: Duration) -> u64 {
        u64::try_from(self.debt(now).div_ceil(u128::from(self.each_or(1)))).unwrap_or(u64::MAX)
    }

    /// Whether nothing is used any more. Cheaper than asking how much.
    pub fn is_whole(&self, now: Duration) -> bool {
        self.whole_at <= picos(now)
    }

    /// Until the allowance is whole again; zero when it is.
    pub fn whole_in(&self, now: Duration) -> Duration {
        nanos(self.debt(now))
    }
}

/// A debt whose one took `was` to flow off, when one takes `each`: as many, rounded up.
fn at_pace(debt: u128, was: u64, each: u64) -> u128 {
    let (was, each) = (u128::from(was), u128::from(each));
    debt / was * each + (debt % was * each).div_ceil(was)
}

fn picos(span: Duration) -> u128 {
    span.as_nanos() * PS_PER_NS
}

/// Rounded up: who waits so long finds it free.
fn nanos(picos: u128) -> Duration {
    let nanos = picos.div_ceil(PS_PER_NS);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;

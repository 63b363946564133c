//! How often one person may ask, all agents together. In memory: a restart favors the person.
//!
//! A full minute's allowance may be used at once; it refills evenly. At most [`MAX_PEOPLE`] are remembered; while
//! that many people have asked within the last minute, further ones are admitted uncounted.

use std::num::NonZeroU32;
use std::ops::Add;
use std::time::Duration;

use governor::clock::{Clock as _, Reference};
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use domain::id::{TenantId, UserId};

use crate::clock::Clock;
use crate::error::Error;

/// 15 to 40 MB when full, by the length of the ids.
const MAX_PEOPLE: usize = 100_000;

type Person = (TenantId, UserId);

pub(super) struct PersonLimit(Option<Limited>);

struct Limited {
    per_minute: NonZeroU32,
    clock: Ours,
    limiter:
        RateLimiter<Person, DashMapStateStore<Person>, Ours, governor::middleware::NoOpMiddleware<Moment>>,
}

impl PersonLimit {
    /// `per_minute` 0: no limit.
    pub(super) fn new(per_minute: u32, clock: Clock) -> Self {
        Self(NonZeroU32::new(per_minute).map(|per_minute| {
            let clock = Ours(clock);
            let quota = Quota::per_minute(per_minute);
            Limited { per_minute, limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()), clock }
        }))
    }

    /// Counts one request, or says when to come back.
    pub(super) fn check(&self, tenant: &TenantId, user: &UserId) -> Result<(), Error> {
        let Some(limited) = &self.0 else { return Ok(()) };
        if limited.limiter.len() >= MAX_PEOPLE {
            limited.limiter.retain_recent();
            if limited.limiter.len() >= MAX_PEOPLE {
                return Ok(());
            }
        }
        limited.limiter.check_key(&(tenant.clone(), user.clone())).map_err(|not_until| {
            let wait = not_until.wait_time_from(limited.clock.now());
            Error::TooMany {
                retry_after_s: wait.as_millis().div_ceil(1000).max(1) as u64,
                limit_source: format!("{} agent requests a minute for one person", limited.per_minute),
            }
        })
    }

    pub(super) fn forget_idle(&self) {
        if let Some(limited) = &self.0 {
            limited.limiter.retain_recent();
            limited.limiter.shrink_to_fit();
        }
    }
}

/// Our clock, in the words of `governor`.
#[derive(Clone)]
struct Ours(Clock);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(Duration);

impl governor::clock::Clock for Ours {
    type Instant = Moment;
    fn now(&self) -> Moment {
        Moment(self.0.monotonic())
    }
}

impl Add<Nanos> for Moment {
    type Output = Self;
    fn add(self, more: Nanos) -> Self {
        Self(self.0 + Duration::from(more))
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }
    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn each_person_has_a_minute_of_their_own_and_it_refills() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let limit = PersonLimit::new(3, clock.clone());
        let tenant = TenantId::parse("t").unwrap();
        let [ana, ben] = ["ana", "ben"].map(|id| UserId::parse(id).unwrap());
        for _ in 0..3 {
            limit.check(&tenant, &ana).unwrap();
        }
        let refused = limit.check(&tenant, &ana).unwrap_err();
        assert!(matches!(refused, Error::TooMany { retry_after_s: 20, .. }), "{refused:?}");
        limit.check(&tenant, &ben).unwrap();
        clock.advance(SignedDuration::from_secs(20));
        limit.check(&tenant, &ana).unwrap();
        assert!(limit.check(&tenant, &ana).is_err());

        // Refilled after 60 s; governor keeps a person one beat (20 s) longer.
        clock.advance(SignedDuration::from_secs(81));
        limit.forget_idle();
        assert_eq!(limit.0.unwrap().limiter.len(), 0, "nobody idle is remembered");
    }

    #[test]
    fn zero_is_no_limit() {
        let limit = PersonLimit::new(0, Clock::manual(Timestamp::UNIX_EPOCH));
        let (tenant, user) = (TenantId::parse("t").unwrap(), UserId::parse("u").unwrap());
        assert!((0..1000).all(|_| limit.check(&tenant, &user).is_ok()));
    }
}

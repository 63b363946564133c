//! The provider's rate limit: a token bucket that holds one second's requests.
//!
//! Promises not to wait and not to lock; kept as the time at which the bucket will be full again, so one number is all
//! its state. What a refused request gets is left to the caller.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

const SECOND: u64 = 1_000_000_000;

/// Times in nanoseconds.
pub(super) struct RateLimit {
    start: Instant,
    /// Between two requests at the full rate; 0 when no request may pass.
    interval: u64,
    /// Until the bucket is full again, counted from `start`.
    full_at: AtomicU64,
}

impl RateLimit {
    /// Starts with a full bucket.
    pub(super) fn new(per_second: u32) -> Self {
        let interval = SECOND.checked_div(u64::from(per_second)).map_or(0, |interval| interval.max(1));
        Self { start: Instant::now(), interval, full_at: AtomicU64::new(0) }
    }

    /// Takes a token when there is one.
    pub(super) fn allows(&self) -> bool {
        if self.interval == 0 {
            return false;
        }
        let now = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX / 2);
        let take = |full_at: u64| {
            let full_at = full_at.max(now) + self.interval;
            (full_at - now <= SECOND).then_some(full_at)
        };
        self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

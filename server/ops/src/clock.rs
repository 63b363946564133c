//! Time and ids. Nothing else in the workspace reads the system clock.

use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Ids made by this process, modulo 2^32.
static MADE: AtomicU32 = AtomicU32::new(0);

/// The time, as the system tells it or as a test sets it.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Milliseconds since the epoch.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.as_millisecond()))))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Manual(ms) => {
                Timestamp::from_millisecond(ms.load(Ordering::SeqCst)).expect("a manual clock stays in range")
            }
        }
    }

    /// Milliseconds since the epoch, UTC: what the store keeps.
    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// Time since some fixed moment, never going back: for rates, which must not stall when the wall clock is set.
    pub fn monotonic(&self) -> Duration {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        match &self.0 {
            Source::System => ORIGIN.get_or_init(Instant::now).elapsed(),
            Source::Manual(ms) => Duration::from_millis(ms.load(Ordering::SeqCst).unsigned_abs()),
        }
    }

    /// Moves a manual clock. The system clock is not ours to move.
    pub fn advance(&self, by: jiff::SignedDuration) {
        if let Source::Manual(ms) = &self.0 {
            ms.fetch_add(
                i64::try_from(by.as_millis()).expect("a test moves by less than eons"),
                Ordering::SeqCst,
            );
        }
    }

    /// A UUID v7 of this moment. Ids of one process sort in the order they were made, also within a millisecond:
    /// a counter of 26 bits follows the time (RFC 9562, 6.2, method 1), 48 random bits follow the counter.
    pub fn new_id(&self) -> String {
        let ms = u64::try_from(self.now_ms()).unwrap_or(0);
        let whole = MADE.fetch_add(1, Ordering::Relaxed);
        let mut rest: [u8; 10] = rand::random();
        // Version and variant take the upper bits of the first and third byte.
        rest[0] = (whole >> 22) as u8 & 0x0F;
        rest[1] = (whole >> 14) as u8;
        rest[2] = (whole >> 8) as u8 & 0x3F;
        rest[3] = whole as u8;
        uuid::Builder::from_unix_timestamp_millis(ms, &rest).into_uuid().to_string()
    }

    /// Whether `text` could be an id of ours.
    pub fn is_id(text: &str) -> bool {
        Uuid::parse_str(text).is_ok()
    }
}

/// A stored time, read back. Stored times are ours, so one out of range is a broken store, shown as the epoch.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_sort_in_the_order_they_were_made() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let ids: Vec<String> = (0..10_000).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| Clock::is_id(id)));
    }
}

//! At most so many in any 60 seconds: strictly, so without the burst that an evenly refilled allowance lets through.

use std::collections::VecDeque;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// When the last ones were; as many as the throttle allows. Times are spans since any fixed moment.
#[derive(Clone, Debug, Default)]
pub struct Throttle(VecDeque<Duration>);

impl Throttle {
    /// One more.
    ///
    /// # Errors
    /// How long to wait until there is room.
    pub fn take(&mut self, per_minute: u32, now: Duration) -> Result<(), Duration> {
        while self.0.front().is_some_and(|at| now.saturating_sub(*at) >= MINUTE) {
            self.0.pop_front();
        }
        let over = self.0.len().checked_sub(per_minute as usize);
        match over.and_then(|over| self.0.get(over)) {
            Some(frees) => Err((*frees + MINUTE).saturating_sub(now)),
            // A throttle of 0 cannot be written down, and allows nothing.
            None if per_minute == 0 => Err(MINUTE),
            None => {
                self.0.push_back(now);
                Ok(())
            }
        }
    }

    /// The one taken at `at` did not happen. Nothing where it is a minute ago.
    pub fn give_back(&mut self, at: Duration) {
        if let Some(place) = self.0.iter().rposition(|taken| *taken == at) {
            self.0.remove(place);
        }
    }
}

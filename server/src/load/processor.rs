//! The processor time that the generator itself took.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// User and system time of this process so far; `None` when the clock is before its beginning.
pub(super) fn time() -> Option<Duration> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

//! Waiting until a moment, to some ten microseconds, without spinning; and the processor time that this process took.
//!
//! The runtime's timer knows milliseconds only: two arrivals of a millisecond would leave together. Linux has a timer that
//! a runtime can wait for like a socket. Elsewhere the runtime's timer is used, and the report shows how late it was.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

#[cfg(target_os = "linux")]
pub(super) struct Pacer(tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>);

#[cfg(target_os = "linux")]
impl Pacer {
    #[expect(deprecated, reason = "its successor is unsafe; an OwnedFd keeps what that one asks for")]
    pub(super) fn new() -> std::io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        tokio::io::unix::AsyncFd::with_interest(timer, tokio::io::Interest::READABLE).map(Self)
    }

    /// Returns as soon after `due` as the system allows. When it is past already, others run once before it returns.
    pub(super) async fn until(&self, due: Instant) -> std::io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            tokio::task::yield_now().await;
            return Ok(());
        }
        let once = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec::try_from(left).map_err(std::io::Error::other)?,
        };
        timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        loop {
            let mut ready = self.0.readable().await?;
            let mut times = [0_u8; 8];
            let read = ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut times)?));
            if let Ok(read) = read {
                return read.map(|_| ());
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) struct Pacer;

#[cfg(not(target_os = "linux"))]
impl Pacer {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Returns up to two milliseconds after `due`.
    pub(super) async fn until(&self, due: Instant) -> std::io::Result<()> {
        tokio::time::sleep_until(due.into()).await;
        Ok(())
    }
}

/// User and system time of this process so far; `None` when the clock is before its beginning.
pub(super) fn cpu_time() -> Option<Duration> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

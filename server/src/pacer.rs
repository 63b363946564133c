//! Waiting until a moment, to some ten microseconds, without spinning: for what makes load and for what answers it.
//!
//! The runtime's timer knows milliseconds only: two arrivals of a millisecond would leave together. Linux has a timer that
//! a runtime can wait for like a socket. Elsewhere the runtime's timer is used, and reports of load show how late it was.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

#[cfg(target_os = "linux")]
pub(crate) struct Pacer(tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>);

#[cfg(target_os = "linux")]
impl Pacer {
    #[expect(deprecated, reason = "its successor is unsafe; an OwnedFd keeps what that one asks for")]
    pub(crate) fn new() -> std::io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        tokio::io::unix::AsyncFd::with_interest(timer, tokio::io::Interest::READABLE).map(Self)
    }

    /// Returns as soon after `due` as the system allows. When it is past already, others run once before it returns.
    pub(crate) async fn until(&self, due: Instant) -> std::io::Result<()> {
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
pub(crate) struct Pacer;

#[cfg(not(target_os = "linux"))]
impl Pacer {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Returns up to two milliseconds after `due`.
    pub(crate) async fn until(&self, due: Instant) -> std::io::Result<()> {
        tokio::time::sleep_until(due.into()).await;
        Ok(())
    }
}

/// What many waits at once take their timers from.
#[derive(Clone, Default)]
pub(crate) struct Pacers(Arc<Mutex<Vec<Pacer>>>);

impl Pacers {
    /// As [`Pacer::until`], with a timer that nobody else waits for.
    pub(crate) async fn until(&self, due: Instant) -> std::io::Result<()> {
        let idle = self.lock().pop();
        let pacer = idle.map_or_else(Pacer::new, Ok)?;
        pacer.until(due).await?;
        self.lock().push(pacer);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Pacer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn nobody_is_woken_before_their_time_and_timers_are_used_again() {
        let pacers = Pacers::default();
        let wait = async |micros| {
            let due = Instant::now() + Duration::from_micros(micros);
            pacers.until(due).await.unwrap();
            Instant::now().checked_duration_since(due).expect("not too early");
        };
        tokio::join!(wait(900), wait(300), wait(0));
        assert_eq!(pacers.lock().len(), 3);
        wait(100).await;
        assert_eq!(pacers.lock().len(), 3);
    }
}

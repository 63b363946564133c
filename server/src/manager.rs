//! What a service manager is told (`sd_notify`, for systemd's `Type=notify` and others of its convention). Without one, nothing.

use sd_notify::NotifyState;

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(error = &error as &dyn std::error::Error, "the service manager could not be told");
    }
}

/// This process serves.
pub(crate) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// An upgrade begins; [`ready`] or [`handed_over`] tells its end.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => {
            tell(&[NotifyState::Reloading, now, NotifyState::Status("an upgrade in place is under way")]);
        }
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Another process is the service now: the end of this one is not its end.
pub(crate) fn handed_over(pid: u32) {
    tell(&[
        NotifyState::MainPid(pid),
        NotifyState::Ready,
        NotifyState::Status("serving after an upgrade in place"),
    ]);
}

pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("finishing the requests under way")]);
}

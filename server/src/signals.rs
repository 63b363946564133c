//! What an operator or a service manager asks of a running process.

use tokio::signal::unix::{Signal, SignalKind, signal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// SIGTERM, SIGINT (Ctrl-C).
    Stop,
    /// SIGUSR2, as nginx and `HAProxy` have it.
    Upgrade,
}

/// From its making on, none of these signals ends the process by itself.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    upgrade: Signal,
}

impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            upgrade: signal(SignalKind::user_defined2())?,
        })
    }

    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.upgrade.recv() => Asked::Upgrade,
        }
    }

    /// Passes over upgrades, which a process that leaves cannot do.
    pub(crate) async fn stop(&mut self) {
        while self.next().await != Asked::Stop {
            tracing::warn!("no upgrade now: another one is under way, or this process is leaving");
        }
    }
}

//! One upgrade in place: the new process is started, takes over, or fails; either is written down.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use ops::Ops;
use ops::deployments::{Aftermath, Begun};
use tokio_util::sync::CancellationToken;

use crate::handover::{Program, Refusal, Successor, second_handle};
use crate::leaving::{self, Left};
use crate::manager;
use crate::serving::Front;
use crate::signals::Signals;

/// What an upgrade needs of the process that serves.
pub(crate) struct Upgrade<'a, L> {
    pub(crate) ops: &'a Ops,
    pub(crate) front: &'a Front,
    pub(crate) program: &'a Program,
    pub(crate) listener: &'a L,
    /// Cancelled when no process before this one is left: of three, the first could serve again beside the third.
    pub(crate) alone: &'a CancellationToken,
}

/// What became of it.
pub(crate) enum Upgraded {
    To(Box<Successor>, String),
    /// This process goes on.
    Not,
    /// It was asked to stop meanwhile.
    Stop,
}

/// It was begun and nobody took over.
struct Failure {
    why: String,
    after: Aftermath,
}

impl<L: AsFd> Upgrade<'_, L> {
    /// Passes over to the new process, or says why not.
    pub(crate) async fn run(&self, signals: &mut Signals) -> Upgraded {
        manager::reloading();
        let begun = match self.ops.upgrade_begins().await {
            Ok(begun) => begun,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "no upgrade: the store does not answer; this process goes on, nothing was lost. Upgrade again when it does"
                );
                manager::ready("serving; the last upgrade failed");
                return Upgraded::Not;
            }
        };
        let Failure { why, after } = match self.attempt(&begun, signals).await {
            Ok((successor, detail)) => return Upgraded::To(Box::new(successor), detail),
            Err(failure) => failure,
        };
        tracing::error!("the upgrade failed: {why}. {}", after.words("This process"));
        if let Err(error) = self.ops.upgrade_failed(&begun, &why, after).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the failed upgrade could not be recorded"
            );
        }
        if after.stops {
            return Upgraded::Stop;
        }
        manager::ready("serving; the last upgrade failed");
        Upgraded::Not
    }

    /// The process that took over, and how that went.
    async fn attempt(&self, begun: &Begun, signals: &mut Signals) -> Result<(Successor, String), Failure> {
        let at = Instant::now();
        let mut successor = self.start(begun, signals).await.map_err(|refusal| Failure {
            why: refusal.to_string(),
            after: Aftermath { served: false, stops: matches!(refusal, Refusal::Stopping) },
        })?;
        let (ready, pid) = (at.elapsed(), successor.pid());
        let cut = match leaving::hand_over(self.ops, self.front, &mut successor, signals).await {
            Left::Whole | Left::Cut(0) => String::new(),
            Left::Cut(1) => ", 1 request was ended before it was answered".to_owned(),
            Left::Cut(count) => format!(", {count} requests were ended before they were answered"),
            Left::Alone { why, asked } => {
                return Err(Failure {
                    why: format!("it took over and then was gone: {why}"),
                    after: Aftermath { served: true, stops: asked },
                });
            }
        };
        let passed = successor.passage().passed();
        let took = (ready.as_millis(), at.elapsed().as_millis());
        let detail = format!(
            "process {pid} took over: it served after {} ms, this one was done after {} ms, {passed} idle connections went along{cut}",
            took.0, took.1
        );
        Ok((successor, detail))
    }

    /// The new process, when it serves.
    async fn start(&self, begun: &Begun, signals: &mut Signals) -> Result<Successor, Refusal> {
        if !self.alone.is_cancelled() {
            return Err(Refusal::NotAlone);
        }
        tracing::info!("upgrading: the new process is started, this one serves until it does");
        let listener = second_handle(self.listener).map_err(Refusal::NoSocket)?;
        let mut successor = self.program.start(listener, begun).await?;
        let patience = Duration::from_secs(self.ops.config.server.upgrade_seconds);
        successor.ready(patience, signals.stop()).await?;
        Ok(successor)
    }
}

//! What a process does that was started by the one before it: takes its duties, its connections, and its last figures.

use std::time::Duration;

use ops::Ops;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::handover::{Predecessor, Said};
use crate::serving::Front;

/// A predecessor that says nothing for so long stands still.
const SILENCE: Duration = Duration::from_secs(10);

/// What comes from the process before, until it ends or this one leaves.
pub(crate) struct Takeover {
    ops: Ops,
    front: Front,
    predecessor: Predecessor,
    _alone: DropGuard,
    _arrivals: TaskTrackerToken,
}

impl Takeover {
    /// `alone` is cancelled when it is over. Until then more connections may come.
    pub(crate) fn new(ops: &Ops, front: &Front, predecessor: Predecessor, alone: &CancellationToken) -> Self {
        Self {
            ops: ops.clone(),
            front: front.clone(),
            predecessor,
            _alone: alone.clone().drop_guard(),
            _arrivals: front.arrivals(),
        }
    }

    /// Follows what the predecessor says until it ends.
    pub(crate) async fn follow(self) {
        let leaving = self.ops.lifecycle.leaving();
        tokio::pin!(leaving);
        let mut patience = Some(SILENCE);
        loop {
            let silence = tokio::time::sleep(patience.unwrap_or(Duration::MAX));
            tokio::select! {
                biased;
                () = &mut leaving => return self.take_the_last().await,
                said = self.predecessor.said() => match said {
                    Some(Said::Duty) => {
                        self.ops.lifecycle.set_duty(true);
                        patience = None;
                    }
                    Some(Said::Connection(socket, begun)) => self.take(socket, begun),
                    Some(Said::End) | None => return self.end().await,
                },
                () = silence, if patience.is_some() => {
                    tracing::warn!("the process before does not say that it is done: its duties are taken");
                    self.ops.lifecycle.set_duty(true);
                    patience = None;
                }
            }
        }
    }

    /// This process leaves: what was passed on already is answered here, the rest by the predecessor, which keeps it.
    async fn take_the_last(&self) {
        self.predecessor.refuse();
        while let Some(said) = self.predecessor.said().await {
            if let Said::Connection(socket, begun) = said {
                self.take(socket, begun);
            }
        }
    }

    fn take(&self, socket: std::os::fd::OwnedFd, begun: axum::body::Bytes) {
        if let Err(error) = self.front.take_over(socket, begun) {
            tracing::debug!(error = &error as &dyn std::error::Error, "a connection was gone already");
        }
    }

    async fn end(&self) {
        self.ops.lifecycle.set_duty(true);
        tracing::info!("the process before has ended");
        if let Err(error) = self.ops.predecessor_ended().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the last figures of the process before could not be read"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use ops::lifecycle::Phase;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::handover::pair;
    use crate::serving::Timing;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// A connection as the process that accepted it has it, and its client.
    async fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (listener.accept().await.unwrap().0, client)
    }

    #[tokio::test]
    async fn who_leaves_takes_what_was_passed_and_leaves_the_rest_to_the_process_before() {
        let ops = ops::testing::ops().await;
        let front = Front::new(Router::new(), Timing::default());
        let (passage, predecessor) = pair();
        let (first, _client) = connection().await;
        let (second, _other) = connection().await;
        let alone = CancellationToken::new();
        let takeover = Takeover::new(&ops, &front, predecessor, &alone);
        passage.pass(&first, b"").await.unwrap();
        ops.lifecycle.set_phase(Phase::Draining);
        tokio::time::timeout(PATIENCE, takeover.follow()).await.expect("it ends");
        assert_eq!(front.connections(), 1);
        assert!(passage.pass(&second, b"").await.is_err() && !passage.works());
    }

    #[tokio::test]
    async fn a_process_before_that_was_killed_has_ended() {
        let ops = ops::testing::ops().await;
        ops.lifecycle.set_duty(false);
        let front = Front::new(Router::new(), Timing::default());
        let (passage, predecessor) = pair();
        let alone = CancellationToken::new();
        let takeover = Takeover::new(&ops, &front, predecessor, &alone);
        drop(passage);
        assert!(!alone.is_cancelled());
        tokio::time::timeout(PATIENCE, takeover.follow()).await.expect("it ends");
        assert!(alone.is_cancelled() && ops.lifecycle.on_duty());
    }
}

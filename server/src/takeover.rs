//! What a process does that was started by the one before it: takes its duties, its connections, and its last figures.

use std::time::Duration;

use ops::Ops;

use crate::handover::{Predecessor, Said};
use crate::serving::Front;

/// A predecessor that says nothing for so long has ended, or stands still.
const SILENCE: Duration = Duration::from_secs(10);

/// Follows what the predecessor says until it ends.
pub(crate) async fn follow(ops: Ops, front: Front, predecessor: Predecessor) {
    let stopping = ops.jobs.stopping();
    let mut patience = Some(SILENCE);
    loop {
        let silence = tokio::time::sleep(patience.unwrap_or(Duration::MAX));
        tokio::select! {
            () = stopping.cancelled() => return,
            () = silence, if patience.is_some() => {
                tracing::warn!("the process before does not say that it is done: its duties are taken");
                ops.lifecycle.set_duty(true);
                patience = None;
            }
            said = predecessor.said() => match said {
                Some(Said::Duty) => {
                    ops.lifecycle.set_duty(true);
                    patience = None;
                }
                Some(Said::Connection(socket, begun)) => {
                    if let Err(error) = front.take_over(socket, begun) {
                        tracing::debug!(error = &error as &dyn std::error::Error, "a connection was gone already");
                    }
                }
                Some(Said::End) | None => {
                    ops.lifecycle.set_duty(true);
                    if let Err(error) = ops.predecessor_ended().await {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "the last figures of the process before could not be read"
                        );
                    }
                    return;
                }
            }
        }
    }
}

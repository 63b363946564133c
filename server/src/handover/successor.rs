//! The old process's side: the new process, from its first word until one of the two has ended.

use std::io::IoSlice;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use ops::deployments::Begun;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use super::wire::Wire;
use super::{BEGUN, DUTY, END, Passage, READY};

/// For one word. A process that hears nothing for so long stands still, and must not make this one stand still.
const HEARD: Duration = Duration::from_secs(1);
/// For a process that was told to end, before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Why nobody took over. The process that serves goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "this is process 1 of a container, which ends with it: start another container beside this one instead"
    )]
    FirstProcess,
    #[error("the process before this one has not ended yet; try again when it has")]
    NotAlone,
    #[error("the listening socket cannot be passed on: {0}")]
    NoSocket(std::io::Error),
    #[error("{} cannot be started: {error}", path.display())]
    NotStarted { path: PathBuf, error: std::io::Error },
    #[error("the new process ended with {0} before it served; the log has its own words")]
    Ended(ExitStatus),
    #[error("the new process did not serve within {} s and was ended; [server] upgrade_seconds allows more", .0.as_secs())]
    Late(Duration),
    #[error("this process was asked to stop meanwhile")]
    Stopping,
}

/// The process that takes over.
pub(crate) struct Successor {
    child: Child,
    pid: u32,
    passage: Arc<Passage>,
}

impl Successor {
    /// It was started with the other end of this wire, and is told what was begun; it does not serve yet.
    pub(super) async fn begun(child: Child, wire: Wire, begun: &Begun) -> Self {
        let pid = child.id().unwrap_or_default();
        let successor = Self { child, pid, passage: Arc::new(Passage::new(wire)) };
        let mut said = vec![BEGUN];
        // It is a struct of two texts: writing it cannot fail.
        said.extend(serde_json::to_vec(begun).unwrap_or_default());
        successor.say(&said).await;
        successor
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn passage(&self) -> Arc<Passage> {
        Arc::clone(&self.passage)
    }

    /// Until it serves. Else it is ended, and was never there.
    pub(crate) async fn ready(
        &mut self,
        patience: Duration,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Refusal> {
        let refusal = tokio::select! {
            () = ready(&self.passage) => return Ok(()),
            status = self.child.wait() => return Err(ended(status)),
            () = tokio::time::sleep(patience) => Refusal::Late(patience),
            () = stop => Refusal::Stopping,
        };
        self.end().await;
        Err(refusal)
    }

    /// It accepts alone from here on.
    pub(crate) async fn take_over(&self) {
        self.say(&[DUTY]).await;
    }

    /// This process has written everything down.
    pub(crate) async fn farewell(&self) {
        self.say(&[END]).await;
    }

    /// Resolves when it has ended, whose end is not ours to wait for any more.
    pub(crate) async fn ended(&mut self) -> Refusal {
        let refusal = ended(self.child.wait().await);
        self.passage.close();
        refusal
    }

    async fn say(&self, word: &[u8]) {
        let parts = [IoSlice::new(word)];
        match tokio::time::timeout(HEARD, self.passage.wire().send(&parts, None)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the new process is not listening");
            }
            Err(_) => tracing::warn!("the new process stands still: it does not take a word"),
        }
    }

    async fn end(&mut self) {
        self.passage.close();
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

fn ended(status: std::io::Result<ExitStatus>) -> Refusal {
    status.map_or_else(|error| Refusal::NotStarted { path: PathBuf::new(), error }, Refusal::Ended)
}

/// An error means that nobody is at the other end, which its end will tell.
async fn ready(passage: &Passage) {
    let mut word = [0; 16];
    loop {
        match passage.wire().receive(&mut word).await {
            Ok(received) if word[..received.count].first() == Some(&READY) => return,
            Ok(received) if received.count > 0 => {}
            _ => std::future::pending().await,
        }
    }
}

/// A second handle of the same listening socket.
pub(crate) fn second_handle(listener: &impl AsFd) -> std::io::Result<OwnedFd> {
    listener.as_fd().try_clone_to_owned()
}

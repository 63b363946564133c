//! The old process's side: starting the binary anew, and waiting until it serves.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use ops::deployments::Begun;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use super::{BEGUN, DUTY, END, Passage, READY};

/// The first descriptor of systemd's convention.
const FIRST: i32 = 3;
/// For a process that was told to end, before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// What this process was started as, and what it starts again.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

/// Why nobody took over. The process that serves goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "this is process 1 of a container, which ends with it: start another container beside this one instead"
    )]
    FirstProcess,
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

impl Program {
    /// The path as it was typed, so that a link to the current version is followed anew; made absolute.
    pub(crate) fn this() -> std::io::Result<Self> {
        let mut arguments = std::env::args_os();
        let typed = arguments.next().map(PathBuf::from).filter(|path| path.components().count() > 1);
        let path = match typed {
            Some(path) => std::path::absolute(path)?,
            None => std::env::current_exe()?,
        };
        Ok(Self { path, arguments: arguments.collect() })
    }

    /// Starts it with this listener. It is told what was begun; it does not serve yet.
    pub(crate) async fn start(&self, listener: OwnedFd, begun: &Begun) -> Result<Successor, Refusal> {
        if std::process::id() == 1 {
            return Err(Refusal::FirstProcess);
        }
        let failed = |error| Refusal::NotStarted { path: self.path.clone(), error };
        let (ours, theirs) = UnixDatagram::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let mut command = std::process::Command::new(&self.path);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .env("LISTEN_FDS", "2")
            .env("LISTEN_FDNAMES", "http:predecessor")
            .env_remove("LISTEN_PID")
            .env_remove("LISTEN_FDS_FIRST_FD");
        let passed = [listener, theirs.into()];
        let mappings = passed.into_iter().zip(FIRST..);
        let mappings = mappings.map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd }).collect();
        command.fd_mappings(mappings).map_err(|error| failed(std::io::Error::other(error)))?;
        // Dropped at the end of the statement, and our copies of what was passed with it.
        let child = tokio::process::Command::from(command).spawn().map_err(failed)?;
        let pid = child.id().unwrap_or_default();
        let passage = Passage::new(tokio::net::UnixDatagram::from_std(ours).map_err(failed)?);
        let successor = Successor { child, pid, passage: Arc::new(passage) };
        let mut said = vec![BEGUN];
        // It is a struct of two texts: writing it cannot fail.
        said.extend(serde_json::to_vec(begun).unwrap_or_default());
        successor.say(&said).await;
        Ok(successor)
    }
}

impl Successor {
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
        if let Err(error) = self.passage.socket().send(word).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the new process is not listening");
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
        match passage.socket().recv(&mut word).await {
            Ok(count) if word[..count].first() == Some(&READY) => return,
            Ok(_) => {}
            Err(_) => std::future::pending().await,
        }
    }
}

/// A second handle of the same listening socket.
pub(crate) fn second_handle(listener: &impl AsFd) -> std::io::Result<OwnedFd> {
    listener.as_fd().try_clone_to_owned()
}

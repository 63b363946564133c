//! The front door: accepts connections, serves them, and leaves without losing one.
//!
//! Every connection follows one *course* that the process sets: serve, retire after the next answer, leave, be passed on to
//! the process that takes over. Nothing here decides when; see [`crate::start`].

mod answers;
mod connection;
mod rewound;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use futures::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

pub(crate) use connection::Timing;

use crate::handover::Passage;

/// After an error that is not one connection's, such as too many open files.
const PAUSE: Duration = Duration::from_secs(1);

/// What becomes of connections.
#[derive(Clone, Debug)]
pub(crate) enum Course {
    Serve,
    /// Accepts and answers; each answer closes its connection.
    Retire,
    /// Likewise, but accepts nothing more, and connections without a request are closed after a while.
    Leave,
    /// Accepts nothing more; connections without a request go to another process, as they are.
    PassOn(Arc<Passage>),
    /// Closes everything, whatever is under way.
    Cut,
}

impl Course {
    /// Whether an answer must be the last of its connection.
    fn closes(&self) -> bool {
        matches!(self, Self::Retire | Self::Leave | Self::Cut)
    }
}

/// What all connections share.
struct House {
    router: Router,
    course: watch::Sender<Course>,
    timing: Timing,
    /// What accepts.
    doors: TaskTracker,
    connections: TaskTracker,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Front(Arc<House>);

impl Front {
    /// Serves connections that are [taken](Self::take), and those of the listener it is [opened](Self::open) to.
    pub(crate) fn new(router: Router, timing: Timing) -> Self {
        let house = House {
            // Everything is made ready now instead of at each request.
            router: router.with_state(()),
            course: watch::Sender::new(Course::Serve),
            timing,
            doors: TaskTracker::new(),
            connections: TaskTracker::new(),
        };
        Self(Arc::new(house))
    }

    pub(crate) fn set_course(&self, course: Course) {
        self.0.course.send_replace(course);
    }

    /// Accepts until the course is to leave; then once more what waits already, and closes the listener.
    pub(crate) fn open(&self, listener: TcpListener) {
        self.0.doors.spawn(self.clone().accept(listener));
    }

    async fn accept(self, listener: TcpListener) {
        let mut course = self.0.course.subscribe();
        let mut passes_on = false;
        loop {
            let now = course.borrow_and_update().clone();
            match now {
                Course::Serve | Course::Retire => {
                    tokio::select! {
                        accepted = listener.accept() => self.accepted(accepted).await,
                        _ = course.changed() => {}
                    }
                }
                // What waits is for the process that takes over.
                Course::PassOn(_) => _ = course.changed().await,
                Course::Leave | Course::Cut => break,
            }
            passes_on = matches!(now, Course::PassOn(_));
        }
        if passes_on {
            return;
        }
        // Their handshake is done: closing the listener would reset them.
        while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
            self.take(stream, peer, Bytes::new());
        }
    }

    async fn accepted(&self, accepted: std::io::Result<(TcpStream, SocketAddr)>) {
        use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        match accepted {
            Ok((stream, peer)) => self.take(stream, peer, Bytes::new()),
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Serves a connection. `begun`: what was read from it already.
    pub(crate) fn take(&self, stream: TcpStream, peer: SocketAddr, begun: Bytes) {
        // Small answers must not wait for more of them; a socket that refuses the option is still served.
        let _ = stream.set_nodelay(true);
        let house = Arc::clone(&self.0);
        self.0.connections.spawn(connection::serve(stream, peer, begun, house));
    }

    /// Likewise one that another process had accepted.
    pub(crate) fn take_over(&self, socket: OwnedFd, begun: Bytes) -> std::io::Result<()> {
        let stream = std::net::TcpStream::from(socket);
        stream.set_nonblocking(true)?;
        let stream = TcpStream::from_std(stream)?;
        let peer = stream.peer_addr()?;
        self.take(stream, peer, begun);
        Ok(())
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections.len()
    }

    /// Resolves when there is no connection any more. Only of use when none is accepted.
    pub(crate) async fn empty(&self) {
        let leaves = matches!(&*self.0.course.borrow(), Course::Leave);
        if leaves {
            // It takes what had waited to be accepted.
            self.0.doors.close();
            self.0.doors.wait().await;
        }
        self.0.connections.close();
        self.0.connections.wait().await;
        self.0.connections.reopen();
    }
}

//! The front door: accepts connections, serves them, and leaves without losing one.
//!
//! Every connection follows one *course* that the process sets: serve, retire after the next answer, leave, be passed on to
//! the process that takes over. Nothing here decides when; see [`crate::start`].

mod answers;
mod arriving;
mod connection;
mod rewound;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

pub(crate) use arriving::Silent;
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
    /// Whatever may still bring connections.
    arrivals: TaskTracker,
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
            arrivals: TaskTracker::new(),
            connections: TaskTracker::new(),
        };
        Self(Arc::new(house))
    }

    pub(crate) fn set_course(&self, course: Course) {
        self.0.course.send_replace(course);
    }

    /// Accepts until the course is to leave; then once more what waits already, and closes the listener.
    pub(crate) fn open(&self, listener: TcpListener) {
        let arrivals = self.arrivals();
        self.0.doors.spawn(self.clone().accept(listener, arrivals));
    }

    /// Until it is dropped, connections may still come: [empty](Self::empty) waits for it.
    pub(crate) fn arrivals(&self) -> TaskTrackerToken {
        self.0.arrivals.token()
    }

    async fn accept(self, listener: TcpListener, arrivals: TaskTrackerToken) {
        let mut course = self.0.course.subscribe();
        let mut arrivals = Some(arrivals);
        loop {
            let now = course.borrow_and_update().clone();
            match now {
                Course::Serve | Course::Retire => {
                    arrivals.get_or_insert_with(|| self.arrivals());
                    tokio::select! {
                        // First, or one more would be accepted that is for the process that takes over.
                        biased;
                        _ = course.changed() => {}
                        accepted = listener.accept() => self.accepted(accepted).await,
                    }
                }
                // What waits is for the process that takes over.
                Course::PassOn(_) => {
                    arrivals = None;
                    let _ = course.changed().await;
                }
                Course::Leave | Course::Cut => break,
            }
        }
        // Their handshake is done: closing the listener would reset them. After passing on they are the other process's.
        if arrivals.is_some() {
            self.take_waiting(listener);
        }
    }

    /// Every connection that waits to be accepted. Asks the kernel: the runtime may not have heard of all.
    fn take_waiting(&self, listener: TcpListener) {
        let accepted = listener.into_std().and_then(|listener| {
            loop {
                match listener.accept() {
                    Ok((stream, peer)) => {
                        stream.set_nonblocking(true)?;
                        self.take(TcpStream::from_std(stream)?, peer, Bytes::new());
                    }
                    Err(error) if is_of_one(&error) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        });
        if let Err(error) = accepted {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "connections that waited to be accepted are closed: their apps must connect again"
            );
        }
    }

    async fn accepted(&self, accepted: std::io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((stream, peer)) => self.take(stream, peer, Bytes::new()),
            Err(error) if is_of_one(&error) => {}
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

    /// Resolves when there is no connection any more and none can come. Only of use when none is accepted.
    pub(crate) async fn empty(&self) {
        let accepts = matches!(&*self.0.course.borrow(), Course::Serve | Course::Retire);
        let arrivals = (!accepts).then_some(&self.0.arrivals);
        for tracker in arrivals.into_iter().chain([&self.0.connections]) {
            tracker.close();
            tracker.wait().await;
            tracker.reopen();
        }
    }
}

/// Of one connection that was gone before it was accepted, and of no other.
fn is_of_one(error: &std::io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

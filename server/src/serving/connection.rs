//! One connection from its first byte to its end.
//!
//! It is only let go of between two requests, and what the client has sent by then is never thrown away: it is answered
//! here, or goes with the connection to the process that takes over. A client whose request crosses our closing on the way is
//! the one race that is left, when nobody takes over; it needs a connection that was idle for the whole drain.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answers::{Answers, Line};
use super::rewound::Rewound;
use super::{Course, House};

/// How long connections may be silent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// For a request's head to arrive, from the answer before it: more than load balancers keep idle connections.
    pub(crate) head: Duration,
    /// Without a request, when this process leaves: longer than what a client has sent just now takes to get here.
    pub(crate) idle: Duration,
    /// After our last byte, for the client to read it and close.
    pub(crate) linger: Duration,
    /// Within a request's body, without a byte of it.
    pub(crate) body: Duration,
    /// For the rest of a body that nobody wanted, before its answer; else the answer closes the connection.
    pub(crate) rest: Duration,
    /// While the client takes nothing of an answer that waits for it.
    pub(crate) write: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(75),
            idle: Duration::from_secs(1),
            linger: Duration::from_secs(2),
            body: Duration::from_secs(30),
            rest: Duration::from_millis(100),
            write: Duration::from_secs(60),
        }
    }
}

/// How one stretch of a connection ended.
enum End {
    /// Nothing is under way, and nothing said that it would be closed.
    Between(Rewound),
    /// Whoever closes first, it is over.
    Over(Rewound),
    Cut,
}

/// What there is to do for a connection.
enum Turn {
    Ended(hyper::Result<()>),
    LetGo,
    Idle,
}

pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, begun: Bytes, house: Arc<House>) {
    let mut socket = Rewound::new(begun, stream, house.timing.write);
    loop {
        socket = match stretch(socket, peer, &house).await {
            End::Between(socket) => match part_with(socket, &house).await {
                Some(socket) => socket,
                None => return,
            },
            End::Over(socket) => return linger(socket.stream, &house).await,
            End::Cut => return,
        };
    }
}

/// Serves until the connection ends, or is to be let go of and nothing is under way.
async fn stretch(socket: Rewound, peer: SocketAddr, house: &Arc<House>) -> End {
    let line = Arc::new(Line::new());
    let answers = Answers { house: Arc::clone(house), line: Arc::clone(&line), peer };
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(house.timing.head)
        .serve_connection(TokioIo::new(socket), answers);
    let mut course = house.course.subscribe();
    // Requests before it was let go of.
    let mut let_go = None;
    let result = loop {
        let patience = match &*course.borrow_and_update() {
            Course::Serve | Course::Retire => None,
            Course::Leave => Some(house.timing.idle),
            Course::PassOn(passage) => passage.works().then_some(Duration::ZERO),
            Course::Cut => return End::Cut,
        };
        let patience = patience.filter(|_| let_go.is_none());
        let idle = |line: &Line| patience.zip(line.idle_for()).map(|(most, idle)| most.saturating_sub(idle));
        let left = idle(&line);
        let polled = poll_fn(|context| match connection.poll_without_shutdown(context) {
            Poll::Ready(result) => Poll::Ready(Turn::Ended(result)),
            Poll::Pending => match (left, idle(&line)) {
                (_, Some(Duration::ZERO)) => Poll::Ready(Turn::LetGo),
                // Its time runs from now on.
                (None, Some(_)) => Poll::Ready(Turn::Idle),
                _ => Poll::Pending,
            },
        });
        tokio::select! {
            biased;
            turn = polled => match turn {
                Turn::Ended(result) => break result,
                Turn::Idle => {}
                Turn::LetGo => {
                    let_go = Some(line.requests());
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                }
            },
            _ = course.changed() => {}
            () = tokio::time::sleep(left.unwrap_or(Duration::MAX)), if left.is_some() => {}
        }
    };
    if let Err(error) = &result {
        tracing::trace!(error = error as &dyn std::error::Error, "a connection ended with an error");
    }
    let between = result.is_ok() && let_go == Some(line.requests()) && line.idle_for().is_some();
    let parts = connection.into_parts();
    let Rewound { begun, stream, .. } = parts.io.into_inner();
    // Read first, so it comes first.
    let begun = match (parts.read_buf.is_empty(), begun.is_empty()) {
        (true, _) => begun,
        (_, true) => parts.read_buf,
        _ => [parts.read_buf, begun].concat().into(),
    };
    let socket = Rewound::new(begun, stream, house.timing.write);
    if between { End::Between(socket) } else { End::Over(socket) }
}

/// Passes it on, or closes it where nobody takes it. Returned: it must be served here after all.
async fn part_with(socket: Rewound, house: &House) -> Option<Rewound> {
    let course = house.course.borrow().clone();
    match course {
        Course::PassOn(passage) => match passage.pass(&socket.stream, &socket.begun).await {
            Ok(()) => None,
            Err(error) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a connection could not be passed on"
                );
                Some(socket)
            }
        },
        Course::Leave => {
            if !socket.begun.is_empty() || has_sent(&socket.stream) {
                return Some(socket);
            }
            linger(socket.stream, house).await;
            None
        }
        Course::Serve | Course::Retire => Some(socket),
        Course::Cut => None,
    }
}

/// Whether something has come that was not read. Asks the kernel: the runtime may not have heard of it yet.
fn has_sent(stream: &TcpStream) -> bool {
    let look = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    recv(stream, &mut [0_u8; 1], look).is_ok_and(|(count, _)| count > 0)
}

/// Says that nothing more comes, and reads what does: closing with unread bytes would reset the connection and take our last
/// answer from the client. RFC 9112, section 9.6.
async fn linger(mut stream: TcpStream, house: &House) {
    let closing = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut rest = [0; 4096];
        while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
    };
    let mut course = house.course.subscribe();
    let cut = course.wait_for(|course| matches!(course, Course::Cut));
    tokio::select! {
        _ = tokio::time::timeout(house.timing.linger, closing) => {}
        _ = cut => {}
    }
}

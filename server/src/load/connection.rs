//! One kept connection: a request out in one write, its answer in, and when what happened.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer::{Answer, NotAnAnswer};
use super::request::Ask;

/// Holds a head, or a piece of a body.
const BUFFER: usize = 32 << 10;

/// A connection to one server; opened when first used.
#[derive(Debug)]
pub(super) struct Connection {
    server: SocketAddr,
    stream: Option<TcpStream>,
    out: Vec<u8>,
    input: Vec<u8>,
}

/// A request that was answered, whatever the status.
#[derive(Debug)]
pub(super) struct Exchange {
    /// Just before the first byte left.
    pub(super) sent: Instant,
    /// The first byte of the body came; for an answer that was sent piece by piece.
    pub(super) streamed: Option<Instant>,
    /// The last byte came.
    pub(super) done: Instant,
    pub(super) status: u16,
    /// The body, when it was asked for.
    pub(super) body: Option<Vec<u8>>,
    /// The server had closed the connection while it was idle.
    pub(super) reopened: bool,
}

/// A request that was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error(transparent)]
    Connection(#[from] std::io::Error),
    #[error(transparent)]
    NotAnAnswer(#[from] NotAnAnswer),
}

impl Connection {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self { server, stream: None, out: Vec::new(), input: vec![0; BUFFER] }
    }

    /// Sends request `number` and reads the answer to its end. `leaves` hears when it leaves, before it is answered.
    pub(super) async fn exchange(
        &mut self,
        ask: &Ask,
        number: u64,
        leaves: impl FnOnce(Instant),
    ) -> Result<Exchange, Unanswered> {
        ask.write(number, &mut self.out);
        let kept = self.stream.take();
        let was_kept = kept.is_some();
        let mut reopened = false;
        let mut stream = match kept {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        let sent = Instant::now();
        leaves(sent);
        let mut answer = Answer::new(ask.head_only, ask.checks(number));
        let streamed = match self.ask(&mut stream, &mut answer).await {
            // A server may close a connection that nobody uses, at the moment in which it is used again.
            Err(Unanswered::Connection(error)) if was_kept && is_stale(&error) && answer.status == 0 => {
                reopened = true;
                stream = self.connect().await?;
                answer = Answer::new(ask.head_only, ask.checks(number));
                self.ask(&mut stream, &mut answer).await?
            }
            other => other?,
        };
        let done = Instant::now();
        if answer.keep_alive {
            self.stream = Some(stream);
        }
        Ok(Exchange { sent, streamed, done, status: answer.status, body: answer.body, reopened })
    }

    async fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(self.server).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Returns when the body of an answer in pieces began.
    async fn ask(
        &mut self,
        stream: &mut TcpStream,
        answer: &mut Answer,
    ) -> Result<Option<Instant>, Unanswered> {
        stream.write_all(&self.out).await?;
        let mut filled = 0;
        let mut streamed = None;
        while !answer.is_done() {
            if filled == self.input.len() {
                return Err(NotAnAnswer::TOO_LONG.into());
            }
            let came = stream.read(&mut self.input[filled..]).await?;
            if came == 0 && answer.status == 0 && filled == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            if came == 0 {
                answer.closed()?;
                break;
            }
            filled += came;
            let taken = answer.take(&self.input[..filled])?;
            self.input.copy_within(taken..filled, 0);
            filled -= taken;
            if streamed.is_none() && answer.chunked && answer.body_begun {
                streamed = Some(Instant::now());
            }
        }
        Ok(streamed)
    }
}

fn is_stale(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

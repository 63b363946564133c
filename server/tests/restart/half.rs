//! A request of which the server has the head and half of the body: under way for as long as a test wants.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::service::{PATIENCE, Service};

/// The two halves of the body, in chunks. Between them blanks may stand.
const BODY: [&str; 2] = ["7\r\n{\"age\":\r\n", "3\r\n40}\r\n0\r\n\r\n"];
const BLANK: &str = "1\r\n \r\n";
/// Who sends nothing for long is not waited for.
const EVERY: Duration = Duration::from_secs(5);

pub(crate) struct Half {
    answer: OwnedReadHalf,
    sending: JoinSet<()>,
    ends: oneshot::Sender<()>,
}

impl Half {
    /// Asked, and the server has begun to read it.
    pub(crate) async fn of(service: &Service) -> Self {
        let (mut answer, mut request) = TcpStream::connect(service.addr()).await.unwrap().into_split();
        let key = &service.key;
        let head = format!(
            "PUT /api/user/half/profile HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        request.write_all(head.as_bytes()).await.unwrap();
        assert!(heard(&mut answer).await.starts_with("HTTP/1.1 100 "));
        let (ends, told) = oneshot::channel();
        let mut sending = JoinSet::new();
        sending.spawn(send(request, told));
        Self { answer, sending, ends }
    }

    /// Sends the rest. The head of the answer.
    pub(crate) async fn end(mut self) -> String {
        self.ends.send(()).unwrap();
        self.sending.join_next().await.unwrap().unwrap();
        heard(&mut self.answer).await
    }
}

/// The first half, blanks, and when it is told the second.
async fn send(mut request: OwnedWriteHalf, mut told: oneshot::Receiver<()>) {
    request.write_all(BODY[0].as_bytes()).await.unwrap();
    while tokio::time::timeout(EVERY, &mut told).await.is_err() {
        request.write_all(BLANK.as_bytes()).await.unwrap();
    }
    request.write_all(BODY[1].as_bytes()).await.unwrap();
    // Closed, it would be a client that has gone away.
    request.forget();
}

/// What comes until the end of a head.
async fn heard(answer: &mut OwnedReadHalf) -> String {
    let mut text = String::new();
    let mut piece = [0; 1024];
    while !text.contains("\r\n\r\n") {
        let read = tokio::time::timeout(PATIENCE, answer.read(&mut piece)).await;
        let count = read.expect("it is answered").expect("it is not reset");
        assert!(count > 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    text
}

/// Waits until clients are refused, as when nobody listens.
pub(crate) async fn refused(service: &Service) {
    let begun = std::time::Instant::now();
    while TcpStream::connect(service.addr()).await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "still accepted: {}", service.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

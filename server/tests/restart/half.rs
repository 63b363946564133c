//! A request of which the server has the head and half of the body: under way for as long as a test wants.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::service::{PATIENCE, Service};

/// The two halves of the body.
const BODY: [&str; 2] = ["{\"age\":", " 40}"];

pub(crate) struct Half(TcpStream);

impl Half {
    /// Asked, and the server has begun to read it.
    pub(crate) async fn of(service: &Service) -> Self {
        let mut half = Self(TcpStream::connect(service.addr()).await.unwrap());
        let (key, length) = (&service.key, BODY.concat().len());
        half.send(&format!(
            "PUT /api/user/half/profile HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        ))
        .await;
        assert!(half.heard().await.starts_with("HTTP/1.1 100 "));
        half.send(BODY[0]).await;
        half
    }

    /// Sends the rest. The head of the answer.
    pub(crate) async fn end(mut self) -> String {
        self.send(BODY[1]).await;
        self.heard().await
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Until the end of a head.
    async fn heard(&mut self) -> String {
        let mut text = String::new();
        let mut piece = [0; 1024];
        while !text.contains("\r\n\r\n") {
            let read = tokio::time::timeout(PATIENCE, self.0.read(&mut piece)).await;
            let count = read.expect("it is answered").expect("it is not reset");
            assert!(count > 0, "closed after {text:?}");
            text.push_str(&String::from_utf8_lossy(&piece[..count]));
        }
        text
    }
}

/// Waits until clients are refused, as when nobody listens.
pub(crate) async fn refused(service: &Service) {
    let begun = std::time::Instant::now();
    while TcpStream::connect(service.addr()).await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "still accepted: {}", service.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

//! The way of connections to the process that takes over: a socket, and what was read from it already.

use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::net::TcpStream;

use super::wire::Wire;
use super::{CONNECTION, MOST};

/// Whoever is at the other end takes connections, until one cannot be sent.
#[derive(Debug)]
pub(crate) struct Passage {
    wire: Wire,
    broken: AtomicBool,
    passed: AtomicU64,
}

impl Passage {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, broken: AtomicBool::new(false), passed: AtomicU64::new(0) }
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    pub(crate) fn works(&self) -> bool {
        !self.broken.load(Ordering::Acquire)
    }

    /// Nobody is at the other end any more.
    pub(super) fn close(&self) {
        self.broken.store(true, Ordering::Release);
    }

    /// Connections that went this way.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Waits for room. After an error the connection is still the caller's, and no other is sent this way.
    pub(crate) async fn pass(&self, connection: &TcpStream, begun: &[u8]) -> io::Result<()> {
        if begun.len() >= MOST {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let parts = [IoSlice::new(&[CONNECTION]), IoSlice::new(begun)];
        let sent = self.wire.send(&parts, Some(connection.as_fd())).await;
        match &sent {
            Ok(()) => _ = self.passed.fetch_add(1, Ordering::Relaxed),
            Err(_) => self.close(),
        }
        sent
    }
}

//! The way of connections to the process that takes over: a socket, and what was read from it already.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use tokio::io::Interest;
use tokio::net::{TcpStream, UnixDatagram};

use super::{CONNECTION, MOST};

/// Whoever is at the other end takes connections, until one cannot be sent.
#[derive(Debug)]
pub(crate) struct Passage {
    socket: UnixDatagram,
    broken: AtomicBool,
    passed: AtomicU64,
}

impl Passage {
    pub(super) fn new(socket: UnixDatagram) -> Self {
        Self { socket, broken: AtomicBool::new(false), passed: AtomicU64::new(0) }
    }

    pub(super) fn socket(&self) -> &UnixDatagram {
        &self.socket
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
        let sent = self.socket.async_io(Interest::WRITABLE, || send(&self.socket, connection, begun)).await;
        match &sent {
            Ok(()) => _ = self.passed.fetch_add(1, Ordering::Relaxed),
            Err(_) => self.close(),
        }
        sent
    }
}

fn send(socket: &UnixDatagram, connection: &TcpStream, begun: &[u8]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let sockets = [connection.as_fd()];
    ancillary.push(SendAncillaryMessage::ScmRights(&sockets));
    let word = [CONNECTION];
    let parts = [IoSlice::new(&word), IoSlice::new(begun)];
    sendmsg(socket, &parts, &mut ancillary, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
    Ok(())
}

/// One datagram, and the socket that came with it.
pub(super) async fn receive(socket: &UnixDatagram, into: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    socket
        .async_io(Interest::READABLE, || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut ancillary = RecvAncillaryBuffer::new(&mut space);
            let mut parts = [IoSliceMut::new(&mut *into)];
            let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
            let received = recvmsg(socket, &mut parts, &mut ancillary, flags)?;
            let mut sockets = ancillary.drain().filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
                _ => None,
            });
            Ok((received.bytes, sockets.next()))
        })
        .await
}

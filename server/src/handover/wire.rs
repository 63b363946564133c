//! The pair of sockets between two processes: messages that come whole, and an end when the other process has ended.
//!
//! `SOCK_SEQPACKET`: of a pair of datagram sockets, one end is never told that the other is gone.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType, recvmsg, sendmsg, shutdown,
    socketpair,
};
use tokio::io::Interest;
use tokio::net::UnixDatagram;

/// What `getsockopt` says of an end.
pub(super) const FAMILY: AddressFamily = AddressFamily::UNIX;
pub(super) const KIND: SocketType = SocketType::SEQPACKET;

/// One end. Tokio has no type of its own for such sockets; that of datagrams only tells here when there is something to do.
#[derive(Debug)]
pub(super) struct Wire(UnixDatagram);

/// What came.
#[derive(Debug)]
pub(super) struct Received {
    /// Bytes; none: the other end is closed.
    pub(super) count: usize,
    pub(super) socket: Option<OwnedFd>,
    /// A socket came along for which this process had no number left.
    pub(super) lost: bool,
}

/// Both ends, neither of which a program that is started inherits by itself.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(FAMILY, KIND, SocketFlags::CLOEXEC, None)?)
}

impl Wire {
    pub(super) fn new(end: OwnedFd) -> io::Result<Self> {
        let end = std::os::unix::net::UnixDatagram::from(end);
        end.set_nonblocking(true)?;
        Ok(Self(UnixDatagram::from_std(end)?))
    }

    /// One message of these parts. Waits for room.
    pub(super) async fn send(&self, parts: &[IoSlice<'_>], socket: Option<BorrowedFd<'_>>) -> io::Result<()> {
        let send = || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            if let Some(socket) = &socket {
                ancillary.push(SendAncillaryMessage::ScmRights(std::slice::from_ref(socket)));
            }
            sendmsg(&self.0, parts, &mut ancillary, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
            Ok(())
        };
        self.0.async_io(Interest::WRITABLE, send).await
    }

    pub(super) async fn receive(&self, into: &mut [u8]) -> io::Result<Received> {
        let once = || match receive(&self.0, into) {
            // Said once of an end that was closed with words unread; what it had sent before is still there.
            Err(Errno::CONNRESET) => Ok(receive(&self.0, into)?),
            received => Ok(received?),
        };
        self.0.async_io(Interest::READABLE, once).await
    }

    /// From now on the other end can send nothing; what it has sent can still be received.
    pub(super) fn refuse(&self) -> io::Result<()> {
        Ok(shutdown(&self.0, Shutdown::Read)?)
    }
}

fn receive(end: &UnixDatagram, into: &mut [u8]) -> Result<Received, Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let received = recvmsg(end, &mut [IoSliceMut::new(into)], &mut ancillary, flags)?;
    let mut sockets = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
        _ => None,
    });
    let lost = received.flags.contains(ReturnFlags::CTRUNC);
    Ok(Received { count: received.bytes, socket: sockets.next(), lost })
}

//! The new process's side: the sockets it was started with, and the process that it takes over from.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use listenfd::ListenFd;
use ops::deployments::Begun;

use super::{BEGUN, CONNECTION, DUTY, END, MOST, READY, passage};

/// What the old process writes at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sockets from a service manager or from the process before.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    pub(crate) listener: Option<TcpListener>,
    pub(crate) predecessor: Option<UnixDatagram>,
}

impl Inherited {
    /// Must be called before there are threads, because it clears the variables that name the sockets.
    ///
    /// # Errors
    /// When what was passed is not a listening TCP socket.
    pub(crate) fn take() -> anyhow::Result<Self> {
        let mut passed = ListenFd::from_env();
        if passed.len() == 0 {
            return Ok(Self::default());
        }
        let listener = passed.take_tcp_listener(0).context(
            "the first socket passed in LISTEN_FDS is not a TCP socket: the unit needs ListenStream=HOST:PORT",
        )?;
        if let Some(listener) = &listener {
            listener.set_nonblocking(true).context("the socket passed in LISTEN_FDS cannot be used")?;
        }
        // A service manager passes no such pair.
        let predecessor = passed.take_unix_datagram(1).ok().flatten();
        if let Some(predecessor) = &predecessor {
            predecessor.set_nonblocking(true)?;
        }
        if passed.len() > 1 && predecessor.is_none() {
            tracing::warn!(passed = passed.len(), "only the first of the sockets in LISTEN_FDS is served");
        }
        Ok(Self { listener, predecessor })
    }
}

/// The process that serves until this one does.
#[derive(Debug)]
pub(crate) struct Predecessor {
    socket: tokio::net::UnixDatagram,
    pub(crate) begun: Begun,
}

/// What the predecessor says.
#[derive(Debug)]
pub(crate) enum Said {
    /// It accepts no more: duties are this process's.
    Duty,
    Connection(OwnedFd, Bytes),
    /// It has written everything down.
    End,
}

impl Predecessor {
    pub(crate) async fn meet(socket: UnixDatagram) -> anyhow::Result<Self> {
        let socket = tokio::net::UnixDatagram::from_std(socket)?;
        let mut text = vec![0; MOST];
        let count = tokio::time::timeout(PATIENCE, socket.recv(&mut text))
            .await
            .context("the process that started this one does not say why")??;
        let Some((&BEGUN, text)) = text[..count].split_first() else {
            anyhow::bail!("the process that started this one says what this version does not understand")
        };
        let begun = serde_json::from_slice(text).context("what the process before has begun")?;
        Ok(Self { socket, begun })
    }

    #[cfg(test)]
    pub(super) fn of(socket: tokio::net::UnixDatagram) -> Self {
        Self { socket, begun: Begun { id: "d".to_owned(), asked_by: None } }
    }

    /// This process serves.
    pub(crate) async fn ready(&self) {
        if let Err(error) = self.socket.send(&[READY]).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the process before has ended meanwhile; this one serves"
            );
        }
    }

    /// What it says next; `None`: nothing any more.
    pub(crate) async fn said(&self) -> Option<Said> {
        let mut text = vec![0; MOST];
        loop {
            let (count, socket) = match passage::receive(&self.socket, &mut text).await {
                Ok(received) => received,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the process before is not heard"
                    );
                    return None;
                }
            };
            match (text[..count].split_first(), socket) {
                (Some((&DUTY, _)), _) => return Some(Said::Duty),
                (Some((&END, _)), _) => return Some(Said::End),
                (Some((&CONNECTION, begun)), Some(socket)) => {
                    return Some(Said::Connection(socket, Bytes::copy_from_slice(begun)));
                }
                // From a version that knows more words.
                _ => {}
            }
        }
    }
}

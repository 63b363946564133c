//! The new process's side: the sockets it was started with, and the process that it takes over from.

use std::io::IoSlice;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use listenfd::ListenFd;
use ops::deployments::Begun;

use super::wire::{self, Received, Wire};
use super::{BEGUN, CONNECTION, DUTY, END, MOST, READY};

/// What the old process writes at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sockets from a service manager or from the process before.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    pub(crate) listener: Option<TcpListener>,
    pub(crate) predecessor: Option<OwnedFd>,
}

impl Inherited {
    /// Must be called before there are threads, because it clears the variables that name the sockets.
    ///
    /// # Errors
    /// When what was passed is not a listening TCP socket, or by a process that this one cannot take over from.
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
        let (family, kind) = (i32::from(wire::FAMILY.as_raw()), wire::KIND.as_raw().cast_signed());
        let predecessor = passed.take_custom(1, family, kind, "end of a pair").ok().flatten();
        if passed.take_unix_datagram(1).is_ok_and(|datagrams| datagrams.is_some()) {
            anyhow::bail!(
                "the process that started this one speaks as versions did before this one: it goes on serving. Stop it and start this one in its place"
            );
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
    wire: Wire,
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
    pub(crate) async fn meet(end: OwnedFd) -> anyhow::Result<Self> {
        let wire = Wire::new(end)?;
        let mut text = vec![0; MOST];
        let received = tokio::time::timeout(PATIENCE, wire.receive(&mut text))
            .await
            .context("the process that started this one does not say why")??;
        let Some((&BEGUN, text)) = text[..received.count].split_first() else {
            anyhow::bail!("the process that started this one says what this version does not understand")
        };
        let begun = serde_json::from_slice(text).context("what the process before has begun")?;
        Ok(Self { wire, begun })
    }

    #[cfg(test)]
    pub(super) fn of(wire: Wire) -> Self {
        Self { wire, begun: Begun { id: "d".to_owned(), asked_by: None } }
    }

    /// This process serves.
    pub(crate) async fn ready(&self) {
        if let Err(error) = self.wire.send(&[IoSlice::new(&[READY])], None).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the process before has ended meanwhile; this one serves"
            );
        }
    }

    /// What it says next; `None`: nothing any more, because it has ended.
    pub(crate) async fn said(&self) -> Option<Said> {
        let mut text = vec![0; MOST];
        loop {
            let Received { count, socket, lost } = match self.wire.receive(&mut text).await {
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
                (None, _) => return None,
                (Some((&DUTY, _)), _) => return Some(Said::Duty),
                (Some((&END, _)), _) => return Some(Said::End),
                (Some((&CONNECTION, begun)), Some(socket)) => {
                    return Some(Said::Connection(socket, Bytes::copy_from_slice(begun)));
                }
                (Some((&CONNECTION, _)), None) => tracing::error!(
                    too_many_open_files = lost,
                    "a connection came without its socket and is closed: its client must connect again. Allow the process more open files (LimitNOFILE, ulimit -n)"
                ),
                // From a version that knows more words.
                (Some(_), _) => {}
            }
        }
    }

    /// Lets it pass nothing more, so that it keeps what it has; what it has passed can still be heard, and then `None`.
    pub(crate) fn refuse(&self) {
        if let Err(error) = self.wire.refuse() {
            tracing::debug!(error = &error as &dyn std::error::Error, "the process before has ended already");
        }
    }
}

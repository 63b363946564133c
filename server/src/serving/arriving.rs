//! A request's body: how long its client may be silent, and what becomes of what nobody read.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::oneshot;
use tokio::time::Sleep;

use super::answers::Line;

/// Of a body that nobody wanted, to keep its connection: more costs more than another connection.
const MOST: u64 = 64 << 10;

/// The client sent a part of a body and then nothing for too long.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the rest of the body did not come")]
pub(crate) struct Silent;

/// What reads the body.
pub(super) struct Arriving {
    /// Until it is dropped.
    body: Option<Incoming>,
    line: Arc<Line>,
    ended: bool,
    silence: Duration,
    /// Runs while the client is waited for.
    late: Option<Pin<Box<Sleep>>>,
    unread: Option<oneshot::Sender<Incoming>>,
}

/// What was not read of a body, once nobody wants it any more.
pub(super) struct Unread {
    rest: oneshot::Receiver<Incoming>,
    line: Arc<Line>,
    /// The client sends it only when it is told to.
    expects: bool,
}

/// A body of which the client may be silent for so long. `expects`: it waits to be told to send.
pub(super) fn arriving(
    body: Incoming,
    line: &Arc<Line>,
    silence: Duration,
    expects: bool,
) -> (Arriving, Unread) {
    let (unread, rest) = oneshot::channel();
    let body = Arriving {
        body: Some(body),
        line: Arc::clone(line),
        ended: false,
        silence,
        late: None,
        unread: Some(unread),
    };
    (body, Unread { rest, line: Arc::clone(line), expects })
}

impl Unread {
    /// When the answer is made: whether the connection can be used for another request. A small rest that is on its way is read for
    /// that; a larger one, or a slow one, would only be told apart from the next request by reading all of it.
    pub(super) async fn settled(mut self, patience: Duration) -> bool {
        // Read to its end, or read further while the answer leaves.
        let Ok(mut body) = self.rest.try_recv() else { return true };
        if self.expects || body.size_hint().lower() > MOST {
            return false;
        }
        let rest = async {
            let mut read = 0;
            while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
                read += frame.ok()?.data_ref().map_or(0, |data| data.len() as u64);
                if read > MOST {
                    return None;
                }
            }
            Some(())
        };
        let whole = matches!(tokio::time::timeout(patience, rest).await, Ok(Some(())));
        if whole {
            self.line.is_whole();
        }
        whole
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let polled = Pin::new(&mut *body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || body.is_end_stream() {
            this.ended = true;
            this.line.is_whole();
        }
        if let Poll::Ready(frame) = polled {
            this.late = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        let silence = this.silence;
        let late = this.late.get_or_insert_with(|| Box::pin(tokio::time::sleep(silence)));
        ready!(late.as_mut().poll(context));
        Poll::Ready(Some(Err(axum::Error::new(Silent))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.ended
            && let Some((body, unread)) = self.body.take().zip(self.unread.take())
        {
            // Nobody waits for it where the answer is on its way already.
            let _ = unread.send(body);
        }
    }
}

//! Answers that are sent in pieces: event streams, and bodies that trickle or break off.
//!
//! Promises that every piece counts when it is handed to the connection, so that a client that goes away, or a stream
//! that is cut, has been charged exactly for what was sent. The last piece settles the request before it leaves.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::reply::Reply;
use super::stats::Ticket;
use super::timer::Timer;

/// Chunks with text, at most.
const CHUNKS: usize = 12;
/// Between two pieces of an answer that trickles.
pub(super) const TRICKLE: Duration = Duration::from_millis(500);
/// Before a connection breaks: what was sent before has to leave first.
const FLUSH: Duration = Duration::from_millis(5);

/// What is sent at once.
pub(super) struct Piece {
    bytes: Bytes,
    /// Bytes of the completion's text in it.
    text: usize,
}

/// When the pieces leave.
pub(super) struct Pace {
    pub(super) first: Instant,
    pub(super) gap: Duration,
}

/// How the pieces end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the last piece; so many tokens are charged for the completion.
    Whole(u64),
    /// In the middle: half of the pieces are sent, then the connection breaks.
    Broken,
}

/// The events of a streamed answer: role, text, finish, usage if wanted, end.
pub(super) fn events(reply: &Reply, include_usage: bool) -> Vec<Piece> {
    let with_usage = |mut chunk: Value, usage: Value| {
        if include_usage {
            chunk["usage"] = usage;
        }
        chunk
    };
    let event = |delta: Value, finish: Option<&str>, text: usize| {
        let choices = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]);
        let chunk = with_usage(reply.chunk(&choices), Value::Null);
        Piece { bytes: Bytes::from(format!("data: {chunk}\n\n")), text }
    };
    let field = if reply.refused { "refusal" } else { "content" };
    let mut pieces = vec![event(json!({ "role": "assistant", "content": "" }), None, 0)];
    pieces.extend(parts(reply.text()).map(|part| event(json!({ field: part }), None, part.len())));
    pieces.push(event(json!({}), Some(reply.finish), 0));
    if let Some(usage) = reply.usage().filter(|_| include_usage) {
        let chunk = with_usage(reply.chunk(&json!([])), usage);
        pieces.push(Piece { bytes: Bytes::from(format!("data: {chunk}\n\n")), text: 0 });
    }
    pieces.push(Piece { bytes: Bytes::from_static(b"data: [DONE]\n\n"), text: 0 });
    pieces
}

/// A body in about as many pieces as an event stream has; `text` bytes of completion are spread over them.
pub(super) fn slices(body: &Bytes, text: usize) -> Vec<Piece> {
    let size = body.len().div_ceil(CHUNKS).max(1);
    let share = |end: usize| text * end / body.len().max(1);
    let starts = (0..body.len()).step_by(size);
    starts
        .map(|start| {
            let end = (start + size).min(body.len());
            Piece { bytes: body.slice(start..end), text: share(end) - share(start) }
        })
        .collect()
}

/// The pace at which `pieces` fill the time from the middle of the wait to its end.
pub(super) fn even_pace(start: Instant, wait: Duration, pieces: usize) -> Pace {
    let count = u32::try_from(pieces.max(2) - 1).unwrap_or(u32::MAX);
    Pace { first: start + wait / 2, gap: wait / 2 / count }
}

/// Sends the pieces. The ticket must be open; it is settled by the last piece, or by the end of the body.
pub(super) fn body(mut pieces: Vec<Piece>, pace: Pace, timer: Timer, ending: Ending, ticket: Ticket) -> Body {
    if ending == Ending::Broken {
        pieces.truncate(pieces.len() / 2);
    }
    let sending = Sending { pieces: pieces.into_iter(), pace, timer, ending, ticket: Some(ticket) };
    Body::from_stream(stream::unfold(Some(sending), async |sending| sending?.step().await))
}

struct Sending {
    pieces: std::vec::IntoIter<Piece>,
    pace: Pace,
    timer: Timer,
    ending: Ending,
    /// Dropped with the body when the client goes away.
    ticket: Option<Ticket>,
}

impl Sending {
    async fn step(mut self) -> Option<(io::Result<Bytes>, Option<Self>)> {
        let Some(piece) = self.pieces.next() else {
            // Settles a broken stream before the client can know that it is broken.
            drop(self.ticket.take());
            return match self.ending {
                Ending::Whole(_) => None,
                Ending::Broken => {
                    sleep(FLUSH).await;
                    Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
                }
            };
        };
        self.timer.until(self.pace.first).await;
        self.pace.first += self.pace.gap;
        if let Some(ticket) = &mut self.ticket {
            ticket.sends(piece.text);
            if let (Ending::Whole(tokens), 0) = (self.ending, self.pieces.len()) {
                ticket.answered(tokens);
            }
        }
        Some((Ok(piece.bytes), Some(self)))
    }
}

/// The text in at most [`CHUNKS`] parts of about the same length.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let size = text.len().div_ceil(CHUNKS).max(1);
    let mut rest = text;
    std::iter::from_fn(move || {
        let cut = rest.ceil_char_boundary(size);
        let part;
        (part, rest) = rest.split_at(cut);
        Some(part).filter(|part| !part.is_empty())
    })
}

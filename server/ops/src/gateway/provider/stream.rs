//! A reply that comes in parts: server-sent events up to `[DONE]`, or nothing.
//!
//! A stream that ends before it said why is cut off, whatever it has brought: half an answer is none.

use std::time::Duration;

use tokio::time::Instant;

use super::events::Events;
use super::wire::{Chunk, Usage};
use super::{Failure, FailureKind, LONGEST_REPLY, Reply};
use crate::telemetry::metrics::ChunkTimes;

#[derive(Default)]
struct Gathered {
    content: String,
    refused: bool,
    finish: Option<String>,
    usage: Option<Usage>,
    first: Option<Duration>,
}

pub(super) async fn read(
    response: reqwest::Response,
    began: Instant,
    times: &ChunkTimes,
) -> Result<Reply, Failure> {
    let mut events = Events::of(response, LONGEST_REPLY);
    let mut gathered = Gathered::default();
    let mut before = None;
    while let Some(at) = events.next().await? {
        let data = events.data(at);
        if data == b"[DONE]" {
            break;
        }
        times.came(began, &mut before);
        take(data, &mut gathered, began)?;
        if gathered.content.len() > LONGEST_REPLY {
            return Err(Failure::new(FailureKind::BadReply));
        }
    }
    finish(gathered)
}

fn take(data: &[u8], gathered: &mut Gathered, began: Instant) -> Result<(), Failure> {
    let chunk: Chunk = serde_json::from_slice(data).map_err(|_| Failure::new(FailureKind::BadReply))?;
    if chunk.error.is_some() {
        return Err(Failure::new(FailureKind::CutOff));
    }
    if chunk.usage.is_some() {
        gathered.usage = chunk.usage;
    }
    for choice in chunk.choices {
        if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
            gathered.first.get_or_insert_with(|| began.elapsed());
            gathered.content.push_str(&text);
        }
        gathered.refused |= choice.delta.refusal.is_some();
        gathered.finish = choice.finish_reason.or(gathered.finish.take());
    }
    Ok(())
}

fn finish(gathered: Gathered) -> Result<Reply, Failure> {
    let Gathered { content, refused, finish, usage, first } = gathered;
    let tokens = usage.and_then(|usage| usage.tokens(!content.is_empty()));
    let failed = |kind| Err(Failure { tokens, ..Failure::new(kind) });
    match finish.as_deref() {
        // What some count while they write is of a part only.
        None => Err(Failure::new(FailureKind::CutOff)),
        Some("content_filter") => failed(FailureKind::ContentRefused),
        Some(_) if refused => failed(FailureKind::ContentRefused),
        Some(_) if content.is_empty() => failed(FailureKind::BadReply),
        Some(reason) => Ok(Reply { cut: reason == "length", content, tokens, first_token: first }),
    }
}

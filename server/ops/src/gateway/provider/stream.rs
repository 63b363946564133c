//! A reply that comes in parts: server-sent events up to `[DONE]`, or nothing.
//!
//! A stream that ends before it said why is cut off, whatever it has brought: half an answer is none.

use std::time::Duration;

use tokio::time::Instant;

use super::wire::{Chunk, Usage};
use super::{Failure, FailureKind, Reply};

#[derive(Default)]
struct Gathered {
    content: String,
    refused: bool,
    finish: Option<String>,
    usage: Option<Usage>,
    first: Option<Duration>,
    done: bool,
}

pub(super) async fn read(
    mut response: reqwest::Response,
    began: Instant,
    longest: usize,
) -> Result<Reply, Failure> {
    let mut gathered = Gathered::default();
    let mut unread = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|_| Failure::new(FailureKind::CutOff))? {
        unread.extend_from_slice(&part);
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            take_line(&line, &mut gathered, began)?;
        }
        if unread.len() + gathered.content.len() > longest {
            return Err(Failure::new(FailureKind::BadReply));
        }
        if gathered.done {
            break;
        }
    }
    finish(gathered)
}

/// Events are one line here; comments and other fields say nothing to us.
fn take_line(line: &[u8], gathered: &mut Gathered, began: Instant) -> Result<(), Failure> {
    let line = String::from_utf8_lossy(line);
    let Some(data) = line.trim_end().strip_prefix("data:").map(str::trim_start) else { return Ok(()) };
    if data == "[DONE]" {
        gathered.done = true;
        return Ok(());
    }
    let chunk: Chunk = serde_json::from_str(data).map_err(|_| Failure::new(FailureKind::BadReply))?;
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
    let Gathered { content, refused, finish, usage, first, .. } = gathered;
    let tokens = usage.and_then(|usage| usage.tokens(&content));
    let failed = |kind| Err(Failure { tokens, ..Failure::new(kind) });
    match finish.as_deref() {
        None => failed(FailureKind::CutOff),
        Some("content_filter") => failed(FailureKind::ContentRefused),
        Some(_) if refused => failed(FailureKind::ContentRefused),
        Some(_) if content.is_empty() => failed(FailureKind::BadReply),
        Some(reason) => Ok(Reply { cut: reason == "length", content, tokens, first_token: first }),
    }
}

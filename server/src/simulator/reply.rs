//! The answer to a request: its content, how it ended and what it counts, before anybody decides how to send it.
//!
//! Promises that the same seed, body and fault give the same content, and that a completion never has more tokens than
//! asked for. A token is four bytes, begun ones included.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Options;
use super::fault::Fault;
use super::random;
use super::request::{Format, Request};
use super::schema;
use super::wording::Wording;

const BYTES_PER_TOKEN: usize = 4;
/// What a message costs beyond its text.
const TOKENS_PER_MESSAGE: usize = 4;
const REFUSAL: &str = "I'm sorry, but I can't help with that.";

/// Tokens of so many bytes of text.
pub(super) fn tokens(bytes: usize) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN) as u64
}

pub(super) struct Reply {
    id: Uuid,
    model: String,
    text: String,
    /// The text is not content but the reason why there is none.
    pub(super) refused: bool,
    /// `stop` or `length`.
    pub(super) finish: &'static str,
    pub(super) prompt_tokens: u64,
    /// Of the prompt.
    pub(super) cached_tokens: u64,
    pub(super) completion_tokens: u64,
    fault: Option<Fault>,
}

impl Reply {
    /// `body`: the bytes that `request` was read from.
    pub(super) fn write(
        id: Uuid,
        request: &Request,
        body: &[u8],
        options: &Options,
        fault: Option<Fault>,
    ) -> Self {
        let chance = random::generator(options.seed, random::hash(body));
        let mut wording = Wording::new(chance, fault == Some(Fault::Unsafe));
        let refused = fault == Some(Fault::Refusal);
        let mut text = match fault {
            Some(Fault::Refusal) => REFUSAL.to_owned(),
            Some(Fault::InvalidJson) => "Sure! Here is what you asked for: {\"title\": \"A calm".to_owned(),
            Some(Fault::WrongSchema) => json!({ "unexpected": true }).to_string(),
            _ => content(request, &mut wording),
        };
        let mut finish = "stop";
        if fault == Some(Fault::Length) {
            finish = "length";
            text.truncate(text.floor_char_boundary(text.len() / 2));
        }
        let most = request.max_tokens.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        let most = most.saturating_mul(BYTES_PER_TOKEN);
        if text.len() > most {
            finish = "length";
            text.truncate(text.floor_char_boundary(most));
        }
        let prompt_tokens = prompt_tokens(request);
        Self {
            id,
            model: request.model.clone(),
            refused,
            finish,
            prompt_tokens,
            cached_tokens: (prompt_tokens as f64 * options.cached_share.clamp(0.0, 1.0)) as u64,
            completion_tokens: tokens(text.len()),
            text,
            fault,
        }
    }

    /// Content or refusal.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The body of an answer that is not streamed.
    pub(super) fn completion(&self) -> Value {
        let (content, refusal) =
            if self.refused { (None, Some(&self.text)) } else { (Some(&self.text), None) };
        let mut completion = json!({
            "id": self.name(),
            "object": "chat.completion",
            "created": self.created(),
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": content, "refusal": refusal },
                "logprobs": null,
                "finish_reason": self.finish,
            }],
        });
        if let Some(usage) = self.usage() {
            completion["usage"] = usage;
        }
        completion
    }

    /// One chunk of a stream, without usage.
    pub(super) fn chunk(&self, choices: &Value) -> Value {
        json!({
            "id": self.name(),
            "object": "chat.completion.chunk",
            "created": self.created(),
            "model": self.model,
            "choices": choices,
        })
    }

    /// What the client is told, which some faults make differ from what is charged.
    pub(super) fn usage(&self) -> Option<Value> {
        let (prompt, cached, completion) = match self.fault {
            Some(Fault::NoUsage) => return None,
            Some(Fault::WrongUsage) => (0, 0, 0),
            Some(Fault::HugeUsage) => (u64::from(u32::MAX), 0, u64::from(u32::MAX)),
            _ => (self.prompt_tokens, self.cached_tokens, self.completion_tokens),
        };
        Some(json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": { "cached_tokens": cached },
        }))
    }

    fn name(&self) -> String {
        format!("chatcmpl-{}", self.id.simple())
    }

    /// Seconds since 1970. A version 7 id knows when it was made, so no other clock is asked.
    fn created(&self) -> u64 {
        self.id.get_timestamp().map_or(0, |time| time.to_unix().0)
    }
}

fn prompt_tokens(request: &Request) -> u64 {
    let bytes = request.messages.iter().map(|message| message.text.len()).sum();
    tokens(bytes) + (TOKENS_PER_MESSAGE * request.messages.len()) as u64
}

fn content(request: &Request, wording: &mut Wording) -> String {
    match &request.format {
        Format::Text => wording.reply().to_owned(),
        Format::Object => json!({ "message": wording.reply() }).to_string(),
        Format::Schema(schema) => schema::fill(schema, request.draft().as_ref(), wording).to_string(),
    }
}

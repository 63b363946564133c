//! The words of the protocol: OpenAI's chat completions, as far as we speak them. Unknown fields are ignored.

use domain::agent::TokenUse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Chat, Failure, FailureKind, Message, Reply};

#[derive(Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    max_tokens: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
}

impl<'a> Request<'a> {
    pub(super) fn of(model: &'a str, chat: &'a Chat, stream: bool) -> Self {
        Self {
            model,
            messages: &chat.messages,
            max_tokens: chat.max_output_tokens,
            stream,
            stream_options: stream.then(|| json!({ "include_usage": true })),
            response_format: chat.schema.as_ref().map(|(name, schema)| {
                json!({ "type": "json_schema", "json_schema": { "name": name, "strict": true, "schema": schema } })
            }),
        }
    }
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Answer,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    prompt_tokens_details: Option<OfPrompt>,
    completion_tokens_details: Option<OfCompletion>,
}

#[derive(Default, Deserialize)]
struct OfPrompt {
    cached_tokens: Option<u64>,
    /// `OpenAI`'s newer models and `OpenRouter`: written into the cache, which has a price of its own.
    cache_write_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
struct OfCompletion {
    reasoning_tokens: Option<u64>,
}

impl Usage {
    /// `None` when it cannot be: something was written, but nothing counted.
    pub(super) fn tokens(&self, written: bool) -> Option<TokenUse> {
        let impossible = self.prompt_tokens == 0 || (self.completion_tokens == 0 && written);
        let prompt = self.prompt_tokens_details.as_ref();
        let cached = prompt.and_then(|of| of.cached_tokens).unwrap_or(0).min(self.prompt_tokens);
        let written = prompt.and_then(|of| of.cache_write_tokens).unwrap_or(0);
        let thought = self.completion_tokens_details.as_ref().and_then(|of| of.reasoning_tokens).unwrap_or(0);
        (!impossible).then(|| TokenUse {
            input: self.prompt_tokens,
            cached_input: cached,
            cache_write: written.min(self.prompt_tokens - cached),
            output: self.completion_tokens,
            reasoning: thought.min(self.completion_tokens),
        })
    }
}

/// A reply that came in one piece.
pub(super) fn whole(body: &[u8]) -> Result<Reply, Failure> {
    let response: Response = serde_json::from_slice(body).map_err(|_| Failure::new(FailureKind::BadReply))?;
    let used = |content: &str| response.usage.as_ref().and_then(|usage| usage.tokens(!content.is_empty()));
    let Some(choice) = response.choices.into_iter().next() else {
        return Err(Failure::new(FailureKind::BadReply));
    };
    let finish = choice.finish_reason.as_deref();
    let content = choice.message.content.unwrap_or_default();
    let tokens = used(&content);
    if choice.message.refusal.is_some() || finish == Some("content_filter") {
        return Err(Failure { tokens, ..Failure::new(FailureKind::ContentRefused) });
    }
    if content.is_empty() {
        return Err(Failure { tokens, ..Failure::new(FailureKind::BadReply) });
    }
    Ok(Reply { content, tokens, cut: finish == Some("length"), first_token: None })
}

/// One event of a stream.
#[derive(Deserialize)]
pub(super) struct Chunk {
    #[serde(default)]
    pub(super) choices: Vec<ChunkChoice>,
    pub(super) usage: Option<Usage>,
    pub(super) error: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct ChunkChoice {
    #[serde(default)]
    pub(super) delta: Delta,
    pub(super) finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Delta {
    pub(super) content: Option<String>,
    pub(super) refusal: Option<String>,
}

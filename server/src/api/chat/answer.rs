//! `OpenAI`'s answers, whole and in parts: an envelope of ours around the provider's `choices`, which go through unread.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::agent::TokenUse;
use futures::stream;
use ops::gateway::chat::{ChatFacts, ChatPart, ChatParts};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::router::NotCompressed;

/// An answer of a model.
#[derive(Serialize, ToSchema)]
pub(super) struct ChatCompletion {
    /// The request's id, as in `x-request-id`.
    id: String,
    /// Always `chat.completion`.
    object: &'static str,
    /// Seconds since 1970.
    created: i64,
    /// The model that answered.
    model: String,
    /// One, as the provider gave it.
    #[schema(value_type = Vec<ChatChoice>)]
    choices: Box<RawValue>,
    /// As the provider gave it; absent when it did not say, or said what cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ChatUsage>)]
    usage: Option<Box<RawValue>>,
    holisticos: ChatMeta,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "read by the OpenAPI document")]
pub(super) struct ChatChoice {
    index: u32,
    message: ChatReply,
    /// `stop`, `length`, `content_filter`.
    finish_reason: String,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "read by the OpenAPI document")]
pub(super) struct ChatReply {
    /// Always `assistant`.
    role: String,
    content: Option<String>,
    /// Instead of `content`: why the model declined.
    refusal: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "read by the OpenAPI document")]
pub(super) struct ChatUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

/// What this service says of an answer.
#[derive(Serialize, ToSchema)]
pub(super) struct ChatMeta {
    request_id: String,
    release: String,
    /// Settled, US dollars.
    cost_usd: f64,
    /// Model calls made for it.
    attempts: u32,
    tokens: TokenUse,
    /// Whether another model than the first answered; `degraded_reason` says why.
    degraded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded_reason: Option<String>,
}

/// What all parts of one answer share.
pub(super) struct Envelope {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) include_usage: bool,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: &'a RawValue,
    /// Null in all but the last, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<&'a RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holisticos: Option<ChatMeta>,
}

impl Envelope {
    fn meta(&self, facts: &ChatFacts) -> ChatMeta {
        ChatMeta {
            request_id: self.id.clone(),
            release: facts.release.clone().unwrap_or_default(),
            cost_usd: facts.used.cost.usd(),
            attempts: facts.used.attempts,
            tokens: facts.used.tokens,
            degraded: facts.degraded.is_some(),
            degraded_reason: facts.degraded.clone(),
        }
    }

    pub(super) fn whole(
        self,
        choices: Box<RawValue>,
        usage: Option<Box<RawValue>>,
        facts: &ChatFacts,
    ) -> Response {
        let answer = ChatCompletion {
            holisticos: self.meta(facts),
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: facts.model.clone().unwrap_or_default(),
            choices,
            usage,
        };
        let json = match serde_json::to_vec(&answer) {
            Ok(json) => json,
            Err(error) => return unwritten(error).into_response(),
        };
        typed("application/json", Body::from(json))
    }

    /// Server-sent events up to `[DONE]`; an error instead of it when the answer breaks off.
    pub(super) fn parts(self, parts: ChatParts, model: String) -> Response {
        let sending = Some(Sending { envelope: self, parts, model });
        let events = stream::unfold(sending, async |sending| {
            let mut sending = sending?;
            let (event, last) = sending.next().await?;
            Some((Ok::<_, std::convert::Infallible>(event), (!last).then_some(sending)))
        });
        let mut response = typed("text/event-stream", Body::from_stream(events));
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        // Proxies that gather answers would take the parts away from them.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }
}

struct Sending {
    envelope: Envelope,
    parts: ChatParts,
    model: String,
}

impl Sending {
    /// The next event, and whether it is the last.
    async fn next(&mut self) -> Option<(Bytes, bool)> {
        match self.parts.next().await? {
            Ok(ChatPart::Choices(choices)) => Some(self.event(&choices, None, None)),
            Ok(ChatPart::End { usage, facts }) => {
                let mut last = Vec::new();
                if self.envelope.include_usage
                    && let Ok(none) = serde_json::value::to_raw_value::<[(); 0]>(&[])
                {
                    let meta = self.envelope.meta(&facts);
                    last.extend_from_slice(&self.event(&none, usage.as_deref(), Some(meta)).0);
                }
                last.extend_from_slice(b"data: [DONE]\n\n");
                Some((last.into(), true))
            }
            Err(error) => Some((event(&Problem::from(error).for_clients()), true)),
        }
    }

    fn event(&self, choices: &RawValue, usage: Option<&RawValue>, meta: Option<ChatMeta>) -> (Bytes, bool) {
        let chunk = Chunk {
            id: &self.envelope.id,
            object: "chat.completion.chunk",
            created: self.envelope.created,
            model: &self.model,
            choices,
            usage: self.envelope.include_usage.then_some(usage),
            holisticos: meta,
        };
        (event(&chunk), false)
    }
}

fn event(value: &impl Serialize) -> Bytes {
    let mut text = b"data: ".to_vec();
    // Writing our own structs to memory does not fail; half a line would be an event that nobody understands.
    if serde_json::to_writer(&mut text, value).is_err() {
        return Bytes::from_static(b": an event could not be written\n\n");
    }
    text.extend_from_slice(b"\n\n");
    text.into()
}

fn unwritten(error: serde_json::Error) -> Problem {
    Problem::from(ops::Error::internal("writing an answer", error)).for_clients()
}

fn typed(kind: &'static str, body: Body) -> Response {
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response();
    // A model's words are worth their milliseconds, not those of a compressor.
    response.extensions_mut().insert(NotCompressed);
    response
}

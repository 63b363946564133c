//! An app's own chat: its messages go on as they are, and the reply comes back as it is. Read is only what is booked.
//!
//! A refusal of the model and an answer that was cut at its longest are answers here: the app asked, the app judges.

use std::fmt;
use std::time::Duration;

use domain::agent::TokenUse;
use serde::de::{self, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::events::Events;
use super::wire::Usage;
use super::{Failure, FailureKind, Hold, LONGEST_REPLY, Provider};
use crate::gateway::chat::{ChatMessage, ChatParameters};
use crate::telemetry::metrics::ChunkTimes;

/// What leaves: the app's chat under the name of one of our models.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [ChatMessage],
    max_tokens: u32,
    #[serde(flatten)]
    parameters: &'a ChatParameters,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// A whole answer, as far as it goes back.
#[derive(Debug)]
pub(crate) struct Relayed {
    /// The provider's `choices`.
    pub(crate) choices: Box<RawValue>,
    /// Its `usage`, where it can be.
    pub(crate) usage: Option<Box<RawValue>>,
    pub(crate) tokens: Option<TokenUse>,
}

/// An answer that has begun to arrive.
pub(crate) struct Parts {
    events: Events,
    times: ChunkTimes,
    began: Instant,
    before: Option<Instant>,
    /// The first, which says that there is an answer.
    first: Option<Box<RawValue>>,
    pub(crate) first_after: Duration,
    finished: bool,
    written: bool,
    pub(crate) usage: Option<Box<RawValue>>,
    /// It came when the answer was finished, or nothing came after it.
    usage_is_last: bool,
}

impl Provider {
    /// One attempt within `timeout`, charged to `hold`, which stays the caller's to settle.
    pub(crate) async fn relay(
        &self,
        hold: &Hold,
        chat: &Relay<'_>,
        timeout: Duration,
    ) -> Result<Relayed, Failure> {
        debug_assert!(hold.bound().0 > 0, "a hold holds something");
        let whole = async { whole(&super::read(self.post(self.body(chat, false)?).await?).await?) };
        tokio::time::timeout(timeout, whole).await.unwrap_or(Err(Failure::new(FailureKind::Timeout)))
    }

    /// Likewise in parts: until the first of them is there.
    pub(crate) async fn relay_parts(
        &self,
        hold: &Hold,
        chat: &Relay<'_>,
        timeout: Duration,
    ) -> Result<Parts, Failure> {
        debug_assert!(hold.bound().0 > 0, "a hold holds something");
        let began = Instant::now();
        let opened = async {
            let response = self.post(self.body(chat, true)?).await?;
            let events = Events::of(response, LONGEST_REPLY);
            let mut parts = Parts::of(events, self.times.clone(), began);
            parts.first = parts.arriving().await?;
            parts.first_after = began.elapsed();
            // 200 and nothing that is an event: an empty body, a page of HTML.
            if parts.first.is_none() { Err(Failure::new(FailureKind::BadReply)) } else { Ok(parts) }
        };
        tokio::time::timeout(timeout, opened).await.unwrap_or(Err(Failure::new(FailureKind::Timeout)))
    }

    fn body(&self, chat: &Relay<'_>, stream: bool) -> Result<Vec<u8>, Failure> {
        let request = Request {
            model: &self.model,
            messages: chat.messages,
            max_tokens: chat.max_output_tokens,
            parameters: chat.parameters,
            stream,
            // Without it nobody would know what a stream cost.
            stream_options: stream.then_some(StreamOptions { include_usage: true }),
        };
        serde_json::to_vec(&request).map_err(|_| Failure::new(FailureKind::BadRequest))
    }
}

/// What an app asks of one model.
#[derive(Clone, Copy)]
pub(crate) struct Relay<'a> {
    pub(crate) messages: &'a [ChatMessage],
    pub(crate) parameters: &'a ChatParameters,
    pub(crate) max_output_tokens: u32,
}

fn whole(body: &[u8]) -> Result<Relayed, Failure> {
    #[derive(Deserialize)]
    struct Response {
        choices: Box<RawValue>,
        usage: Option<Box<RawValue>>,
    }
    let bad = |_| Failure::new(FailureKind::BadReply);
    let Response { choices, usage } = serde_json::from_slice(body).map_err(bad)?;
    let seen: Vec<Seen> = serde_json::from_str(choices.get()).map_err(bad)?;
    let Some(message) = seen.into_iter().next().and_then(|choice| choice.message) else {
        return Err(Failure::new(FailureKind::BadReply));
    };
    let tokens = tokens(usage.as_deref(), message.content.0);
    Ok(Relayed { choices, usage: usage.filter(|_| tokens.is_some()), tokens })
}

fn tokens(usage: Option<&RawValue>, written: bool) -> Option<TokenUse> {
    let usage: Option<Usage> = usage.and_then(|usage| serde_json::from_str(usage.get()).ok());
    usage.and_then(|usage| usage.tokens(written))
}

impl Parts {
    fn of(events: Events, times: ChunkTimes, began: Instant) -> Self {
        Self {
            events,
            times,
            began,
            before: None,
            first: None,
            first_after: Duration::ZERO,
            finished: false,
            written: false,
            usage: None,
            usage_is_last: false,
        }
    }

    /// The next `choices`; `None`: the answer is whole. An answer that ends before it said why is cut off.
    pub(crate) async fn next(&mut self) -> Result<Option<Box<RawValue>>, Failure> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.arriving().await,
        }
    }

    /// `None`: the provider did not say, or said what cannot be, or what it has said is of a part only: some count
    /// as they write.
    pub(crate) fn tokens(&self) -> Option<TokenUse> {
        self.usage
            .as_deref()
            .filter(|_| self.usage_is_last)
            .and_then(|usage| tokens(Some(usage), self.written))
    }

    async fn arriving(&mut self) -> Result<Option<Box<RawValue>>, Failure> {
        while let Some(at) = self.events.next().await? {
            let data = self.events.data(at);
            if data == b"[DONE]" {
                break;
            }
            self.times.came(self.began, &mut self.before);
            let bad = |_| Failure::new(FailureKind::BadReply);
            let Chunk { choices, usage, error } = serde_json::from_slice(data).map_err(bad)?;
            if error.is_some() {
                return Err(Failure::new(FailureKind::CutOff));
            }
            let seen: Vec<Seen> = match &choices {
                Some(choices) => serde_json::from_str(choices.get()).map_err(bad)?,
                None => Vec::new(),
            };
            for choice in &seen {
                self.finished |= choice.finish_reason.is_some();
                self.written |= choice.delta.as_ref().is_some_and(|delta| delta.content.0);
            }
            if usage.is_some() {
                (self.usage, self.usage_is_last) = (usage, self.finished);
            }
            if let Some(choices) = choices.filter(|_| !seen.is_empty()) {
                return Ok(Some(choices));
            }
        }
        self.usage_is_last |= self.finished;
        if self.finished || self.before.is_none() { Ok(None) } else { Err(Failure::new(FailureKind::CutOff)) }
    }
}

#[derive(Deserialize)]
struct Chunk {
    choices: Option<Box<RawValue>>,
    usage: Option<Box<RawValue>>,
    error: Option<IgnoredAny>,
}

/// What booking wants to know of a choice.
#[derive(Deserialize)]
struct Seen {
    message: Option<SeenText>,
    delta: Option<SeenText>,
    finish_reason: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct SeenText {
    #[serde(default)]
    content: Written,
}

/// Whether a text is there, without a copy of it.
#[derive(Default)]
struct Written(bool);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Length;
        impl Visitor<'_> for Length {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or null")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written(!text.is_empty()))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Written, E> {
                Ok(Written(false))
            }
        }
        deserializer.deserialize_any(Length)
    }
}

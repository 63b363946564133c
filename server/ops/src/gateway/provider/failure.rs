//! What can go wrong with one attempt, and what follows: try again or not, whose fault, who pays.

use domain::agent::TokenUse;
use jiff::SignedDuration;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

/// A failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// The provider said when to come back.
    pub(crate) retry_after: Option<SignedDuration>,
    /// What it used nevertheless, when it said so.
    pub(crate) tokens: Option<TokenUse>,
}

/// Stable words, also a dimension of metrics (`error.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No connection: the request did not leave.
    Unreachable,
    /// It left; no answer came in time.
    Timeout,
    /// The answer ended in the middle.
    CutOff,
    RateLimited,
    ServerError,
    Unauthorized,
    ContextTooLong,
    ContentRefused,
    BadRequest,
    /// 200, but not an answer.
    BadReply,
}

impl FailureKind {
    pub(crate) const ALL: [Self; 10] = [
        Self::Unreachable,
        Self::Timeout,
        Self::CutOff,
        Self::RateLimited,
        Self::ServerError,
        Self::Unauthorized,
        Self::ContextTooLong,
        Self::ContentRefused,
        Self::BadRequest,
        Self::BadReply,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::CutOff => "cut-off",
            Self::RateLimited => "rate-limited",
            Self::ServerError => "server-error",
            Self::Unauthorized => "unauthorized",
            Self::ContextTooLong => "context-too-long",
            Self::ContentRefused => "content-refused",
            Self::BadRequest => "bad-request",
            Self::BadReply => "bad-reply",
        }
    }

    /// What people read: `the model …`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "the model could not be reached",
            Self::Timeout => "the model did not answer in time",
            Self::CutOff => "the model's answer ended in the middle",
            Self::RateLimited => "the model's provider limits our rate",
            Self::ServerError => "the model's provider failed",
            Self::Unauthorized => "the model's provider refused our key",
            Self::ContextTooLong => "the question was too long for the model",
            Self::ContentRefused => "the model declined to answer",
            Self::BadRequest => "the model's provider did not accept the request",
            Self::BadReply => "the model's provider answered something else",
        }
    }

    /// The same request may succeed in a moment.
    pub fn retryable(self) -> bool {
        !matches!(self, Self::Unauthorized | Self::ContextTooLong | Self::ContentRefused | Self::BadRequest)
    }

    /// Whether it says that the provider is not well: then it counts for the breaker.
    pub(crate) fn providers_fault(self) -> bool {
        !matches!(self, Self::ContextTooLong | Self::ContentRefused | Self::BadRequest)
    }

    /// Whether tokens may have been used although nobody said how many: then the worst case is paid.
    pub(crate) fn may_cost(self) -> bool {
        matches!(self, Self::Timeout | Self::CutOff | Self::ContentRefused | Self::BadReply)
    }
}

impl Failure {
    pub(crate) fn new(kind: FailureKind) -> Self {
        Self { kind, retry_after: None, tokens: None }
    }

    /// The request did not get an answer at all.
    pub(super) fn sending(error: &reqwest::Error) -> Self {
        Self::new(match error {
            error if error.is_connect() => FailureKind::Unreachable,
            error if error.is_timeout() => FailureKind::Timeout,
            error if error.is_builder() => FailureKind::BadRequest,
            // It had left: nobody knows what the provider did with it.
            _ => FailureKind::CutOff,
        })
    }

    pub(super) fn of_status(status: u16, retry_after: Option<SignedDuration>, body: &[u8]) -> Self {
        let code = code(body);
        let says = |word: &str| code.contains(word);
        let kind = match status {
            _ if says("context_length") || says("maximum context") => FailureKind::ContextTooLong,
            _ if says("content_filter") || says("content_policy") => FailureKind::ContentRefused,
            401 | 403 => FailureKind::Unauthorized,
            408 | 504 => FailureKind::Timeout,
            429 => FailureKind::RateLimited,
            400..500 => FailureKind::BadRequest,
            _ => FailureKind::ServerError,
        };
        Self { retry_after, ..Self::new(kind) }
    }
}

/// The error's own words, for classification only.
fn code(body: &[u8]) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Body {
        error: Inner,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        code: serde_json::Value,
        message: Option<String>,
    }
    let body: Body = serde_json::from_slice(body).unwrap_or_default();
    let code = body.error.code.as_str().unwrap_or_default();
    format!("{code} {}", body.error.message.unwrap_or_default()).to_lowercase()
}

/// Seconds; the date form is rare enough to be treated as absent. OpenAI's `retry-after-ms` wins when it is there.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
    if let Some(millis) = number("retry-after-ms") {
        return Some(SignedDuration::from_millis(i64::from(millis)));
    }
    number(RETRY_AFTER.as_str()).map(|seconds| SignedDuration::from_secs(i64::from(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_codes_are_told_apart() {
        let of = |status, body: &str| Failure::of_status(status, None, body.as_bytes()).kind;
        let cases = [
            (429, "", FailureKind::RateLimited),
            (500, "<html>", FailureKind::ServerError),
            (503, "{}", FailureKind::ServerError),
            (401, "{}", FailureKind::Unauthorized),
            (404, r#"{"error":{"message":"no such model"}}"#, FailureKind::BadRequest),
            (400, r#"{"error":{"code":"context_length_exceeded"}}"#, FailureKind::ContextTooLong),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 8192"}}"#,
                FailureKind::ContextTooLong,
            ),
            (400, r#"{"error":{"code":"content_filter"}}"#, FailureKind::ContentRefused),
            (400, r#"{"error":{"code":null,"message":null}}"#, FailureKind::BadRequest),
        ];
        for (status, body, kind) in cases {
            assert_eq!(of(status, body), kind, "{status} {body}");
        }
    }

    #[test]
    fn who_may_not_be_retried_is_not_the_providers_fault_but_for_the_key() {
        for kind in FailureKind::ALL {
            if !kind.retryable() {
                assert_eq!(kind.providers_fault(), kind == FailureKind::Unauthorized, "{kind:?}");
            }
        }
    }
}

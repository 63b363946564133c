//! The ways in which the simulator can fail when told to, and the errors that some of them are.
//!
//! Names are part of the product's drills: a name, once here, keeps its meaning. When a fault is due is decided by the
//! plan; the faults that change an answer are carried out where the answer is made or sent.

use axum::http::StatusCode;
use serde::Deserialize;

use super::problem::Problem;

/// One way to fail. In a request: header `x-simulate: cut-stream`, or model `cut-stream@sim-large`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Fault {
    /// Answers after 600 seconds.
    Timeout,
    /// Status 500, after the latency.
    Error500,
    /// Status 503, after the latency.
    Error503,
    /// Status 429 with `retry-after: 2`.
    RateLimited,
    /// Status 400, code `context_length_exceeded`.
    ContextLength,
    /// Status 400, code `content_filter`.
    ContentFilter,
    /// Status 401, as for a key that was withdrawn.
    Unauthorized,
    /// Status 200 with `refusal` in the place of content.
    Refusal,
    /// The connection ends in the middle of the answer, streamed or not.
    CutStream,
    /// Content that is not JSON.
    InvalidJson,
    /// JSON without the fields that the schema requires.
    WrongSchema,
    /// Valid by the schema, with advice that nobody may give.
    Unsafe,
    /// One piece of the answer every 500 milliseconds.
    Trickle,
    /// Usage of zero tokens; the real ones are charged.
    WrongUsage,
    /// No usage; the tokens are charged.
    NoUsage,
    /// Usage of 4,294,967,295 tokens in and as many out, which is −1 told without a sign; the real ones are charged.
    HugeUsage,
    /// Finish reason `length`, and JSON cut in the middle.
    Length,
    /// Status 200 with an empty body.
    Empty,
    /// Status 200 with a page of HTML, as from a proxy.
    Html,
}

/// For `--help`: every fault, and the three ways to ask for one.
pub(crate) fn faults_help() -> String {
    let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
    let mut lines = vec!["Faults on demand:".to_owned()];
    lines.extend(names.chunks(6).map(|some| format!("  {}", some.join("  "))));
    lines.push(
        "Ask for one by the header `x-simulate: cut-stream`, by the model `cut-stream@sim-large`,".to_owned(),
    );
    lines.push("or by the request's number in --script.".to_owned());
    lines.join("\n")
}

impl Fault {
    /// In the order of the documentation.
    pub(crate) const ALL: [Self; 19] = [
        Self::Timeout,
        Self::Error500,
        Self::Error503,
        Self::RateLimited,
        Self::ContextLength,
        Self::ContentFilter,
        Self::Unauthorized,
        Self::Refusal,
        Self::CutStream,
        Self::InvalidJson,
        Self::WrongSchema,
        Self::Unsafe,
        Self::Trickle,
        Self::WrongUsage,
        Self::NoUsage,
        Self::HugeUsage,
        Self::Length,
        Self::Empty,
        Self::Html,
    ];

    /// The name in headers, model names and scripts.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Error500 => "error-500",
            Self::Error503 => "error-503",
            Self::RateLimited => "rate-limited",
            Self::ContextLength => "context-length",
            Self::ContentFilter => "content-filter",
            Self::Unauthorized => "unauthorized",
            Self::Refusal => "refusal",
            Self::CutStream => "cut-stream",
            Self::InvalidJson => "invalid-json",
            Self::WrongSchema => "wrong-schema",
            Self::Unsafe => "unsafe",
            Self::Trickle => "trickle",
            Self::WrongUsage => "wrong-usage",
            Self::NoUsage => "no-usage",
            Self::HugeUsage => "huge-usage",
            Self::Length => "length",
            Self::Empty => "empty",
            Self::Html => "html",
        }
    }

    /// `None` for a name that is not exactly one of [`Self::as_str`].
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == name)
    }

    /// All names, for messages to people.
    pub(super) fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }

    /// The error that the fault is, `None` for the faults of an answer.
    pub(super) fn problem(self) -> Option<Problem> {
        let problem = match self {
            Self::Error500 => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The server had an error. Please try again.")
            }
            Self::Error503 => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The engine is overloaded. Please try later.")
            }
            Self::RateLimited => Problem::rate_limited(2),
            Self::ContextLength => {
                Problem::field("messages", "The messages are longer than this model's context.")
                    .code("context_length_exceeded")
            }
            Self::ContentFilter => {
                Problem::field("messages", "The messages were stopped by the content filter.")
                    .code("content_filter")
            }
            Self::Unauthorized => Problem::unauthorized("This API key was withdrawn."),
            Self::Timeout
            | Self::Refusal
            | Self::CutStream
            | Self::InvalidJson
            | Self::WrongSchema
            | Self::Unsafe
            | Self::Trickle
            | Self::WrongUsage
            | Self::NoUsage
            | Self::HugeUsage
            | Self::Length
            | Self::Empty
            | Self::Html => return None,
        };
        Some(problem)
    }
}

impl TryFrom<String> for Fault {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::parse(&name).ok_or_else(|| format!("`{name}` is no fault; write one of {}", Self::names()))
    }
}

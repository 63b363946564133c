//! Every answer that is an error, in the shape in which `OpenAI` sends errors.
//!
//! Promises `{"error": {"message", "type", "param", "code"}}` with all four fields, and `retry-after` where a wait is
//! told. Which error is due is decided elsewhere.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

/// An error on its way to the client.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    message: String,
    kind: &'static str,
    param: Option<String>,
    code: Option<&'static str>,
    /// Seconds.
    retry_after: Option<u32>,
}

impl Problem {
    /// The type follows from the status; it can be changed by [`Self::kind`].
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
        Self { status, message: message.into(), kind, param: None, code: None, retry_after: None }
    }

    /// 400, because of the field at `param`.
    pub(super) fn field(param: impl Into<String>, message: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, message);
        problem.param = Some(param.into());
        problem
    }

    /// 401, because there is no key or a refused one.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message).code("invalid_api_key")
    }

    /// 429; come back after so many seconds.
    pub(super) fn rate_limited(retry_after: u32) -> Self {
        let message = format!("Rate limit reached. Please try again in {retry_after}s.");
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, message)
            .kind("rate_limit_exceeded")
            .code("rate_limit_exceeded");
        problem.retry_after = Some(retry_after);
        problem
    }

    pub(super) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Errors of the server come after the usual latency, refusals at once.
    pub(super) fn is_late(&self) -> bool {
        self.status.is_server_error()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let error =
            json!({ "message": self.message, "type": self.kind, "param": self.param, "code": self.code });
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

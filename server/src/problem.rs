//! Errors on the wire: RFC 9457 problem documents. The one place that maps the service's errors to HTTP.
//!
//! A 5xx says nothing about its cause; the cause travels as a response extension to the request log, once.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::field_error::FieldError;
use domain::shutoff::{Scope, Shutoff};
use jiff::Timestamp;
use ops::Error;
use ops::cost::CostRefusal;
use ops::gateway::chat::NoAnswer;
use ops::gateway::{Allowance, FailureKind, Reached};
use serde::Serialize;
use utoipa::ToSchema;

use crate::rate_limit_headers;

pub(crate) type ApiResult<T> = Result<T, Problem>;

/// What went wrong, for a program (`type`, `errors`) and for a person (`title`, `detail`).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Stable name of the kind of problem: `urn:holisticos:invalid`.
    #[serde(rename = "type")]
    #[schema(example = "urn:holisticos:invalid")]
    kind: String,
    /// The kind in words, always the same.
    title: &'static str,
    #[serde(serialize_with = "status_number")]
    #[schema(value_type = u16, example = 422)]
    status: StatusCode,
    /// What happened this time, and what to do.
    detail: String,
    /// Every field that was refused. The refused values are not repeated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Seconds to wait before asking again; also in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// Which limit said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_source: Option<String>,
    /// The rule that said no: its quota and window, when there is room again, and who can change it where.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Box<Reached>>,
    /// Who decided the shutoff in force, since when and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    shutoff: Option<ShutoffFacts>,
    /// Which cap stands in the way of a model call.
    #[serde(flatten)]
    cap: Box<CapFacts>,
    /// The same for `OpenAI`'s clients, on their endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ClientError>,
    #[serde(skip)]
    cause: Option<Arc<Error>>,
    /// For the `RateLimit` headers.
    #[serde(skip)]
    allowances: Vec<Allowance>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShutoffFacts {
    /// What it is for: `all`, `tier:free`, `agent:routine`.
    #[schema(value_type = String)]
    scope: Scope,
    reason: String,
    by: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Only of a cap's refusal.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CapFacts {
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The worst case of the call, or what is likely where the limit judges by that; 0 when it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spent_usd: Option<f64>,
    /// Held for calls under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    resets_at: Option<Timestamp>,
    /// What to do, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// What `OpenAI`'s clients read of an error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientError {
    pub(crate) message: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The refused field.
    pub(crate) param: Option<String>,
    pub(crate) code: String,
}

/// Why a response is an error, for the request log and telemetry.
#[derive(Clone, Debug)]
pub(crate) struct ErrorFact {
    /// A stable word: `invalid`, `store`, `stopped`.
    pub(crate) kind: String,
    pub(crate) cause: Option<Arc<Error>>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        kind: &str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:holisticos:{kind}"),
            title,
            status,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            limit_source: None,
            limit: None,
            shutoff: None,
            cap: Box::default(),
            error: None,
            cause: None,
            allowances: Vec::new(),
        }
    }

    pub(crate) fn naming(mut self, field: &str, detail: &str) -> Self {
        self.errors.push(FieldError::new(field, detail));
        self
    }

    /// Asking again makes sense after this, seconds.
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn saying(mut self, detail: &str) -> Self {
        detail.clone_into(&mut self.detail);
        self
    }

    /// Tells `OpenAI`'s clients what happened, in the form that they read.
    pub(crate) fn for_clients(mut self) -> Self {
        self.error = Some(ClientError {
            message: self.detail.clone(),
            kind: match self.status.as_u16() {
                402 => "insufficient_quota",
                403 => "permission_error",
                429 => "rate_limit_error",
                500.. => "server_error",
                _ => "invalid_request_error",
            },
            param: self.errors.first().map(|fault| fault.field.clone()),
            code: self.word().to_owned(),
        });
        self
    }

    /// The stable word at the end of `type`.
    pub(crate) fn word(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }

    pub(crate) fn no_route() -> Self {
        let detail = "There is no such endpoint. The endpoints are listed at /docs/api.";
        Self::new(StatusCode::NOT_FOUND, "no-route", "No such endpoint", detail)
            .naming("path", "is not an endpoint")
    }

    pub(crate) fn wrong_method() -> Self {
        let detail = "This endpoint does not answer this method. The methods are listed at /docs/api.";
        let title = "Method not allowed";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", title, detail)
            .naming("method", "is not answered here")
    }

    pub(crate) fn panicked() -> Self {
        let detail = "Something broke on our side while answering. It is logged under the request id. \
                      Ask again; what was acknowledged before is kept.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "panic", "Internal error", detail)
    }
}

/// Limits.
impl Problem {
    fn too_many(
        retry_after: Option<u64>,
        limit_source: String,
        allowances: Vec<Allowance>,
        reached: Option<Box<Reached>>,
    ) -> Self {
        let when = match retry_after {
            Some(seconds) => format!("is reached. Ask again in {seconds} s."),
            None => "is less than the call is likely to use. Ask for less at once.".to_owned(),
        };
        let who =
            reached.as_ref().map(|it| format!(" {} ({}).", it.change.trim_end_matches('.'), it.change_at));
        let detail = format!("The limit of {limit_source} {when}{}", who.unwrap_or_default());
        let mut problem =
            Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", detail);
        problem.retry_after = retry_after;
        problem.limit_source = Some(limit_source);
        problem.allowances = allowances;
        problem.limit = reached;
        problem
    }
}

/// Model calls that nothing stands in for.
impl Problem {
    /// 402 and not 429: clients retry a 429 by themselves, and a cap does not go away in seconds. 429 where it does.
    fn over_cap(refusal: CostRefusal, retry_after: Option<u64>) -> Self {
        let status =
            if refusal.passes_soon() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::PAYMENT_REQUIRED };
        let detail = format!("No model was asked: {}. What to do: {}.", refusal.reason, refusal.hint);
        let mut problem = Self::new(status, "over-cap", "A spending cap is reached", detail);
        problem.retry_after = retry_after;
        problem.limit_source = Some(refusal.limit_source);
        problem.cap = Box::new(CapFacts {
            reason: Some(refusal.reason),
            asked_usd: Some(refusal.asked_usd),
            spent_usd: Some(refusal.spent_usd),
            reserved_usd: Some(refusal.reserved_usd),
            limit_usd: Some(refusal.limit_usd),
            resets_at: Some(refusal.resets_at),
            hint: Some(refusal.hint),
        });
        problem
    }

    fn no_answer(why: NoAnswer, retry_after: Option<u64>) -> Self {
        use FailureKind::{BadRequest, ContentRefused, ContextTooLong, RateLimited, Timeout};
        let (status, hint) = match why {
            NoAnswer::Failed(ContextTooLong | ContentRefused | BadRequest) => {
                (StatusCode::BAD_REQUEST, "The same request will not be answered another time; change it")
            }
            NoAnswer::Failed(Timeout) => {
                (StatusCode::GATEWAY_TIMEOUT, "Ask again, for a shorter answer or in parts")
            }
            NoAnswer::Failed(RateLimited) | NoAnswer::LeftAlone | NoAnswer::Stopping => {
                (StatusCode::SERVICE_UNAVAILABLE, "Ask again in a moment")
            }
            NoAnswer::RunLimit => (StatusCode::BAD_GATEWAY, "Ask for a shorter answer, or again in a moment"),
            NoAnswer::NotConfigured => {
                (StatusCode::SERVICE_UNAVAILABLE, "The people who run this service can configure one")
            }
            NoAnswer::Failed(_) => (StatusCode::BAD_GATEWAY, "Ask again in a moment"),
        };
        let kind = match why {
            NoAnswer::Failed(ContextTooLong) => "context_length_exceeded".to_owned(),
            NoAnswer::Failed(ContentRefused) => "content_filter".to_owned(),
            why => format!("model-{}", why.as_str()),
        };
        let detail = format!("There is no answer: {}. {hint}.", why.words());
        let mut problem = Self::new(status, &kind, "No answer of a model", detail);
        problem.retry_after = retry_after;
        problem
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn status_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => {
                let detail = match faults.as_slice() {
                    [only] => format!("{}: {}. Nothing was stored.", only.field, only.detail),
                    many => format!("{} fields were refused; nothing was stored.", many.len()),
                };
                let mut problem =
                    Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid input", detail);
                problem.errors = faults;
                problem
            }
            Error::NotFound { what } => {
                let hint = match what {
                    "person" => {
                        "There is no such person for this key's tenant. Create one with PUT /api/user/{user_id}/profile."
                    }
                    "plan" => {
                        "There is none yet. Make one with POST …/routine/generate or …/nutrition/generate."
                    }
                    "plan of this day" => {
                        "None was made for it. Make one of today with POST /api/user/{user_id}/routine/generate or …/nutrition/generate."
                    }
                    "task" | "meal" => {
                        "Today's plan does not have it, and nothing was changed. GET /api/user/{user_id}/tasks has the ids."
                    }
                    "journal of this day" => {
                        "Nothing was written on it. Write with PUT /api/user/{user_id}/journal/{date}."
                    }
                    "model" => {
                        "It is not configured. GET /v1/models lists those that are; `auto` takes whichever answers."
                    }
                    _ => "It was never made, has aged out, or belongs to somebody else.",
                };
                let field = match what {
                    "person" => "user_id",
                    "plan of this day" | "journal of this day" => "date",
                    "model" => "model",
                    "task" => "task_id",
                    "meal" => "meal_id",
                    _ => "path",
                };
                Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", format!("{what}: {hint}"))
                    .naming(field, "names nothing that this key may see")
            }
            Error::Unauthenticated(why) => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Key needed", why)
                    .naming("Authorization", why)
            }
            Error::Forbidden { needs } => {
                let detail = format!("This needs {needs}. Nothing was done.");
                Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
                    .naming("Authorization", &format!("needs {needs}"))
            }
            Error::Conflict(why) => {
                Self::new(StatusCode::CONFLICT, "conflict", "Not possible now", why.clone())
                    .naming("state", &why)
            }
            Error::Changed => {
                let detail = "It is not what you have read any more. Nothing was done. Read it again, and change what you find.";
                Self::new(StatusCode::PRECONDITION_FAILED, "changed", "Changed meanwhile", detail)
                    .naming("If-Match", "must name what is there now")
            }
            Error::Unmet(why) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unmet", "Cannot be met safely", why.clone())
                    .naming("preferences", &why)
            }
            Error::TooMany { retry_after_s, limit_source, allowances, reached } => {
                Self::too_many(retry_after_s, limit_source, allowances, reached)
            }
            Error::Stopped(shutoff) => {
                let Shutoff { scope, reason, by, since, expires_at, .. } = *shutoff;
                let who = match &scope {
                    Scope::All | Scope::Model(_) => "Agent requests are".to_owned(),
                    Scope::Tier(tier) => {
                        format!("Agent requests with keys of the tier {} are", tier.as_str())
                    }
                    Scope::Agent(agent) => format!("The agent {} is", agent.title()),
                };
                let detail = format!(
                    "{who} stopped by the people who run this service; stored data can still be read and written. \
                     Ask again later."
                );
                let mut problem =
                    Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopped", "Agents are stopped", detail);
                problem.retry_after = Some(60);
                problem.shutoff = Some(ShutoffFacts { scope, reason, by, since, expires_at });
                problem
            }
            Error::OverCap { refusal, retry_after_s } => Self::over_cap(*refusal, retry_after_s),
            Error::NoAnswer { why, retry_after_s } => Self::no_answer(why, retry_after_s),
            error => {
                let kind =
                    if matches!(error, Error::Store(_) | Error::Migrate(_)) { "store" } else { "internal" };
                let detail = "Something broke on our side. Nothing of this request was stored. It is logged under the \
                              request id; ask again.";
                let mut problem =
                    Self::new(StatusCode::INTERNAL_SERVER_ERROR, kind, "Internal error", detail);
                problem.cause = Some(Arc::new(error));
                problem
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let fact = ErrorFact { kind: self.word().to_owned(), cause: self.cause.take() };
        let (status, retry_after) = (self.status, self.retry_after);
        let allowances = std::mem::take(&mut self.allowances);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        rate_limit_headers::add(headers, &allowances);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(fact);
        response
    }
}

//! `POST /v1/chat/completions` and `GET /v1/models`: for apps that ask models in words of their own, with `OpenAI`'s clients.
//!
//! Errors are problem documents and `OpenAI`'s errors at once, so that those clients show what happened.

mod answer;
mod request;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::access::Scope;
use domain::agent::{Agent, Engine};
use domain::id::UserId;
use ops::Ops;
use ops::access::Caller;
use ops::gateway::chat::{ChatAnswer, ChatFacts, Chatted};
use ops::telemetry::RequestEvent;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{Body, Key};
use crate::middleware::request_log::{RequestFacts, RequestStart};
use crate::problem::Problem;
use crate::rate_limit_headers;
use answer::{ChatCompletion, Envelope};
use request::{AUTO, ChatRequest};

/// The models that apps may name.
#[derive(Serialize, ToSchema)]
pub(super) struct ModelList {
    /// Always `list`.
    object: &'static str,
    data: Vec<ModelEntry>,
}

#[derive(Serialize, ToSchema)]
struct ModelEntry {
    /// What to say in `model`.
    id: String,
    /// Always `model`.
    object: &'static str,
    /// Nobody tells us: always 0.
    created: i64,
    /// Always `holisticos`.
    owned_by: &'static str,
}

/// Ask a language model
///
/// `OpenAI`'s chat completions, for apps with words of their own: their clients work with this server's address and a key of
/// the scope `models`. Every call passes the shutoff, the limits and the caps of the agents' calls and is booked beside them; a
/// model that does not answer is tried again, then the next one is asked. What the model says goes through unread: no
/// validator of ours judges it, and no planner stands in for it. Without `stream` the answer is whole; with it, server-sent
/// events up to `[DONE]`. Cost and attempts stand in `holisticos`, of a stream in its last part when
/// `stream_options.include_usage` is set. A cap is 402, which clients do not retry; limits are 429, a shutoff is 503.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "Models",
    request_body(content = ChatRequest, example = json!({"messages": [{"role": "system", "content": "You coach kindly and briefly."}, {"role": "user", "content": "How do I sleep better?"}], "max_tokens": 200, "user": "u-1042"})),
    responses((status = 200, body = ChatCompletion), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = "5XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn complete_chat(State(ops): State<Ops>, request: Request) -> Response {
    answered(&ops, request).await.unwrap_or_else(|problem| refused(problem, None))
}

async fn answered(ops: &Ops, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let Key(caller) = Key::from_request_parts(&mut parts, ops).await?;
    caller.require(Scope::Models)?;
    let start = Extension::<RequestStart>::from_request_parts(&mut parts, ops).await;
    let Extension(start) = start.map_err(|error| ops::Error::internal("reading a request", error))?;
    let Body(body) = Body::<ChatRequest>::from_request(Request::from_parts(parts, body), ops).await?;
    let envelope =
        Envelope { id: start.id.clone(), created: start.at.as_second(), include_usage: body.include_usage() };
    let ask = body.into_ask(start.id.clone())?;
    let known = Known { caller: caller.clone(), user: ask.user.clone() };
    let of_nobody = known.clone();
    start.known(move |event| of_nobody.tell(event, &ChatFacts::default()));
    let Chatted { answer, facts } = ops.chat(&caller, ask).await;
    let (mut response, told) = match answer {
        Err(error) => {
            let told = RequestFacts::new(move |event| known.tell(event, &facts));
            return Ok(refused(Problem::from(error), Some(told)));
        }
        Ok(ChatAnswer::Whole { choices, usage }) => {
            let response = envelope.whole(choices, usage, &facts);
            let allowances = facts.allowances.clone();
            (with_limits(response, &allowances), RequestFacts::new(move |event| known.tell(event, &facts)))
        }
        Ok(ChatAnswer::Parts(parts)) => {
            let outcome = parts.outcome();
            let told = RequestFacts::at_the_end(move |event| match outcome.get() {
                Some(outcome) => {
                    known.tell(event, &outcome.facts);
                    event.error_type.clone_from(&outcome.error);
                }
                None => known.tell(event, &ChatFacts::default()),
            });
            let response = envelope.parts(parts, facts.model.clone().unwrap_or_default());
            (with_limits(response, &facts.allowances), told)
        }
    };
    response.extensions_mut().insert(told);
    Ok(response)
}

fn with_limits(mut response: Response, allowances: &[ops::gateway::Allowance]) -> Response {
    rate_limit_headers::add(response.headers_mut(), allowances);
    response
}

/// Whose request it is.
#[derive(Clone)]
struct Known {
    caller: Caller,
    user: Option<UserId>,
}

impl Known {
    fn tell(&self, event: &mut RequestEvent, facts: &ChatFacts) {
        event.agent = Some(Agent::Chat);
        event.user.clone_from(&self.user);
        event.tenant = Some(self.caller.tenant.clone());
        event.key_prefix = Some(self.caller.key_prefix.clone());
        event.tier = Some(self.caller.tier);
        event.engine = facts.model.is_some().then_some(Engine::Model);
        event.degraded = facts.degraded.is_some() && facts.model.is_some();
        event.degraded_reason = facts.degraded.clone().filter(|_| facts.model.is_some());
        event.release.clone_from(&facts.release);
        event.cost = facts.used.cost;
        event.attempts = facts.used.attempts;
        event.tokens = facts.used.tokens;
        event.provider_us = facts.used.provider_us;
        event.steps.clone_from(&facts.steps);
    }
}

/// Both kinds of error at once. `OpenAI`'s clients ask again after a 429 and every 5xx unless they are told not to.
fn refused(mut problem: Problem, told: Option<RequestFacts>) -> Response {
    let stopped = problem.word() == "stopped";
    if stopped {
        problem = problem.saying(
            "Model calls are stopped by the people who run this service; stored data can still be read and written. \
             Ask again later.",
        );
    }
    let mut response = problem.for_clients().into_response();
    if stopped || response.status() == StatusCode::PAYMENT_REQUIRED {
        response.headers_mut().insert("x-should-retry", HeaderValue::from_static("false"));
    }
    if let Some(told) = told {
        response.extensions_mut().insert(told);
    }
    response
}

/// List the models
///
/// The names that `model` may have, the first asked first; `auto` stands for all of them in this order.
#[utoipa::path(get, path = "/v1/models", tag = "Models",
    responses((status = 200, body = ModelList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_models(State(ops): State<Ops>, key: Result<Key, Problem>) -> Response {
    match key {
        Err(problem) => return refused(problem, None),
        Ok(Key(caller)) => {
            if let Err(error) = caller.require(Scope::Models) {
                return refused(Problem::from(error), None);
            }
        }
    }
    let names = std::iter::once(AUTO).chain(ops.chat_models());
    let data =
        names.map(|id| ModelEntry { id: id.to_owned(), object: "model", created: 0, owned_by: "holisticos" });
    Json(ModelList { object: "list", data: data.collect() }).into_response()
}

//! One chat-completions request from its arrival to its answer: key, rate limit, body, plan, reply.
//!
//! Promises that each request is counted once when it arrives and once when it ends, also when its client goes away, and
//! that every answer carries `x-request-id`. Holds no lock while it waits.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use uuid::Uuid;

use super::fault::Fault;
use super::plan::{self, Plan};
use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;
use super::stats::Ticket;
use super::stream::{self, Ending, Pace};
use super::timer::Timer;
use super::{Simulator, billing};

/// Seconds that the rate limit asks a client to wait.
const RETRY_AFTER: u32 = 1;
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>\n";

type Received = Result<Bytes, BytesRejection>;

pub(super) async fn completions(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Received,
) -> Response {
    named(&simulator, None, &headers, body).await
}

/// The address names the model, as with Azure.
pub(super) async fn deployment(
    State(simulator): State<Arc<Simulator>>,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Received,
) -> Response {
    named(&simulator, Some(model), &headers, body).await
}

async fn named(
    simulator: &Simulator,
    deployment: Option<String>,
    headers: &HeaderMap,
    body: Received,
) -> Response {
    let id = Uuid::now_v7();
    let mut response = answer(simulator, id, deployment, headers, body).await.into_response();
    if let Ok(value) = HeaderValue::try_from(format!("req_{}", id.simple())) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

async fn answer(
    simulator: &Simulator,
    id: Uuid,
    deployment: Option<String>,
    headers: &HeaderMap,
    body: Received,
) -> Result<Response, Problem> {
    let arrived = Instant::now();
    let (number, mut ticket) = Ticket::arrive(&simulator.stats, &simulator.books, billing::moment(id));
    if !has_key(headers) {
        return Err(Problem::unauthorized("Send your API key as `Authorization: Bearer KEY`."));
    }
    if simulator.rate_limit.as_ref().is_some_and(|limit| !limit.allows()) {
        return Err(Problem::rate_limited(RETRY_AFTER));
    }
    let body = body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let request = Request::read(&body, deployment)?;
    ticket.asks(&request.model);
    let Plan { fault, wait } = plan::plan(&simulator.options, number, &request.model, headers)?;
    tracing::debug!(number, fault = fault.map(Fault::as_str), wait_ms = wait.as_millis(), "planned");
    if let Some(problem) = fault.and_then(Fault::problem) {
        if problem.is_late() {
            simulator.timer.until(arrived + wait).await;
        }
        return Err(problem);
    }
    if let Some((kind, body)) = fault.and_then(without_tokens) {
        simulator.timer.until(arrived + wait).await;
        return Ok(typed(kind, Body::from(body)));
    }
    let reply = Reply::write(id, &request, &body, &simulator.options, fault);
    drop(body);
    if request.stream {
        let pieces = stream::events(&reply, request.include_usage);
        let pace = pace(fault, arrived, wait, pieces.len());
        ticket.opens(reply.prompt_tokens, reply.cached_tokens);
        let timer = simulator.timer.clone();
        return Ok(typed(EVENTS, stream::body(pieces, pace, timer, ending(&reply, fault), ticket)));
    }
    simulator.timer.until(arrived + wait).await;
    Ok(plain(&reply, fault, ticket))
}

/// Any key will do, but there must be one.
pub(super) fn has_key(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = value("authorization").and_then(|value| value.split_once(' '));
    bearer.is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty())
        || value("api-key").is_some_and(|key| !key.trim().is_empty())
}

/// Answers of status 200 that no model has written.
pub(super) fn without_tokens(fault: Fault) -> Option<(&'static str, &'static str)> {
    match fault {
        Fault::Empty => Some((JSON, "")),
        Fault::Html => Some(("text/html; charset=utf-8", PAGE)),
        _ => None,
    }
}

/// At which a stream is sent.
fn pace(fault: Option<Fault>, arrived: Instant, wait: Duration, pieces: usize) -> Pace {
    match fault {
        Some(Fault::Trickle) => Pace { first: arrived + wait, gap: stream::TRICKLE },
        // Silent to the end, then all at once.
        Some(Fault::Timeout) => Pace { first: arrived + wait, gap: Duration::ZERO },
        _ => stream::even_pace(arrived, wait, pieces),
    }
}

fn plain(reply: &Reply, fault: Option<Fault>, mut ticket: Ticket) -> Response {
    ticket.opens(reply.prompt_tokens, reply.cached_tokens);
    let body = Bytes::from(reply.completion().to_string());
    if !matches!(fault, Some(Fault::CutStream | Fault::Trickle)) {
        ticket.answered(reply.completion_tokens);
        return typed(JSON, Body::from(body));
    }
    let length = HeaderValue::from(body.len());
    let pieces = stream::slices(&body, reply.text().len());
    let gap = if fault == Some(Fault::Trickle) { stream::TRICKLE } else { Duration::ZERO };
    let pace = Pace { first: Instant::now(), gap };
    let mut response = typed(JSON, stream::body(pieces, pace, Timer::Runtime, ending(reply, fault), ticket));
    // The whole length, also of a body that will break off: clients have to notice.
    response.headers_mut().insert(header::CONTENT_LENGTH, length);
    response
}

fn ending(reply: &Reply, fault: Option<Fault>) -> Ending {
    if fault == Some(Fault::CutStream) { Ending::Broken } else { Ending::Whole(reply.completion_tokens) }
}

fn typed(kind: &'static str, body: Body) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

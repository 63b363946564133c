//! One id, one measurement, one log line for every request.

use std::sync::Arc;
use std::time::Instant;

use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use ops::Ops;
use ops::telemetry::RequestEvent;

use crate::problem::ErrorFact;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who this request is and when it began; in the extensions of every request.
#[derive(Clone, Debug)]
pub(crate) struct RequestStart {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) begun: Instant,
}

/// What a handler knows about its request, for telemetry: left in the extensions of its response.
#[derive(Clone)]
pub(crate) struct RequestFacts(Arc<dyn Fn(&mut RequestEvent) + Send + Sync>);

impl RequestFacts {
    pub(crate) fn new(fill: impl Fn(&mut RequestEvent) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }
}

pub(crate) async fn log_request(State(ops): State<Ops>, mut request: Request, next: Next) -> Response {
    let start = RequestStart { id: ops.clock.new_id(), at: ops.clock.now(), begun: Instant::now() };
    let method = request.method().as_str().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(no route)".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(start.clone());

    let mut response = next.run(request).await;

    let duration = start.begun.elapsed();
    let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let failure = response.extensions_mut().remove::<ErrorFact>();
    let mut event =
        RequestEvent::of(start.id.clone(), start.at, method, route, response.status().as_u16(), duration_us);
    event.error_type = failure.as_ref().map(|fact| fact.kind.clone());
    if let Some(facts) = response.extensions_mut().remove::<RequestFacts>() {
        (facts.0)(&mut event);
    }
    log_line(&event, failure.as_ref(), response.size_hint().exact());
    ops.record(event);
    if let Ok(id) = HeaderValue::from_str(&start.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn log_line(event: &RequestEvent, failure: Option<&ErrorFact>, bytes: Option<u64>) {
    let duration_ms = event.duration_us as f64 / 1e3;
    let (id, method, route, status) = (&event.request_id, &event.method, &event.route, event.status);
    let agent = event.agent.map(domain::agent::Agent::as_str);
    match failure.and_then(|fact| fact.cause.as_deref()) {
        Some(cause) => {
            let cause: &(dyn std::error::Error + 'static) = cause;
            tracing::error!(
                request.id = id,
                agent,
                duration_ms,
                bytes,
                error = cause,
                "{method} {route} → {status}"
            );
        }
        None if status >= 500 => {
            let kind = failure.map(|fact| fact.kind.as_str());
            tracing::warn!(
                request.id = id,
                agent,
                duration_ms,
                bytes,
                error.kind = kind,
                "{method} {route} → {status}"
            );
        }
        None => tracing::debug!(request.id = id, agent, duration_ms, bytes, "{method} {route} → {status}"),
    }
}

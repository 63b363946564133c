//! One id, one measurement, one log line for every request.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use futures::Stream;
use jiff::Timestamp;
use ops::Ops;
use ops::telemetry::RequestEvent;

use crate::held::Held;
use crate::problem::ErrorFact;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Nobody was there to be answered. Source: nginx.
const CLIENT_GONE: u16 = 499;

/// Who this request is and when it began; in the extensions of every request.
#[derive(Clone, Debug)]
pub(crate) struct RequestStart {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    unanswered: Arc<Unanswered>,
}

impl RequestStart {
    /// What is known of it should its client go away before the answer. Whoever works on for such a client keeps a copy of this until
    /// then: the request is over when the last is gone.
    pub(crate) fn known(&self, fill: impl Fn(&mut RequestEvent) + Send + Sync + 'static) {
        self.unanswered.known().replace(Arc::new(fill));
    }
}

type Fill = Arc<dyn Fn(&mut RequestEvent) + Send + Sync>;

/// What a handler knows about its request, for telemetry: left in the extensions of its response.
#[derive(Clone)]
pub(crate) struct RequestFacts {
    fill: Fill,
    /// Known only when the body has been sent.
    at_its_end: bool,
}

impl RequestFacts {
    pub(crate) fn new(fill: impl Fn(&mut RequestEvent) + Send + Sync + 'static) -> Self {
        Self { fill: Arc::new(fill), at_its_end: false }
    }

    /// Likewise of an answer that comes in parts: told when its last part has left, or its client. Its duration is that to its
    /// beginning: how long it then takes is the length of the answer, and stands in its steps.
    pub(crate) fn at_the_end(fill: impl Fn(&mut RequestEvent) + Send + Sync + 'static) -> Self {
        Self { fill: Arc::new(fill), at_its_end: true }
    }
}

pub(crate) async fn log_request(State(ops): State<Ops>, mut request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(no route)".to_owned(), |path| path.as_str().to_owned());
    let method = known(request.method());
    let label = format!("{method} {route}");
    let unanswered = Arc::new(Unanswered {
        begun: Instant::now(),
        event: RequestEvent::of(
            ops.clock.new_id(),
            ops.clock.now(),
            method.to_owned(),
            route,
            CLIENT_GONE,
            0,
        ),
        ops,
        known: Mutex::default(),
        answered: AtomicBool::new(false),
    });
    let answering = unanswered.ops.answering(unanswered.event.request_id.clone(), label);
    let (id, at) = (unanswered.event.request_id.clone(), unanswered.event.at);
    request.extensions_mut().insert(RequestStart { id, at, unanswered: Arc::clone(&unanswered) });

    let mut response = next.run(request).await;

    unanswered.answered.store(true, Ordering::Relaxed);
    let failure = response.extensions_mut().remove::<ErrorFact>();
    let mut event = unanswered.event_now(response.status().as_u16());
    event.error_type = failure.as_ref().map(|fact| fact.kind.clone());
    let facts = response.extensions_mut().remove::<RequestFacts>();
    if let Ok(id) = HeaderValue::from_str(&event.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let fill = facts.as_ref().map(|it| Arc::clone(&it.fill));
    let ending = Ending { ops: unanswered.ops.clone(), event, fill };
    if facts.is_some_and(|facts| facts.at_its_end) {
        let recorded = |body: Body| Recorded { body: body.into_data_stream(), ending: Some(ending) };
        return response.map(|body| Body::new(Held::new(Body::from_stream(recorded(body)), answering)));
    }
    ending.record(failure.as_ref(), response.size_hint().exact());
    response.map(|body| Body::new(Held::new(body, answering)))
}

/// A method is any word a client sends, however long; labels, rows and log lines are not. Source: OpenTelemetry's
/// `http.request.method`.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        "CONNECT" => "CONNECT",
        "TRACE" => "TRACE",
        _ => "_OTHER",
    }
}

/// A request until its answer. Dropped before, its client has gone away: that is recorded, too.
struct Unanswered {
    ops: Ops,
    begun: Instant,
    event: RequestEvent,
    known: Mutex<Option<Fill>>,
    answered: AtomicBool,
}

impl Unanswered {
    fn known(&self) -> MutexGuard<'_, Option<Fill>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn event_now(&self, status: u16) -> RequestEvent {
        let duration_us = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        RequestEvent { status, duration_us, ..self.event.clone() }
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if *self.answered.get_mut() {
            return;
        }
        let mut event = self.event_now(CLIENT_GONE);
        event.error_type = Some("client-gone".to_owned());
        let fill = self.known().take();
        Ending { ops: self.ops.clone(), event, fill }.record(None, None);
    }
}

impl std::fmt::Debug for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unanswered").field("request_id", &self.event.request_id).finish_non_exhaustive()
    }
}

/// A request that is about to be over.
struct Ending {
    ops: Ops,
    event: RequestEvent,
    fill: Option<Fill>,
}

impl Ending {
    fn record(mut self, failure: Option<&ErrorFact>, bytes: Option<u64>) {
        if let Some(fill) = &self.fill {
            fill(&mut self.event);
        }
        log_line(&self.event, failure, bytes);
        self.ops.record(self.event);
    }
}

/// A body that is recorded when it ends, or is dropped before.
struct Recorded {
    body: BodyDataStream,
    ending: Option<Ending>,
}

impl Stream for Recorded {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        if matches!(polled, Poll::Ready(None))
            && let Some(ending) = self.ending.take()
        {
            ending.record(None, None);
        }
        polled
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        if let Some(ending) = self.ending.take() {
            // What makes the parts knows how they ended when it is gone.
            self.body = Body::empty().into_data_stream();
            ending.record(None, None);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_nobody_knows_is_recorded_as_another() {
        let long = "A".repeat(100_000);
        for (sent, recorded) in
            [("GET", "GET"), ("PATCH", "PATCH"), ("TRACE", "TRACE"), ("get", "_OTHER"), (&long, "_OTHER")]
        {
            assert_eq!(known(&Method::from_bytes(sent.as_bytes()).unwrap()), recorded);
        }
    }
}

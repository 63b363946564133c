//! The console, and whatever else is not for apps, answers on threads of its own: a page that takes milliseconds to draw would
//! otherwise hold up every request that comes meanwhile.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ops::Ops;

use crate::problem::Problem;

pub(crate) async fn answer_aside(State(ops): State<Ops>, request: Request, next: Next) -> Response {
    let answer = ops.jobs.aside(async move { drawn(next.run(request).await).await });
    match answer.await {
        Ok(response) => response,
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        // Only a runtime that ends cancels it.
        Err(_) => Problem::panicked().into_response(),
    }
}

/// With its body made and compressed, unless it goes on for as long as somebody listens.
async fn drawn(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
        return response;
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an answer could not be made");
            Problem::panicked().into_response()
        }
    }
}

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

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::{Request, StatusCode};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tokio::runtime::Builder;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn thread() -> String {
        std::thread::current().name().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn an_answer_is_made_on_the_other_threads_and_its_panic_is_an_answer_too() {
        let ops = ops::testing::ops().await;
        let console = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("console")
            .enable_all()
            .build()
            .unwrap();
        ops.jobs.run_aside_on(console.handle().clone());
        let router = Router::new()
            .route("/page", get(thread))
            .route(
                "/broken",
                get(|| async {
                    if true {
                        panic!("on purpose")
                    }
                }),
            )
            .layer(from_fn_with_state(ops.clone(), answer_aside))
            .route("/app", get(thread))
            .layer(CatchPanicLayer::custom(|_| Problem::panicked().into_response()));
        let ask = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let status = response.status();
            (status, String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().into()).unwrap())
        };
        assert_eq!(ask("/page").await, (StatusCode::OK, "console".to_owned()));
        assert_ne!(ask("/app").await.1, "console");
        assert_eq!(ask("/broken").await.0, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(ask("/page").await.1, "console", "one panic ends no thread");
        console.shutdown_background();
    }

    #[tokio::test]
    async fn a_stream_of_events_is_not_waited_for() {
        let endless = Body::from_stream(futures::stream::pending::<Result<String, std::io::Error>>());
        let response = ([(header::CONTENT_TYPE, "text/event-stream")], endless).into_response();
        let drawn = tokio::time::timeout(std::time::Duration::from_secs(10), drawn(response)).await;
        assert!(drawn.is_ok(), "it would wait for ever");
    }
}

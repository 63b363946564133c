//! An answer is under way until its last byte was taken from it, not only until its head is made.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use ops::lifecycle::Answering;

struct Held {
    body: Body,
    _answering: Answering,
}

/// This body, whose request is under way until it is dropped.
pub(super) fn held(body: Body, answering: Answering) -> Body {
    Body::new(Held { body, _answering: answering })
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::Request;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::middleware::request_log::log_request;

    #[tokio::test]
    async fn an_answer_is_under_way_until_its_body_has_left() {
        let ops = ops::testing::ops().await;
        let endless =
            || async { Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>()) };
        let router = Router::new()
            .route("/", get(|| async { "whole" }))
            .route("/endless", get(endless))
            .layer(from_fn_with_state(ops.clone(), log_request));
        let ask = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        let (whole, endless) = (ask("/").await, ask("/endless").await);
        assert_eq!(whole.size_hint().exact(), Some(5), "its length is told to the client");
        assert_eq!(ops.lifecycle.under_way().len(), 2);
        drop(whole);
        assert_eq!(ops.lifecycle.under_way().len(), 1);
        drop(endless);
        assert!(ops.lifecycle.under_way().is_empty());
    }
}

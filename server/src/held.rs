//! An answer lasts until its last byte was taken from it, not only until its head is made: a body, and what is to be dropped with it.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// A body that keeps something until it has left, or nobody wants it any more.
pub(crate) struct Held<T> {
    body: Body,
    _kept: T,
}

impl<T> Held<T> {
    pub(crate) fn new(body: Body, kept: T) -> Self {
        Self { body, _kept: kept }
    }
}

impl<T: Unpin> HttpBody for Held<T> {
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

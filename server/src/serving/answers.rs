//! The router as hyper asks it, and what a connection must know of its requests to end at the right moment.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::Incoming;
use tower::Service as _;

use super::House;
use super::arriving::arriving;
use crate::held::Held;

/// One connection's requests, one after the other.
#[derive(Debug)]
pub(super) struct Line {
    requests: AtomicU64,
    /// From a request's head to the last byte of its answer.
    busy: AtomicBool,
    /// The last request's body was read to its end: what follows on the connection is another request.
    whole: AtomicBool,
    idle_since: Mutex<Instant>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            requests: AtomicU64::new(0),
            busy: AtomicBool::new(false),
            whole: AtomicBool::new(true),
            idle_since: Mutex::new(Instant::now()),
        }
    }

    /// Requests so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Acquire)
    }

    /// How long nothing has been asked; absent while an answer is under way, or where its request did not end.
    pub(super) fn idle_for(&self) -> Option<Duration> {
        let idle = !self.busy.load(Ordering::Acquire) && self.whole.load(Ordering::Acquire);
        idle.then(|| self.idle_since.lock().unwrap_or_else(PoisonError::into_inner).elapsed())
    }

    /// The last request's body was read to its end.
    pub(super) fn is_whole(&self) {
        self.whole.store(true, Ordering::Release);
    }

    fn begin(&self, whole: bool) {
        self.requests.fetch_add(1, Ordering::AcqRel);
        self.whole.store(whole, Ordering::Release);
        self.busy.store(true, Ordering::Release);
    }

    fn end(&self) {
        *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.busy.store(false, Ordering::Release);
    }
}

/// The service of one connection.
pub(super) struct Answers {
    pub(super) house: Arc<House>,
    pub(super) line: Arc<Line>,
    pub(super) peer: SocketAddr,
}

impl hyper::service::Service<hyper::Request<Incoming>> for Answers {
    type Response = Response<Held<Ending>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        let whole = request.body().is_end_stream();
        self.line.begin(whole);
        let timing = self.house.timing;
        let expects = request.headers().contains_key(header::EXPECT);
        let (parts, body) = request.into_parts();
        let (body, unread) = match whole {
            true => (Body::new(body), None),
            false => {
                let (body, unread) = arriving(body, &self.line, timing.body, expects);
                (Body::new(body), Some(unread))
            }
        };
        let mut request = Request::from_parts(parts, body);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let house = Arc::clone(&self.house);
        let ending = Ending(Arc::clone(&self.line));
        let answered = self.house.router.clone().call(request);
        Box::pin(async move {
            let mut response = answered.await?;
            let stays = match unread {
                Some(unread) => unread.settled(timing.rest).await,
                None => true,
            };
            if !stays || house.course.borrow().closes() {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response.map(|body| Held::new(body, ending)))
        })
    }
}

/// The answer has left, or nobody wants it any more.
pub(super) struct Ending(Arc<Line>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

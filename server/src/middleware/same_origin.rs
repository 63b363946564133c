//! Against forged requests: an unsafe method that carries our cookie must come from our own pages.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site`; older ones in `Origin`. A request with neither is no
//! browser's, and carries no cookie it was not given on purpose. Source: OWASP cheat sheet on CSRF, Fetch Metadata.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

pub(crate) async fn refuse_foreign_writes(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) || comes_from_us(&request) {
        return next.run(request).await;
    }
    let detail =
        "This change was asked for by another site. Nothing was done. Open the console itself and try again.";
    Problem::new(StatusCode::FORBIDDEN, "foreign-origin", "Asked for by another site", detail)
        .naming("Origin", "must be the console's own")
        .into_response()
}

fn comes_from_us(request: &Request) -> bool {
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = request.headers().get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest == host),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn post(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().method(Method::POST).uri("/actions/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_our_own_pages_may_write() {
        assert!(comes_from_us(&post(&[("sec-fetch-site", "same-origin")])));
        assert!(comes_from_us(&post(&[("origin", "http://localhost:3000"), ("host", "localhost:3000")])));
        assert!(comes_from_us(&post(&[("host", "localhost:3000")])));
        assert!(!comes_from_us(&post(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://localhost:3000"),
            ("host", "localhost:3000")
        ])));
        assert!(!comes_from_us(&post(&[("sec-fetch-site", "same-site")])));
        assert!(!comes_from_us(&post(&[("origin", "https://evil.example"), ("host", "localhost:3000")])));
        assert!(!comes_from_us(&post(&[("origin", "null"), ("host", "localhost:3000")])));
    }
}

//! Strong `ETag`s of what apps read, and 304 for who has it already (RFC 9110, 8.8.3 and 13.1).
//!
//! A tag is a hash of the body before compression. A compressed body is another representation, so its tag names the coding
//! (`"…-gzip"`); whoever sends a tag back means the body, whatever its coding.

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// A larger answer has no tag: it would be held whole. A page of 200 journals is below.
const MOST_BYTES: u64 = 1024 * 1024;
const CODINGS: [&str; 2] = ["gzip", "br"];
/// Others' caches never, one's own only after asking.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Of GET only: reading is what a tag saves.
pub(crate) async fn answer_if_changed(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known = Tags::of(request.headers(), &header::IF_NONE_MATCH);
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::CACHE_CONTROL, PRIVATE);
    if body.size_hint().exact().is_none_or(|bytes| bytes > MOST_BYTES) {
        return Response::from_parts(parts, body);
    }
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an answer could not be made");
            return Problem::panicked().into_response();
        }
    };
    let tag = tag_of(&bytes);
    if let Some(sent) = known.naming(&tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        set(&mut parts.headers, &sent);
        return Response::from_parts(parts, Body::empty());
    }
    set(&mut parts.headers, &format!("\"{tag}\""));
    Response::from_parts(parts, Body::from(bytes))
}

fn set(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
}

/// After compression: the tag says which coding the body has.
pub(crate) async fn name_coding(mut response: Response) -> Response {
    let headers = response.headers();
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|coding| coding.to_str().ok());
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    if let (Some(coding), Some(tag)) = (coding, tag.and_then(|tag| tag.strip_suffix('"'))) {
        let named = format!("{tag}-{coding}\"");
        set(response.headers_mut(), &named);
    }
    response
}

/// Without its quotes.
fn tag_of(body: &[u8]) -> String {
    hex::encode(&Sha256::digest(body)[..16])
}

/// Tags that a client sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tags {
    /// Whatever there is: `*`.
    any: bool,
    /// As sent, quotes and all.
    listed: Vec<String>,
    /// The header was there.
    sent: bool,
}

impl Tags {
    fn of(headers: &HeaderMap, name: &HeaderName) -> Self {
        let mut tags = Self::default();
        for value in headers.get_all(name) {
            tags.sent = true;
            // Our tags have no comma; of others' tags a piece is as wrong as the whole.
            for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
                match tag {
                    "*" => tags.any = true,
                    "" => {}
                    tag => tags.listed.push(tag.to_owned()),
                }
            }
        }
        tags
    }

    /// The tag as the client named this one; a weak name will do for reading.
    fn naming(&self, tag: &str) -> Option<String> {
        if self.any {
            return Some(format!("\"{tag}\""));
        }
        self.listed.iter().find(|sent| means(sent.strip_prefix("W/").unwrap_or(sent), tag)).cloned()
    }
}

fn means(sent: &str, tag: &str) -> bool {
    let inner = sent.strip_prefix('"').and_then(|sent| sent.strip_suffix('"'));
    inner.and_then(|inner| inner.strip_prefix(tag)).is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('-').is_some_and(|coding| CODINGS.contains(&coding))
    })
}

/// `If-Match` of a write: only what the client has read may be changed.
pub(crate) struct IfMatch(Tags);

impl IfMatch {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(Tags::of(headers, &header::IF_MATCH))
    }

    /// Whether the client knows what would be read now. `None`: there is nothing. Weak tags never do (RFC 9110, 13.1.1).
    pub(crate) fn knows(&self, current: Option<&impl Serialize>) -> bool {
        if !self.0.sent {
            return true;
        }
        let Some(body) = current.and_then(|current| serde_json::to_vec(current).ok()) else { return false };
        let tag = tag_of(&body);
        self.0.any || self.0.listed.iter().any(|sent| means(sent, &tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_tag_is_known_in_any_coding_and_a_weak_one_for_reading_only() {
        for (sent, reads, writes) in [
            ("\"TAG\"", true, true),
            ("\"TAG-gzip\"", true, true),
            ("\"other\", \"TAG-br\"", true, true),
            ("W/\"TAG\"", true, false),
            ("*", true, true),
            ("\"TAG-zip\"", false, false),
            ("TAG", false, false),
            ("\"other\"", false, false),
            ("", false, false),
        ] {
            let body = serde_json::json!({"a": 1});
            let tag = tag_of(&serde_json::to_vec(&body).unwrap());
            let sent: &'static str = Box::leak(sent.replace("TAG", &tag).into_boxed_str());
            let known = Tags::of(&headers(header::IF_NONE_MATCH, sent), &header::IF_NONE_MATCH);
            assert_eq!(known.naming(&tag).is_some(), reads, "{sent}");
            let expected = IfMatch::of(&headers(header::IF_MATCH, sent));
            assert_eq!(expected.knows(Some(&body)), writes, "{sent}");
            assert!(!expected.knows(None::<&()>), "{sent}");
        }
        assert!(IfMatch::of(&HeaderMap::new()).knows(None::<&()>));
    }
}

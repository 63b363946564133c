//! From bytes to domain types: the key to a caller, the body to a value, the path to ids.
//!
//! Whatever does not fit is a problem document that names the field.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use domain::field_error::FieldError;
use domain::id::UserId;
use ops::Ops;
use ops::access::Caller;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::problem::Problem;
use crate::serving::Silent;

/// Bodies above this are refused unread. A batch of 1,000 readings is about 300 KB.
const BODY_LIMIT: usize = 1024 * 1024;

/// An app's key, from `Authorization: Bearer` or `X-API-Key`, verified. Scopes are checked by the handler.
pub(crate) struct Key(pub(crate) Caller);

impl FromRequestParts<Ops> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ops: &Ops) -> Result<Self, Problem> {
        let text = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let key = bearer.or_else(|| parts.headers.get("x-api-key").and_then(|value| value.to_str().ok()));
        let missing =
            ops::Error::Unauthenticated("send your key as `Authorization: Bearer KEY` or `X-API-Key: KEY`");
        Ok(Self(ops.caller(key.ok_or(missing)?.trim()).await?))
    }
}

/// A JSON body. Says where it stops being what was expected; never repeats a value.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Ops> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _ops: &Ops) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = body_of(&parts, body).await?;
        // An empty body asks for the defaults, where there are any.
        let bytes = if bytes.is_empty() { "{}".as_bytes() } else { bytes.as_ref() };
        // serde would take an array for the fields in their order.
        if !bytes.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
        {
            return Err(ops::Error::invalid("body", "must be a JSON object").into());
        }
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| not_expected(&error))?;
        reader.end().map_err(|_| broken_json("has something after its end"))?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned> Body<T> {
    /// Of a part of a body that was read already.
    pub(crate) fn of_value(value: serde_json::Value) -> ops::Result<Self> {
        let read = serde_path_to_error::deserialize::<_, T>(value);
        read.map(Self)
            .map_err(|error| expectation(&error.inner().to_string(), &error.path().to_string()).into())
    }
}

/// The whole body, when it is small enough.
pub(crate) async fn body_of(parts: &Parts, body: axum::body::Body) -> Result<Bytes, Problem> {
    let declared =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > BODY_LIMIT) {
        return Err(too_large());
    }
    axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|error| not_read(&error))
}

/// A body that could not be read is too large, or its client stopped in the middle of it.
fn not_read(error: &axum::Error) -> Problem {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    if causes.any(<dyn std::error::Error>::is::<Silent>) { too_late() } else { too_large() }
}

fn too_late() -> Problem {
    let detail =
        "The rest of the body did not come in time; nothing of it was stored. Send the request again.";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "too-late", "Body did not come", detail)
        .naming("body", "must come without a long pause")
}

fn too_large() -> Problem {
    let detail =
        "The body is larger than 1 MiB; nothing of it was stored. Send it in batches of at most 1,000 items.";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large", detail)
        .naming("body", "must be at most 1 MiB")
}

fn broken_json(what: &str) -> Problem {
    let detail = format!("The body is not JSON: it {what}. Nothing was stored.");
    Problem::new(StatusCode::BAD_REQUEST, "not-json", "Not JSON", detail).naming("body", "must be JSON")
}

fn not_expected(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    use serde_json::error::Category;
    let inner = error.inner();
    if matches!(inner.classify(), Category::Syntax | Category::Eof | Category::Io) {
        return broken_json(&format!("breaks off at line {}, column {}", inner.line(), inner.column()));
    }
    let path = error.path().to_string();
    let fault = expectation(&inner.to_string(), &path);
    ops::Error::Invalid(vec![fault]).into()
}

/// serde's words without the value they quote: a refused value may be a health value.
fn expectation(message: &str, path: &str) -> FieldError {
    let message = message.split(" at line ").next().unwrap_or(message);
    let named = |prefix: &str| {
        let name = message.strip_prefix(prefix)?.split('`').next()?;
        Some(if path == "." { name.to_owned() } else { format!("{path}.{name}") })
    };
    if let Some(field) = named("missing field `") {
        return FieldError::new(field, "is required");
    }
    if let Some(field) = named("unknown field `") {
        let field = if path.ends_with(field.rsplit('.').next().unwrap_or_default()) {
            path.to_owned()
        } else {
            field
        };
        return FieldError::new(field, "is not a field of this endpoint");
    }
    let field = if path == "." { "body" } else { path };
    // Our own words begin with "must"; whatever else stands in the message may quote the value.
    let detail = match (message.split_once("expected "), message.find("must ")) {
        (Some((_, expected)), _) => format!("must be {expected}"),
        (None, Some(words)) => message[words..].to_owned(),
        (None, None) => "does not have the expected form".to_owned(),
    };
    FieldError::new(field, detail)
}

/// The person named in the path.
pub(crate) struct PathUser(pub(crate) UserId);

#[derive(Deserialize)]
struct UserPath {
    user_id: String,
}

impl FromRequestParts<Ops> for PathUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ops: &Ops) -> Result<Self, Problem> {
        let path = Path::<UserPath>::from_request_parts(parts, ops).await;
        let Path(UserPath { user_id }) =
            path.map_err(|_| ops::Error::invalid("user_id", "must be valid UTF-8"))?;
        Ok(Self(UserId::parse(&user_id).map_err(ops::Error::from)?))
    }
}

/// A query string, with faults named.
pub(crate) struct QueryOf<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Ops> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ops: &Ops) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, ops).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(_) => Err(ops::Error::invalid("query", "has a parameter of the wrong type").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::response::IntoResponse;

    use super::{Silent, expectation, not_read};

    #[tokio::test]
    async fn a_body_that_stops_is_not_called_too_large() {
        let stopped = futures::stream::iter([Ok("{"), Err(Silent)]);
        let error = to_bytes(Body::from_stream(stopped), 10).await.unwrap_err();
        assert_eq!(not_read(&error).into_response().status(), 408);
        let error = to_bytes(Body::from("more than ten"), 10).await.unwrap_err();
        assert_eq!(not_read(&error).into_response().status(), 413);
    }

    #[test]
    fn names_the_field_and_not_the_value() {
        let wrong = expectation(
            "invalid type: string \"very private\", expected f64 at line 1 column 20",
            "items[3].value",
        );
        assert_eq!((wrong.field.as_str(), wrong.detail.as_str()), ("items[3].value", "must be f64"));
        let quoted = expectation("failed to parse \"very private\" as a date", "items[3].start");
        assert_eq!(quoted.detail, "does not have the expected form");
        let missing = expectation("missing field `unit` at line 1 column 9", "items[0]");
        assert_eq!(missing.field, "items[0].unit");
        let unknown = expectation(
            "unknown field `alergies`, expected one of `age`, `sex` at line 1 column 2",
            "alergies",
        );
        assert_eq!(unknown.field, "alergies");
    }
}

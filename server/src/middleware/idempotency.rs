//! `Idempotency-Key` on writes of apps (draft-ietf-httpapi-idempotency-key-header): the first answer is given again
//! ([`ops::idempotency`], decision 20).
//!
//! Without the header a request passes by. With it, the work goes on when its client goes away, so that the answer is there when it
//! asks again. Kept is what was done: a refusal or a fault did nothing, and frees the key.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::field_error::FieldError;
use domain::id::UserId;
use futures::FutureExt;
use ops::Ops;
use ops::access::Caller;
use ops::idempotency::{Begun, Claim, IdempotencyKey, KeptAnswer, RENEW_EVERY, fingerprint};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::request_log::RequestFacts;
use crate::api::extract::{Key, body_of};
use crate::problem::Problem;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Besides the body these are the answer.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::LINK];

pub(crate) async fn answer_once(State(ops): State<Ops>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(KEY) || !writes(request.method()) {
        return next.run(request).await;
    }
    // Boxed, so that requests without a key do not carry what this takes.
    Box::pin(once(ops, request, next)).await.unwrap_or_else(IntoResponse::into_response)
}

fn writes(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
}

async fn once(ops: Ops, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let Key(caller) = Key::from_request_parts(&mut parts, &ops).await?;
    let key = key_of(&parts).map_err(ops::Error::from)?;
    let bytes = body_of(&parts, body).await?;
    let path = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |it| it.as_str());
    let request_is = fingerprint(parts.method.as_str(), path, &bytes);
    let user = person(&mut parts, &bytes).await;
    // From here to its end, whoever waits: a claim that nobody works on would hold the key up.
    let (tell, told) = oneshot::channel();
    let task = ops.clone();
    ops.jobs.spawn(async move {
        let answer = match task.begin_once(&caller, &key, &request_is, user.as_ref()).await {
            Ok(Begun::First(claim)) => {
                let request = Request::from_parts(parts, Body::from(bytes));
                Ok(done(&task, &claim, request, next).await)
            }
            Ok(Begun::Answered(answer)) => again(&caller, answer).map_err(Problem::from),
            Ok(begun) => Err(refusal(&begun)),
            Err(error) => Err(error.into()),
        };
        // Without anybody who waits, the answer is there for the next time.
        let _ = tell.send(answer);
    });
    match told.await {
        Ok(answer) => answer,
        Err(_) => Err(Problem::panicked()),
    }
}

fn refusal(begun: &Begun) -> Problem {
    let (status, kind, title, detail, field) = match begun {
        Begun::AnsweredAtLength => (
            StatusCode::CONFLICT,
            "answer-not-kept",
            "Done before",
            "This was done, and its answer was too large to keep. Read what was made with GET.",
            "named a request that was done",
        ),
        Begun::OtherRequest => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "key-reused",
            "Key used before",
            "This key named another request (method, path or body) within the last 24 hours. Nothing was done. Send a new key with a \
             new request.",
            "must be another one for another request",
        ),
        Begun::Full { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-keys",
            "Too many idempotency keys",
            "Too many keys of this tenant are kept at the moment; nothing was done. Ask again later, or without a key.",
            "cannot be kept at the moment",
        ),
        Begun::Running { .. } | Begun::First(_) | Begun::Answered(_) => (
            StatusCode::CONFLICT,
            "in-progress",
            "Still being answered",
            "The request with this key is being answered. Ask again for its answer.",
            "names a request that is being answered",
        ),
    };
    let problem = Problem::new(status, kind, title, detail).naming("Idempotency-Key", field);
    match begun {
        Begun::Running { retry_after_s } | Begun::Full { retry_after_s } => problem.after(*retry_after_s),
        _ => problem,
    }
}

fn key_of(parts: &Parts) -> Result<IdempotencyKey, FieldError> {
    let mut sent = parts.headers.get_all(KEY).iter();
    match (sent.next().and_then(|value| value.to_str().ok()), sent.next()) {
        (Some(text), None) => IdempotencyKey::parse(text),
        _ => Err(FieldError::new("Idempotency-Key", "must be sent once, in visible ASCII characters")),
    }
}

/// Whose data the answer may hold: named in the path, else in the body. Of the receipt of an erasure: nobody's, so that it outlives it.
async fn person(parts: &mut Parts, body: &Bytes) -> Option<UserId> {
    if erases(&parts.method, &parts.extensions) {
        return None;
    }
    let path = RawPathParams::from_request_parts(parts, &()).await.ok();
    let in_path = path.iter().flatten().find(|(name, _)| matches!(*name, "user_id" | "profile_id"));
    match in_path {
        Some((_, value)) => UserId::parse(value).ok(),
        None => named_in(body),
    }
}

fn erases(method: &Method, extensions: &Extensions) -> bool {
    let route = extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    method == Method::DELETE && route == Some("/api/user/{user_id}")
}

fn named_in(json: &[u8]) -> Option<UserId> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(alias = "profile_id")]
        user_id: String,
    }
    UserId::parse(&serde_json::from_slice::<Named>(json).ok()?.user_id).ok()
}

/// Beside the request, never in its way: it may hold the very connection that a renewal waits for.
async fn keep_claiming(ops: &Ops, claim: &Claim) -> Infallible {
    let mut renew = tokio::time::interval(RENEW_EVERY);
    renew.tick().await;
    loop {
        renew.tick().await;
        tell_of_failure(ops.renew_claim(claim).await);
    }
}

/// Does the request, and keeps its answer.
async fn done(ops: &Ops, claim: &Claim, request: Request, next: Next) -> Response {
    let erases = erases(request.method(), request.extensions());
    let running = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answer = tokio::select! {
        answer = running => answer,
        never = keep_claiming(ops, claim) => match never {},
    };
    let response = answer.unwrap_or_else(|_| Problem::panicked().into_response());
    if !response.status().is_success() {
        tell_of_failure(ops.release_claim(claim).await);
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an answer could not be made");
            return Problem::panicked().into_response();
        }
    };
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    let headers = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name).and_then(text)?;
        Some((name.as_str().to_owned(), value))
    });
    let answer = KeptAnswer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    let about = if erases { None } else { named_in(&bytes) };
    tell_of_failure(ops.keep_answer(claim, &answer, about.as_ref()).await);
    Response::from_parts(parts, Body::from(bytes))
}

/// The answer is right all the same: only sending the request again is not safe then.
fn tell_of_failure(kept: ops::Result<()>) {
    if let Err(error) = kept {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "a claim of an idempotency key could not be kept up to date");
    }
}

fn again(caller: &Caller, answer: KeptAnswer) -> ops::Result<Response> {
    let broken = |error| ops::Error::internal("giving a kept answer", error);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).map_err(|error| broken(error.to_string()))?;
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).map_err(|error| broken(error.to_string()))?;
        let value = HeaderValue::try_from(value).map_err(|error| broken(error.to_string()))?;
        response.headers_mut().insert(name, value);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    let (tenant, prefix) = (caller.tenant.clone(), caller.key_prefix.clone());
    response.extensions_mut().insert(RequestFacts::new(move |event| {
        event.tenant = Some(tenant.clone());
        event.key_prefix = Some(prefix.clone());
    }));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;

    async fn took(router: &Router, requests: u32) -> Duration {
        let begun = Instant::now();
        for _ in 0..requests {
            let request = Request::post("/write").body(Body::empty()).unwrap();
            assert!(router.clone().oneshot(request).await.unwrap().status().is_success());
        }
        begun.elapsed() / requests
    }

    #[tokio::test]
    #[ignore = "a measurement, for a quiet machine"]
    async fn what_a_request_without_a_key_pays() {
        let ops = ops::testing::ops().await;
        let bare = || Router::new().route("/write", post(|| async {}));
        let layered = bare().layer(from_fn_with_state(ops.clone(), answer_once));
        let (bare, mut rounds) = (bare(), Vec::new());
        for _ in 0..15 {
            rounds.push((took(&bare, 20_000).await, took(&layered, 20_000).await));
        }
        let bare = rounds.iter().map(|round| round.0).min().unwrap();
        let layered = rounds.iter().map(|round| round.1).min().unwrap();
        println!("without the layer {bare:?}, with it {layered:?}");
    }
}

//! The simulator as a client meets it, and what all of its tests share: questions and answers over the router.
//!
//! Time stands still unless a test waits, so latencies of minutes take none. Where a connection itself matters, tests
//! listen on a free port.

mod billing;
mod connection;
mod counting;
mod faults;
mod filling;
mod protocol;
mod scripts;
mod streaming;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Options, router};

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// `Err` when the body broke off.
    body: Result<String, String>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(self.body.as_deref().unwrap()).unwrap()
    }

    fn content(&self) -> String {
        self.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }

    /// The content as JSON.
    fn filled(&self) -> Value {
        serde_json::from_str(&self.content()).unwrap()
    }

    fn error(&self) -> Value {
        self.json()["error"].clone()
    }

    /// The data of each event.
    fn events(&self) -> Vec<String> {
        let body = self.body.as_deref().unwrap();
        body.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap().to_owned()).collect()
    }
}

/// Answers at once.
fn quick() -> Options {
    Options { latency_ms: 0, jitter_ms: 0, ..Options::default() }
}

fn draft() -> Value {
    json!({ "title": "Morning walk", "why": "Light helps sleep.", "minutes": 20 })
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "maxLength": 60 },
            "why": { "type": "string", "maxLength": 200 },
            "minutes": { "type": "integer", "minimum": 5, "maximum": 60 },
        },
        "required": ["title", "why", "minutes"],
        "additionalProperties": false,
    })
}

/// A whole question with a draft and a schema; `more` goes over its fields.
fn question(more: &Value) -> Value {
    ask_for(&schema(), &draft(), more)
}

fn ask_for(schema: &Value, draft: &Value, more: &Value) -> Value {
    let mut question = json!({
        "model": "sim-large",
        "messages": [
            { "role": "system", "content": "Be kind." },
            { "role": "user", "content": json!({ "draft": draft }).to_string() },
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": { "name": "texts", "schema": schema, "strict": true },
        },
        "something_new": true,
    });
    for (name, value) in more.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

async fn ask(router: &Router, body: &Value) -> Answer {
    post(router, "/v1/chat/completions", &[("authorization", "Bearer any")], body.to_string()).await
}

async fn ask_with(router: &Router, fault: &str, body: &Value) -> Answer {
    let headers = [("authorization", "Bearer any"), ("x-simulate", fault)];
    post(router, "/v1/chat/completions", &headers, body.to_string()).await
}

async fn post(router: &Router, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = Request::post(path).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(router, request.body(body.into()).unwrap()).await
}

async fn get(router: &Router, path: &str) -> Answer {
    answer(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| error.to_string());
    let body = body.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn stats(router: &Router) -> Value {
    get(router, "/stats").await.json()
}

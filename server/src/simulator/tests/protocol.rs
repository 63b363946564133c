//! Plain answers, refused requests, and the other addresses.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{ask, draft, get, post, question, quick, router};
use crate::simulator::Options;

const KEY: [(&str, &str); 1] = [("authorization", "Bearer any")];

#[tokio::test]
async fn an_answer_has_the_fields_of_the_protocol() {
    let answer = ask(&router(quick()), &question(&json!({}))).await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers["x-request-id"].to_str().unwrap().starts_with("req_"));
    let body = answer.json();
    assert!(body["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert_eq!(body["object"], "chat.completion");
    assert!(body["created"].as_u64().unwrap() > 1_767_225_600);
    assert_eq!(body["model"], "sim-large");
    let choice = &body["choices"][0];
    assert_eq!((&choice["index"], &choice["finish_reason"]), (&json!(0), &json!("stop")));
    assert_eq!(choice["message"]["role"], "assistant");
    assert_eq!(choice["message"].get("refusal"), Some(&Value::Null));
    assert_eq!(answer.filled()["minutes"], draft()["minutes"]);
}

#[tokio::test]
async fn tokens_are_four_bytes_and_a_message_costs_four_more() {
    let body = json!({ "model": "m", "messages": [
        { "role": "system", "content": "12345" },
        { "role": "user", "content": [{ "type": "text", "text": "für" }] },
    ] });
    let answer = ask(&router(quick()), &body).await;
    let usage = &answer.json()["usage"];
    // Nine bytes are three tokens.
    assert_eq!(usage["prompt_tokens"], 3 + 2 * 4);
    let completion = answer.content().len().div_ceil(4);
    assert_eq!(usage["completion_tokens"], completion);
    assert_eq!(usage["total_tokens"], 11 + completion);
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 0);
}

#[tokio::test]
async fn an_answer_is_cut_at_the_most_tokens() {
    let router = router(quick());
    for field in ["max_tokens", "max_completion_tokens"] {
        let answer = ask(&router, &question(&json!({ field: 3 }))).await;
        assert_eq!(answer.json()["choices"][0]["finish_reason"], "length");
        assert_eq!(answer.json()["usage"]["completion_tokens"], 3);
        assert_eq!(answer.content().len(), 12);
    }
}

#[tokio::test]
async fn without_a_schema_the_answer_is_a_sentence_or_a_small_object() {
    let router = router(quick());
    let text = ask(&router, &question(&json!({ "response_format": null }))).await.content();
    assert!(text.ends_with('.'), "{text}");
    let object = question(&json!({ "response_format": { "type": "json_object" } }));
    assert!(ask(&router, &object).await.filled()["message"].is_string());
}

#[tokio::test]
async fn the_same_seed_and_body_give_the_same_content_and_others_differ() {
    let contents = async |seed: u64| {
        let router = router(Options { seed, ..quick() });
        let mut contents = Vec::new();
        for user in 0..20 {
            contents.push(ask(&router, &question(&json!({ "user": user.to_string() }))).await.content());
        }
        contents
    };
    let first = contents(1).await;
    assert_eq!(first, contents(1).await);
    assert_ne!(first, contents(2).await);
    assert!(first.iter().any(|content| *content != first[0]), "twenty bodies, one content");
}

#[tokio::test]
async fn a_request_without_a_key_is_unauthorized() {
    let router = router(quick());
    for headers in [&[][..], &[("authorization", "Basic x")], &[("authorization", "Bearer ")]] {
        let answer = post(&router, "/v1/chat/completions", headers, question(&json!({})).to_string()).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.error()["code"], "invalid_api_key");
        assert!(answer.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn the_address_of_azure_names_the_model_and_takes_its_key() {
    let path = "/openai/deployments/sim-small/chat/completions?api-version=2024-10-21";
    let answer = post(&router(quick()), path, &[("api-key", "any")], question(&json!({})).to_string()).await;
    assert_eq!(answer.json()["model"], "sim-small");
    let short = post(&router(quick()), "/chat/completions", &KEY, question(&json!({})).to_string()).await;
    assert_eq!(short.status, 200);
}

#[tokio::test]
async fn a_bad_request_names_the_field() {
    let router = router(quick());
    let cases = [
        (json!({ "model": null }), "model"),
        (json!({ "model": 3 }), "model"),
        (json!({ "messages": [] }), "messages"),
        (json!({ "messages": [{ "role": "coach", "content": "" }] }), "messages[0].role"),
        (json!({ "messages": [{ "role": "user" }] }), "messages[0].content"),
        (json!({ "max_tokens": 0 }), "max_tokens"),
        (json!({ "temperature": 3 }), "temperature"),
        (json!({ "stream": "yes" }), "stream"),
        (json!({ "response_format": { "type": "xml" } }), "response_format.type"),
        (
            json!({ "response_format": { "type": "json_schema", "json_schema": { "schema": {} } } }),
            "response_format.json_schema.name",
        ),
        (
            json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "n" } } }),
            "response_format.json_schema.schema",
        ),
    ];
    for (more, param) in cases {
        let answer = ask(&router, &question(&more)).await;
        assert_eq!(answer.status, 400, "{more}");
        assert_eq!(answer.error()["param"], param);
        assert_eq!(answer.error()["type"], "invalid_request_error");
        assert_eq!(answer.error().get("code"), Some(&Value::Null));
    }
    for body in ["", "{", "[]", "{\"model\":\"m\"} x"] {
        let answer = post(&router, "/v1/chat/completions", &KEY, body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.error()["message"].is_string());
    }
}

#[tokio::test]
async fn other_addresses_and_methods_answer_in_the_same_shape() {
    let router = router(quick());
    let models = get(&router, "/v1/models").await.json();
    assert_eq!(models["object"], "list");
    assert_eq!(models["data"][0]["id"], "sim-large");
    assert_eq!(get(&router, "/v2").await.error()["type"], "invalid_request_error");
    assert_eq!(get(&router, "/v1/chat/completions").await.status, 405);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_the_same_shape() {
    let answer = post(&router(quick()), "/v1/chat/completions", &KEY, "x".repeat(9 * 1024 * 1024)).await;
    assert_eq!(answer.status, 413);
    assert!(answer.error()["message"].is_string());
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_the_latency_within_its_jitter() {
    let router = router(Options { latency_ms: 100, jitter_ms: 30, ..Options::default() });
    let mut waits = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        ask(&router, &question(&json!({}))).await;
        waits.push(start.elapsed());
    }
    let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
    assert!(*least >= Duration::from_millis(70) && *least < Duration::from_millis(90), "{least:?}");
    assert!(*most > Duration::from_millis(110) && *most <= Duration::from_millis(132), "{most:?}");
}

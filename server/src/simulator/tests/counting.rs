//! What `GET /stats` says after requests of all kinds, and the rate limit.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures::StreamExt;
use serde_json::json;
use tower::ServiceExt;

use super::{ask, ask_with, get, post, question, quick, router, stats};
use crate::simulator::Options;

#[tokio::test]
async fn answers_count_with_the_tokens_that_they_told() {
    let router = router(quick());
    let large = ask(&router, &question(&json!({}))).await.json()["usage"].clone();
    let small = ask(&router, &question(&json!({ "model": "sim-small" }))).await.json()["usage"].clone();
    let stats = stats(&router).await;
    assert_eq!((&stats["requests"], &stats["answered"], &stats["failed"]), (&json!(2), &json!(2), &json!(0)));
    for field in ["prompt_tokens", "completion_tokens"] {
        assert_eq!(stats["by_model"]["sim-large"][field], large[field]);
        assert_eq!(stats["by_model"]["sim-small"][field], small[field]);
        assert_eq!(stats[field], large[field].as_u64().unwrap() + small[field].as_u64().unwrap());
    }
}

#[tokio::test]
async fn failures_count_without_tokens() {
    let router = router(quick());
    let faults = ["error-500", "rate-limited", "content-filter", "unauthorized", "empty", "html"];
    for fault in faults {
        ask_with(&router, fault, &question(&json!({ "stream": true }))).await;
    }
    post(&router, "/v1/chat/completions", &[], "{}").await;
    let stats = stats(&router).await;
    assert_eq!(stats["requests"], 7);
    assert_eq!(stats["failed"], 7);
    assert_eq!(stats["by_model"]["sim-large"]["failed"], 6);
    assert_eq!((&stats["prompt_tokens"], &stats["completion_tokens"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn other_addresses_do_not_count() {
    let router = router(quick());
    get(&router, "/v1/models").await;
    assert_eq!(stats(&router).await["requests"], 0);
}

#[tokio::test]
async fn a_cut_stream_charges_what_was_sent() {
    let router = router(quick());
    let whole = ask(&router, &question(&json!({ "stream": true }))).await;
    assert!(whole.body.is_ok());
    let before = stats(&router).await;
    ask_with(&router, "cut-stream", &question(&json!({ "stream": true }))).await;
    let after = stats(&router).await;
    let more = |field: &str| after[field].as_u64().unwrap() - before[field].as_u64().unwrap();
    assert_eq!((more("answered"), more("failed")), (0, 1));
    assert_eq!(Some(more("prompt_tokens")), before["prompt_tokens"].as_u64());
    let all = before["completion_tokens"].as_u64().unwrap();
    assert!(
        (all / 4..all * 3 / 4).contains(&more("completion_tokens")),
        "{} of {all}",
        more("completion_tokens")
    );
}

#[tokio::test]
async fn a_stream_that_nobody_reads_on_charges_what_was_sent() {
    let router = router(quick());
    let request = Request::post("/v1/chat/completions").header("authorization", "Bearer any");
    let request = request.body(Body::from(question(&json!({ "stream": true })).to_string())).unwrap();
    let mut body = router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    // The role, and the first part of the text.
    let mut text = 0;
    for _ in 0..2 {
        let event = String::from_utf8(body.next().await.unwrap().unwrap().to_vec()).unwrap();
        let chunk: serde_json::Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
        text += chunk["choices"][0]["delta"]["content"].as_str().unwrap().len();
    }
    assert_eq!(stats(&router).await["failed"], 0);
    drop(body);
    let stats = stats(&router).await;
    assert_eq!(stats["failed"], 1);
    assert!(stats["prompt_tokens"].as_u64().unwrap() > 0);
    assert_eq!(stats["completion_tokens"], text.div_ceil(4));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_wait_counts_as_failed() {
    let router = router(quick());
    let body = question(&json!({}));
    let impatient = tokio::time::timeout(Duration::from_secs(30), ask_with(&router, "timeout", &body)).await;
    assert!(impatient.is_err());
    let stats = stats(&router).await;
    assert_eq!((&stats["failed"], &stats["prompt_tokens"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn many_model_names_count_together() {
    let router = router(quick());
    for number in 0..300 {
        ask(&router, &question(&json!({ "model": format!("m{number}") }))).await;
    }
    let models = stats(&router).await["by_model"].clone();
    assert_eq!(models.as_object().unwrap().len(), 257);
    assert_eq!(models["other"]["requests"], 44);
}

#[tokio::test(start_paused = true)]
async fn requests_above_the_rate_are_refused_until_the_bucket_fills() {
    let router = router(Options { rate_limit_rps: Some(3), ..quick() });
    let burst = async |count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(ask(&router, &question(&json!({}))).await);
        }
        statuses
    };
    let answers = burst(4).await;
    assert!(answers[..3].iter().all(|answer| answer.status == 200));
    assert_eq!(answers[3].status, 429);
    assert_eq!(answers[3].headers["retry-after"], "1");
    assert_eq!(answers[3].error()["type"], "rate_limit_exceeded");
    tokio::time::advance(Duration::from_millis(700)).await;
    let statuses: Vec<u16> = burst(3).await.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [200, 200, 429]);
}

//! The account of usage and costs: from what was really answered, by day, paged, and how it fails.

use serde_json::{Value, json};

use super::{answer, ask, ask_with, question, quick, router, stats};
use crate::simulator::{Books, Fault, Options, Prices, Used, router_with};
use axum::Router;
use axum::body::Body;
use axum::http::Request;

const USAGE: &str = "/v1/organization/usage/completions?group_by=model&bucket_width=1d";
const COSTS: &str = "/v1/organization/costs?group_by=line_item&bucket_width=1d";
/// 2026-03-01T00:00:00Z.
const START: i64 = 1_772_323_200;

async fn told(router: &Router, path: &str) -> super::Answer {
    let request =
        Request::get(path).header("authorization", "Bearer sk-admin-1").body(Body::empty()).unwrap();
    answer(router, request).await
}

/// All results of today and of the days beside it.
async fn results(router: &Router, path: &str) -> Vec<Value> {
    let start = super::super::billing::now() - 86_400;
    let page =
        told(router, &format!("{path}&start_time={start}&end_time={}", start + 3 * 86_400)).await.json();
    let buckets = page["data"].as_array().unwrap().clone();
    buckets.iter().flat_map(|bucket| bucket["results"].as_array().unwrap().clone()).collect()
}

#[tokio::test]
async fn usage_is_what_was_answered_and_the_bill_is_its_price() {
    let router = router(Options {
        cached_share: 0.5,
        prices: Prices { input: 2.0, cached: 1.0, output: 8.0 },
        ..quick()
    });
    let said = ask(&router, &question(&json!({}))).await.json()["usage"].clone();
    ask(&router, &question(&json!({ "stream": true, "model": "sim-small" }))).await;
    for fault in ["error-500", "rate-limited", "empty"] {
        ask_with(&router, fault, &question(&json!({}))).await;
    }
    let usage = results(&router, USAGE).await;
    assert_eq!(usage.len(), 2);
    let large = usage.iter().find(|result| result["model"] == "sim-large").unwrap();
    assert_eq!(large["num_model_requests"], 1, "what failed without tokens is not billed");
    assert_eq!(large["input_tokens"], said["prompt_tokens"]);
    assert_eq!(large["input_cached_tokens"], said["prompt_tokens_details"]["cached_tokens"]);
    assert_eq!(large["output_tokens"], said["completion_tokens"]);
    let all: u64 = usage.iter().map(|result| result["input_tokens"].as_u64().unwrap()).sum();
    assert_eq!(stats(&router).await["prompt_tokens"], all);
    let costs = results(&router, COSTS).await;
    let of = |line: &str| {
        let found = costs.iter().find(|result| result["line_item"] == line);
        found.unwrap_or_else(|| panic!("{line} in {costs:?}"))["amount"]["value"].as_f64().unwrap()
    };
    let tokens = |field: &str| large[field].as_f64().unwrap();
    let fresh = tokens("input_tokens") - tokens("input_cached_tokens");
    assert!((of("sim-large, input") - fresh * 2.0 / 1e6).abs() < 1e-12);
    assert!((of("sim-large, cached input") - tokens("input_cached_tokens") / 1e6).abs() < 1e-12);
    assert!((of("sim-large, output") - tokens("output_tokens") * 8.0 / 1e6).abs() < 1e-12);
}

#[tokio::test]
async fn a_drift_is_on_the_bill_and_not_in_the_tokens() {
    let mut bills = Vec::new();
    for usage_drift in [0.0, 0.05] {
        let router = router(Options { usage_drift, ..quick() });
        ask(&router, &question(&json!({}))).await;
        let costs = results(&router, COSTS).await;
        let sum: f64 = costs.iter().map(|result| result["amount"]["value"].as_f64().unwrap()).sum();
        bills.push((sum, results(&router, USAGE).await));
    }
    assert!((bills[1].0 / bills[0].0 - 1.05).abs() < 1e-9, "{bills:?}");
    assert_eq!(bills[0].1, bills[1].1);
}

#[tokio::test]
async fn days_come_in_pages_and_days_of_nothing_are_empty() {
    let books = Books::default();
    for day in [0, 3, 9] {
        let used = Used { requests: 1, input_tokens: 1_000_000, output_tokens: 10, ..Used::default() };
        books.add(START + day * 86_400 + 5, "m", used);
    }
    let router = router_with(quick(), books);
    let mut path = format!("{USAGE}&start_time={START}&end_time={}&limit=4", START + 10 * 86_400);
    let (mut days, mut pages) = (Vec::new(), 0);
    loop {
        let page = told(&router, &path).await.json();
        pages += 1;
        for bucket in page["data"].as_array().unwrap() {
            let start = (bucket["start_time"].as_i64().unwrap() - START) / 86_400;
            days.push((start, bucket["results"].as_array().unwrap().len()));
        }
        let Some(next) = page["next_page"].as_str().filter(|_| page["has_more"] == true) else { break };
        path = format!("{USAGE}&start_time={START}&end_time={}&limit=4&page={next}", START + 10 * 86_400);
    }
    assert_eq!(pages, 3);
    let expected: Vec<_> = (0..10).map(|day| (day, usize::from([0, 3, 9].contains(&day)))).collect();
    assert_eq!(days, expected);
}

#[tokio::test]
async fn what_is_asked_wrongly_or_without_a_key_is_refused() {
    let router = router(quick());
    let keyless = answer(&router, Request::get(USAGE).body(Body::empty()).unwrap()).await;
    assert_eq!((keyless.status.as_u16(), keyless.error()["code"].as_str()), (401, Some("invalid_api_key")));
    for (query, param) in [
        ("", "start_time"),
        ("&start_time=soon", "start_time"),
        ("&start_time=0&bucket_width=1h", "bucket_width"),
        ("&start_time=0&limit=0", "limit"),
        ("&start_time=0&limit=32", "limit"),
        ("&start_time=0&group_by=weather", "group_by"),
        ("&start_time=0&page=moon", "page"),
    ] {
        let refused = told(&router, &format!("{USAGE}{query}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.error()["param"].as_str()),
            (400, Some(param)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn it_fails_as_asked() {
    for (fault, status, whole) in [
        (Fault::Unauthorized, 401, true),
        (Fault::RateLimited, 429, true),
        (Fault::Error500, 500, true),
        (Fault::InvalidJson, 200, false),
        (Fault::Empty, 200, false),
        (Fault::Html, 200, false),
    ] {
        let router = router(Options { usage_fault: Some(fault), ..quick() });
        let told = told(&router, &format!("{COSTS}&start_time={START}&end_time={}", START + 86_400)).await;
        assert_eq!(told.status.as_u16(), status, "{fault:?}");
        assert_eq!(serde_json::from_str::<Value>(&told.body.unwrap()).is_ok(), whole, "{fault:?}");
    }
}

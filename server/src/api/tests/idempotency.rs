//! Sending a write again does not do it again.

use axum::http::StatusCode;
use axum::http::header;
use domain::access::Scope;
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Service, key};

const ANALYZE: &str = "/api/user/u/behavior/analyze";

async fn send(service: &Service, path: &str, key: &str, body: &Value) -> (u16, bool, Value) {
    let (status, headers, value) = service.send_with("POST", path, &[("idempotency-key", key)], body).await;
    (status.as_u16(), headers.contains_key("idempotency-replayed"), value)
}

async fn analyses(service: &Service) -> i64 {
    let sql = "select count(*) from analysis where agent = 'behavior'";
    sqlx::query_scalar(sql).fetch_one(service.ops.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let service = Service::start().await;
    service.someone().await;
    let body = json!({"force_refresh": true});
    let (status, replayed, first) = send(&service, ANALYZE, "\"k-1\"", &body).await;
    assert_eq!((status, replayed), (200, false));
    let (status, replayed, again) = send(&service, ANALYZE, "k-1", &body).await;
    assert_eq!((status, replayed, &again), (200, true, &first));
    assert_eq!(analyses(&service).await, 1);
    // Without the key, and with another one, it is done.
    service.ask("POST", ANALYZE, &body).await;
    send(&service, ANALYZE, "k-2", &body).await;
    assert_eq!(analyses(&service).await, 3);
    for (path, other) in [(ANALYZE, json!({})), ("/api/user/u/circadian/analyze", body.clone())] {
        let (status, _, problem) = send(&service, path, "k-1", &other).await;
        assert_eq!((status, &problem["type"]), (422, &json!("urn:holisticos:key-reused")));
        assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
    }
    // Keys of apps are apart.
    let other = Service { key: key(&service.ops, "t", &Scope::ALL).await, ..service };
    assert!(!send(&other, ANALYZE, "k-1", &body).await.1);
    other.ops.clock.advance(SignedDuration::from_hours(25));
    let tomorrow = Service { key: key(&other.ops, "t", &Scope::ALL).await, ..other };
    assert!(!send(&tomorrow, ANALYZE, "k-1", &body).await.1, "kept for a day");
}

#[tokio::test]
async fn every_write_of_an_app_can_be_sent_again() {
    let service = Service::start().await;
    service.someone().await;
    service.ask("POST", "/api/user/u/routine/generate", &json!({})).await;
    service.ask("POST", "/api/user/u/nutrition/generate", &json!({})).await;
    let insights = service.ask("POST", "/api/user/u/insights/generate", &json!({})).await.1;
    let insight = insights["insights"][0]["id"].as_str().unwrap();
    let feedback = format!("/api/user/u/insights/{insight}/feedback");
    let acknowledge = format!("/api/insights/{insight}/acknowledge");
    let lunch = json!({"date": "2026-03-03", "task_ids": ["2026-03-03-meal-lunch"]});
    let steps = json!({"items": [{"category": "activity", "type": "steps", "value": 1, "unit": "count",
        "start": "2026-03-02T00:00:00Z", "end": "2026-03-02T23:00:00Z"}]});
    let score = json!({"items": [{"type": "sleep", "score": 80, "at": "2026-03-02T07:00:00Z"}]});
    let check_ins =
        json!({"items": [{"task_id": "2026-03-03-meal-lunch", "status": "done", "date": "2026-03-03"}]});
    let writes = [
        ("PUT", "/api/user/u/profile", json!({"age": 44})),
        ("POST", "/api/user/u/biomarkers", steps),
        ("POST", "/api/user/u/scores", score),
        ("POST", "/api/user/u/check-ins", check_ins),
        ("PUT", "/api/user/u/check-ins/2026-03-03/walk", json!({"status": "done"})),
        ("DELETE", "/api/user/u/check-ins/2026-03-03/walk", Value::Null),
        ("DELETE", "/api/user/u/check-ins", lunch.clone()),
        ("PUT", "/api/user/u/journal/2026-03-03", json!({"mood_rating": 3})),
        ("DELETE", "/api/user/u/journal/2026-03-03", Value::Null),
        ("POST", "/api/user/u/calendar", lunch.clone()),
        ("DELETE", "/api/user/u/calendar", lunch),
        ("POST", "/api/user/u/archetype", json!({"archetype": "Peak Performer"})),
        ("POST", &feedback, json!({"rating": 4})),
        ("PATCH", &acknowledge, Value::Null),
        ("POST", "/api/analyze", json!({"user_id": "u"})),
    ];
    for (i, (method, path, body)) in writes.iter().enumerate() {
        let name = format!("w-{i}");
        let sent = [("idempotency-key", name.as_str())];
        let (status, headers, first) = service.send_with(method, path, &sent, body).await;
        assert!(
            status.is_success() && !headers.contains_key("idempotency-replayed"),
            "{method} {path}: {first}"
        );
        let (again, replayed, second) = service.send_with(method, path, &sent, body).await;
        assert_eq!((again, &second), (status, &first), "{method} {path}");
        assert_eq!(replayed["idempotency-replayed"], "true", "{method} {path}");
        assert_eq!(replayed.get(header::CONTENT_TYPE), headers.get(header::CONTENT_TYPE));
    }
    // All but one of them name the person, and go with them; the receipt of that stays.
    let (path, sent) = ("/api/user/u?confirm=u", [("idempotency-key", "erase")]);
    for replayed in [false, true] {
        let (status, headers, receipt) = service.send_with("DELETE", path, &sent, &Value::Null).await;
        assert_eq!((status, headers.contains_key("idempotency-replayed")), (StatusCode::OK, replayed));
        assert_eq!(receipt["deleted"]["kept_answers"], writes.len() - 1);
    }
}

#[tokio::test]
async fn what_was_refused_did_nothing_and_frees_the_key() {
    let service = Service::start().await;
    let path = "/api/user/u/scores";
    let score = json!({"items": [{"type": "sleep", "score": 80, "at": "2026-03-02T07:00:00Z"}]});
    assert_eq!(send(&service, path, "k", &score).await.0, 404, "no such person yet");
    service.someone().await;
    assert_eq!(send(&service, path, "k", &json!({"items": []})).await.0, 422);
    let (status, replayed, stored) = send(&service, path, "k", &score).await;
    assert_eq!((status, replayed, &stored["stored"]), (200, false, &json!(1)));
    for wrong in ["", "a b", &"x".repeat(256)] {
        let (status, _, problem) = send(&service, path, wrong, &score).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("Idempotency-Key")), "{wrong}");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    assert_eq!(service.send_with("POST", path, &twice, &score).await.0.as_u16(), 422);
    let sent = [("idempotency-key", "k")];
    let (status, headers, _) = service.send_with("GET", "/api/user/u/profile", &sent, &Value::Null).await;
    assert!(status == StatusCode::OK && !headers.contains_key("idempotency-replayed"), "reading needs none");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_equal_requests_at_once_one_is_done() {
    let service = Service::start().await;
    service.someone().await;
    let body = json!({"force_refresh": true});
    for round in 1..=5 {
        let name = format!("k-{round}");
        let all = join_all((0..12).map(|_| send(&service, ANALYZE, &name, &body))).await;
        let done: Vec<&Value> = all
            .iter()
            .filter(|(status, ..)| *status == 200)
            .map(|(.., value)| &value["meta"]["request_id"])
            .collect();
        assert!(!done.is_empty() && done.iter().all(|id| *id == done[0]));
        assert_eq!(all.iter().filter(|(status, replayed, _)| *status == 200 && !replayed).count(), 1);
        for (status, _, problem) in all.iter().filter(|(status, ..)| *status != 200) {
            assert_eq!((*status, &problem["retry_after"]), (409, &json!(1)));
        }
        assert_eq!(analyses(&service).await, round);
    }
}

/// Keys whose request is being answered.
async fn claims(service: &Service) -> i64 {
    let sql = "select count(*) from kept_answer where claimed_until > 0";
    sqlx::query_scalar(sql).fetch_one(service.ops.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_client_that_goes_away_finds_its_answer_when_it_comes_back() {
    let service = Service::start().await;
    service.someone().await;
    let body = json!({"force_refresh": true});
    let mut left = None;
    for n in 1..=20 {
        let name = format!("k-{n}");
        let mut first = Box::pin(send(&service, ANALYZE, &name, &body));
        let gone = loop {
            tokio::select! {
                biased;
                _ = &mut first => break false,
                claims = claims(&service) => if claims == 1 { break true },
            }
        };
        drop(first);
        if gone {
            left = Some((n, name));
            break;
        }
    }
    let (n, name) = left.expect("one of twenty is seen while it is answered");
    let (replayed, answer) = loop {
        let (status, replayed, value) = send(&service, ANALYZE, &name, &body).await;
        if status == 200 {
            break (replayed, value);
        }
        assert_eq!(status, 409);
    };
    assert!(replayed && answer["behavior_analysis"].is_object());
    assert_eq!(analyses(&service).await, n, "it was done, and once");
}

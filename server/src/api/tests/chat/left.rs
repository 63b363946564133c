//! Clients that go away before their answer: what was begun for them is finished, booked at what it cost, and told.

use std::pin::pin;

use super::broken::at_last;
use super::*;

fn generate(service: &Service) -> Request<Body> {
    let request = Request::post("/api/user/u/routine/generate");
    request.header(header::AUTHORIZATION, format!("Bearer {}", service.key)).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn an_agents_answer_is_finished_for_a_client_that_has_left() {
    let (_, url) = provider(Options { latency_ms: 300, ..quick() }).await;
    let service = service("sim-small", &url, |_| {}).await;
    service.someone().await;
    {
        let mut asking = pin!(service.router.clone().oneshot(generate(&service)));
        tokio::select! {
            answer = &mut asking => panic!("answered before it could leave: {answer:?}"),
            () = at_last(async || booked(&service).await.1 > 0.0) => {}
        }
    }
    at_last(async || booked(&service).await.1 == 0.0).await;
    let agents = RequestFilter { agents_only: true, ..Default::default() };
    at_last(async || !service.ops.requests(&agents).await.unwrap().is_empty()).await;
    let request = recorded(&service).await;
    let said = (&request["status"], &request["error_type"], &request["engine"]);
    assert_eq!(said, (&json!(499), &json!("client-gone"), &json!("model")), "{request}");
    assert!(request["provider_us"].as_u64().unwrap() >= 300_000, "{request}");
    service.ops.flush_ledger().await.unwrap();
    let entry = &service.ops.ledger(&Default::default()).await.unwrap()[0];
    let settled = entry.settled_usd.unwrap();
    assert!(entry.output_tokens > 0 && settled < entry.reserved_usd, "what it cost, not the worst case");
    assert!((request["cost_usd"].as_f64().unwrap() - settled).abs() < 1e-9);
    let (status, answer) = service.ask("POST", "/api/user/u/routine/generate", &Value::Null).await;
    assert_eq!((status, &answer["meta"]["engine"]), (StatusCode::OK, &json!("memory")), "it was stored");
    assert_eq!((service.ops.in_flight(), service.ops.gateway_counts().unsettled), (0, 0));
}

#[tokio::test]
async fn a_chat_that_nobody_waits_for_is_told_too() {
    let (_, url) = provider(Options { latency_ms: 60_000, ..quick() }).await;
    let service = service("sim-small", &url, |_| {}).await;
    let question = question();
    {
        let mut asking = pin!(respond(&service, &service.key, &question));
        tokio::select! {
            _ = &mut asking => panic!("answered before it could leave"),
            () = at_last(async || booked(&service).await.1 > 0.0) => {}
        }
    }
    let request = recorded(&service).await;
    assert_eq!((&request["status"], &request["agent"]), (&json!(499), &json!("chat")), "{request}");
    assert_eq!(request["error_type"], "client-gone");
}

#[tokio::test]
async fn an_agent_request_that_fails_keeps_its_steps() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |_| {}).await;
    let (status, _) = service.ask("POST", "/api/user/nobody/routine/generate", &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let request = recorded(&service).await;
    assert_eq!(request["steps"][0]["name"], "admission", "{request}");
    assert!(request["release"].is_string(), "{request}");
}

//! Providers that fail and clients that leave: valid answers or errors, the right booking, nothing left held.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures::StreamExt;
use ops::lifecycle::Phase;
use ops::telemetry::RequestFilter;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

use super::super::Service;
use super::{
    Options, ask, asked, assert_is_error, booked, provider, question, quick, recorded, respond, scripted,
    service,
};
use crate::simulator::Fault;

/// How an attempt ends, whole and in parts: the status and code of the error, or an answer; parts that broke off are `(200, code)`.
fn ends(fault: Fault) -> [Result<(), (u16, &'static str)>; 2] {
    let both = |end| [end, end];
    match fault {
        Fault::Timeout => both(Err((504, "model-timeout"))),
        Fault::Trickle => [Err((504, "model-timeout")), Err((200, "model-timeout"))],
        Fault::Error500 | Fault::Error503 => both(Err((502, "model-server-error"))),
        Fault::RateLimited => both(Err((503, "model-rate-limited"))),
        Fault::ContextLength => both(Err((400, "context_length_exceeded"))),
        Fault::ContentFilter => both(Err((400, "content_filter"))),
        Fault::Unauthorized => both(Err((502, "model-unauthorized"))),
        Fault::CutStream => [Err((502, "model-cut-off")), Err((200, "model-cut-off"))],
        Fault::Empty | Fault::Html => both(Err((502, "model-bad-reply"))),
        // The words are between the app and the model.
        Fault::Refusal
        | Fault::InvalidJson
        | Fault::WrongSchema
        | Fault::Unsafe
        | Fault::WrongUsage
        | Fault::NoUsage
        | Fault::HugeUsage
        | Fault::Length => both(Ok(())),
    }
}

/// Nothing was answered, and the provider says that nothing was done.
fn free(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Error500 | Fault::Error503 | Fault::RateLimited | Fault::ContextLength | Fault::Unauthorized
    )
}

/// Requests that ended so: 2 answered, 4 refused, 5 failed.
async fn of_class(service: &Service, class: u16) -> usize {
    let filter = RequestFilter { agents_only: true, status_class: Some(class), ..Default::default() };
    service.ops.requests(&filter).await.unwrap().len()
}

/// What the provider counted, in dollars.
async fn counted(provider: axum::Router) -> f64 {
    let stats = provider.oneshot(Request::get("/stats").body(Body::empty()).unwrap()).await.unwrap();
    let stats = axum::body::to_bytes(stats.into_body(), usize::MAX).await.unwrap();
    let stats: Value = serde_json::from_slice(&stats).unwrap();
    let tokens = |name: &str| stats[name].as_f64().unwrap();
    (tokens("prompt_tokens") + tokens("completion_tokens") * 2.0) / 1e6
}

async fn endure(fault: Fault, stream: bool) {
    let (provider, url) = provider(quick()).await;
    let model = format!("{}@sim-small", fault.as_str());
    let slow = matches!(fault, Fault::Timeout | Fault::Trickle);
    let service =
        service(&model, &url, |config| config.model.timeout_ms = if slow { 400 } else { 20_000 }).await;
    let format = json!({"type": "json_schema", "json_schema": {"name": "tip", "schema": {
        "type": "object", "properties": {"tip": {"type": "string"}}, "required": ["tip"]}}});
    let answer = ask(
        &service,
        &asked(
            &json!({"stream": stream, "response_format": format, "stream_options": {"include_usage": true}}),
        ),
    )
    .await;
    let name = format!("{}, stream {stream}: {}", fault.as_str(), answer.text);
    let end = ends(fault)[usize::from(stream)];
    let request = recorded(&service).await;
    let told = match end {
        Ok(()) if stream => {
            let events = answer.events();
            assert_eq!(*events.last().unwrap(), "[DONE]", "{name}");
            let last: Value = serde_json::from_str(events[events.len() - 2]).unwrap();
            last["holisticos"]["cost_usd"].as_f64().unwrap()
        }
        Ok(()) => {
            assert!(answer.json()["choices"][0]["message"].is_object(), "{name}");
            answer.json()["holisticos"]["cost_usd"].as_f64().unwrap()
        }
        Err((200, code)) => {
            let last: Value = serde_json::from_str(answer.events().last().unwrap()).unwrap();
            assert_is_error(&last);
            assert_eq!(
                (last["error"]["code"].as_str(), answer.text.contains("[DONE]")),
                (Some(code), false),
                "{name}"
            );
            assert_eq!(request["error_type"], code, "{name}");
            assert_eq!(of_class(&service, 5).await, 1, "a failure, whatever its status: {name}");
            request["cost_usd"].as_f64().unwrap()
        }
        Err((status, code)) => {
            assert_eq!(answer.error(), (status, code.to_owned()), "{name}");
            assert_eq!(request["error_type"], code, "{name}");
            request["cost_usd"].as_f64().unwrap()
        }
    };
    let (spent, reserved) = booked(&service).await;
    assert_eq!(reserved, 0.0, "{name}");
    assert!((spent - told).abs() < 1e-9, "{name}: {told} is told, {spent} is booked");
    assert!((request["cost_usd"].as_f64().unwrap() - spent).abs() < 1e-9, "{name}");
    assert!(spent + 1e-9 >= counted(provider).await, "{name}");
    assert_eq!(spent == 0.0, free(fault), "{name}");
    assert_eq!((service.ops.in_flight(), service.ops.gateway_counts().unsettled), (0, 0), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_provider_does_apps_get_a_valid_answer_or_an_error_and_nothing_stays_held() {
    let all = Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]);
    // Not all at once: a busy machine must not look like a provider that is late.
    futures::stream::iter(all).for_each_concurrent(6, |(fault, stream)| endure(fault, stream)).await;
}

#[tokio::test]
async fn before_the_first_byte_it_is_tried_again_and_then_the_next_model_is_asked() {
    for stream in [false, true] {
        let (_, url) = provider(scripted("[[fault]]\nkind = \"error-503\"\nfrom = 1\nto = 1\n")).await;
        let retried = service("sim-small", &url, |config| config.model.attempts = 2).await;
        let answer = ask(&retried, &asked(&json!({"stream": stream}))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let request = recorded(&retried).await;
        assert_eq!((&request["attempts"], &request["degraded"]), (&json!(2), &json!(false)));
    }
}

#[tokio::test]
async fn an_open_breaker_leaves_a_model_alone_and_the_next_answers() {
    let (_, url) = provider(quick()).await;
    let service = service("error-500@sim-small", &url, |config| {
        let second = ops::config::Model { name: "sim-large".to_owned(), ..config.model.clone() };
        config.fallback_models.push(second);
    })
    .await;
    for n in 0..6 {
        let answer = ask(&service, &question()).await.json();
        assert_eq!(answer["model"], "sim-large", "{answer}");
        assert_eq!(answer["holisticos"]["attempts"], if n < 5 { 2 } else { 1 });
        let why = if n < 5 {
            "the model's provider failed"
        } else {
            "the model is left alone after repeated failures"
        };
        assert_eq!(answer["holisticos"]["degraded_reason"], format!("error-500@sim-small: {why}"));
        assert_eq!(recorded(&service).await["degraded"], true);
    }
    let alone = ask(&service, &asked(&json!({"model": "error-500@sim-small"}))).await;
    assert_eq!(alone.error(), (503, "model-left-alone".to_owned()), "who names a model gets no other");
    assert_eq!(alone.headers["retry-after"], "10");
}

/// Waits for what happens in the background, but not for ever.
pub(super) async fn at_last(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
}

fn slow() -> Options {
    Options { latency_ms: 60_000, ..quick() }
}

async fn assert_left(service: &Service) {
    at_last(async || booked(service).await.1 == 0.0).await;
    let (spent, _) = booked(service).await;
    service.ops.flush_ledger().await.unwrap();
    let entry = &service.ops.ledger(&Default::default()).await.unwrap()[0];
    assert!(spent > 0.0 && entry.output_tokens == 0, "nobody knows what was used: the worst case");
    assert!((spent - entry.reserved_usd).abs() < 1e-9);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_is_booked_at_the_worst_case() {
    let (_, url) = provider(scripted("")).await;
    let service = service("trickle@sim-small", &url, |_| {}).await;
    let response = respond(&service, &service.key, &asked(&json!({"stream": true}))).await;
    let mut body = response.into_body().into_data_stream();
    assert!(body.next().await.unwrap().unwrap().starts_with(b"data: {"));
    assert!(booked(&service).await.1 > 0.0, "held while it runs");
    drop(body);
    assert_left(&service).await;
    let request = recorded(&service).await;
    assert_eq!((&request["error_type"], &request["status"]), (&json!("client-gone"), &json!(200)));
    assert_eq!(of_class(&service, 4).await, 1, "neither an error of ours nor a measure of our speed");
    assert!((request["cost_usd"].as_f64().unwrap() - booked(&service).await.0).abs() < 1e-9);
    assert_eq!((service.ops.in_flight(), service.ops.gateway_counts().unsettled), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_a_client_that_left() {
    for stream in [false, true] {
        let (_, url) = provider(if stream { quick() } else { slow() }).await;
        let model = if stream { "trickle@sim-small" } else { "sim-small" };
        let service = service(model, &url, |_| {}).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = axum::serve(listener, service.router.clone()).into_future();
        ops::testing::in_background(async { serving.await.unwrap() });
        let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
        let body = asked(&json!({"stream": stream})).to_string();
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
            service.key,
            body.len()
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        at_last(async || booked(&service).await.1 > 0.0).await;
        if stream {
            let mut first = [0; 16];
            connection.read_exact(&mut first).await.unwrap();
            assert_eq!(&first[..15], b"HTTP/1.1 200 OK");
        }
        drop(connection);
        assert_left(&service).await;
    }
}

#[tokio::test]
async fn a_drain_lets_an_answer_end_that_has_begun() {
    let (_, url) = provider(quick()).await;
    let service = service("trickle@sim-small", &url, |_| {}).await;
    let response = respond(&service, &service.key, &asked(&json!({"stream": true}))).await;
    let mut body = response.into_body().into_data_stream();
    body.next().await.unwrap().unwrap();
    service.ops.lifecycle.set_phase(Phase::Draining);
    let rest: Vec<u8> =
        tokio::time::timeout(Duration::from_secs(30), body.map(|part| part.unwrap().to_vec()).concat())
            .await
            .unwrap();
    assert!(rest.ends_with(b"data: [DONE]\n\n"));
    let request = recorded(&service).await;
    let (first, whole) = (&request["duration_us"], &request["steps"][1]["duration_us"]);
    assert!(whole.as_u64().unwrap() > 4_000_000 && first.as_u64().unwrap() < 3_000_000, "{first} of {whole}");
    assert_eq!(booked(&service).await.1, 0.0);
}

#[tokio::test]
async fn a_stop_after_the_drain_breaks_an_answer_off_and_books_it() {
    let (_, url) = provider(quick()).await;
    let service = service("trickle@sim-small", &url, |_| {}).await;
    let response = respond(&service, &service.key, &asked(&json!({"stream": true}))).await;
    let mut body = response.into_body().into_data_stream();
    body.next().await.unwrap().unwrap();
    service.ops.jobs.stopping().cancel();
    let rest: Vec<u8> =
        tokio::time::timeout(Duration::from_secs(3), body.map(|part| part.unwrap().to_vec()).concat())
            .await
            .unwrap();
    assert!(!rest.ends_with(b"data: [DONE]\n\n"));
    assert!(String::from_utf8(rest).unwrap().contains("model-stopping"));
    assert_left(&service).await;
}

#[tokio::test]
async fn a_client_that_stops_reading_holds_nothing_beyond_the_deadline() {
    let (_, url) = provider(quick()).await;
    let service = service("trickle@sim-small", &url, |config| {
        (config.model.timeout_ms, config.model.deadline_ms) = (1_000, 1_000);
    })
    .await;
    let response = respond(&service, &service.key, &asked(&json!({"stream": true}))).await;
    let mut body = response.into_body().into_data_stream();
    assert!(body.next().await.unwrap().unwrap().starts_with(b"data: {"));
    assert!(booked(&service).await.1 > 0.0, "held while it runs");
    assert_left(&service).await;
    assert!(body.next().await.is_none(), "what comes too late is not given");
    assert_eq!(recorded(&service).await["error_type"], "client-gone");
}

//! Apps' chats through the real router, with the simulated provider on a real socket behind it.

mod broken;
mod left;
mod refused;

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use ops::telemetry::RequestFilter;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Service;
use crate::simulator::{self, Options, Script};

const CHAT: &str = "/v1/chat/completions";
/// Not a word of it may be kept anywhere.
const CANARY: &str = "canary-7c1f";

/// A provider on a socket of its own: its counts, and where it is.
pub(super) async fn provider(options: Options) -> (Router, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let provider = simulator::router(options);
    let serving = axum::serve(listener, provider.clone()).into_future();
    ops::testing::in_background(async { serving.await.unwrap() });
    (provider, url)
}

pub(super) fn quick() -> Options {
    Options { latency_ms: 0, jitter_ms: 0, ..Options::default() }
}

fn scripted(rules: &str) -> Options {
    Options { script: Some(Script::parse(rules, Path::new("test.toml")).unwrap()), ..quick() }
}

/// A service whose only model is this one, at a dollar per million tokens in and two out; one attempt.
pub(super) async fn service(model: &str, url: &str, change: impl FnOnce(&mut ops::Config)) -> Service {
    Service::start_with(|config| {
        config.limits.enabled = false;
        model.clone_into(&mut config.model.name);
        url.clone_into(&mut config.model.base_url);
        config.model.api_key = "test".to_owned().into();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        config.model.attempts = 1;
        change(config);
    })
    .await
}

fn question() -> Value {
    json!({"messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": format!("How do I sleep? {CANARY}")}]},
    ]})
}

/// The question with these fields over its own.
pub(super) fn asked(more: &Value) -> Value {
    let mut question = question();
    for (name, value) in more.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The data of each event.
    fn events(&self) -> Vec<&str> {
        assert_eq!(self.headers[header::CONTENT_TYPE], "text/event-stream");
        self.text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap()).collect()
    }

    /// What `OpenAI`'s clients and ours read of an error.
    fn error(&self) -> (u16, String) {
        let problem = self.json();
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_is_error(&problem);
        assert_eq!(problem["status"], self.status.as_u16());
        (self.status.as_u16(), problem["error"]["code"].as_str().unwrap().to_owned())
    }
}

fn assert_is_error(problem: &Value) {
    let error = &problem["error"];
    assert!(error["type"].is_string() && error["code"].is_string(), "{problem}");
    assert_eq!(error["message"], problem["detail"]);
    let kind = problem["type"].as_str().unwrap();
    assert_eq!(kind, format!("urn:holisticos:{}", error["code"].as_str().unwrap()));
    assert!(!problem.to_string().contains(CANARY), "a refused value is never repeated");
}

async fn respond(service: &Service, key: &str, body: &Value) -> axum::response::Response {
    let request = Request::post(CHAT).header(header::AUTHORIZATION, format!("Bearer {key}"));
    service.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap()
}

async fn ask(service: &Service, body: &Value) -> Answer {
    let response = respond(service, &service.key, body).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// The newest request that telemetry knows.
async fn recorded(service: &Service) -> Value {
    let rows =
        service.ops.requests(&RequestFilter { agents_only: true, ..Default::default() }).await.unwrap();
    let detail = service.ops.request(&rows[0].id).await.unwrap().unwrap();
    serde_json::to_value(detail).unwrap()
}

/// Settled and held, in dollars.
async fn booked(service: &Service) -> (f64, f64) {
    let now = service.ops.cost_now().await.unwrap();
    (now.spent_usd, now.reserved_usd)
}

#[tokio::test]
async fn a_whole_answer_is_openais_and_says_what_it_cost() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |_| {}).await;
    let answer = ask(&service, &asked(&json!({"model": "auto", "user": "u", "max_tokens": 50}))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    let choice = &body["choices"][0];
    assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!("sim-small")));
    assert_eq!((&choice["message"]["role"], &choice["finish_reason"]), (&json!("assistant"), &json!("stop")));
    assert!(!choice["message"]["content"].as_str().unwrap().is_empty());
    assert_eq!(body["id"], answer.headers["x-request-id"].to_str().unwrap());
    assert!(body["created"].as_i64().unwrap() > 1_700_000_000);
    let tokens = |name: &str| body["usage"][name].as_f64().unwrap();
    let cost = (tokens("prompt_tokens") + 2.0 * tokens("completion_tokens")) / 1e6;
    let told = &body["holisticos"];
    assert!((told["cost_usd"].as_f64().unwrap() - cost).abs() < 1e-9 && cost > 0.0, "{told}");
    assert_eq!((&told["attempts"], &told["degraded"]), (&json!(1), &json!(false)));
    assert_eq!(told["request_id"], body["id"]);

    let (spent, reserved) = booked(&service).await;
    assert!((spent - cost).abs() < 1e-9, "{spent} is booked, {cost} was told");
    assert_eq!(reserved, 0.0);
    service.ops.flush_ledger().await.unwrap();
    let entry = &service.ops.ledger(&Default::default()).await.unwrap()[0];
    assert_eq!((entry.agent.as_str(), entry.model.as_str()), ("chat", "sim-small"));
    assert_eq!(body["id"], entry.request_id);
    let request = recorded(&service).await;
    assert_eq!(
        (&request["agent"], &request["route"], &request["engine"]),
        (&json!("chat"), &json!(CHAT), &json!("model"))
    );
    assert_eq!((&request["user"], &request["release"]), (&json!("u"), &told["release"]));
    let steps: Vec<&str> =
        request["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(steps, ["admission", "model sim-small, attempt 1"]);
    assert!(!request.to_string().contains(CANARY) && !service.ops.metrics_text().contains(CANARY));
}

#[tokio::test]
async fn an_answer_in_parts_is_the_same_and_is_booked_before_its_last() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |_| {}).await;
    let stream = asked(&json!({"stream": true, "stream_options": {"include_usage": true}}));
    let answer = ask(&service, &stream).await;
    let events = answer.events();
    let (done, chunks) = events.split_last().unwrap();
    assert_eq!(*done, "[DONE]");
    let chunks: Vec<Value> = chunks.iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect();
    let (last, chunks) = chunks.split_last().unwrap();
    let mut text = String::new();
    for chunk in chunks {
        assert_eq!(chunk["id"], answer.headers["x-request-id"].to_str().unwrap());
        assert_eq!(
            (&chunk["object"], &chunk["model"]),
            (&json!("chat.completion.chunk"), &json!("sim-small"))
        );
        assert!(chunk["usage"].is_null() && chunk.as_object().unwrap().contains_key("usage"), "{chunk}");
        text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
    }
    assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "stop");
    assert!(!text.is_empty() && chunks.len() > 3, "{}", answer.text);
    assert_eq!(last["choices"], json!([]));
    let tokens = |name: &str| last["usage"][name].as_f64().unwrap();
    let cost = (tokens("prompt_tokens") + 2.0 * tokens("completion_tokens")) / 1e6;
    assert!((last["holisticos"]["cost_usd"].as_f64().unwrap() - cost).abs() < 1e-9 && cost > 0.0, "{last}");
    let (spent, reserved) = booked(&service).await;
    assert!((spent - cost).abs() < 1e-9);
    assert_eq!(reserved, 0.0);

    let request = recorded(&service).await;
    assert_eq!(request["id"], last["id"], "recorded at its end");
    assert_eq!((&request["cost_usd"], &request["status"]), (&last["holisticos"]["cost_usd"], &json!(200)));
    assert!(request["steps"][1]["detail"].as_str().unwrap().contains("the first after"));
    let metrics = service.ops.metrics_text();
    let counted = |name: &str| {
        let count = format!(
            "{name}_seconds_count{{gen_ai_operation_name=\"chat\",gen_ai_request_model=\"sim-small\"}} "
        );
        let rest = metrics.split(&count).nth(1).unwrap_or_else(|| panic!("no {count}"));
        rest.lines().next().unwrap().parse::<usize>().unwrap()
    };
    assert_eq!(counted("gen_ai_client_operation_time_to_first_chunk"), 1);
    // The provider's own usage chunk is one more than those that have a choice.
    assert_eq!(counted("gen_ai_client_operation_time_per_output_chunk"), chunks.len());

    let bare = ask(&service, &asked(&json!({"stream": true}))).await;
    assert!(!bare.text.contains("usage") && bare.text.ends_with("data: [DONE]\n\n"), "{}", bare.text);
}

#[tokio::test]
async fn what_shapes_a_reply_reaches_the_provider_and_what_says_nothing_is_left_out() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |_| {}).await;
    let schema = json!({"type": "object", "properties": {"tip": {"type": "string"}}, "required": ["tip"],
        "additionalProperties": false});
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "tip", "strict": true, "schema": schema}});
    let answer = ask(
        &service,
        &asked(&json!({
            "model": null, "temperature": 0.2, "top_p": 1, "stop": ["\n\n"], "seed": 7, "n": 1, "tools": [],
            "response_format": format, "metadata": {"a": "b"}, "store": false, "max_completion_tokens": 300,
        })),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let content = answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    let content: Value = serde_json::from_str(&content).unwrap();
    assert!(content["tip"].is_string(), "the schema came through: {content}");
    // A message as clients send it back, and one that only has a refusal.
    let mut again = question();
    again["messages"].as_array_mut().unwrap().extend([
        json!({"role": "assistant", "content": "Well.", "refusal": null, "annotations": [], "tool_calls": null}),
        json!({"role": "assistant", "content": null, "refusal": "I cannot."}),
        json!({"role": "user", "content": "Why?", "name": "ana"}),
    ]);
    let answer = ask(&service, &again).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let cut = ask(&service, &asked(&json!({"max_tokens": 1}))).await;
    assert_eq!(cut.json()["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn models_are_listed_in_their_order() {
    let (_, url) = provider(quick()).await;
    let service = service("first", &url, |config| {
        let second = ops::config::Model { name: "second".to_owned(), ..config.model.clone() };
        config.fallback_models.push(second);
    })
    .await;
    let (status, list) = service.ask("GET", "/v1/models", &Value::Null).await;
    assert_eq!((status, &list["object"]), (StatusCode::OK, &json!("list")));
    let ids: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["auto", "first", "second"]);
    for id in ids {
        let answer = ask(&service, &asked(&json!({"model": id}))).await.json();
        assert_eq!(answer["model"], if id == "auto" { "first" } else { id });
    }
}

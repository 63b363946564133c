//! Every fault of the simulated provider under every agent, whole and streamed: people get a valid answer that says what
//! happened, and no less is booked than the provider counted.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::agent::Agent;
use futures::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Service;
use crate::simulator::{self, Fault, Options};

const ASKED: [(Agent, &str); 7] = [
    (Agent::Behavior, "/api/user/u/behavior/analyze"),
    (Agent::Routine, "/api/user/u/routine/generate"),
    (Agent::Nutrition, "/api/user/u/nutrition/generate"),
    (Agent::Insights, "/api/user/u/insights/generate"),
    (Agent::Circadian, "/api/user/u/circadian/analyze"),
    (Agent::Memory, "/api/user/u/memory"),
    (Agent::Orchestrator, "/api/analyze"),
];
/// Dollars per million tokens in and out.
const PRICE: (f64, f64) = (1.0, 2.0);

/// What is said of a fault, whole and streamed; `None`: the model's words are given.
fn said(fault: Fault) -> [Option<&'static str>; 2] {
    let both = |said| [said, said];
    match fault {
        Fault::Timeout | Fault::Trickle => both(Some("the model did not answer in time")),
        Fault::Error500 | Fault::Error503 => both(Some("the model's provider failed")),
        Fault::RateLimited => both(Some("the model's provider limits our rate")),
        Fault::ContextLength => both(Some("the question was too long for the model")),
        Fault::ContentFilter | Fault::Refusal => both(Some("the model declined to answer")),
        Fault::Unauthorized => both(Some("the model's provider refused our key")),
        Fault::CutStream => both(Some("the model's answer ended in the middle")),
        Fault::InvalidJson | Fault::Length => {
            both(Some("the model's words broke rules and were not given: json"))
        }
        Fault::WrongSchema => both(Some("the model's words broke rules and were not given: shape")),
        Fault::Unsafe => both(Some("the model's words broke rules and were not given: wording")),
        Fault::WrongUsage | Fault::NoUsage | Fault::HugeUsage => both(None),
        Fault::Empty | Fault::Html => [
            Some("the model's provider answered something else"),
            Some("the model's answer ended in the middle"),
        ],
    }
}

/// Nothing was answered, and the provider says that nothing was done.
fn free(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Error500 | Fault::Error503 | Fault::RateLimited | Fault::ContextLength | Fault::Unauthorized
    )
}

async fn service(model: &str, url: &str, timeout_ms: u64, stream: bool) -> Service {
    let service = Service::start_with(|config| {
        config.limits.enabled = false;
        model.clone_into(&mut config.model.name);
        url.clone_into(&mut config.model.base_url);
        config.model.api_key = "test".to_owned().into();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = PRICE;
        (config.model.timeout_ms, config.model.attempts, config.model.stream) = (timeout_ms, 1, stream);
        (config.caps.free_person_day_usd, config.caps.free_person_month_usd) = (0.0, 0.0);
    })
    .await;
    service.someone().await;
    service
}

async fn ask(service: &Service, agent: Agent, path: &str) -> Value {
    let (method, body) = match agent {
        Agent::Memory => ("GET", Value::Null),
        Agent::Orchestrator => ("POST", json!({"user_id": "u", "force_refresh": true})),
        _ => ("POST", json!({})),
    };
    let (status, answer) = service.ask(method, path, &body).await;
    assert_eq!(status, StatusCode::OK, "{agent}: {answer}");
    answer
}

/// What the provider counted, in dollars.
async fn counted(provider: Router) -> f64 {
    let stats = provider.oneshot(Request::get("/stats").body(Body::empty()).unwrap()).await.unwrap();
    let stats = axum::body::to_bytes(stats.into_body(), usize::MAX).await.unwrap();
    let stats: Value = serde_json::from_slice(&stats).unwrap();
    let tokens = |name: &str| stats[name].as_f64().unwrap();
    (tokens("prompt_tokens") * PRICE.0 + tokens("completion_tokens") * PRICE.1) / 1e6
}

/// The answer without what tells who wrote it and when.
fn content(answer: &Value, agent: Agent) -> Value {
    answer[ops::answers::field_of(agent)].clone()
}

async fn endure(fault: Fault, stream: bool, planned: &[Value]) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let provider = simulator::router(Options { latency_ms: 1, jitter_ms: 0, ..Options::default() });
    let serving = axum::serve(listener, provider.clone()).into_future();
    ops::testing::in_background(async { serving.await.unwrap() });
    let timeout_ms = if matches!(fault, Fault::Timeout | Fault::Trickle) { 200 } else { 20_000 };
    let service = service(&format!("{}@sim-small", fault.as_str()), &url, timeout_ms, stream).await;
    let (said, mut told) = (said(fault)[usize::from(stream)], 0.0);
    for ((agent, path), planned) in ASKED.into_iter().zip(planned) {
        let answer = ask(&service, agent, path).await;
        let name = format!("{} under {}, stream {stream}: {}", agent, fault.as_str(), answer["meta"]);
        let meta = &answer["meta"];
        told += meta["cost_usd"].as_f64().unwrap();
        let worded = meta["attempts"].as_u64().unwrap() > 0;
        assert_eq!(meta["degraded"], meta["degraded_reason"].is_string(), "{name}");
        assert_eq!(meta["degraded_reason"].as_str(), said.filter(|_| worded), "{name}");
        assert_eq!(meta["engine"] == "model", worded && said.is_none(), "{name}");
        if meta["engine"] == "planner" && agent != Agent::Orchestrator {
            assert_eq!(&content(&answer, agent), planned, "the planner's own answer: {name}");
        }
        if agent == Agent::Orchestrator {
            let steps = answer["workflow"]["steps"].as_array().unwrap();
            assert!(steps.iter().all(|step| step["status"] != "failed"), "{name}: {steps:?}");
        }
    }
    let now = service.ops.cost_now().await.unwrap();
    let name = format!("{}, stream {stream}", fault.as_str());
    assert_eq!(now.reserved_usd, 0.0, "{name}");
    assert!((now.spent_usd - told).abs() < 1e-9, "{name}: answers told {told}, {} is booked", now.spent_usd);
    assert!(now.spent_usd + 1e-9 >= counted(provider).await, "{name}");
    assert_eq!(now.spent_usd == 0.0, free(fault), "{name}");
    assert!(
        now.spent_usd < 1.0,
        "{name}: {} is booked for a dozen calls of some thousand tokens",
        now.spent_usd
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_provider_does_people_get_a_valid_answer_that_says_so() {
    let without = service("", "http://127.0.0.1:9", 200, false).await;
    let mut planned = Vec::new();
    for (agent, path) in ASKED {
        planned.push(content(&ask(&without, agent, path).await, agent));
    }
    let all = Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]);
    // Not all at once: a busy machine must not look like a provider that is late.
    futures::stream::iter(all)
        .for_each_concurrent(6, |(fault, stream)| endure(fault, stream, &planned))
        .await;
}

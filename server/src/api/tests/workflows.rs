//! Workflows through the real router: asked for, looked at, followed, cancelled.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::access::Scope;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Service, key};
use crate::simulator::{self, Options};

/// A service whose model answers after so many milliseconds.
async fn service(latency_ms: u64) -> Service {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let provider = simulator::router(Options { latency_ms, jitter_ms: 0, ..Options::default() });
    let serving = axum::serve(listener, provider).into_future();
    ops::testing::in_background(async { serving.await.unwrap() });
    let service = Service::start_with(|config| {
        config.limits.enabled = false;
        "sim-small".clone_into(&mut config.model.name);
        url.clone_into(&mut config.model.base_url);
        config.model.api_key = "test".to_owned().into();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
    })
    .await;
    service.someone().await;
    service
}

/// An answer, its headers, and its text to the end.
async fn read(service: &Service, path: &str, after: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {}", service.key));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    let answer = service.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status();
    let reading = axum::body::to_bytes(answer.into_body(), usize::MAX);
    let bytes = tokio::time::timeout(Duration::from_secs(30), reading).await.expect("it ends").unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn start(service: &Service, body: &Value) -> (Value, String) {
    let request = Request::post("/api/workflows")
        .header(header::AUTHORIZATION, format!("Bearer {}", service.key))
        .body(Body::from(body.to_string()));
    let answer = service.router.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let location = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (serde_json::from_slice(&bytes).unwrap(), location)
}

async fn ended(service: &Service, location: &str) -> Value {
    let begun = Instant::now();
    loop {
        let (status, workflow) = service.ask("GET", location, &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{workflow}");
        if workflow["ended_at"].is_string() {
            return workflow;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{workflow}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_asks_follows_and_reads_the_answer() {
    let service = service(300).await;
    let asked = json!({"user_id": "u", "archetype": "Peak Performer",
        "preferences": {"nutrition": {"meals_per_day": 4}, "routine": {"max_minutes": 60}}});
    let (record, location) = start(&service, &asked).await;
    assert_eq!(location, format!("/api/workflows/{}", record["id"].as_str().unwrap()));
    assert!(
        ["queued", "running"].contains(&record["status"].as_str().unwrap()) && record["answer"].is_null()
    );
    let (again, same) = start(&service, &asked).await;
    assert_eq!((&again["id"], same), (&record["id"], location.clone()));
    let other = json!({"user_id": "u", "archetype": "Foundation Builder"}).to_string();
    service.refused("POST", "/api/workflows", Some(&service.key), other, 409, "state").await;

    let (status, text) = read(&service, &format!("{location}/events"), None).await;
    assert_eq!(status, StatusCode::OK);
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!((names[0], *names.last().unwrap()), ("workflow", "end"), "{text}");
    assert!(names.contains(&"step") && !text.contains("\"answer\""), "{text}");
    let last = text.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap();
    let (status, nothing) = read(&service, &format!("{location}/events"), Some(last)).await;
    assert_eq!((status, nothing.as_str()), (StatusCode::NO_CONTENT, ""), "there is no need to ask again");
    let (_, rest) = read(&service, &format!("{location}/events"), Some("1")).await;
    assert!(rest.contains("event: step") && !rest.contains("event: workflow"), "{rest}");

    let workflow = ended(&service, &location).await;
    assert_eq!((&workflow["status"], &workflow["attempt"]), (&json!("succeeded"), &json!(1)), "{workflow}");
    let answer = &workflow["answer"];
    assert_eq!(super::super::answers::fits("workflow", answer), Ok(()));
    assert_eq!(answer["analysis"]["nutrition_plan"]["meals"].as_array().unwrap().len(), 4);
    assert_eq!((&answer["archetype"], &answer["workflow"]["id"]), (&json!("Peak Performer"), &record["id"]));
    let (_, listed) = service.ask("GET", "/api/user/u/workflows", &Value::Null).await;
    assert_eq!(listed["workflows"][0]["id"], record["id"]);
    assert!(listed["workflows"][0]["answer"].is_null() && listed["next"].is_null());
    let path = format!("{location}/cancel");
    service.refused("POST", &path, Some(&service.key), "", 409, "state").await;

    // What it spent is told once: by the run, not by the request that asked for it.
    let shown = read(&service, "/api/ops/cost", None).await.1;
    let cost: Value = serde_json::from_str(&shown).unwrap();
    assert!((cost["spent_usd"].as_f64().unwrap() - workflow["cost_usd"].as_f64().unwrap()).abs() < 1e-9);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_says_so_and_the_synchronous_run_names_its_workflow() {
    let service = service(60_000).await;
    let (_, location) = start(&service, &json!({"user_id": "u"})).await;
    let events = format!("{location}/events");
    let following = read(&service, &events, None);
    let cancelling = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        service.ask("POST", &format!("{location}/cancel"), &Value::Null).await
    };
    let ((_, followed), (status, cancelled)) = tokio::join!(following, cancelling);
    assert_eq!((status, &cancelled["status"]), (StatusCode::OK, &json!("cancelled")));
    assert!(followed.contains("event: end"), "{followed}");
    assert_eq!(ended(&service, &location).await["error"], "cancelled");

    let quick = Service::start().await;
    quick.someone().await;
    let (_, body) = quick.ask("POST", "/api/analyze", &json!({"user_id": "u"})).await;
    let id = body["workflow"]["id"].as_str().unwrap();
    let (status, workflow) = quick.ask("GET", &format!("/api/workflows/{id}"), &Value::Null).await;
    assert_eq!((status, &workflow["origin"]), (StatusCode::OK, &json!("analyze")));
    assert_eq!(workflow["answer"]["analysis"], body["analysis"]);
    assert_eq!(workflow["request_id"], body["meta"]["request_id"]);
}

#[tokio::test]
async fn wrong_input_names_its_field_and_strangers_see_nothing() {
    let service = Service::start().await;
    service.someone().await;
    let own = Some(service.key.as_str());
    let (_, location) = start(&service, &json!({"user_id": "u"})).await;
    ended(&service, &location).await;
    let path = "/api/workflows";
    let meals = json!({"user_id": "u", "preferences": {"nutrition": {"meals_per_day": 9}}}).to_string();
    service.refused("POST", path, own, meals, 422, "preferences.nutrition.meals_per_day").await;
    let minutes = json!({"user_id": "u", "preferences": {"routine": {"max_minutes": 5}}}).to_string();
    service.refused("POST", path, own, minutes, 422, "preferences.routine.max_minutes").await;
    service.refused("POST", path, own, "{}", 422, "user_id").await;
    service.refused("POST", path, own, json!({"user_id": "nobody"}).to_string(), 404, "user_id").await;
    service.refused("POST", path, own, json!({"user_id": "u", "agent": "x"}).to_string(), 422, "agent").await;
    service.refused("GET", "/api/workflows/none", own, "", 404, "path").await;
    service.refused("GET", "/api/user/nobody/workflows", own, "", 404, "user_id").await;
    service.refused("GET", "/api/user/u/workflows?limit=many", own, "", 422, "query").await;
    let stranger = key(&service.ops, "other", &Scope::ALL).await;
    for (method, path) in [
        ("GET", location.clone()),
        ("GET", format!("{location}/events")),
        ("POST", format!("{location}/cancel")),
    ] {
        service.refused(method, &path, Some(&stranger), "", 404, "path").await;
        service.refused(method, &path, None, "", 401, "Authorization").await;
    }
    let data_only = key(&service.ops, "t", &[Scope::Data]).await;
    service.refused("GET", &location, Some(&data_only), "", 403, "Authorization").await;
}

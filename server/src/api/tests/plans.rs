//! Weeks, swaps and smaller versions through the router.

use axum::http::{StatusCode, header};
use domain::access::Scope;
use serde_json::{Value, json};

use super::{Service, key};

const WEEK: &str = "/api/user/u/plans/week";

async fn planned() -> Service {
    planned_with(|config| config.limits.enabled = false).await
}

async fn planned_with(change: impl FnOnce(&mut ops::Config)) -> Service {
    let service = Service::start_with(change).await;
    service.someone().await;
    for agent in ["routine", "nutrition"] {
        let (status, _) = service.ask("POST", &format!("/api/user/u/{agent}/generate"), &Value::Null).await;
        assert_eq!(status, StatusCode::OK);
    }
    service
}

async fn get(service: &Service, path: &str) -> Value {
    let (status, body) = service.ask("GET", path, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

async fn task(service: &Service, which: impl Fn(&Value) -> bool) -> Value {
    let routine = get(service, "/api/user/u/routine/latest").await;
    let blocks = routine["plan"]["time_blocks"].as_array().unwrap().clone();
    let tasks: Vec<Value> =
        blocks.iter().flat_map(|block| block["tasks"].as_array().unwrap().clone()).collect();
    tasks.into_iter().find(which).unwrap()
}

fn offers(task: &Value) -> bool {
    !task["swaps"].as_array().unwrap().is_empty()
}

fn of_task(task: &Value, what: &str) -> String {
    format!("/api/user/u/routine/tasks/{}/{what}", task["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_week_is_read_like_any_plan() {
    let service = planned().await;
    let (status, headers, week) = service.send_with("GET", WEEK, &[], &Value::Null).await;
    assert_eq!((status, &week["from"]), (StatusCode::OK, &json!("2026-03-03")));
    let today = get(&service, "/api/user/u/plans/2026-03-03").await;
    assert_eq!(week["routine"]["days"][0], today["routine_plan"]);
    assert_eq!(week["nutrition"]["days"][0], today["nutrition_plan"]);
    assert_eq!(week["routine"]["days"].as_array().unwrap().len(), 7);
    let aisles: Vec<&str> = week["nutrition"]["shopping"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["aisle"].as_str().unwrap())
        .collect();
    let mut changes = aisles.clone();
    changes.dedup();
    let mut once = changes.clone();
    once.sort_unstable();
    once.dedup();
    assert!(changes.len() >= 6 && changes.len() == once.len(), "each aisle in one row: {aisles:?}");
    assert_eq!(week["left_out"], json!([]));
    let tag = headers[header::ETAG].to_str().unwrap();
    let (status, ..) = service.send_with("GET", WEEK, &[("if-none-match", tag)], &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_MODIFIED);
    let later = get(&service, &format!("{WEEK}?from=2026-03-05")).await;
    assert_eq!(later["routine"]["days"][6]["date"], "2026-03-11");
    for wrong in ["2026-03-02", "2026-03-10", "someday", "2026-03-03T00:00:00Z"] {
        service.refused("GET", &format!("{WEEK}?from={wrong}"), Some(&service.key), "", 422, "from").await;
    }
    let data = key(&service.ops, "t", &[Scope::Data]).await;
    service.refused("GET", WEEK, Some(&data), "", 403, "Authorization").await;
    service.refused("GET", WEEK, None, "", 401, "Authorization").await;
    service.refused("GET", "/api/user/v/plans/week", Some(&service.key), "", 404, "user_id").await;
    let elsewhere = key(&service.ops, "other", &Scope::ALL).await;
    service.refused("GET", WEEK, Some(&elsewhere), "", 404, "user_id").await;
    service.ask("PUT", "/api/user/new/profile", &json!({"age": 30})).await;
    service.refused("GET", "/api/user/new/plans/week", Some(&service.key), "", 404, "date").await;
}

#[tokio::test]
async fn a_task_is_swapped_once_and_everything_else_keeps_fitting() {
    let service = planned().await;
    let before = get(&service, "/api/user/u/tasks").await;
    let task = task(&service, offers).await;
    let with = &task["swaps"][0]["slug"];
    let path = of_task(&task, "swap");
    let sent = [("idempotency-key", "tapped-twice")];
    let asked = json!({"with": with});
    let (status, headers, plan) = service.send_with("POST", &path, &sent, &asked).await;
    assert_eq!(status, StatusCode::OK, "{plan}");
    assert!(!headers.contains_key(header::ETAG));
    let (status, headers, again) = service.send_with("POST", &path, &sent, &asked).await;
    assert_eq!((status, &again), (StatusCode::OK, &plan));
    assert!(headers.contains_key("idempotency-replayed"));
    assert_eq!(get(&service, "/api/user/u/routine/latest").await, plan);
    assert_eq!(get(&service, WEEK).await["routine"]["days"][0], plan["plan"]);

    let ids = |day: &Value| {
        let blocks = day["time_blocks"].as_array().unwrap().clone();
        let tasks = blocks.iter().flat_map(|block| block["tasks"].as_array().unwrap().clone());
        tasks.map(|task| task["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let after = get(&service, "/api/user/u/tasks").await;
    let swapped = format!("2026-03-03-{}", with.as_str().unwrap());
    let expected: Vec<String> = ids(&before)
        .into_iter()
        .map(|id| if task["id"] == id.as_str() { swapped.clone() } else { id })
        .collect();
    assert_eq!(ids(&after), expected);
    assert_eq!(after["counts"]["planned"], before["counts"]["planned"]);
    let report = format!("/api/user/u/check-ins/2026-03-03/{swapped}");
    assert_eq!(service.ask("PUT", &report, &json!({"status": "done"})).await.0, StatusCode::OK);
    let path = format!("/api/user/u/routine/tasks/{swapped}/swap");
    service.refused("POST", &path, Some(&service.key), "", 409, "state").await;
}

#[tokio::test]
async fn a_task_is_made_smaller_and_a_food_is_swapped() {
    let service = planned().await;
    let big = task(&service, |task| task["minutes"].as_u64() > task["scale_down_minutes"].as_u64()).await;
    let path = of_task(&big, "smaller");
    let (status, _) = service.ask("POST", &path, &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let small = task(&service, |task| task["id"] == big["id"]).await;
    assert_eq!(small["minutes"], big["scale_down_minutes"]);
    service.refused("POST", &path, Some(&service.key), "", 409, "state").await;

    let (_, headers, food) =
        service.send_with("GET", "/api/user/u/nutrition/latest", &[], &Value::Null).await;
    let offer = &food["plan"]["swaps"][0];
    let meal = offer["meal"].as_str().unwrap().to_lowercase().replace(' ', "-");
    let path = format!("/api/user/u/nutrition/meals/2026-03-03-meal-{meal}/swap");
    let asked = json!({"food": offer["food"], "instead": offer["instead"]});
    let known = [("if-match", headers[header::ETAG].to_str().unwrap())];
    let (status, _, plan) = service.send_with("POST", &path, &known, &asked).await;
    assert_eq!((status, &plan["agent"]), (StatusCode::OK, &json!("nutrition")), "{plan}");
    assert_eq!(get(&service, "/api/user/u/nutrition/latest").await, plan);
    let (status, _, problem) = service.send_with("POST", &path, &known, &json!({})).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (412, &json!("If-Match")));
    let shopping = get(&service, WEEK).await["nutrition"]["shopping"].to_string();
    assert!(shopping.contains(offer["instead"].as_str().unwrap()));
}

#[tokio::test]
async fn what_cannot_be_changed_names_its_field() {
    let service = planned().await;
    let before = get(&service, "/api/user/u/plans/2026-03-03").await;
    let task = task(&service, offers).await;
    let swap = of_task(&task, "swap");
    let meal = |id: &str| format!("/api/user/u/nutrition/meals/{id}/swap");
    let tasks = |id: &str, what: &str| format!("/api/user/u/routine/tasks/{id}/{what}");
    let cases = [
        (swap.clone(), json!({"with": "run-intervals-twice"}), 422, "with"),
        (swap.clone(), json!({"wiht": "x"}), 422, "wiht"),
        (swap.clone(), json!({"with": 3}), 422, "with"),
        (of_task(&task, "smaller"), json!({"minutes": 3}), 422, "minutes"),
        (tasks("2026-03-03-nothing", "swap"), json!({}), 404, "task_id"),
        (tasks("2026-03-03-nothing", "smaller"), json!({}), 404, "task_id"),
        (tasks("2026-03-02-easy-walk", "smaller"), json!({}), 422, "task_id"),
        (tasks("nothing", "swap"), json!({}), 422, "task_id"),
        (meal("2026-03-03-meal-supper"), json!({}), 404, "meal_id"),
        (meal("supper"), json!({}), 422, "meal_id"),
        (meal("2026-03-03-meal-lunch"), json!({"instead": "Gravel"}), 422, "instead"),
        (meal("2026-03-03-meal-lunch"), json!({"food": "Gravel"}), 422, "food"),
        (meal("2026-03-03-meal-lunch"), json!({"grams": 3}), 422, "grams"),
    ];
    for (path, body, status, field) in cases {
        service.refused("POST", &path, Some(&service.key), body.to_string(), status, field).await;
    }
    let data = key(&service.ops, "t", &[Scope::Data]).await;
    for path in [swap.clone(), of_task(&task, "smaller"), meal("2026-03-03-meal-lunch")] {
        service.refused("POST", &path, Some(&data), "", 403, "Authorization").await;
        service.refused("POST", &path, None, "", 401, "Authorization").await;
        service.refused("POST", &path.replace("/u/", "/v/"), Some(&service.key), "", 404, "user_id").await;
    }
    assert_eq!(get(&service, "/api/user/u/plans/2026-03-03").await, before);
    service.ops.clock.advance(jiff::SignedDuration::from_secs(1));
    service.ask("PUT", "/api/user/u/profile", &json!({"age": 41, "injuries": ["knee"]})).await;
    service.refused("POST", &swap, Some(&service.key), "", 409, "state").await;
    service.refused("GET", WEEK, Some(&service.key), "", 409, "state").await;
}

#[tokio::test]
async fn they_are_answers_of_agents_for_limits_and_telemetry() {
    let service = planned_with(|config| config.limits.enabled = true).await;
    let (_, headers, _) = service.send_with("GET", WEEK, &[], &Value::Null).await;
    assert!(headers["ratelimit"].to_str().unwrap().contains("agent=orchestrator"), "{headers:?}");
    let task = task(&service, offers).await;
    let (status, headers, _) = service.send_with("POST", &of_task(&task, "swap"), &[], &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["ratelimit"].to_str().unwrap().contains("agent=routine"), "{headers:?}");
    service
        .ops
        .set_shutoff(&ops::access::Actor::CommandLine, domain::shutoff::ShutoffMode::Stop, "bad plans", None)
        .await
        .unwrap();
    for (method, path) in [("GET", WEEK.to_owned()), ("POST", of_task(&task, "smaller"))] {
        let (status, kind, _) = service.send(method, &path, Some(&service.key), "").await;
        assert_eq!((status.as_u16(), kind.as_str()), (503, "application/problem+json"), "{path}");
    }
}

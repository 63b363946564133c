//! The APIs through the real router and a real store: what is right is answered, what is wrong is a problem document that
//! names the field and leaves nothing behind.

mod caps;
mod chat;
mod consents;
mod degrade;
mod engagement;
mod etags;
mod faults;
mod first_system;
mod idempotency;
mod insights;
mod limits;
mod memory;
mod plans;
mod refused;
mod spend;
mod workflows;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use domain::access::{Scope, Tier};
use domain::id::TenantId;
use jiff::SignedDuration;
use ops::Ops;
use ops::access::{Actor, NewKey};
use serde_json::{Value, json};
use tower::ServiceExt;

struct Service {
    ops: Ops,
    router: Router,
    key: String,
}

impl Service {
    async fn start() -> Self {
        Self::start_with(|config| config.limits.enabled = false).await
    }

    async fn start_with(change: impl FnOnce(&mut ops::Config)) -> Self {
        let ops = ops::testing::ops_with(change).await;
        let router = crate::router::router(&ops).unwrap();
        let key = key(&ops, "t", &Scope::ALL).await;
        Self { ops, router, key }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: impl Into<Body>,
    ) -> (StatusCode, String, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let answer = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let status = answer.status();
        let kind = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|kind| kind.to_str().unwrap().to_owned())
            .unwrap_or_default();
        assert!(
            answer.headers().contains_key("x-request-id")
                && answer.headers().contains_key("x-content-type-options")
        );
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (status, kind, value)
    }

    /// With headers of one's own, and those of the answer.
    async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> (StatusCode, HeaderMap, Value) {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, _, value) = self.send(method, path, Some(&self.key), body).await;
        (status, value)
    }

    async fn someone(&self) {
        let (status, _) = self.ask("PUT", "/api/user/u/profile", &json!({"age": 41})).await;
        assert_eq!(status, StatusCode::OK);
        let (status, body) = self.ask("POST", "/api/user/u/biomarkers", &readings()).await;
        assert_eq!((status, &body["stored"]), (StatusCode::OK, &json!(20)));
    }

    /// A problem document with this status that names this field; never a 500.
    async fn refused(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: impl Into<Body>,
        status: u16,
        field: &str,
    ) {
        let (got, kind, problem) = self.send(method, path, key, body).await;
        assert_eq!(got.as_u16(), status, "{method} {path}: {problem}");
        assert_eq!(kind, "application/problem+json");
        let fields: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert!(fields.contains(&field), "{method} {path} names {fields:?}, not {field}");
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:holisticos:"));
    }
}

async fn key(ops: &Ops, tenant: &str, scopes: &[Scope]) -> String {
    let new = NewKey {
        tenant: TenantId::parse(tenant).unwrap(),
        name: "test".to_owned(),
        tier: Tier::Free,
        scopes: scopes.to_vec(),
        expires_at: Some(ops.clock.now() + SignedDuration::from_hours(1)),
    };
    ops.create_key(&Actor::CommandLine, new).await.unwrap().secret
}

fn readings() -> Value {
    let day = |n: i64| {
        let reading = |category, kind, value, unit| {
            json!({"category": category, "type": kind, "value": value, "unit": unit,
            "start": format!("2026-02-{n:02}T00:00:00Z"), "end": format!("2026-02-{n:02}T23:00:00Z")})
        };
        [
            reading("activity", "steps", 7000 + n, "count"),
            reading("sleep", "sleep_duration", 400 + n, "minute"),
        ]
    };
    json!({"items": (18..28).flat_map(day).collect::<Vec<_>>()})
}

#[tokio::test]
async fn agents_answer_with_their_meta() {
    let service = Service::start().await;
    service.someone().await;
    let paths = [
        ("POST", "/api/user/u/behavior/analyze", "behavior_analysis"),
        ("POST", "/api/user/u/circadian/analyze", "circadian_analysis"),
        ("POST", "/api/user/u/routine/generate", "routine_plan"),
        ("POST", "/api/user/u/nutrition/generate", "nutrition_plan"),
        ("POST", "/api/user/u/insights/generate", "insights"),
        ("GET", "/api/user/u/memory", "memory"),
    ];
    for (method, path, field) in paths {
        let (status, body) = service.ask(method, path, &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        assert_eq!(super::answers::fits(field, &body), Ok(()), "{path}");
        for meta in
            ["request_id", "engine", "degraded", "release", "cost_usd", "attempts", "tokens", "duration_ms"]
        {
            assert!(!body["meta"][meta].is_null(), "{path} says nothing of {meta}");
        }
    }
    let (status, body) = service.ask("POST", "/api/analyze", &json!({"user_id": "u"})).await;
    assert_eq!((status, body["workflow"]["steps"].as_array().unwrap().len()), (StatusCode::OK, 8));
    assert_eq!(super::answers::fits("workflow", &body), Ok(()));
    let (status, body) = service.ask("GET", "/api/user/u/routine/latest", &Value::Null).await;
    assert_eq!((status, &body["agent"]), (StatusCode::OK, &json!("routine")));
    let (status, _) = service.ask("GET", "/api/user/u/plans/2026-03-03", &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let insight =
        service.ask("GET", "/api/user/u/insights/latest", &Value::Null).await.1["insights"][0]["id"].clone();
    let path = format!("/api/user/u/insights/{}/feedback", insight.as_str().unwrap());
    assert_eq!(service.ask("POST", &path, &json!({"rating": 4})).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn every_wrong_input_is_a_problem_that_names_its_field_and_stores_nothing() {
    let service = Service::start().await;
    service.someone().await;
    let key = Some(service.key.as_str());
    let reading = |change: fn(&mut Value)| {
        let mut batch = readings();
        change(&mut batch["items"][3]);
        batch.to_string()
    };
    let routine = "/api/user/u/routine/generate";
    let biomarkers = "/api/user/u/biomarkers";
    let cases: Vec<(&str, &str, String, u16, &str)> = vec![
        ("POST", "/api/user/nobody/routine/generate", "{}".to_owned(), 404, "user_id"),
        ("POST", "/api/user/nobody/biomarkers", readings().to_string(), 404, "user_id"),
        ("POST", "/api/user/not%20an%20id/routine/generate", "{}".to_owned(), 422, "user_id"),
        ("POST", routine, "{\"archetype\":".to_owned(), 400, "body"),
        ("POST", routine, "{} {}".to_owned(), 400, "body"),
        ("POST", routine, "[]".to_owned(), 422, "body"),
        ("POST", routine, json!({"archetype": "Hero"}).to_string(), 422, "archetype"),
        ("POST", routine, json!({"archetype": 7}).to_string(), 422, "archetype"),
        ("POST", routine, json!({"force_refresh": "yes"}).to_string(), 422, "force_refresh"),
        (
            "POST",
            routine,
            json!({"preferences": {"max_minutes": 5}}).to_string(),
            422,
            "preferences.max_minutes",
        ),
        ("POST", routine, json!({"preferences": {"alergies": []}}).to_string(), 422, "preferences.alergies"),
        (
            "POST",
            "/api/user/u/nutrition/generate",
            json!({"preferences": {"meals_per_day": 9}}).to_string(),
            422,
            "preferences.meals_per_day",
        ),
        ("POST", "/api/analyze", "{}".to_owned(), 422, "user_id"),
        ("PUT", "/api/user/u/profile", json!({"age": 7, "time_zone": "Mars"}).to_string(), 422, "time_zone"),
        ("PUT", "/api/user/u/profile", json!({"alergies": ["milk"]}).to_string(), 422, "alergies"),
        ("POST", biomarkers, reading(|item| item["value"] = json!(-1)), 422, "items[3].value"),
        ("POST", biomarkers, reading(|item| item["value"] = json!("many")), 422, "items[3].value"),
        ("POST", biomarkers, reading(|item| item["unit"] = json!("miles")), 422, "items[3].unit"),
        ("POST", biomarkers, reading(|item| item["start"] = json!("yesterday")), 422, "items[3].start"),
        (
            "POST",
            biomarkers,
            reading(|item| item["start"] = json!("1990-01-01T00:00:00Z")),
            422,
            "items[3].start",
        ),
        ("POST", biomarkers, reading(|item| item["type"] = json!("mood")), 422, "items[3].type"),
        ("POST", biomarkers, json!({"items": []}).to_string(), 422, "items"),
        (
            "POST",
            "/api/user/u/scores",
            json!({"items": [{"type": "sleep", "score": 101, "at": "2026-03-01T00:00:00Z"}]}).to_string(),
            422,
            "items[0].score",
        ),
        (
            "POST",
            "/api/user/u/check-ins",
            json!({"items": [{"task_id": "x", "status": "done", "rating": 9, "date": "2026-03-01"}]})
                .to_string(),
            422,
            "items[0].rating",
        ),
        ("GET", "/api/user/u/routine/someday", String::new(), 422, "date"),
        ("GET", "/api/user/u/routine/2020-01-01", String::new(), 404, "path"),
        (
            "POST",
            "/api/ops/cost/shutoff",
            json!({"mode": "off", "reason": "because"}).to_string(),
            422,
            "mode",
        ),
        ("POST", "/api/ops/cost/shutoff", json!({"mode": "stop", "reason": "x"}).to_string(), 422, "reason"),
        (
            "POST",
            "/api/ops/cost/shutoff",
            json!({"scope": "agent:nobody", "mode": "stop", "reason": "because"}).to_string(),
            422,
            "scope",
        ),
        (
            "POST",
            "/api/ops/cost/shutoff",
            json!({"scope": "", "mode": "stop", "reason": "because"}).to_string(),
            422,
            "scope",
        ),
        (
            "POST",
            "/api/ops/cost/shutoff",
            json!({"scope": "model:m", "mode": "stop", "reason": "because"}).to_string(),
            422,
            "mode",
        ),
        ("DELETE", "/api/ops/cost/shutoff", json!({"scope": "tier:gold"}).to_string(), 422, "scope"),
        ("GET", "/api/monitoring/alerts/history?hours=0", String::new(), 422, "hours"),
        ("GET", "/api/no-such-thing", String::new(), 404, "path"),
        ("DELETE", routine, String::new(), 405, "method"),
    ];
    for (method, path, body, status, field) in cases {
        service.refused(method, path, key, body, status, field).await;
    }
    let huge = format!("{{\"items\": \"{}\"}}", "x".repeat(5 * 1024 * 1024));
    service.refused("POST", biomarkers, key, huge, 413, "body").await;

    let (_, again) = service.ask("POST", biomarkers, &readings()).await;
    assert_eq!(again["duplicates"], 20, "nothing of the refused batches was stored");
    assert!(service.ops.shutoffs().is_empty());
}

#[tokio::test]
async fn keys_open_only_what_is_theirs() {
    let service = Service::start().await;
    service.someone().await;
    let routine = "/api/user/u/routine/generate";
    service.refused("POST", routine, None, "{}", 401, "Authorization").await;
    service.refused("POST", routine, Some("hos_guess"), "{}", 401, "Authorization").await;
    let other = key(&service.ops, "other", &Scope::ALL).await;
    service.refused("POST", routine, Some(&other), "{}", 404, "user_id").await;
    let data_only = key(&service.ops, "t", &[Scope::Data]).await;
    service.refused("POST", routine, Some(&data_only), "{}", 403, "Authorization").await;
    service.refused("GET", "/api/ops/overview", Some(&data_only), "", 403, "Authorization").await;
    let reader = key(&service.ops, "t", &[Scope::OpsRead]).await;
    let cut = json!({"mode": "stop", "reason": "not allowed to"}).to_string();
    service.refused("POST", "/api/ops/cost/shutoff", Some(&reader), cut, 403, "Authorization").await;
    service.ops.clock.advance(SignedDuration::from_hours(1));
    service.refused("POST", routine, Some(&service.key), "{}", 401, "Authorization").await;
}

async fn one_agent_is_cut(service: &Service) {
    let shutoff = "/api/ops/cost/shutoff";
    for (scope, mode) in [("agent:routine", "stop"), ("tier:free", "degrade")] {
        let cut = json!({"scope": scope, "mode": mode, "reason": "a test"});
        let (status, set) = service.ask("POST", shutoff, &cut).await;
        assert_eq!((status, &set["scope"]), (StatusCode::OK, &json!(scope)));
    }
    let (status, stopped) = service.ask("POST", "/api/user/u/routine/generate", &Value::Null).await;
    assert_eq!((status.as_u16(), &stopped["shutoff"]["scope"]), (503, &json!("agent:routine")));
    assert!(stopped["detail"].as_str().unwrap().starts_with("The agent Routine is stopped"));
    let (status, other) = service.ask("POST", "/api/user/u/nutrition/generate", &Value::Null).await;
    let reason = &other["meta"]["degraded_reason"];
    assert_eq!((status.as_u16(), reason), (200, &json!("cost shutoff of the tier in force")));
    let scopes = |all: &Value| -> Vec<Value> {
        all["shutoffs"].as_array().unwrap().iter().map(|each| each["scope"].clone()).collect()
    };
    let (_, listed) = service.ask("GET", shutoff, &Value::Null).await;
    let (_, cost) = service.ask("GET", "/api/ops/cost", &Value::Null).await;
    assert_eq!(scopes(&listed), [json!("tier:free"), json!("agent:routine")]);
    assert_eq!(scopes(&cost), scopes(&listed));
    assert!(listed["shutoff"].is_null() && cost["shutoff"].is_null(), "of everything there is none");
    let (status, left) = service.ask("DELETE", shutoff, &json!({"scope": "agent:routine"})).await;
    assert_eq!((status.as_u16(), scopes(&left)), (200, vec![json!("tier:free")]));
    service.refused("DELETE", shutoff, Some(&service.key), "", 409, "state").await;
    assert_eq!(service.ask("DELETE", shutoff, &json!({"scope": "tier:free"})).await.0, StatusCode::OK);
}

#[tokio::test]
async fn operations_tell_and_act() {
    let service = Service::start().await;
    service.someone().await;
    let (_, cost) = service.ask("GET", "/api/ops/cost", &Value::Null).await;
    for field in ["spent_usd", "reserved_usd", "budget_usd", "ceiling_usd"] {
        assert!(cost[field].is_number(), "{field}");
    }
    assert!(cost["shutoff"].is_null());
    let (status, cut) =
        service.ask("POST", "/api/ops/cost/shutoff", &json!({"mode": "stop", "reason": "a test"})).await;
    assert_eq!((status, &cut["mode"]), (StatusCode::OK, &json!("stop")));
    let (status, stopped) = service.ask("POST", "/api/user/u/routine/generate", &Value::Null).await;
    assert_eq!(
        (status.as_u16(), &stopped["type"], &stopped["shutoff"]["reason"]),
        (503, &json!("urn:holisticos:stopped"), &json!("a test"))
    );
    assert_eq!(service.ask("DELETE", "/api/ops/cost/shutoff", &Value::Null).await.0, StatusCode::OK);
    service.refused("DELETE", "/api/ops/cost/shutoff", Some(&service.key), "", 409, "state").await;
    one_agent_is_cut(&service).await;
    service
        .refused(
            "POST",
            "/api/ops/releases/rollback",
            Some(&service.key),
            json!({"reason": "nothing there"}).to_string(),
            409,
            "state",
        )
        .await;
    let (_, releases) = service.ask("GET", "/api/ops/releases", &Value::Null).await;
    assert_eq!(releases["releases"][0]["served"], true);
    let (_, overview) = service.ask("GET", "/api/ops/overview", &Value::Null).await;
    assert!(overview["verdict"]["headline"].is_string());
}

#[tokio::test]
async fn monitoring_needs_no_key_and_tells_the_truth() {
    let service = Service::start().await;
    for (path, status) in [
        ("/livez", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/api/monitoring/stats", 200),
        ("/api/openapi.json", 200),
    ] {
        assert_eq!(service.send("GET", path, None, "").await.0.as_u16(), status, "{path}");
    }
    // Nothing was checked yet: unknown is not healthy.
    let (status, _, health) = service.send("GET", "/api/health", None, "").await;
    assert_eq!((status.as_u16(), &health["status"]), (503, &json!("unknown")));
    service.ops.db.close().await;
    assert_eq!(service.send("GET", "/readyz", None, "").await.0.as_u16(), 503);
    assert_eq!(service.send("GET", "/livez", None, "").await.0.as_u16(), 200);
}

#[tokio::test]
async fn apps_see_what_is_left_of_their_limits_and_when_to_come_back() {
    let service = Service::start_with(|_| {}).await;
    service.someone().await;
    let ask = || {
        let request = Request::post("/api/user/u/behavior/analyze")
            .header(header::AUTHORIZATION, format!("Bearer {}", service.key));
        service.router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let told = |answer: &axum::response::Response| {
        let named = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        (answer.status().as_u16(), named("ratelimit"))
    };
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(ask().await.unwrap());
    }
    let last = answers.pop().unwrap();
    assert_eq!(
        last.headers()["ratelimit-policy"],
        r#""requests:minute:person=*";q=60;w=60, "requests:hour:tier=free,agent=behavior,person=*";q=3;w=3600, "parallel:person=*";q=8;qu="concurrent-requests", "parallel:key=*";q=1000;qu="concurrent-requests""#
    );
    let left = |person: u32, s: u32, behavior: u32, t: u32, parallel: u32| {
        format!(
            r#""requests:minute:person=*";r={person};t={s}, "requests:hour:tier=free,agent=behavior,person=*";r={behavior};t={t}, "parallel:person=*";r={parallel}, "parallel:key=*";r={}"#,
            parallel + 992
        )
    };
    let expected = [left(59, 1, 2, 1_200, 7), left(58, 2, 1, 2_400, 7), left(57, 3, 0, 3_600, 7)];
    assert_eq!(answers.iter().map(told).collect::<Vec<_>>(), expected.map(|left| (200, left)));
    assert_eq!(told(&last), (429, left(57, 3, 0, 3_600, 8)));
    assert_eq!(last.headers()[header::RETRY_AFTER], "1200");
    let body = axum::body::to_bytes(last.into_body(), usize::MAX).await.unwrap();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["limit_source"], "3 behavior requests an hour for one person of tier free");
    assert_eq!(problem["retry_after"], 1_200);
    assert_eq!(
        problem["limit"],
        json!({
            "rule": "requests:hour:tier=free,agent=behavior,person=*", "resource": "requests", "quota": 3, "window_s": 3_600,
            "asked": 1, "used": 3, "free_in_s": 1_200, "whole_in_s": 3_600, "source": "default",
            "change": "Somebody with the role operator or higher can raise it on the console's page Cost, Limits.",
            "change_at": "/cost/limits/change?of=requests:hour:tier%3Dfree,agent%3Dbehavior,person%3D*",
        })
    );
    assert_eq!(
        problem["detail"],
        "The limit of 3 behavior requests an hour for one person of tier free is reached. Ask again in 1200 s. Somebody with the \
         role operator or higher can raise it on the console's page Cost, Limits \
         (/cost/limits/change?of=requests:hour:tier%3Dfree,agent%3Dbehavior,person%3D*)."
    );
    // What was made can still be read, and other agents can still be asked.
    assert_eq!(service.ask("POST", "/api/user/u/circadian/analyze", &json!({})).await.0, StatusCode::OK);
}

#[tokio::test]
async fn pages_need_somebody_and_foreign_sites_may_not_write() {
    let service = Service::start().await;
    let request = |method: &str, path: &str, site: &str| {
        Request::builder()
            .method(method)
            .uri(path)
            .header("sec-fetch-site", site)
            .body(Body::empty())
            .unwrap()
    };
    let answer =
        service.router.clone().oneshot(request("GET", "/requests?agent=routine", "none")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/sign-in?next=/requests%3Fagent%3Droutine");
    let forged =
        service.router.clone().oneshot(request("POST", "/actions/cut-cost", "cross-site")).await.unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    let door = service.router.clone().oneshot(request("GET", "/sign-in", "none")).await.unwrap();
    assert_eq!(door.status(), StatusCode::OK);
    let policy = door.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("script-src 'self'")
            && policy.contains("'nonce-")
            && !policy.contains("unsafe-eval'  ")
    );
}

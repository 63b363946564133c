//! What the APIs of a person's day refuse: every fault names its field, every key opens only what is its.

use axum::http::StatusCode;
use domain::access::Scope;
use serde_json::{Value, json};

use super::{Service, key};

#[tokio::test]
async fn wrong_input_is_named_and_stores_nothing() {
    let service = Service::start().await;
    service.someone().await;
    let check_in = "/api/user/u/check-ins/2026-03-03/walk";
    let check_ins = "/api/user/u/check-ins";
    let journal = "/api/user/u/journal/2026-03-03";
    let long = "x".repeat(129);
    let too_long_id = format!("/api/user/u/check-ins/2026-03-03/{long}");
    let cases: Vec<(&str, &str, Value, u16, &str)> = vec![
        ("GET", "/api/user/u/tasks?date=today", Value::Null, 422, "date"),
        ("GET", "/api/user/u/tasks?date=2026-02-30", Value::Null, 422, "date"),
        ("GET", "/api/user/u/tasks?date=2026-03-03T10:00", Value::Null, 422, "date"),
        ("GET", "/api/user/nobody/tasks", Value::Null, 404, "user_id"),
        ("PUT", check_in, json!({"status": "completed"}), 422, "status"),
        ("PUT", check_in, json!({}), 422, "status"),
        ("PUT", check_in, json!({"status": "done", "rating": 6}), 422, "rating"),
        ("PUT", check_in, json!({"status": "done", "note": "x".repeat(501)}), 422, "note"),
        ("PUT", check_in, json!({"status": "done", "task_id": "other"}), 422, "task_id"),
        ("PUT", &too_long_id, json!({"status": "done"}), 422, "task_id"),
        ("PUT", "/api/user/u/check-ins/yesterday/walk", json!({"status": "done"}), 422, "date"),
        ("PUT", "/api/user/u/check-ins/1999-01-01/walk", json!({"status": "done"}), 422, "date"),
        ("PUT", "/api/user/nobody/check-ins/2026-03-03/walk", json!({"status": "done"}), 404, "user_id"),
        ("DELETE", check_ins, json!({"task_ids": ["walk"]}), 422, "date"),
        ("DELETE", check_ins, json!({"date": "2026-03-03", "task_ids": []}), 422, "task_ids"),
        ("DELETE", check_ins, json!({"date": "2026-03-03", "task_ids": ["a", "a"]}), 422, "task_ids[1]"),
        ("DELETE", check_ins, json!({"date": "2026-03-03", "task_ids": [""]}), 422, "task_ids[0]"),
        ("GET", "/api/user/u/check-ins?limit=0", Value::Null, 422, "limit"),
        ("GET", "/api/user/u/check-ins?limit=many", Value::Null, 422, "limit"),
        ("GET", "/api/user/u/check-ins?cursor=mine", Value::Null, 422, "cursor"),
        ("GET", "/api/user/u/check-ins?from=2026-03-04&to=2026-03-03", Value::Null, 422, "from"),
        ("GET", "/api/user/u/check-ins?to=tomorrow", Value::Null, 422, "to"),
        ("GET", "/api/user/u/insights/latest?cursor=bm90", Value::Null, 422, "cursor"),
        ("PUT", journal, json!({}), 422, "body"),
        ("PUT", journal, json!({"mood_rating": 6}), 422, "mood_rating"),
        ("PUT", journal, json!({"hydration_glasses": -1}), 422, "hydration_glasses"),
        ("PUT", journal, json!({"voice_note_url": "http://example.org"}), 422, "voice_note_url"),
        ("PUT", journal, json!({"mood": 3}), 422, "mood"),
        ("PUT", "/api/user/u/journal/1999-12-31", json!({"mood_rating": 3}), 422, "date"),
        ("GET", journal, Value::Null, 404, "date"),
        ("POST", "/api/user/u/calendar", json!({"date": "2026-03-03", "task_ids": ["walk"]}), 404, "date"),
        ("DELETE", "/api/user/u/calendar", json!({"date": "2026-03-03"}), 422, "task_ids"),
        ("GET", "/api/user/u/calendar/soon", Value::Null, 422, "date"),
        ("POST", "/api/user/u/archetype", json!({"archetype": "Hero"}), 422, "archetype"),
        ("POST", "/api/user/nobody/archetype", json!({"archetype": "Peak Performer"}), 404, "user_id"),
        ("GET", "/api/user/nobody/summary", Value::Null, 404, "user_id"),
        ("GET", "/api/user/nobody/data-quality", Value::Null, 404, "user_id"),
        ("GET", "/api/user/nobody/chat-context", Value::Null, 404, "user_id"),
    ];
    for (method, path, body, status, field) in cases {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        service.refused(method, path, Some(&service.key), body, status, field).await;
    }
    let (_, listed) = service.ask("GET", "/api/user/u/check-ins", &Value::Null).await;
    assert_eq!(listed, json!({"items": [], "next": null}));
    let (_, archetype) = service.ask("GET", "/api/user/u/archetype", &Value::Null).await;
    assert_eq!(archetype["history"], json!([]));
}

#[tokio::test]
async fn keys_open_only_what_their_scopes_and_tenant_do() {
    let service = Service::start().await;
    service.someone().await;
    let data = key(&service.ops, "t", &[Scope::Data]).await;
    let agents = key(&service.ops, "t", &[Scope::Agents]).await;
    let other = key(&service.ops, "other", &Scope::ALL).await;
    let entry = json!({"mood_rating": 3}).to_string();
    let report = json!({"status": "done"}).to_string();
    let tasks = json!({"date": "2026-03-03", "task_ids": ["a"]}).to_string();
    let choose = json!({"archetype": "Peak Performer"}).to_string();
    let all: [(&str, &str, &str, &[&String]); 17] = [
        ("GET", "/api/user/u/tasks", "", &[&data, &agents]),
        ("GET", "/api/user/u/chat-context", "", &[&data, &agents]),
        ("GET", "/api/user/u/profile", "", &[&agents]),
        ("GET", "/api/user/u/check-ins", "", &[&agents]),
        ("PUT", "/api/user/u/check-ins/2026-03-03/a", &report, &[&agents]),
        ("DELETE", "/api/user/u/check-ins/2026-03-03/a", "", &[&agents]),
        ("DELETE", "/api/user/u/check-ins", &tasks, &[&agents]),
        ("GET", "/api/user/u/journal", "", &[&agents]),
        ("PUT", "/api/user/u/journal/2026-03-03", &entry, &[&agents]),
        ("GET", "/api/user/u/journal/2026-03-03", "", &[&agents]),
        ("DELETE", "/api/user/u/journal/2026-03-03", "", &[&agents]),
        ("GET", "/api/user/u/calendar", "", &[&agents]),
        ("POST", "/api/user/u/calendar", &tasks, &[&agents]),
        ("DELETE", "/api/user/u/calendar", &tasks, &[&agents]),
        ("POST", "/api/user/u/archetype", &choose, &[&agents]),
        ("GET", "/api/user/u/summary", "", &[&agents]),
        ("GET", "/api/user/u/data-quality", "", &[&agents]),
    ];
    for (method, path, body, too_narrow) in all {
        for narrow in too_narrow {
            service.refused(method, path, Some(narrow), body.to_owned(), 403, "Authorization").await;
        }
        service.refused(method, path, None, body.to_owned(), 401, "Authorization").await;
        service.refused(method, path, Some(&other), body.to_owned(), 404, "user_id").await;
    }
    service.refused("GET", "/api/archetypes", None, "", 401, "Authorization").await;
    let (status, _) = service.ask("GET", "/api/user/u/summary", &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
}

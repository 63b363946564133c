//! The first system's engagement paths: its names, our rules, and none of its faults.

use axum::http::StatusCode;
use domain::access::Scope;
use serde_json::{Value, json};

use super::{Service, key};

const V1: &str = "/api/v1/engagement";

async fn planned() -> (Service, String, String) {
    let service = Service::start().await;
    service.someone().await;
    service.ask("POST", "/api/user/u/routine/generate", &json!({})).await;
    let (status, day) = service.ask("GET", &format!("{V1}/tasks/u?date=2026-03-03"), &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert!(day["plan_info"]["routine_plan"].is_string() && day["plan_info"]["nutrition_plan"].is_null());
    let task = |n: usize| day["time_blocks"][0]["tasks"][n]["id"].as_str().unwrap().to_owned();
    (service, task(0), task(1))
}

async fn first_block(service: &Service) -> Vec<Value> {
    let (_, day) = service.ask("GET", &format!("{V1}/tasks/u"), &Value::Null).await;
    day["time_blocks"][0]["tasks"].as_array().unwrap().clone()
}

#[tokio::test]
async fn old_apps_report_and_undo() {
    let (service, one, two) = planned().await;
    let report = json!({"profile_id": "u", "plan_item_id": one, "analysis_result_id": "a-1", "completion_status": "partial",
        "satisfaction_rating": 3, "planned_date": "2026-03-03", "user_notes": "stopped after 6 min"});
    let (status, done) = service.ask("POST", &format!("{V1}/task-checkin"), &report).await;
    assert_eq!((status, &done["completion_status"]), (StatusCode::OK, &json!("partial")));
    let tasks = first_block(&service).await;
    assert_eq!((&tasks[0]["is_completed"], &tasks[0]["satisfaction_rating"]), (&json!(false), &json!(3)));
    let batch = json!({"profile_id": "u", "planned_date": "2026-03-03", "checkins": [
        {"plan_item_id": one, "completion_status": "completed"}, {"plan_item_id": two, "completion_status": "skipped"}]});
    assert_eq!(service.ask("POST", &format!("{V1}/batch-checkin"), &batch).await.1["processed"], 2);
    let tasks = first_block(&service).await;
    assert_eq!(
        (&tasks[0]["completion_status"], &tasks[1]["completion_status"]),
        (&json!("completed"), &json!("skipped"))
    );
    let undo = |date: &str| json!({"profile_id": "u", "planned_date": date, "plan_item_ids": [two]});
    let path = format!("{V1}/batch-checkin");
    assert_eq!(service.ask("DELETE", &path, &undo("2026-03-02")).await.1["undone"], json!([]));
    assert_eq!(first_block(&service).await[1]["completion_status"], "skipped", "another day's stays");
    assert_eq!(service.ask("DELETE", &path, &undo("2026-03-03")).await.1["undone"], json!([two]));
    let (_, plan) = service.ask("GET", &format!("{V1}/plans/u/current"), &Value::Null).await;
    assert_eq!((&plan["date"], &plan["items"][1]["completion_status"]), (&json!("2026-03-03"), &Value::Null));
    assert!(plan["routine_plan"]["time_blocks"].is_array());
    // Sent again with a key it is done once, also here, and belongs to the person.
    let sent = [("idempotency-key", "k")];
    for replayed in [false, true] {
        let (_, headers, _) = service.send_with("POST", &format!("{V1}/task-checkin"), &sent, &report).await;
        assert_eq!(headers.contains_key("idempotency-replayed"), replayed);
    }
    let (_, receipt) = service.ask("DELETE", "/api/user/u?confirm=u", &Value::Null).await;
    assert_eq!(receipt["deleted"]["kept_answers"], 1);
}

#[tokio::test]
async fn old_journals_are_the_same_journals() {
    let service = Service::start().await;
    service.someone().await;
    for (day, mood) in [("2026-01-02", 1), ("2026-03-01", 2), ("2026-03-03", 3)] {
        let entry = json!({"profile_id": "u", "journal_date": day, "mood_rating": mood});
        assert_eq!(service.ask("POST", &format!("{V1}/journal"), &entry).await.0, StatusCode::OK);
    }
    let (_, today) = service.ask("GET", &format!("{V1}/journal/u"), &Value::Null).await;
    let (_, ours) = service.ask("GET", "/api/user/u/journal/2026-03-03", &Value::Null).await;
    assert_eq!((&today, &today["entry"]["mood_rating"]), (&ours, &json!(3)));
    for (days, count) in [("3", 2), ("2", 1), ("61", 3), ("60", 2)] {
        let (_, history) =
            service.ask("GET", &format!("{V1}/journal/u/history?days={days}"), &Value::Null).await;
        assert_eq!(history["count"], count, "{days} days are days");
    }
}

#[tokio::test]
async fn faults_name_what_old_apps_sent() {
    let (service, ..) = planned().await;
    let check_in = |change: Value| {
        let mut body = json!({"profile_id": "u", "plan_item_id": "a", "completion_status": "completed", "planned_date": "2026-03-03"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let task = format!("{V1}/task-checkin");
    let batch = format!("{V1}/batch-checkin");
    let journal = format!("{V1}/journal");
    let cases: Vec<(&str, &str, Value, u16, &str)> = vec![
        ("POST", &task, check_in(json!({"satisfaction_rating": 9})), 422, "satisfaction_rating"),
        ("POST", &task, check_in(json!({"completion_status": "done"})), 422, "completion_status"),
        ("POST", &task, check_in(json!({"planned_date": "1999-01-01"})), 422, "planned_date"),
        ("POST", &task, check_in(json!({"user_notes": "x".repeat(501)})), 422, "user_notes"),
        ("POST", &task, check_in(json!({"profile_id": "nobody"})), 404, "user_id"),
        (
            "POST",
            &batch,
            json!({"profile_id": "u", "planned_date": "2026-03-03", "checkins": [{"plan_item_id": "", "completion_status": "partial"}]}),
            422,
            "checkins[0].plan_item_id",
        ),
        (
            "DELETE",
            &batch,
            json!({"profile_id": "u", "planned_date": "2026-03-03", "plan_item_ids": []}),
            422,
            "plan_item_ids",
        ),
        (
            "POST",
            &journal,
            json!({"profile_id": "u", "journal_date": "2026-03-03", "mood_rating": 9}),
            422,
            "mood_rating",
        ),
        ("POST", &journal, json!({"profile_id": "u", "journal_date": "2026-03-03", "mood": 3}), 422, "mood"),
        ("POST", &journal, json!({"profile_id": "u"}), 422, "journal_date"),
    ];
    for (method, path, body, status, field) in cases {
        service.refused(method, path, Some(&service.key), body.to_string(), status, field).await;
    }
    for path in ["journal/u/history?days=0", "journal/u/history?days=x"] {
        service.refused("GET", &format!("{V1}/{path}"), Some(&service.key), "", 422, "days").await;
    }
    service.refused("GET", &format!("{V1}/tasks/u?date=x"), Some(&service.key), "", 422, "date").await;
    service.refused("GET", &format!("{V1}/tasks/not%20one"), Some(&service.key), "", 422, "profile_id").await;
    let data = key(&service.ops, "t", &[Scope::Data]).await;
    service.refused("GET", &format!("{V1}/tasks/u"), Some(&data), "", 403, "Authorization").await;
    service.refused("GET", &format!("{V1}/tasks/u"), None, "", 401, "Authorization").await;
}

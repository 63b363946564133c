//! Insights through the real router: shown in order, in pages, filtered, rated, dismissed.

use super::*;

/// 30 days with short nights, always at the same time, and quiet weekends.
async fn with_insights() -> (Service, Vec<Value>) {
    let service = Service::start().await;
    service.ask("PUT", "/api/user/u/profile", &json!({"age": 41})).await;
    let start: jiff::Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    let mut items = Vec::new();
    for day in 0..30 {
        let at = start + SignedDuration::from_hours(24 * day);
        let free = matches!(day % 7, 0 | 6);
        let mut push = |category: &str, kind: &str, value: i64, unit: &str, minutes: i64| {
            let end = at + SignedDuration::from_mins(minutes);
            items.push(json!({"category": category, "type": kind, "value": value, "unit": unit,
                "start": at.to_string(), "end": end.to_string()}));
        };
        push("activity", "steps", if free { 3_000 } else { 9_000 }, "count", 1_400);
        push("sleep", "sleep_duration", 350, "minute", 370);
    }
    let (status, body) = service.ask("POST", "/api/user/u/biomarkers", &json!({"items": items})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (status, made) = service.ask("POST", "/api/user/u/insights/generate", &Value::Null).await;
    assert_eq!((status, crate::api::answers::fits("insights", &made)), (StatusCode::OK, Ok(())));
    let made = made["insights"].as_array().unwrap().clone();
    assert!(made.len() >= 3, "{made:#?}");
    (service, made)
}

async fn list(service: &Service, path: &str) -> Vec<Value> {
    let (status, body) = service.ask("GET", path, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body["insights"].as_array().unwrap().clone()
}

fn ids(insights: &[Value]) -> Vec<&str> {
    insights.iter().map(|insight| insight["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn insights_come_in_order_and_in_pages() {
    let (service, made) = with_insights().await;
    for list_path in ["/api/user/u/insights/latest", "/api/user/u/insights"] {
        let whole = list(&service, list_path).await;
        assert_eq!(whole.len(), made.len());
        let (mut path, mut seen) = (format!("{list_path}?limit=1"), Vec::new());
        loop {
            let (status, page) = service.ask("GET", &path, &Value::Null).await;
            assert_eq!((status, page["insights"].as_array().unwrap().len()), (StatusCode::OK, 1));
            seen.push(page["insights"][0].clone());
            let Some(next) = page["next"].as_str() else { break };
            path = next.to_owned();
        }
        assert_eq!(seen, whole, "{list_path}: none twice, none missed");
    }
    let latest = list(&service, "/api/user/u/insights/latest").await;
    assert_eq!(ids(&latest), ids(&made));
    let sleep = list(&service, "/api/user/u/insights/latest?category=sleep&limit=1").await;
    assert_eq!(sleep[0]["category"], "sleep");
    assert!(list(&service, "/api/user/u/insights?state=expired").await.is_empty());
    let surfaced = list(&service, "/api/user/u/insights?state=surfaced").await;
    assert_eq!(surfaced.len(), made.len());
    let (_, none) =
        service.ask("POST", "/api/user/u/insights/generate", &json!({"force_refresh": true})).await;
    assert_eq!(none["insights"], json!([]));
    assert!(none["none_because"].as_str().unwrap().starts_with("What stands out was said before"), "{none}");
}

#[tokio::test]
async fn what_a_person_says_changes_what_they_see() {
    let (service, made) = with_insights().await;
    let key = Some(service.key.as_str());
    let of = |insight: &Value, what: &str| {
        format!("/api/user/u/insights/{}/{what}", insight["id"].as_str().unwrap())
    };
    let first = &made[0];
    let bad = json!({"helpful": false, "rating": 1, "comment": "no"});
    assert_eq!(service.ask("POST", &of(first, "feedback"), &bad).await.0, StatusCode::NO_CONTENT);
    let latest = list(&service, "/api/user/u/insights/latest").await;
    assert_ne!(ids(&latest)[0], first["id"], "it went down");
    assert!(
        latest
            .windows(2)
            .all(|two| two[0]["ranking"]["score"].as_f64() >= two[1]["ranking"]["score"].as_f64())
    );
    assert_eq!(service.ask("POST", &of(first, "dismiss"), &Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(list(&service, "/api/user/u/insights/latest").await.len(), made.len() - 1);
    let dismissed = list(&service, "/api/user/u/insights?state=dismissed").await;
    assert_eq!(
        (dismissed[0]["comment"].as_str(), dismissed[0]["helpful"].as_bool()),
        (Some("no"), Some(false))
    );
    let acknowledge = format!("/api/insights/{}/acknowledge", made[1]["id"].as_str().unwrap());
    assert_eq!(service.ask("PATCH", &acknowledge, &Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(ids(&list(&service, "/api/user/u/insights?state=acknowledged").await), ids(&made[1..2]));

    let feedback = of(&made[1], "feedback");
    for (method, path, body, status, field) in [
        ("POST", feedback.as_str(), json!({"rating": 6}).to_string(), 422, "rating"),
        ("POST", &feedback, json!({"comment": "x".repeat(501)}).to_string(), 422, "comment"),
        ("POST", &feedback, "{}".to_owned(), 422, "body"),
        ("POST", "/api/user/u/insights/none/feedback", json!({"rating": 5}).to_string(), 404, "path"),
        ("POST", "/api/user/u/insights/none/dismiss", String::new(), 404, "path"),
        ("PATCH", "/api/insights/none/acknowledge", String::new(), 404, "path"),
        ("GET", "/api/user/u/insights?category=mood", String::new(), 422, "category"),
        ("GET", "/api/user/u/insights/latest?state=gone", String::new(), 422, "state"),
        ("GET", "/api/user/u/insights?limit=0", String::new(), 422, "limit"),
        ("GET", "/api/user/u/insights?cursor=bm90", String::new(), 422, "cursor"),
        ("GET", "/api/user/nobody/insights", String::new(), 404, "user_id"),
    ] {
        service.refused(method, path, key, body, status, field).await;
    }
    let other = super::key(&service.ops, "other", &Scope::ALL).await;
    service.refused("PATCH", &acknowledge, Some(&other), "", 404, "path").await;
    let data_only = super::key(&service.ops, "t", &[Scope::Data]).await;
    service.refused("GET", "/api/user/u/insights", Some(&data_only), "", 403, "Authorization").await;
}

/// By the paths and names of the first system, twice.
#[tokio::test]
async fn old_apps_find_list_see_and_rate_insights() {
    let (service, made) = with_insights().await;
    let key = Some(service.key.as_str());
    for (generate, body, lists) in [
        ("/api/v1/insights/generate", json!({"user_id": "u"}), "/api/v1/insights/u"),
        ("/api/v2/insights/u/generate", json!({"timeframe_days": 3}), "/api/v2/insights/u/latest"),
    ] {
        let (status, found) = service.ask("POST", generate, &body).await;
        assert_eq!(
            (status, &found["success"], &found["source"]),
            (StatusCode::OK, &json!(true), &json!("cached"))
        );
        assert_eq!(found["count"], made.len());
        assert!(found["insights"][0]["created_at"].is_string());
        let first = list_old(&service, &format!("{lists}?limit=1")).await;
        assert_eq!(first["count"], 1);
        let insight = &first["insights"][0];
        assert!((1..=3).contains(&insight["priority"].as_u64().unwrap()));
        assert!(insight["actionability_score"].as_f64().unwrap() >= 0.7 && insight["type"].is_string());
        service.refused("GET", &format!("{lists}?limit=x"), key, "", 422, "limit").await;
        service.refused("GET", &format!("{lists}?category=x"), key, "", 422, "category").await;
    }
    let all = list_old(&service, "/api/v2/insights/u/latest").await;
    let id = |n: usize| all["insights"][n]["id"].as_str().unwrap().to_owned();
    let (one, other) = (id(0), id(1));
    for (method, path, body) in [
        ("PATCH", format!("/api/v1/insights/{one}/acknowledge"), Value::Null),
        ("POST", format!("/api/v1/insights/{one}/rate?rating=4&feedback=good"), Value::Null),
        ("PATCH", format!("/api/v2/insights/u/{other}/acknowledge"), Value::Null),
        ("POST", format!("/api/v2/insights/u/{other}/feedback"), json!({"helpful": false, "rating": 2})),
    ] {
        assert_eq!(service.ask(method, &path, &body).await.0, StatusCode::NO_CONTENT, "{path}");
    }
    let now = list(&service, "/api/user/u/insights").await;
    let of = |id: &str| now.iter().find(|insight| insight["id"] == id).unwrap().clone();
    assert_eq!((&of(&one)["rating"], &of(&one)["comment"]), (&json!(4), &json!("good")));
    assert_eq!((&of(&other)["rating"], &of(&other)["helpful"]), (&json!(2), &json!(false)));
    let rate = format!("/api/v1/insights/{one}/rate");
    service.refused("POST", &format!("{rate}?rating=6"), key, "", 422, "rating").await;
    service.refused("POST", &format!("{rate}?rating=x"), key, "", 422, "rating").await;
    service.refused("POST", "/api/v1/insights/nothing/rate?rating=3", key, "", 404, "path").await;
    service.refused("PATCH", &format!("/api/v2/insights/v/{one}/acknowledge"), key, "", 404, "path").await;
    let days = json!({"timeframe_days": 15}).to_string();
    service.refused("POST", "/api/v2/insights/u/generate", key, days, 422, "timeframe_days").await;
    service.refused("GET", "/api/v1/insights/u", None, "", 401, "Authorization").await;
    let elsewhere = super::key(&service.ops, "other", &domain::access::Scope::ALL).await;
    service.refused("POST", &format!("{rate}?rating=3"), Some(&elsewhere), "", 404, "path").await;
}

async fn list_old(service: &Service, path: &str) -> Value {
    let (status, body) = service.ask("GET", path, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

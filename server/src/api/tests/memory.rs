//! Memory through the router: looked at, told, forgotten, lifted; wrong requests name their field.

use axum::http::StatusCode;
use domain::access::Scope;
use serde_json::{Value, json};

use super::{Service, key};

const MEMORIES: &str = "/api/user/u/memories";

fn keys(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn memories_are_told_listed_forgotten_and_lifted() {
    let service = Service::start().await;
    service.someone().await;
    let told = json!({"key": "dislike.greens", "content": "Does not like broccoli", "about": ["food"],
        "claim": {"kind": "dislikes", "foods": ["Broccoli"]}});
    let (status, memory) = service.ask("POST", MEMORIES, &told).await;
    assert_eq!(status, StatusCode::OK, "{memory}");
    assert_eq!((&memory["source"], &memory["state"]), (&json!("person"), &json!("current")));
    assert_eq!(memory["claim"], json!({"kind": "told", "dislikes": ["broccoli"]}));
    let one = format!("{MEMORIES}/{}", memory["id"].as_str().unwrap());

    let (_, plan) = service.ask("POST", "/api/user/u/nutrition/generate", &Value::Null).await;
    assert_eq!(plan["remembered"][0]["key"], "dislike.greens");
    assert_eq!(super::super::answers::fits("nutrition_plan", &plan), Ok(()));
    let (status, seen) = service.ask("GET", &one, &Value::Null).await;
    assert_eq!((status, &seen["recalled"]), (StatusCode::OK, &json!(1)));
    assert_eq!(seen["used_in"][0]["agent"], "nutrition");
    assert!(seen["kept_because"].as_str().unwrap().starts_with("The person said so"));

    let (_, page) = service.ask("GET", &format!("{MEMORIES}?limit=1"), &Value::Null).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    let (_, rest) = service.ask("GET", page["next"].as_str().unwrap(), &Value::Null).await;
    assert_eq!(keys(&rest).len(), 1, "the page after is asked for in the same words");
    assert!(!keys(&rest).contains(&keys(&page)[0]));
    let (_, food) = service.ask("GET", &format!("{MEMORIES}?about=food&layer=semantic"), &Value::Null).await;
    assert_eq!(keys(&food), ["dislike.greens"]);

    let (status, gone) = service.ask("DELETE", &one, &Value::Null).await;
    assert_eq!((status, &gone["keys"]), (StatusCode::OK, &json!(1)));
    service.refused("GET", &one, Some(&service.key), "", 404, "path").await;
    service.refused("POST", MEMORIES, Some(&service.key), told.to_string(), 409, "state").await;
    let forgotten = format!("{MEMORIES}/forgotten");
    let (_, listed) = service.ask("GET", &forgotten, &Value::Null).await;
    assert_eq!(listed["forgotten"][0]["key"], "dislike.greens");
    let (status, _) = service.ask("DELETE", &format!("{forgotten}?key=dislike.greens"), &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(service.ask("POST", MEMORIES, &told).await.0, StatusCode::OK);
    let (status, _) = service.ask("DELETE", &format!("{MEMORIES}?all=true"), &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let (_, page) = service.ask("GET", MEMORIES, &Value::Null).await;
    assert_eq!(page["items"], json!([]));
}

#[tokio::test]
async fn wrong_requests_for_memories_name_their_field() {
    let service = Service::start().await;
    service.someone().await;
    let right = json!({"key": "a.b", "content": "So it is"});
    let with = |field: &str, value: Value| {
        let mut body = right.clone();
        body[field] = value;
        body.to_string()
    };
    let cases: Vec<(&str, String, String, u16, &str)> = vec![
        ("POST", MEMORIES.to_owned(), with("key", json!("A B")), 422, "key"),
        ("POST", MEMORIES.to_owned(), with("content", json!("x".repeat(301))), 422, "content"),
        ("POST", MEMORIES.to_owned(), with("about", json!(["Deep Sleep"])), 422, "about[0]"),
        (
            "POST",
            MEMORIES.to_owned(),
            with("claim", json!({"kind": "dislikes", "foods": []})),
            422,
            "claim.foods",
        ),
        ("POST", MEMORIES.to_owned(), with("importance", json!(1)), 422, "importance"),
        ("GET", format!("{MEMORIES}?layer=deep"), String::new(), 422, "layer"),
        ("GET", format!("{MEMORIES}?state=lost"), String::new(), 422, "state"),
        ("GET", format!("{MEMORIES}?limit=201"), String::new(), 422, "limit"),
        ("GET", format!("{MEMORIES}?about=%25"), String::new(), 422, "about"),
        ("GET", format!("{MEMORIES}?cursor=x"), String::new(), 422, "cursor"),
        ("GET", format!("{MEMORIES}/no-such"), String::new(), 404, "path"),
        ("DELETE", format!("{MEMORIES}/no-such"), String::new(), 404, "path"),
        ("DELETE", MEMORIES.to_owned(), String::new(), 422, "query"),
        ("DELETE", format!("{MEMORIES}?key=no.such"), String::new(), 404, "path"),
        ("DELETE", format!("{MEMORIES}/forgotten?all=true"), String::new(), 404, "path"),
        ("GET", "/api/user/nobody/memories".to_owned(), String::new(), 404, "user_id"),
    ];
    for (method, path, body, status, field) in cases {
        service.refused(method, &path, Some(&service.key), body, status, field).await;
    }
    let reader = key(&service.ops, "t", &[Scope::Agents]).await;
    service.refused("POST", MEMORIES, Some(&reader), right.to_string(), 403, "Authorization").await;
    service.refused("DELETE", &format!("{MEMORIES}?all=true"), Some(&reader), "", 403, "Authorization").await;
    let writer = key(&service.ops, "t", &[Scope::Data]).await;
    service.refused("GET", MEMORIES, Some(&writer), "", 403, "Authorization").await;
    let other = key(&service.ops, "other", &Scope::ALL).await;
    service.refused("GET", MEMORIES, Some(&other), "", 404, "user_id").await;
}

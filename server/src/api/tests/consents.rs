//! Consent to support through the router: given, looked at, withdrawn; and who looked.

use axum::http::StatusCode;
use domain::access::{Role, Scope};
use domain::id::{TenantId, UserId};
use ops::access::{Actor, Person};
use ops::support::{Looking, Section};
use serde_json::{Value, json};

use super::{Service, key};

const CONSENT: &str = "/api/user/u/consents/support-access";
const ACCESSES: &str = "/api/user/u/accesses";

async fn staff(service: &Service, email: &str) -> Person {
    let password = "a long password";
    let made = service.ops.create_user(&Actor::CommandLine, email, Role::Operator, password).await;
    made.unwrap();
    service.ops.sign_in(email, password, "127.0.0.1", "test").await.unwrap().person
}

async fn look(service: &Service, staff: &Person, section: Section) -> bool {
    let (tenant, user) = (TenantId::parse("t").unwrap(), UserId::parse("u").unwrap());
    let looking = Looking { section, cursor: None, past: false };
    service.ops.look_at(staff, &tenant, &user, &looking).await.is_ok()
}

#[tokio::test]
async fn a_consent_is_given_seen_used_and_withdrawn() {
    let service = Service::start().await;
    service.someone().await;
    let (olga, ivan) = (staff(&service, "olga@example.org").await, staff(&service, "ivan@example.org").await);
    service.refused("GET", CONSENT, Some(&service.key), "", 404, "path").await;
    let (status, page) = service.ask("GET", ACCESSES, &Value::Null).await;
    assert_eq!((status, page), (StatusCode::OK, json!({"items": [], "next": null})));
    assert!(!look(&service, &olga, Section::Memory).await);

    let (status, given) = service.ask("PUT", CONSENT, &json!({"purpose": "Why so early?"})).await;
    assert_eq!(status, StatusCode::OK, "{given}");
    let expected = json!({"purpose": "Why so early?", "state": "in-force", "granted_at": "2026-03-03T07:00:00Z",
        "expires_at": "2026-03-10T07:00:00Z", "withdrawn_at": null});
    assert_eq!(given, expected);
    assert_eq!(service.ask("GET", CONSENT, &Value::Null).await.1, expected);
    for (who, section) in [
        (&olga, Section::Memory),
        (&olga, Section::Memory),
        (&olga, Section::Plans),
        (&ivan, Section::Memory),
    ] {
        assert!(look(&service, who, section).await);
    }
    let (_, page) = service.ask("GET", &format!("{ACCESSES}?limit=2"), &Value::Null).await;
    let next = page["next"].as_str().unwrap();
    let (_, rest) = service.ask("GET", next, &Value::Null).await;
    let all: Vec<&Value> =
        [&page, &rest].into_iter().flat_map(|page| page["items"].as_array().unwrap()).collect();
    assert_eq!((all.len(), &rest["next"]), (3, &Value::Null));
    for access in &all {
        assert_eq!((&access["role"], &access["ground"]), (&json!("operator"), &json!("consent")));
        assert_eq!((&access["why"], access.get("expires_at")), (&json!("Why so early?"), None));
    }
    assert!(!json!(all).to_string().contains("example.org"), "staff keep their names");

    let (status, gone) = service.ask("DELETE", CONSENT, &Value::Null).await;
    assert_eq!((status, &gone["state"]), (StatusCode::OK, &json!("withdrawn")));
    assert!(!look(&service, &olga, Section::Memory).await);
    service.refused("DELETE", CONSENT, Some(&service.key), "", 404, "path").await;
    let (status, export) = service.ask("GET", "/api/user/u/export", &Value::Null).await;
    assert_eq!((status, export["consents"].as_array().unwrap().len()), (StatusCode::OK, 1));
    assert_eq!(export["accesses"].as_array().unwrap().len(), 3);
    assert_eq!(service.ask("DELETE", "/api/user/u?confirm=u", &Value::Null).await.0, StatusCode::OK);
    service.someone().await;
    service.refused("GET", CONSENT, Some(&service.key), "", 404, "path").await;
    assert_eq!(service.ask("GET", ACCESSES, &Value::Null).await.1["items"], json!([]));
}

#[tokio::test]
async fn wrong_consents_name_their_field_and_allow_nothing() {
    let service = Service::start().await;
    service.someone().await;
    let with = |field: &str, value: Value| {
        let mut body = json!({"purpose": "to see"});
        body[field] = value;
        body.to_string()
    };
    let cases = [
        ("PUT", CONSENT, with("purpose", json!("x")), 422, "purpose"),
        ("PUT", CONSENT, with("purpose", json!("x".repeat(501))), 422, "purpose"),
        ("PUT", CONSENT, "{}".to_owned(), 422, "purpose"),
        ("PUT", CONSENT, with("expires_at", json!("2026-03-03T07:00:00Z")), 422, "expires_at"),
        ("PUT", CONSENT, with("expires_at", json!("2026-04-02T07:00:01Z")), 422, "expires_at"),
        ("PUT", CONSENT, with("expires_at", json!("soon")), 422, "expires_at"),
        ("PUT", CONSENT, with("for_ever", json!(true)), 422, "for_ever"),
        ("PUT", "/api/user/nobody/consents/support-access", with("purpose", json!("to see")), 404, "user_id"),
        ("GET", "/api/user/nobody/accesses", String::new(), 404, "user_id"),
        ("GET", "/api/user/u/accesses?limit=0", String::new(), 422, "limit"),
        ("GET", "/api/user/u/accesses?cursor=x", String::new(), 422, "cursor"),
    ];
    for (method, path, body, status, field) in cases {
        service.refused(method, path, Some(&service.key), body, status, field).await;
    }
    let reader = key(&service.ops, "t", &[Scope::Agents]).await;
    service
        .refused("PUT", CONSENT, Some(&reader), with("purpose", json!("to see")), 403, "Authorization")
        .await;
    service.refused("GET", ACCESSES, Some(&reader), "", 403, "Authorization").await;
    let other = key(&service.ops, "other", &Scope::ALL).await;
    service.refused("PUT", CONSENT, Some(&other), with("purpose", json!("to see")), 404, "user_id").await;
    service.refused("GET", CONSENT, Some(&service.key), "", 404, "path").await;
}

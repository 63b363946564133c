//! Tags of what apps read, and writes that only replace what was read.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::Service;

const PROFILE: &str = "/api/user/u/profile";

fn tag(headers: &HeaderMap) -> String {
    headers[header::ETAG].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let service = Service::start().await;
    service.someone().await;
    service.ask("POST", "/api/analyze", &json!({"user_id": "u"})).await;
    service.ask("PUT", "/api/user/u/journal/2026-03-03", &json!({"mood_rating": 3})).await;
    for path in [
        PROFILE,
        "/api/user/u/routine/latest",
        "/api/user/u/routine/2026-03-03",
        "/api/user/u/nutrition/latest",
        "/api/user/u/plans/2026-03-03",
        "/api/user/u/plans/week",
        "/api/user/u/insights/latest",
        "/api/user/u/tasks",
        "/api/user/u/check-ins",
        "/api/user/u/journal",
        "/api/user/u/journal/2026-03-03",
        "/api/user/u/calendar",
        "/api/user/u/calendar/2026-03-03",
        "/api/user/u/archetype",
        "/api/archetypes",
        "/api/user/u/summary",
        "/api/user/u/data-quality",
        "/api/user/u/chat-context",
    ] {
        let (status, headers, _) = service.send_with("GET", path, &[], &Value::Null).await;
        assert_eq!(
            (status, &headers[header::CACHE_CONTROL]),
            (StatusCode::OK, &"private, no-cache".parse().unwrap())
        );
        let known = tag(&headers);
        let weak = format!("\"other\", W/{known}");
        for known in [known.as_str(), weak.as_str(), "*"] {
            let (status, headers, body) =
                service.send_with("GET", path, &[("if-none-match", known)], &Value::Null).await;
            assert_eq!((status, body), (StatusCode::NOT_MODIFIED, Value::Null), "{path} {known}");
            assert!(headers.contains_key(header::ETAG) && !headers.contains_key(header::CONTENT_TYPE));
        }
        let (status, ..) =
            service.send_with("GET", path, &[("if-none-match", "\"other\"")], &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    let (_, headers, _) = service.send_with("GET", "/api/user/u/routine/someday", &[], &Value::Null).await;
    assert!(!headers.contains_key(header::ETAG) && headers[header::CACHE_CONTROL] == "no-store");
    let (_, headers, _) = service.send_with("POST", "/api/user/u/routine/generate", &[], &json!({})).await;
    assert!(!headers.contains_key(header::ETAG));
}

#[tokio::test]
async fn each_coding_has_a_tag_of_its_own_and_any_of_them_is_known() {
    let service = Service::start().await;
    service.someone().await;
    service.ask("POST", "/api/user/u/routine/generate", &json!({})).await;
    let path = "/api/user/u/routine/latest";
    let read = async |coding: &str| {
        let sent = [("accept-encoding", coding)];
        let (_, headers, _) = service.send_with("GET", path, &sent, &Value::Null).await;
        let got = headers.get(header::CONTENT_ENCODING).map(|it| it.to_str().unwrap().to_owned());
        (tag(&headers), got)
    };
    let (plain, none) = read("identity").await;
    let (gzip, packed) = read("gzip").await;
    let (br, brotli) = read("br").await;
    assert_eq!((none, packed.as_deref(), brotli.as_deref()), (None, Some("gzip"), Some("br")));
    let with = |coding: &str| plain.replace("\"", "").to_owned() + "-" + coding;
    assert_eq!((gzip.trim_matches('"'), br.trim_matches('"')), (with("gzip").as_str(), with("br").as_str()));
    for known in [&plain, &gzip, &br] {
        let sent = [("accept-encoding", "gzip"), ("if-none-match", known.as_str())];
        let (status, headers, _) = service.send_with("GET", path, &sent, &Value::Null).await;
        assert_eq!((status, &tag(&headers)), (StatusCode::NOT_MODIFIED, known));
    }
}

#[tokio::test]
async fn only_what_was_read_is_replaced() {
    let service = Service::start().await;
    service.someone().await;
    let journal = "/api/user/u/journal/2026-03-03";
    service.ask("PUT", journal, &json!({"mood_rating": 3})).await;
    for (path, first, second) in [
        (PROFILE, json!({"age": 42}), json!({"age": 43})),
        (journal, json!({"mood_rating": 4}), json!({"mood_rating": 5})),
    ] {
        let (_, headers, before) = service.send_with("GET", path, &[], &Value::Null).await;
        let read = tag(&headers);
        let expect = [("if-match", read.as_str())];
        assert_eq!(service.send_with("PUT", path, &expect, &first).await.0, StatusCode::OK);
        let (_, _, after) = service.send_with("GET", path, &[], &Value::Null).await;
        let (status, _, problem) = service.send_with("PUT", path, &expect, &second).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (412, &json!("If-Match")));
        assert_eq!(problem["type"], "urn:holisticos:changed");
        let (_, _, now) = service.send_with("GET", path, &[], &Value::Null).await;
        assert!(now == after && now != before, "{path}");
        // Without a tag the last one wins, as ever.
        assert_eq!(service.send_with("PUT", path, &[], &second).await.0, StatusCode::OK);
    }
    let any = [("if-match", "*")];
    let nobody = service.send_with("PUT", "/api/user/new/profile", &any, &json!({"age": 20})).await;
    assert_eq!(nobody.0, StatusCode::PRECONDITION_FAILED);
    let (status, ..) = service.send_with("DELETE", journal, &[("if-match", "\"old\"")], &Value::Null).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_read_the_same_one_replaces_it() {
    let service = Service::start().await;
    service.someone().await;
    for age in 20..30 {
        let (_, headers, _) = service.send_with("GET", PROFILE, &[], &Value::Null).await;
        let read = tag(&headers);
        let expect = [("if-match", read.as_str())];
        let (mine, yours) = (json!({"age": age, "goal": "fitness"}), json!({"age": age + 40}));
        let (one, two) = tokio::join!(
            service.send_with("PUT", PROFILE, &expect, &mine),
            service.send_with("PUT", PROFILE, &expect, &yours),
        );
        let mut got = [one.0.as_u16(), two.0.as_u16()];
        got.sort_unstable();
        assert_eq!(got, [200, 412]);
    }
}

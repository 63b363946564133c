//! Who may not, may not now, or asks for what is not served: why, in both forms of an error, and nothing is spent.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::access::Scope;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::super::key;
use super::{CANARY, CHAT, ask, asked, booked, provider, question, quick, respond, service};

#[tokio::test]
async fn only_a_key_of_the_scope_models_may_ask() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |_| {}).await;
    let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| *scope != Scope::Models).collect();
    let other = key(&service.ops, "t", &others).await;
    for (method, path) in [("POST", CHAT), ("GET", "/v1/models")] {
        let (status, kind, problem) = service.send(method, path, Some(&other), question().to_string()).await;
        assert_eq!((status, kind.as_str()), (StatusCode::FORBIDDEN, "application/problem+json"));
        assert!(problem["error"]["message"].as_str().unwrap().contains("the scope models"), "{problem}");
        let (status, _, problem) = service.send(method, path, None, question().to_string()).await;
        assert_eq!(
            (status, &problem["error"]["code"]),
            (StatusCode::UNAUTHORIZED, &json!("unauthenticated"))
        );
    }
    let only = key(&service.ops, "t", &[Scope::Models]).await;
    assert_eq!(respond(&service, &only, &question()).await.status(), StatusCode::OK);
    service.refused("GET", "/api/user/u/memory", Some(&only), "", 403, "Authorization").await;
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_its_name() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |_| {}).await;
    let message = |content: Value| json!({"messages": [{"role": "user", "content": content}]});
    let tool = json!([{"type": "function", "function": {"name": CANARY}}]);
    let image = json!([{"type": "image_url", "image_url": {"url": CANARY}}]);
    let cases = [
        (json!({}), "messages"),
        (json!({"messages": []}), "messages"),
        (message(json!(null)), "messages[0].content"),
        (message(json!(7)), "messages[0].content"),
        (message(image), "messages[0].content[0].type"),
        (json!({"messages": [{"role": "tool", "content": CANARY}]}), "messages[0].role"),
        (
            json!({"messages": [{"role": "user", "content": "x", "tool_calls": tool}]}),
            "messages[0].tool_calls",
        ),
        (asked(&json!({"tools": tool})), "tools"),
        (asked(&json!({"tool_choice": "required"})), "tool_choice"),
        (asked(&json!({"functions": [{"name": CANARY}]})), "functions"),
        (asked(&json!({"n": 2})), "n"),
        (asked(&json!({"logprobs": true})), "logprobs"),
        (asked(&json!({"temperature": 3})), "temperature"),
        (asked(&json!({"top_p": "x"})), "top_p"),
        (asked(&json!({"max_tokens": 0})), "max_tokens"),
        (asked(&json!({"max_tokens": -1})), "max_tokens"),
        (asked(&json!({"stop": 7})), "stop"),
        (asked(&json!({"response_format": {"type": "xml"}})), "response_format"),
        (asked(&json!({"user": "not an id"})), "user"),
        (asked(&json!({"surprise": CANARY})), "surprise"),
        (asked(&json!({"stream_options": {"surprise": 1}})), "stream_options.surprise"),
    ];
    for (body, field) in cases {
        let answer = ask(&service, &body).await;
        assert_eq!(answer.error(), (422, "invalid".to_owned()), "{field}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(
            (&problem["error"]["param"], &problem["errors"][0]["field"]),
            (&json!(field), &json!(field))
        );
        assert_eq!(problem["error"]["type"], "invalid_request_error");
    }
    let unknown = ask(&service, &asked(&json!({"model": "gpt-x"}))).await;
    assert_eq!(unknown.error(), (404, "not-found".to_owned()));
    assert_eq!(unknown.json()["error"]["param"], "model");
    let (status, _, broken) = service.send("POST", CHAT, Some(&service.key), "{\"messages\": [").await;
    assert_eq!((status.as_u16(), &broken["error"]["code"]), (400, &json!("not-json")));
    let huge = format!("{{\"messages\": [\"{}\"]}}", "x".repeat(2 << 20));
    let (status, _, huge) = service.send("POST", CHAT, Some(&service.key), huge).await;
    assert_eq!((status.as_u16(), &huge["error"]["code"]), (413, &json!("too-large")));
    assert_eq!(booked(&service).await, (0.0, 0.0));
}

/// Body and headers of a cap's refusal.
fn assert_capped(answer: &super::Answer, source: &str) {
    assert_eq!(answer.error(), (402, "over-cap".to_owned()), "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["limit_source"], source);
    assert_eq!(body["error"]["type"], "insufficient_quota");
    for field in ["asked_usd", "spent_usd", "reserved_usd", "limit_usd"] {
        assert!(body[field].is_number(), "{field}: {body}");
    }
    for field in ["reason", "resets_at", "hint"] {
        assert!(!body[field].as_str().unwrap().is_empty(), "{field}: {body}");
    }
    assert_eq!(answer.headers["x-should-retry"], "false");
}

#[tokio::test]
async fn a_cap_says_how_full_it_is_and_when_it_begins_anew() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |config| {
        config.model.max_output_tokens = 100;
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) =
            (0.000_001, 0.000_001, 1.0);
    })
    .await;
    for stream in [false, true] {
        let body = asked(&json!({"stream": stream}));
        let capped = ask(&service, &body).await;
        assert_capped(&capped, "global day");
        assert!(capped.headers.get("retry-after").is_none(), "one call alone is too much: never");
    }
    assert_eq!(booked(&service).await, (0.0, 0.0));
}

#[tokio::test]
async fn when_the_day_is_spent_nothing_stands_in() {
    let (_, url) = provider(quick()).await;
    // The first call fits by what is likely; nobody says what it used, so its worst case takes the day past its budget.
    let service = service("no-usage@sim-small", &url, |config| {
        config.model.max_output_tokens = 20;
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (0.000_1, 0.000_1, 1.0);
    })
    .await;
    assert_eq!(ask(&service, &question()).await.status, StatusCode::OK);
    assert!(booked(&service).await.0 > 0.000_1, "{:?}", booked(&service).await);
    let spent = ask(&service, &question()).await;
    assert_capped(&spent, "global day");
    assert!(spent.json()["reason"].as_str().unwrap().contains("daily budget"));
    // The clock of a test stands at seven in the morning.
    assert_eq!(spent.headers["retry-after"], (17 * 3_600).to_string());
    service.ops.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(ask(&service, &question()).await.headers["retry-after"], (33 * 1_800).to_string());
}

#[tokio::test]
async fn a_persons_cap_counts_where_the_person_is_named() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |config| {
        config.model.max_output_tokens = 20;
        (config.caps.free_person_day_usd, config.caps.free_person_month_usd) = (0.000_06, 1.0);
    })
    .await;
    let ana = asked(&json!({"user": "ana"}));
    let mut answered = 0;
    let capped = loop {
        let answer = ask(&service, &ana).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        answered += 1;
    };
    assert!((1..10).contains(&answered), "{answered}");
    assert_capped(&capped, "person day");
    assert!(capped.json()["spent_usd"].as_f64().unwrap() > 0.0);
    assert_eq!(ask(&service, &asked(&json!({"user": "bo"}))).await.status, StatusCode::OK);
    assert_eq!(ask(&service, &question()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_shutoff_of_either_strength_stops_chats() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |_| {}).await;
    for mode in ["degrade", "stop"] {
        let cut = json!({"mode": mode, "reason": "a test"});
        assert_eq!(service.ask("POST", "/api/ops/cost/shutoff", &cut).await.0, StatusCode::OK);
        for stream in [false, true] {
            let stopped = ask(&service, &asked(&json!({"stream": stream}))).await;
            assert_eq!(stopped.error(), (503, "stopped".to_owned()));
            assert_eq!(stopped.json()["shutoff"]["reason"], "a test");
            assert_eq!(
                (&stopped.headers["x-should-retry"], &stopped.headers["retry-after"]),
                (&"false".parse().unwrap(), &"60".parse().unwrap())
            );
        }
        assert_eq!(service.ask("DELETE", "/api/ops/cost/shutoff", &Value::Null).await.0, StatusCode::OK);
    }
    assert_eq!(booked(&service).await, (0.0, 0.0));
    assert_eq!(ask(&service, &question()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn limits_of_person_and_key_say_when_to_come_back() {
    let (_, url) = provider(quick()).await;
    let service = service("sim-small", &url, |config| {
        config.limits.enabled = true;
        config.limits.free.chat_per_hour = 2;
        config.limits.key_per_minute = 4;
    })
    .await;
    let ana = asked(&json!({"user": "ana"}));
    let first = ask(&service, &ana).await;
    assert!(
        first.headers["ratelimit"]
            .to_str()
            .unwrap()
            .contains("\"requests:hour:tier=free,agent=chat,person=*\";r=1")
    );
    assert_eq!(ask(&service, &ana).await.status, StatusCode::OK);
    let limited = ask(&service, &ana).await;
    assert_eq!(limited.error(), (429, "too-many-requests".to_owned()));
    assert_eq!(
        (&limited.json()["limit_source"], &limited.headers["retry-after"]),
        (&json!("2 chat requests an hour for one person of tier free"), &"1800".parse().unwrap())
    );
    // Without a person only the key's limits count.
    assert_eq!(ask(&service, &question()).await.status, StatusCode::OK);
    assert_eq!(ask(&service, &question()).await.status, StatusCode::OK);
    let limited = ask(&service, &question()).await;
    assert_eq!(limited.json()["limit_source"], "4 agent requests a minute for one key");
}

#[tokio::test]
async fn a_chat_without_tokens_left_is_429_and_tells_what_is_left() {
    let (provider, url) = provider(quick()).await;
    let service = service("sim-small", &url, |config| {
        config.limits.enabled = true;
        // A call of this size is taken for about 80 tokens before any is known, and uses fewer.
        config.limits.key_tokens_per_minute = 150;
    })
    .await;
    let short = || asked(&json!({"max_tokens": 40}));
    let first = ask(&service, &short()).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert!(
        first.headers["ratelimit-policy"]
            .to_str()
            .unwrap()
            .contains(r#""tokens:minute:key=*";q=150;w=60;qu="tokens""#)
    );
    let used = first.json()["usage"]["total_tokens"].as_u64().unwrap();
    let left = first.headers["ratelimit"].to_str().unwrap().to_owned();
    assert!(
        left.contains(&format!(r#""tokens:minute:key=*";r={};t="#, 150 - used)),
        "{used} were used: {left}"
    );

    // Whoever asks for more at once than there ever is need not come back.
    let never = ask(&service, &asked(&json!({"max_tokens": 4_000}))).await;
    assert_eq!(never.error(), (429, "too-many-requests".to_owned()));
    assert!(!never.headers.contains_key("retry-after"));
    let limit = &never.json()["limit"];
    assert_eq!(
        (&limit["rule"], &limit["quota"], &limit["used"]),
        (&json!("tokens:minute:key=*"), &json!(150), &json!(used))
    );
    assert!(limit["free_in_s"].is_null() && limit["asked"].as_u64().unwrap() > 150, "{limit}");

    // Until the window is used up; nothing that was refused reached the provider.
    let stats = provider.oneshot(Request::get("/stats").body(Body::empty()).unwrap()).await.unwrap();
    let stats = axum::body::to_bytes(stats.into_body(), usize::MAX).await.unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&stats).unwrap()["requests"], 1);
    service.ops.clock.advance(jiff::SignedDuration::from_secs(60));
    let again = ask(&service, &short()).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    let rules = service.ask("GET", "/api/ops/cost/limits", &serde_json::Value::Null).await.1;
    let key =
        rules["rules"].as_array().unwrap().iter().find(|it| it["rule"] == "tokens:minute:key=*").unwrap();
    assert_eq!((&key["refused_last_hour"], &key["quota"]), (&json!(1), &json!(150)));
}

#[tokio::test]
async fn without_a_model_nobody_is_asked() {
    let service = super::super::Service::start().await;
    assert_eq!(ask(&service, &question()).await.error(), (503, "model-not-configured".to_owned()));
    assert_eq!(ask(&service, &asked(&json!({"model": "auto"}))).await.error().0, 503);
}

//! Limits through the API, the page and its plain forms.

use super::caps::{PASSWORD, Session};
use super::*;
use crate::simulator::{self, Options};
use domain::access::Role;

const LIMITS: &str = "/api/ops/cost/limits";
const MINUTE: &str = "requests:minute:person=*";

fn set(rule: &str, quota: u64) -> Value {
    json!({"rule": rule, "quota": quota, "reason": "a test of limits"})
}

async fn behavior(service: &Service) -> (StatusCode, Value) {
    service.ask("POST", "/api/user/u/behavior/analyze", &json!({})).await
}

#[tokio::test]
async fn a_key_reads_limits_and_lowers_them_and_never_lets_more_through() {
    let service = Service::start_with(|_| {}).await;
    let (status, limits) = service.ask("GET", LIMITS, &Value::Null).await;
    assert_eq!((status, &limits["enabled"]), (StatusCode::OK, &json!(true)));
    assert_eq!(limits["rules"].as_array().unwrap().len(), 35);
    assert_eq!((&limits["rules"][0]["rule"], &limits["rules"][0]["quota"]), (&json!(MINUTE), &json!(60)));

    let (status, limit) = service.ask("PUT", LIMITS, &set("requests:minute:person=t/u", 2)).await;
    assert_eq!((status, &limit["quota"], &limit["source"]), (StatusCode::OK, &json!(2), &json!("set")));
    assert_eq!(limit["wider"], MINUTE);
    assert!(limit["set_by"].as_str().unwrap().starts_with("key:"));
    let key = Some(service.key.as_str());
    let wrong = [
        ("PUT", set("requests:minute:person=t/u", 3), 403, "Authorization"),
        ("PUT", set("requests:minute:person=t/v", 61), 403, "Authorization"),
        ("PUT", set(MINUTE, 0), 403, "Authorization"),
        ("PUT", set(MINUTE, 60), 409, "state"),
        ("PUT", set("requests:minute:agent=hero", 1), 422, "rule"),
        ("PUT", set("requests:minute:model=m", 1), 422, "rule"),
        ("PUT", set(MINUTE, 1_000_000_001), 422, "quota"),
        ("PUT", json!({"rule": MINUTE, "quota": -1, "reason": "why not"}), 422, "quota"),
        ("PUT", json!({"rule": MINUTE, "quota": 2, "reason": "x"}), 422, "reason"),
        (
            "DELETE",
            json!({"rule": "requests:minute:person=t/u", "reason": "back to all"}),
            403,
            "Authorization",
        ),
        ("DELETE", json!({"rule": MINUTE, "reason": "never set"}), 409, "state"),
    ];
    for (method, body, status, field) in wrong {
        service.refused(method, LIMITS, key, body.to_string(), status, field).await;
    }
    let (_, limits) = service.ask("GET", LIMITS, &Value::Null).await;
    assert!(!limits.to_string().contains("t/u"), "one person's is not for every key to read");
    let reader = super::key(&service.ops, "t", &[Scope::OpsRead]).await;
    service.refused("PUT", LIMITS, Some(&reader), set(MINUTE, 1).to_string(), 403, "Authorization").await;
    let actor = super::key(&service.ops, "t", &[Scope::OpsAct]).await;
    service.refused("GET", LIMITS, Some(&actor), "", 403, "Authorization").await;
    // A rule that counts what nobody counted is no raise, and holds for the next request.
    let (status, _) = service.ask("PUT", LIMITS, &set("requests:day:tenant=t,agent=behavior", 1)).await;
    assert_eq!(status, StatusCode::OK);
    service.someone().await;
    assert_eq!(behavior(&service).await.0, StatusCode::OK);
    let (status, problem) = behavior(&service).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(problem["limit_source"], "1 behavior requests a day for one tenant");
    assert_eq!((&problem["limit"]["source"], &problem["limit"]["window_s"]), (&json!("set"), &json!(86_400)));
    let scrape = Request::get("/metrics").body(Body::empty()).unwrap();
    let metrics = service.router.clone().oneshot(scrape).await.unwrap();
    let metrics = axum::body::to_bytes(metrics.into_body(), usize::MAX).await.unwrap();
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    let series =
        r#"hos_requests_rate_limited_total{limit="requests:day:tenant=t,agent=behavior",tier="free"} 1"#;
    assert!(metrics.contains(series), "{metrics}");
}

#[tokio::test]
async fn a_limit_is_changed_added_and_removed_by_plain_forms() {
    let service = Service::start_with(|_| {}).await;
    service.someone().await;
    let ana = Session::of(&service, "ana", Role::Responder).await;
    let olga = Session::of(&service, "olga", Role::Operator).await;
    let rule = "requests:hour:tier=free,agent=behavior,person=*";
    let page = ops::gateway::limit_page(rule);
    behavior(&service).await;
    behavior(&service).await;
    let (status, html) = ana.get(&page).await;
    assert_eq!(status, StatusCode::OK);
    for words in [
        "Limit of behavior requests an hour, each person of tier free",
        "person t/u, 2 used",
        "Nobody changed it",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let (_, html) = ana.get(&format!("{page}&quota=2")).await;
    assert!(html.contains("At 2: 1 of 1 used as much already, its next request is refused. This rule refused 0 in the last 24 hours"), "{html}");
    let of = ("of", rule);
    let lower = [of, ("quota", "2"), ("reason", "it is asked in a loop"), ("password", "")];
    let (to, good, text) = ana.post("set-limit", &lower).await;
    assert!(good && to == page, "{to} {text}");
    assert_eq!(
        behavior(&service).await.0,
        StatusCode::TOO_MANY_REQUESTS,
        "two were used, and no use is reset"
    );
    let raise = |password| [of, ("quota", "1,000"), ("reason", "it is fixed"), ("password", password)];
    let (_, good, text) = ana.post("set-limit", &raise(PASSWORD)).await;
    assert_eq!(
        (good, text.as_str()),
        (false, "Nothing was changed: this needs the role operator or higher.")
    );
    let (_, good, text) = olga.post("set-limit", &raise("")).await;
    assert!(!good && text.contains("password is needed to raise"), "{text}");
    let (_, good, text) = olga.post("set-limit", &raise(PASSWORD)).await;
    assert!(good && text.starts_with("Changed: 1000 is in force"), "{text}");
    assert_eq!(behavior(&service).await.0, StatusCode::OK);
    let (_, good, text) = ana.post("set-limit", &[of, ("quota", "many"), ("reason", "it is fixed")]).await;
    assert!(!good && text.contains("quota must be a whole number"), "{text}");
    let (_, html) = ana.get("/cost/limits").await;
    for words in
        ["1 request or model call was refused in the last hour", "set by olga@example.org on 2026-03-03"]
    {
        assert!(html.contains(words), "{words}");
    }
    let (_, good, _) =
        ana.post("reset-limit", &[of, ("reset_reason", "as it was"), ("reset_password", "")]).await;
    assert!(good, "back to three is less");
    assert_eq!(ana.get(&format!("{page}&format=csv")).await.1.lines().count(), 4);

    // A rule that nobody made yet, by the parts of the form.
    let parts = "/cost/limits/change?resource=tokens&window=minute&tenant=&key=*&tier=free&agent=&model=&person=&quota=";
    let (status, html) = ana.get(parts).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        html.contains("Add the limit: in force") && html.contains("tokens a minute, each key of tier free"),
        "{html}"
    );
    let added = [("of", "tokens:minute:key=*,tier=free"), ("quota", "5000"), ("reason", "a first line")];
    let (to, good, text) = ana.post("set-limit", &added).await;
    assert!(good, "{text}");
    let (_, html) = ana.get(&to).await;
    assert!(html.contains("Remove it: tokens:minute:key=* holds then"), "{html}");
}

#[tokio::test]
async fn the_pages_know_who_may_look() {
    let service = Service::start_with(|_| {}).await;
    service.someone().await;
    behavior(&service).await;
    let vera = Session::of(&service, "vera", Role::Viewer).await;
    let mara = Session::of(&service, "mara", Role::Manager).await;
    let (status, html) = vera.get("/cost/limits").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("No limit said no in the last hour") && !html.contains("person t/u"));
    assert!(mara.get("/cost/limits").await.1.contains("person t/u"));
    let table = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let rows = table(&vera.get("/cost/limits?format=json").await.1);
    assert!(rows.as_array().unwrap().len() == 35 && !rows.to_string().contains("t/u"));
    let (_, html) = vera.get("/cost/limits/change?of=requests:minute:person%3D*&quota=much").await;
    assert!(
        html.contains("That is no quota") && !html.contains("Change the limit: in force"),
        "a viewer looks"
    );
    for wrong in [
        "?of=moon:day",
        "",
        "?resource=requests&window=minute&agent=hero",
        "?resource=requests&window=minute&model=m",
    ] {
        let (status, html) = vera.get(&format!("/cost/limits/change{wrong}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(html.contains("There is no such limit"), "{wrong}");
    }
    let own = "/cost/limits/change?resource=requests&window=minute&person=t/u";
    assert_eq!(vera.get(own).await.0, StatusCode::FORBIDDEN);
    assert_eq!(vera.get(&format!("{own}&format=csv")).await.0, StatusCode::FORBIDDEN);
    let (status, html) = mara.get(own).await;
    assert!(status == StatusCode::OK && html.contains("Limit of agent requests a minute, person t/u"));
    let parallel = vera.get("/cost/limits/change?resource=parallel&window=minute&key=*").await;
    assert!(parallel.0 == StatusCode::OK && parallel.1.contains("agent requests at the same time, each key"));
}

#[tokio::test]
async fn an_agent_without_tokens_left_answers_without_a_models_words_and_says_why() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let serving = axum::serve(
        listener,
        simulator::router(Options { latency_ms: 0, jitter_ms: 0, ..Options::default() }),
    );
    let serving = serving.into_future();
    ops::testing::in_background(async { serving.await.unwrap() });
    let service = Service::start_with(|config| {
        "sim-small".clone_into(&mut config.model.name);
        config.model.base_url = url;
        config.model.api_key = "test".to_owned().into();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        config.agents.kept_words_minutes = 10;
    })
    .await;
    service.someone().await;
    let meta = async || {
        let (status, answer) =
            service.ask("POST", "/api/user/u/behavior/analyze", &json!({"force_refresh": true})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["meta"].clone()
    };
    assert_eq!(meta().await["engine"], "model");
    let rule = "tokens:minute:tier=free,person=*";
    assert_eq!(service.ask("PUT", LIMITS, &set(rule, 10)).await.0, StatusCode::OK);
    // Words that were paid before stand in.
    assert_eq!(meta().await["engine"], "model");
    service.ops.clock.advance(SignedDuration::from_mins(20));
    let without = meta().await;
    assert_eq!((&without["engine"], &without["degraded"]), (&json!("planner"), &json!(true)));
    assert_eq!(
        without["degraded_reason"],
        "one call alone is likely to use more than the limit of 10 tokens a minute for one person of tier free"
    );
    let limits = service.ask("GET", LIMITS, &Value::Null).await.1;
    let own = limits["rules"].as_array().unwrap().iter().find(|it| it["rule"] == rule).unwrap();
    assert_eq!((&own["refused_last_hour"], &own["quota"]), (&json!(2), &json!(10)));
}

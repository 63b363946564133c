//! Every agent under every step, through the real router and the simulated provider on a real socket; the policies' API and page.

use domain::access::Tier;
use domain::agent::Agent;
use domain::id::UserId;
use domain::money::MicroUsd;
use ops::cost::LedgerRow;

use super::caps::Session;
use super::chat::{asked, provider, quick, service};
use super::*;
use domain::access::Role;

const POLICIES: &str = "/api/ops/cost/degrade";
const WRITERS: [(Agent, &str); 4] = [
    (Agent::Behavior, "behavior/analyze"),
    (Agent::Routine, "routine/generate"),
    (Agent::Nutrition, "nutrition/generate"),
    (Agent::Insights, "insights/generate"),
];

/// `sim-large` first, `sim-small` a tenth of its price, every agent $10 a day.
async fn with_steps(url: &str, steps: &[&str], change: impl FnOnce(&mut ops::Config)) -> Service {
    let steps: Vec<String> = steps.iter().map(|step| (*step).to_owned()).collect();
    let service = service("sim-large", url, |config| {
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        let mut small = config.model.clone();
        small.name = "sim-small".to_owned();
        (small.input_usd_per_mtok, small.output_usd_per_mtok) = (0.1, 0.2);
        config.fallback_models = vec![small];
        config.caps.agent_day_usd = 10.0;
        (config.cost.budget_usd, config.cost.ceiling_usd) = (500.0, 1_000.0);
        config.degrade.steps = steps;
        change(config);
    })
    .await;
    // The same insight is not said twice to one person, so every answer is somebody else's.
    for person in ["u", "v", "w"] {
        let profile = json!({"age": 41});
        assert_eq!(
            service.ask("PUT", &format!("/api/user/{person}/profile"), &profile).await.0,
            StatusCode::OK
        );
        let path = format!("/api/user/{person}/biomarkers");
        assert_eq!(service.ask("POST", &path, &readings()).await.0, StatusCode::OK);
    }
    service.ops.clock.advance(SignedDuration::from_secs(1));
    service
}

/// Somebody else has spent so much of it.
async fn spend(service: &Service, agent: Agent, dollars: f64) {
    let row = LedgerRow {
        request_id: service.ops.clock.new_id(),
        at: service.ops.clock.now(),
        tenant: TenantId::parse("other").unwrap(),
        user: Some(UserId::parse("x").unwrap()),
        agent,
        tier: Tier::Admin,
        key_prefix: "hk_other".to_owned(),
        release: "r".to_owned(),
        model: Some("sim-large".to_owned()),
        price_version: None,
        reserved: MicroUsd::from_usd(dollars),
        settled: MicroUsd::from_usd(dollars),
    };
    service.ops.insert_settled(&[row]).await.unwrap();
}

async fn meta(service: &Service, person: &str, path: &str) -> Value {
    let path = format!("/api/user/{person}/{path}");
    let (status, mut body) = service.ask("POST", &path, &json!({"force_refresh": true})).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body["meta"].take()
}

fn told(meta: &Value) -> (&str, &str, &str) {
    let text = |name: &str| meta[name].as_str().unwrap_or_default();
    (text("engine"), text("model"), text("degraded_reason"))
}

#[tokio::test]
async fn every_agent_gives_up_what_its_step_says_and_says_so() {
    let (_, url) = provider(quick()).await;
    // The step, then what a forced answer is at 79 % and at 80 % of the agent's cap.
    let cases = [
        (
            "80% any cheaper-model",
            ("model", "sim-small", "cost policy: cheaper model from 80 % of the agent's day"),
        ),
        (
            "80% agent cheaper-model sim-small",
            (
                "model",
                "sim-small",
                "cost policy: no model dearer than sim-small from 80 % of the agent's day",
            ),
        ),
        (
            "80% any kept-words-first 720min",
            (
                "model",
                "sim-large",
                "cost policy: words of the last 720 min first from 80 % of the agent's day",
            ),
        ),
        ("80% any planner", ("planner", "", "cost policy: planner from 80 % of the agent's day")),
    ];
    for (step, expected) in cases {
        let service = with_steps(&url, &[step], |_| {}).await;
        for (agent, path) in WRITERS {
            spend(&service, agent, 7.9).await;
            let below = meta(&service, "u", path).await;
            assert_eq!(told(&below), ("model", "sim-large", ""), "{agent}, below {step}");
            spend(&service, agent, 0.1).await;
            // Words are kept for the person who was asked for.
            let again = if step.contains("kept-words") { "u" } else { "v" };
            if step.contains("kept-words") && agent == Agent::Insights {
                continue;
            }
            let at = meta(&service, again, path).await;
            assert_eq!(told(&at), expected, "{agent} at {step}");
            assert_eq!(at["degraded"], true);
        }
        let text = service.ops.metrics_text();
        let word = step.split(' ').nth(2).unwrap();
        let line = format!(r#"hos_answers_given_up_total{{gen_ai_agent_name="routine",hos_step="{word}"}} "#);
        assert!(text.contains(&line), "{step}: {text}");
    }
}

#[tokio::test]
async fn a_throttled_agent_is_answered_by_the_planner_and_a_throttled_chat_waits() {
    let (_, url) = provider(quick()).await;
    let service = with_steps(&url, &["80% any throttle 1/min"], |config| {
        config.degrade.chat = vec!["80% any throttle 2/min".to_owned()];
        config.agents.kept_words_mb = 0;
    })
    .await;
    let reason = "cost policy: at most 1 model call a minute from 80 % of the agent's day";
    for (agent, path) in WRITERS {
        spend(&service, agent, 8.0).await;
        assert_eq!(told(&meta(&service, "u", path).await), ("model", "sim-large", ""), "{agent}");
        assert_eq!(told(&meta(&service, "v", path).await), ("planner", "", reason), "{agent}");
    }
    service.ops.clock.advance(SignedDuration::from_secs(60));
    let (_, path) = WRITERS[1];
    assert_eq!(told(&meta(&service, "w", path).await).0, "model", "a minute later");

    spend(&service, Agent::Chat, 8.0).await;
    let question = asked(&json!({"model": "sim-large"}));
    for _ in 0..2 {
        let (status, body) = service.ask("POST", "/v1/chat/completions", &question).await;
        assert_eq!((status, &body["model"]), (StatusCode::OK, &json!("sim-large")), "{body}");
    }
    let body = question.to_string();
    let request = Request::post("/v1/chat/completions")
        .header(header::AUTHORIZATION, format!("Bearer {}", service.key))
        .body(Body::from(body))
        .unwrap();
    let refused = service.router.clone().oneshot(request).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "60");
    let bytes = axum::body::to_bytes(refused.into_body(), usize::MAX).await.unwrap();
    let problem: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(problem["error"]["type"], "rate_limit_error");
    let source = problem["limit_source"].as_str().unwrap();
    assert_eq!(source, "cost policy: at most 2 model calls a minute from 80 % of the agent's day");
}

#[tokio::test]
async fn with_one_model_nothing_changes_before_a_cap_is_full() {
    let (_, url) = provider(quick()).await;
    let defaults = ops::Config::defaults().degrade.steps;
    let defaults: Vec<&str> = defaults.iter().map(String::as_str).collect();
    let service = with_steps(&url, &defaults, |config| config.fallback_models.clear()).await;
    for (agent, path) in WRITERS {
        spend(&service, agent, 9.9).await;
        assert_eq!(told(&meta(&service, "w", path).await), ("model", "sim-large", ""), "{agent}");
    }
}

#[tokio::test]
async fn a_key_makes_policies_stricter_and_never_weaker() {
    let (_, url) = provider(quick()).await;
    let service = with_steps(&url, &["80% any cheaper-model"], |_| {}).await;
    let (status, all) = service.ask("GET", POLICIES, &Value::Null).await;
    assert_eq!((status, all["policies"].as_array().unwrap().len()), (StatusCode::OK, 5));
    assert_eq!(all["policies"][1]["steps"], json!(["80% any cheaper-model", "100% any planner"]));
    let set =
        |agent: &str, steps: &[&str]| json!({"agent": agent, "steps": steps, "reason": "a test of policies"});
    let (status, policy) = service.ask("PUT", POLICIES, &set("routine", &["70% any cheaper-model"])).await;
    assert_eq!((status, &policy["source"]), (StatusCode::OK, &json!("set")), "{policy}");
    spend(&service, Agent::Routine, 7.0).await;
    assert_eq!(told(&meta(&service, "u", WRITERS[1].1).await).1, "sim-small", "the very next call");
    let key = Some(service.key.as_str());
    let wrong = [
        ("PUT", set("routine", &["75% any cheaper-model"]), 403, "Authorization"),
        ("PUT", set("routine", &["70% any cheaper-model"]), 409, "state"),
        ("PUT", set("routine", &["60% any sleep"]), 422, "steps[0]"),
        ("PUT", set("routine", &["60% any cheaper-model\n10% any planner"]), 422, "steps[0]"),
        ("PUT", set("routine", &["60% any cheaper-model huge"]), 422, "steps"),
        ("PUT", set("chat", &["60% any planner"]), 422, "steps"),
        ("PUT", set("memory", &["60% any planner"]), 422, "agent"),
        ("PUT", json!({"agent": "routine", "steps": ["60% any planner"], "reason": "x"}), 422, "reason"),
        ("DELETE", json!({"agent": "routine", "reason": "back to less"}), 403, "Authorization"),
        ("DELETE", json!({"agent": "nutrition", "reason": "never set"}), 409, "state"),
    ];
    for (method, body, status, field) in wrong {
        service.refused(method, POLICIES, key, body.to_string(), status, field).await;
    }
    let reader = super::key(&service.ops, "t", &[Scope::OpsRead]).await;
    let stricter = set("insights", &["1% any planner"]).to_string();
    service.refused("PUT", POLICIES, Some(&reader), stricter, 403, "Authorization").await;
}

#[tokio::test]
async fn a_policy_is_tried_and_changed_by_plain_forms() {
    let (_, url) = provider(quick()).await;
    let service = with_steps(&url, &["80% any cheaper-model"], |_| {}).await;
    let ana = Session::of(&service, "ana", Role::Responder).await;
    let olga = Session::of(&service, "olga", Role::Operator).await;
    let page = "/cost/policies/change?agent=routine";
    for _ in 0..2 {
        assert_eq!(told(&meta(&service, "u", WRITERS[1].1).await).0, "model");
        service.ops.clock.advance(SignedDuration::from_mins(1));
    }
    service.ops.flush_ledger().await.unwrap();
    let (status, html) = ana.get(&format!("{page}&steps=1%25+any+planner")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("0 of 2 answers would have been hit"), "{html}");
    let (_, html) = ana.get(&format!("{page}&steps=80%25+any+sleep")).await;
    assert!(html.contains("That is no policy: steps[0] must be like"), "{html}");
    assert_eq!(ana.get("/cost/policies/change?agent=hero").await.0, StatusCode::NOT_FOUND);

    let form = |steps, password| {
        [("agent", "routine"), ("steps", steps), ("reason", "it burns"), ("password", password)]
    };
    let (to, good, text) = ana.post("set-degrade-policy", &form("50% any planner\r\n", "")).await;
    assert_eq!((to.as_str(), good, text.as_str()), (page, true, "Changed: in force for the next call."));
    let (_, good, text) = ana.post("set-degrade-policy", &form("60% any planner", "")).await;
    assert!(!good && text.contains("operator"), "{text}");
    let (_, good, text) = olga.post("set-degrade-policy", &form("60% any planner", "")).await;
    assert!(!good && text.contains("password is needed"), "{text}");
    let (_, good, _) = olga.post("set-degrade-policy", &form("60% any planner", super::caps::PASSWORD)).await;
    assert!(good);
    spend(&service, Agent::Routine, 6.0).await;
    service.ops.note_degrade_steps().await.unwrap();
    for path in ["/", "/cost", "/cost/models", "/cost/policies"] {
        let (status, html) = ana.get(path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("from 60 % of any sum: planner"), "{path}");
        assert!(html.contains("because agent:routine was at 60 %"), "{path}");
    }
    let (_, json) = ana.get(&format!("{page}&format=json")).await;
    let changes: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(changes.as_array().unwrap().len(), 2);
    let (_, csv) = ana.get("/cost/policies?table=periods&format=csv").await;
    assert!(csv.contains("agent:routine"), "{csv}");
}

#[test]
fn the_document_says_what_a_policy_and_an_answer_are() {
    let document = serde_json::to_value(crate::api::openapi_document()).unwrap();
    let operations: Vec<&String> = document["paths"][POLICIES].as_object().unwrap().keys().collect();
    assert_eq!(operations, ["delete", "get", "put"]);
    let properties = |name: &str| {
        let schema = &document["components"]["schemas"][name]["properties"];
        let mut names: Vec<String> = schema.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(
        properties("DegradePolicy"),
        "active agent default_steps essential reason set_at set_by source steps title words"
    );
    assert_eq!(properties("ActiveStep"), "agent gives_up percent scope since step words");
    assert_eq!(properties("DegradePeriod"), "agent began_at ended_at id percent scope step");
    assert!(
        properties("AnswerMeta").contains("degraded_reason") && properties("AnswerMeta").contains("model")
    );
    assert!(
        properties("StepRecord").contains("degraded_reason") && properties("StepRecord").contains("model")
    );
}

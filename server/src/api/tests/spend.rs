//! Prices and reconciliation through the API, the pages and their plain forms, with the simulated provider on a real socket.

use std::collections::{BTreeMap, BTreeSet};

use super::caps::{PASSWORD, Session};
use super::*;
use crate::simulator::{self, Books, Fault, Options, Prices, Used};
use domain::access::Role;

const PRICES: &str = "/api/ops/cost/prices";
const RECONCILIATION: &str = "/api/ops/cost/reconciliation";
/// 2026-03-02T00:00:00Z: the day before the tests' clock, which ended seven hours ago.
const YESTERDAY: i64 = 1_772_409_600;

async fn provider(options: Options, books: Books) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let serving = axum::serve(listener, simulator::router_with(options, books)).into_future();
    ops::testing::in_background(async { serving.await.unwrap() });
    url
}

fn quick() -> Options {
    let prices = Prices { input: 1.0, cached: 1.0, output: 2.0 };
    Options { latency_ms: 0, jitter_ms: 0, prices, ..Options::default() }
}

/// A service whose only model is `m` of this provider, at a dollar in and two out.
async fn service(url: &str) -> Service {
    Service::start_with(|config| {
        config.limits.enabled = false;
        config.model.name = "m".to_owned();
        url.clone_into(&mut config.model.base_url);
        config.model.api_key = "test".to_owned().into();
        config.model.admin_key = "sk-admin-test".to_owned().into();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        config.model.price_version = "v1".to_owned();
        config.reconciliation.lag_hours = 6;
    })
    .await
}

/// A call of yesterday: a million tokens in, a quarter of one out, $1.50.
async fn book(service: &Service, books: &Books) {
    let tokens = domain::agent::TokenUse { input: 1_000_000, output: 250_000, ..Default::default() };
    let row = ops::cost::LedgerRow {
        request_id: "q1".to_owned(),
        at: jiff::Timestamp::from_second(YESTERDAY + 3_600).unwrap(),
        tenant: TenantId::parse("t").unwrap(),
        user: None,
        agent: domain::agent::Agent::Routine,
        tier: Tier::Free,
        key_prefix: "hk_1".to_owned(),
        release: "r".to_owned(),
        model: Some("m".to_owned()),
        price_version: Some("v1".to_owned()),
        reserved: domain::money::MicroUsd(1_500_000),
        settled: domain::money::MicroUsd(1_500_000),
    };
    service.ops.insert_used(&[(row, tokens)]).await.unwrap();
    let used = Used { requests: 1, input_tokens: 1_000_000, output_tokens: 250_000, ..Used::default() };
    books.add(YESTERDAY + 3_600, "m-2026-01-31", used);
}

fn whole_day(told: &Value) -> Value {
    let lines = told["lines"].as_array().unwrap();
    lines.iter().find(|line| line["day"] == "2026-03-02" && line["model"] == "*").unwrap().clone()
}

#[tokio::test]
async fn the_simulated_provider_and_the_ledger_agree_by_the_real_protocol() {
    let books = Books::default();
    let url = provider(Options { usage_page: 3, ..quick() }, books.clone()).await;
    let service = service(&url).await;
    book(&service, &books).await;
    let (status, told) = service.ask("POST", RECONCILIATION, &Value::Null).await;
    assert_eq!((status, &told["answered"], &told["days"]), (StatusCode::OK, &json!(1), &json!(7)), "{told}");
    let (_, told) = service.ask("GET", RECONCILIATION, &Value::Null).await;
    let day = whole_day(&told);
    assert_eq!(
        (&day["state"], &day["our_usd"], &day["their_usd"]),
        (&json!("agrees"), &json!(1.5), &json!(1.5))
    );
    assert_eq!((&day["our_requests"], &day["their_requests"]), (&json!(1), &json!(1)));
    assert_eq!(told["sources"][0]["models"], json!(["m"]));
    assert!(told["sources"][0]["failing_since"].is_null());
}

#[tokio::test]
async fn a_provider_that_bills_more_is_told_apart_and_one_that_fails_is_unknown() {
    let books = Books::default();
    let url = provider(Options { usage_drift: 0.10, ..quick() }, books.clone()).await;
    let dearer = service(&url).await;
    book(&dearer, &books).await;
    dearer.ask("POST", RECONCILIATION, &Value::Null).await;
    let day = whole_day(&dearer.ask("GET", RECONCILIATION, &Value::Null).await.1);
    assert_eq!((&day["state"], &day["difference_usd"]), (&json!("they-bill-more"), &json!(0.15)));
    dearer.ops.evaluate_alerts().await.unwrap();
    assert!(dearer.ops.alerts_now().await.unwrap().iter().any(|alert| alert.rule == "provider-spend"));
    for fault in [
        Fault::Unauthorized,
        Fault::RateLimited,
        Fault::Error500,
        Fault::InvalidJson,
        Fault::Empty,
        Fault::Html,
    ] {
        let url = provider(Options { usage_fault: Some(fault), ..quick() }, Books::default()).await;
        let service = service(&url).await;
        book(&service, &Books::default()).await;
        let (status, told) = service.ask("POST", RECONCILIATION, &Value::Null).await;
        assert_eq!((status, &told["answered"]), (StatusCode::OK, &json!(0)), "{fault:?}");
        let (_, told) = service.ask("GET", RECONCILIATION, &Value::Null).await;
        let day = whole_day(&told);
        assert_eq!(
            (&day["state"], &day["their_usd"], &day["our_usd"]),
            (&json!("unknown"), &Value::Null, &json!(1.5))
        );
        assert!(told["sources"][0]["failing_since"].is_string(), "{fault:?}");
    }
}

#[tokio::test]
async fn calls_through_the_gateway_stand_on_both_sides_alike() {
    let url = provider(Options { cached_share: 0.25, ..quick() }, Books::default()).await;
    let service = service(&url).await;
    let chat = json!({"messages": [{"role": "user", "content": "How do I sleep?"}]});
    for _ in 0..3 {
        let (status, body) = service.ask("POST", "/v1/chat/completions", &chat).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
    service.ops.flush_ledger().await.unwrap();
    let entry = service.ops.ledger(&ops::cost::LedgerFilter::default()).await.unwrap().remove(0);
    assert!(entry.cached_input_tokens > 0 && entry.cached_input_tokens < entry.input_tokens, "{entry:?}");
    // The simulator lives by the wall clock, the service by the test's: their days are added up apart from each other.
    let now = jiff::Timestamp::from_second(simulator::now()).unwrap();
    let from = (now - SignedDuration::from_hours(24)).as_second();
    let asked = format!("{}/organization/usage/completions?start_time={from}&group_by=model&limit=3", url);
    let page: Value = asked_over_socket(&asked).await;
    let results: Vec<&Value> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|bucket| bucket["results"].as_array().unwrap())
        .collect();
    let theirs = |field: &str| results.iter().map(|result| result[field].as_u64().unwrap()).sum::<u64>();
    let used =
        service.ops.price_usage(service.ops.cost_today(), service.ops.cost_today()).await.unwrap().remove(0);
    assert_eq!(
        (used.calls, used.input_tokens, used.cached_input_tokens, used.output_tokens),
        (
            theirs("num_model_requests"),
            theirs("input_tokens"),
            theirs("input_cached_tokens"),
            theirs("output_tokens"),
        )
    );
}

/// Over the socket, as the service asks.
async fn asked_over_socket(url: &str) -> Value {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer a\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_key_reads_prices_and_compares_and_names_what_it_asked_wrongly() {
    let service = service("http://127.0.0.1:9/v1").await;
    book(&service, &Books::default()).await;
    let (status, prices) = service.ask("GET", PRICES, &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let list = &prices["lists"][0];
    assert_eq!(
        (&list["model"], &list["version"], &list["in_force"]),
        (&json!("m"), &json!("v1"), &json!(true))
    );
    assert_eq!((&list["cache_write_usd_per_mtok"], &list["output_usd_per_mtok"]), (&json!(1.0), &json!(2.0)));
    assert_eq!(prices["usage"][0]["output_tokens"], 250_000);
    let ask = |query: &str| format!("{PRICES}/comparison?{query}");
    let (status, told) =
        service.ask("GET", &ask("from=2026-03-01&to=2026-03-02&version=v1"), &Value::Null).await;
    assert_eq!((status, &told["difference_usd"], &told["calls"]), (StatusCode::OK, &json!(0.0), &json!(1)));
    let key = Some(service.key.as_str());
    for (query, field) in [
        ("to=2026-03-02&version=v1", "from"),
        ("from=2026-03-01&to=moon&version=v1", "to"),
        ("from=2026-03-01&to=2026-03-02", "version"),
        ("from=2026-03-01&to=2026-03-02&version=v9", "version"),
        ("from=2026-03-01&to=2026-03-02&version=v1&model=x", "model"),
    ] {
        service.refused("GET", &ask(query), key, "", 422, field).await;
    }
    let reader = super::key(&service.ops, "t", &[Scope::OpsRead]).await;
    service.refused("POST", RECONCILIATION, Some(&reader), "", 403, "Authorization").await;
    let app = super::key(&service.ops, "t", &[Scope::Agents]).await;
    for path in [PRICES, RECONCILIATION] {
        service.refused("GET", path, Some(&app), "", 403, "Authorization").await;
    }
}

#[tokio::test]
async fn an_operator_corrects_a_period_on_the_page_and_a_viewer_sees_no_form() {
    let service = service("http://127.0.0.1:9/v1").await;
    book(&service, &Books::default()).await;
    let mut config = service.ops.config.clone();
    (config.model.input_usd_per_mtok, config.model.price_version) = (3.0, "v2".to_owned());
    let ops = Ops::open(config, service.ops.clock.clone()).await.unwrap();
    let service = Service { router: crate::router::router(&ops).unwrap(), ops, key: service.key };
    let page = "/cost/prices?from=2026-03-01&to=2026-03-02&model=&version=v2";
    let viewer = Session::of(&service, "viewer", Role::Viewer).await;
    let (status, html) = viewer.get(page).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        html.contains("$3.50") && html.contains("$2.00 more") && !html.contains("Correct the ledger"),
        "{html}"
    );
    let (_, html) = viewer.get("/cost/prices?from=2026-03-09&to=2026-03-02&version=v2").await;
    assert!(html.contains("Nothing was compared: to must not be before from"));
    let form = |password: &'static str| {
        [
            ("from", "2026-03-01"),
            ("to", "2026-03-02"),
            ("model", ""),
            ("version", "v2"),
            ("reason", "v1 was wrong"),
            ("password", password),
        ]
    };
    let (_, good, text) = viewer.post("apply-prices", &form(PASSWORD)).await;
    assert!(!good && text.contains("needs the role operator"), "{text}");
    let operator = Session::of(&service, "operator", Role::Operator).await;
    assert!(operator.get(page).await.1.contains("Correct the ledger by $2.00"));
    let (_, good, text) = operator.post("apply-prices", &form("")).await;
    assert!(!good && text.contains("password is needed"), "{text}");
    let (to, good, text) = operator.post("apply-prices", &form(PASSWORD)).await;
    assert!(good && text.contains("1 of 1 calls, $2.00 together"), "{text}");
    assert_eq!(to, page);
    let (_, html) = operator.get(page).await;
    assert!(html.contains("$0.00 more") && !html.contains("Correct the ledger by"), "{html}");
    let run = service.ops.price_runs().await.unwrap().remove(0);
    let (_, html) = operator.get(&format!("/cost/ledger?run={}", run.id)).await;
    assert!(html.contains("correction") && html.contains("v2"), "{html}");
    let (_, json) = operator.get(&format!("{page}&table=comparison&format=json")).await;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()[0]["difference_usd"], 0.0);
    let (status, _) = operator.get("/cost/prices?table=comparison&format=csv").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_page_explains_what_is_missing_and_asks_by_a_button() {
    let without = Service::start().await;
    let viewer = Session::of(&without, "viewer", Role::Viewer).await;
    let (status, html) = viewer.get("/cost/reconciliation").await;
    assert!(
        status == StatusCode::OK && html.contains("No provider can be asked") && html.contains("admin_key")
    );
    let books = Books::default();
    let url = provider(quick(), books.clone()).await;
    let service = service(&url).await;
    book(&service, &books).await;
    let viewer = Session::of(&service, "viewer", Role::Viewer).await;
    assert!(!viewer.get("/cost/reconciliation").await.1.contains("Ask the providers now"));
    let (_, good, text) = viewer.post("reconcile", &[]).await;
    assert!(!good && text.contains("needs the role responder"), "{text}");
    let responder = Session::of(&service, "responder", Role::Responder).await;
    assert!(responder.get("/cost/reconciliation").await.1.contains("Ask the providers now"));
    let (_, good, text) = responder.post("reconcile", &[]).await;
    assert!(good && text.contains("1 of 1 providers told 7 days"), "{text}");
    let (_, html) = responder.get("/cost/reconciliation").await;
    assert!(html.contains("Bill and ledger agree on 6 days"), "{html}");
    let (_, csv) = responder.get("/cost/reconciliation?format=csv").await;
    assert!(csv.starts_with("provider,day,model,state,our_requests"), "{csv}");
}

#[test]
fn the_document_describes_prices_and_reconciliation() {
    let document = serde_json::to_value(crate::api::openapi_document()).unwrap();
    let mut told = Vec::new();
    for path in [PRICES, "/api/ops/cost/prices/comparison", RECONCILIATION] {
        let operations: BTreeMap<_, _> = document["paths"][path].as_object().unwrap().iter().collect();
        for (method, operation) in operations {
            told.push(format!("{method} {path}: {}", operation["summary"].as_str().unwrap()));
        }
    }
    let schemas =
        ["PriceList", "PriceUsage", "ComparedDay", "PriceRun", "ReconciledLine", "ReconciliationSource"];
    for schema in schemas {
        let fields = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        let fields: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        told.push(format!("{schema}: {}", fields.into_iter().collect::<Vec<_>>().join(" ")));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    get /api/ops/cost/prices: What models charge and charged, and what was used by class of tokens
    get /api/ops/cost/prices/comparison: What a period would have cost at another version of the prices
    get /api/ops/cost/reconciliation: The ledger beside what providers say that they counted and billed
    post /api/ops/cost/reconciliation: Ask every provider now what it counted and billed
    PriceList: cache_write_usd_per_mtok cached_input_usd_per_mtok in_force input_usd_per_mtok model output_usd_per_mtok recorded_at valid_from version
    PriceUsage: booked_usd cache_write_tokens cached_input_tokens calls corrected_usd input_tokens model output_tokens reasoning_tokens unknown_calls unknown_usd version
    ComparedDay: at_version_usd booked_usd cache_write_tokens cached_input_tokens calls day difference_usd input_tokens model open output_tokens
    PriceRun: calls corrected difference_usd finished_at from_day id made_by model reason started_at to_day version
    ReconciledLine: day difference_usd model our_cache_write_tokens our_cached_input_tokens our_input_tokens our_output_tokens our_requests our_unknown_usd our_usd provider source state their_cache_write_tokens their_cached_input_tokens their_input_tokens their_output_tokens their_requests their_usd told_at
    ReconciliationSource: answered_at asked_at configured error failing_since models provider
    ");
}

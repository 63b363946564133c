//! Providers on real sockets that tell, refuse, page, break off and lie; and what the ledger makes of it.

use std::sync::{Arc, Mutex};

use domain::access::{Role, Tier};
use domain::agent::{Agent, TokenUse};
use domain::alert::AlertState;
use domain::id::TenantId;
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::{InvoiceFormat, ReconciledLine};
use crate::Ops;
use crate::access::Actor;
use crate::cost::{LedgerRow, Recompute};
use crate::error::Error;
use crate::gateway::provider::double::{ok, response};
use crate::testing;

/// A provider that answers each path and query as a test wants, byte by byte.
struct Api {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Api {
    async fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        testing::in_background(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                testing::in_background(async move {
                    let mut stream = BufReader::new(socket);
                    let (mut line, mut head) = (String::new(), String::new());
                    while stream.read_line(&mut line).await.unwrap_or(0) > 0 && line != "\r\n" {
                        head.push_str(&line);
                        line.clear();
                    }
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    let authorized = head.to_lowercase().contains("authorization: bearer admin-1");
                    log.lock().unwrap().push(path.clone());
                    let text = if authorized { answer(&path) } else { response("401 No", "", "{}") };
                    stream.get_mut().write_all(text.as_bytes()).await.unwrap_or_default();
                });
            }
        });
        Self { url, asked }
    }

    /// Tells this of 2 March 2026, and nothing of the other days asked for.
    async fn telling(usage: Value, costs: Value) -> Self {
        Self::start(move |path| ok(&day(path, &usage, &costs).to_string())).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

const SECOND_OF_MARCH: i64 = 1_772_409_600;
const DAY: i64 = 86_400;

/// A page with buckets from 25 February to 3 March.
fn day(path: &str, usage: &Value, costs: &Value) -> Value {
    let results = if path.contains("/usage/") { usage } else { costs };
    let bucket = |start: i64| {
        let results = if start == SECOND_OF_MARCH { results.clone() } else { json!([]) };
        json!({"object": "bucket", "start_time": start, "end_time": start + DAY, "results": results})
    };
    let buckets: Vec<Value> = (-5..=1).map(|n| bucket(SECOND_OF_MARCH + n * DAY)).collect();
    json!({"object": "page", "data": buckets, "has_more": false, "next_page": null})
}

fn counted(model: &str, input: u64, cached: u64, output: u64) -> Value {
    json!({"object": "organization.usage.completions.result", "model": model, "input_tokens": input,
        "input_cached_tokens": cached, "output_tokens": output, "num_model_requests": 2})
}

fn billed(line: &str, usd: f64) -> Value {
    json!({"object": "organization.costs.result", "line_item": line, "amount": {"value": usd, "currency": "usd"}})
}

async fn service(url: &str, key: &str) -> Ops {
    let (url, key) = (url.to_owned(), key.to_owned());
    let ops = testing::ops_with(move |config| {
        "m".clone_into(&mut config.model.name);
        config.model.base_url = url;
        config.model.admin_key = key.into();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        "a".clone_into(&mut config.model.price_version);
    })
    .await;
    // Noon of the 3rd: the 2nd ended twelve hours ago.
    ops.clock.advance(SignedDuration::from_hours(5));
    ops
}

async fn asking(api: &Api) -> Ops {
    service(&api.url, "admin-1").await
}

/// Two calls of 2 March: $3 of known use.
async fn book(ops: &Ops) {
    let rows = ["2026-03-02T00:00:00Z", "2026-03-02T23:59:59Z"].map(|at| {
        let row = LedgerRow {
            request_id: format!("q-{at}"),
            at: at.parse().unwrap(),
            tenant: TenantId::parse("t").unwrap(),
            user: None,
            agent: Agent::Routine,
            tier: Tier::Free,
            key_prefix: "hk_1".to_owned(),
            release: "r".to_owned(),
            model: Some("m".to_owned()),
            price_version: Some("a".to_owned()),
            reserved: MicroUsd::from_usd(1.5),
            settled: MicroUsd::from_usd(1.5),
        };
        (row, TokenUse { input: 1_000_000, cached_input: 100, output: 250_000, ..TokenUse::default() })
    });
    ops.insert_used(&rows).await.unwrap();
}

async fn lines(ops: &Ops, day: &str) -> Vec<ReconciledLine> {
    let mut lines = ops.reconciliation_now().await.unwrap();
    lines.retain(|line| line.day == day);
    lines
}

async fn states(ops: &Ops, day: &str) -> Vec<(String, &'static str, Option<f64>)> {
    lines(ops, day)
        .await
        .into_iter()
        .map(|line| (line.model, line.state.as_str(), line.difference_usd))
        .collect()
}

fn of(lines: &[(&str, &'static str, Option<f64>)]) -> Vec<(String, &'static str, Option<f64>)> {
    lines.iter().map(|(model, state, usd)| ((*model).to_owned(), *state, *usd)).collect()
}

async fn disagreement(ops: &Ops) -> Option<(Option<bool>, String)> {
    let conditions = ops.conditions().await.unwrap();
    let found = conditions.into_iter().find(|condition| condition.rule == "provider-spend");
    found.map(|condition| (condition.holds, condition.facts.split_once(' ').unwrap().1.to_owned()))
}

#[tokio::test]
async fn a_day_that_agrees_says_so_and_days_of_nothing_are_zero_because_they_were_told() {
    let usage = json!([counted("m-2026-01-31", 2_000_000, 200, 500_000)]);
    let costs = json!([billed("m-2026-01-31, input", 2.0), billed("m-2026-01-31, output", 1.0000001)]);
    let api = Api::telling(usage, costs).await;
    let ops = asking(&api).await;
    book(&ops).await;
    let outcome = ops.reconcile_now(&Actor::CommandLine).await.unwrap();
    assert_eq!((outcome.answered, outcome.asked, outcome.days), (1, 1, 7), "{:?}", outcome.failures);
    assert_eq!(
        states(&ops, "2026-03-02").await,
        of(&[("*", "agrees", Some(0.0)), ("m", "agrees", Some(0.0))])
    );
    let line = &lines(&ops, "2026-03-02").await[1];
    assert_eq!((line.our_requests, line.their_requests), (2, Some(2)));
    assert_eq!((line.our_cached_input_tokens, line.their_cached_input_tokens), (200, Some(200)));
    assert_eq!(states(&ops, "2026-03-01").await, of(&[("*", "agrees", Some(0.0))]));
    assert_eq!(states(&ops, "2026-03-03").await, of(&[("*", "too-early", Some(0.0))]));
    let asked = api.asked();
    assert_eq!(asked.len(), 2);
    insta::assert_snapshot!(asked.join("\n"), @r"
    /v1/organization/usage/completions?start_time=1771977600&end_time=1772582400&bucket_width=1d&group_by=model&limit=31
    /v1/organization/costs?start_time=1771977600&end_time=1772582400&bucket_width=1d&group_by=line_item&limit=31
    ");
    assert_eq!(disagreement(&ops).await.unwrap().0, Some(false));
}

#[tokio::test]
async fn a_dearer_bill_alerts_and_a_recomputed_past_settles_it() {
    let usage = json!([counted("m", 2_000_000, 200, 500_000)]);
    let costs = json!([billed("m, input", 4.0), billed("m, output", 2.0), billed("web search", 0.05)]);
    let api = Api::telling(usage, costs).await;
    let ops = asking(&api).await;
    book(&ops).await;
    ops.reconcile_due().await.unwrap();
    let expected = of(&[
        ("*", "they-bill-more", Some(3.05)),
        ("m", "they-bill-more", Some(3.0)),
        ("web search", "agrees", Some(0.05)),
    ]);
    assert_eq!(states(&ops, "2026-03-02").await, expected);
    let (holds, facts) = disagreement(&ops).await.unwrap();
    assert_eq!(holds, Some(true));
    insta::assert_snapshot!(facts, @"billed $6.05 for 2026-03-02 (UTC), the ledger says $3.00: $3.05 more than any cap knew of");
    ops.evaluate_alerts().await.unwrap();
    let alert =
        ops.alerts_now().await.unwrap().into_iter().find(|alert| alert.rule == "provider-spend").unwrap();
    assert_eq!((alert.state, alert.severity), (AlertState::Firing, domain::incident::Severity::P2));
    // The provider had doubled its prices: the new list is named, and the day computed again.
    let mut config = ops.config.clone();
    (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (2.0, 4.0);
    "b".clone_into(&mut config.model.price_version);
    let ops = Ops::open(config, ops.clock.clone()).await.unwrap();
    let ask = Recompute::parse("2026-03-02", "2026-03-02", "m", "b").unwrap();
    let run = ops.apply_prices(&Actor::CommandLine, &ask, "the price doubled", "").await.unwrap();
    assert_eq!((run.corrected, run.difference_usd), (2, 3.0));
    assert_eq!(states(&ops, "2026-03-02").await[1], ("m".to_owned(), "agrees", Some(0.0)));
    assert_eq!(disagreement(&ops).await.unwrap().0, Some(false));
}

#[tokio::test]
async fn what_is_not_told_is_unknown_since_and_what_was_told_before_stays() {
    let broken = Arc::new(Mutex::new(String::new()));
    let answer = Arc::clone(&broken);
    let usage = json!([counted("m", 2_000_000, 200, 500_000)]);
    let costs = json!([billed("m, input", 2.0), billed("m, output", 1.0)]);
    let api = Api::start(move |path| {
        let broken = answer.lock().unwrap().clone();
        if broken.is_empty() { ok(&day(path, &usage, &costs).to_string()) } else { broken }
    })
    .await;
    let ops = asking(&api).await;
    book(&ops).await;
    let cut = ok(r#"{"object":"page","data":[{"start_time":1772409600,"res"#);
    let endless = ok(r#"{"object":"page","data":[],"has_more":true,"next_page":"page_1"}"#);
    let euros = ok(
        r#"{"data":[{"start_time":1772409600,"results":[{"input_tokens":1,"output_tokens":1,"num_model_requests":1,"amount":{"value":1,"currency":"eur"}}]}]}"#,
    );
    let faults = [
        response("401 Unauthorized", "", "{}"),
        response("403 Forbidden", "", "{}"),
        response("404 Not Found", "", "{}"),
        response("429 Too Many Requests", "retry-after: 20\r\n", "{}"),
        response("500 Internal Server Error", "", "{}"),
        cut,
        endless,
        euros,
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":".to_owned(),
        ok("<html>It works</html>"),
    ];
    let mut told = Vec::new();
    for fault in faults {
        *broken.lock().unwrap() = fault;
        let outcome = ops.reconcile_now(&Actor::CommandLine).await.unwrap();
        told.push(outcome.failures[0].split_once(' ').unwrap().1.to_owned());
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    refused the admin_key for usage/completions: it needs the right to read usage
    refused the admin_key for usage/completions: it needs the right to read usage
    has no usage/completions: import its invoices instead
    asked to come back later
    answered 500 for usage/completions
    answered usage/completions in a form that is not the API's
    says that usage/completions has more pages and not where
    bills in another currency than dollars
    broke off its answer
    answered usage/completions in a form that is not the API's
    ");
    let unknown = of(&[("*", "unknown", None), ("m", "unknown", None)]);
    assert_eq!(states(&ops, "2026-03-02").await, unknown);
    assert_eq!(lines(&ops, "2026-03-02").await[0].our_usd, 3.0, "what we have is known");
    let source = ops.reconciliation_sources().await.unwrap().remove(0);
    assert_eq!(source.failing_since, Some(ops.clock.now()));
    assert_eq!(
        (source.answered_at, disagreement(&ops).await.unwrap().0),
        (None, None),
        "neither fires nor resolves"
    );
    broken.lock().unwrap().clear();
    ops.reconcile_now(&Actor::CommandLine).await.unwrap();
    assert_eq!(states(&ops, "2026-03-02").await[0].1, "agrees");
    *broken.lock().unwrap() = response("500 Down", "", "{}");
    ops.clock.advance(SignedDuration::from_hours(1));
    ops.reconcile_now(&Actor::CommandLine).await.unwrap();
    assert_eq!(states(&ops, "2026-03-02").await[0].1, "agrees", "what was told is not forgotten");
    let silent = async || {
        let conditions = ops.conditions().await.unwrap();
        conditions.into_iter().find(|it| it.rule == "provider-silent").unwrap().holds
    };
    assert_eq!(silent().await, Some(false));
    ops.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(silent().await, Some(true));
}

#[tokio::test]
async fn pages_are_read_to_the_last() {
    let usage = json!([counted("m", 2_000_000, 200, 500_000)]);
    let costs = json!([billed("m, input", 2.0), billed("m, output", 1.0)]);
    let api = Api::start(move |path| {
        let whole = day(path, &usage, &costs);
        let buckets = whole["data"].as_array().unwrap();
        let from = path.split("page=page_").nth(1).map_or(0, |text| text.parse::<usize>().unwrap());
        let next = (from + 3 < buckets.len()).then(|| format!("page_{}", from + 3));
        let page: Vec<_> = buckets.iter().skip(from).take(3).collect();
        ok(&json!({"data": page, "has_more": next.is_some(), "next_page": next}).to_string())
    })
    .await;
    let ops = asking(&api).await;
    book(&ops).await;
    let outcome = ops.reconcile_now(&Actor::CommandLine).await.unwrap();
    assert_eq!((outcome.days, api.asked().len()), (7, 6), "{:?}", outcome.failures);
    assert_eq!(states(&ops, "2026-03-02").await[0].1, "agrees");
}

#[tokio::test]
async fn a_provider_is_asked_once_a_day_by_one_process_and_again_an_hour_after_a_failure() {
    let api = Api::telling(json!([]), json!([])).await;
    let ops = asking(&api).await;
    let other = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    let after = async |hours: i64| {
        ops.clock.advance(SignedDuration::from_hours(hours));
        ops.reconcile_due().await.unwrap();
        other.reconcile_due().await.unwrap();
        api.asked().len()
    };
    assert_eq!((after(0).await, after(23).await, after(1).await), (2, 2, 4));
    let refused = service(&api.url, "not the key").await;
    let asked = api.asked().len();
    for hours in [0, 0, 1] {
        refused.clock.advance(SignedDuration::from_hours(hours));
        refused.reconcile_due().await.unwrap();
    }
    assert_eq!(api.asked().len(), asked + 2);
}

#[tokio::test]
async fn old_days_are_forgotten() {
    let api = Api::telling(json!([]), json!([])).await;
    let ops = asking(&api).await;
    ops.reconcile_due().await.unwrap();
    ops.clock.advance(SignedDuration::from_hours(24 * 450));
    ops.reconcile_due().await.unwrap();
    let days: i64 = sqlx::query_scalar("select count(distinct day) from reconciliation")
        .fetch_one(ops.db.read())
        .await
        .unwrap();
    assert_eq!(days, 7);
}

#[tokio::test]
async fn an_invoice_stands_in_for_an_api_and_needs_a_role() {
    let ops = service("http://127.0.0.1:9/v1", "").await;
    book(&ops).await;
    let csv = "day,model,cost_usd\n2026-03-02,M,2.80\n";
    let outcome = ops.import_invoice(&Actor::CommandLine, None, InvoiceFormat::Csv, csv).await.unwrap();
    assert_eq!(outcome.days, 1);
    let told = of(&[("*", "they-bill-less", Some(-0.2)), ("m", "they-bill-less", Some(-0.2))]);
    assert_eq!(states(&ops, "2026-03-02").await, told);
    let (holds, facts) = disagreement(&ops).await.unwrap();
    assert_eq!(holds, Some(true));
    insta::assert_snapshot!(facts, @"billed $2.80 for 2026-03-02 (UTC), the ledger says $3.00: $0.20 less: caps close earlier than they need to");
    // A corrected invoice takes its place.
    let json = r#"[{"day":"2026-03-02","model":"m","cost_usd":3.0,"requests":2}]"#;
    ops.import_invoice(&Actor::CommandLine, None, InvoiceFormat::Json, json).await.unwrap();
    assert_eq!(disagreement(&ops).await.unwrap().0, Some(false));
    let viewer = Actor::Person { id: "v".into(), email: "v@example.org".into(), role: Role::Manager };
    assert!(matches!(
        ops.import_invoice(&viewer, None, InvoiceFormat::Csv, csv).await,
        Err(Error::Forbidden { .. })
    ));
    assert!(matches!(ops.reconcile_now(&viewer).await, Err(Error::Forbidden { .. })));
    assert!(matches!(ops.reconcile_now(&Actor::CommandLine).await, Err(Error::Conflict(_))));
    let imported = ops
        .audit_entries(&crate::access::audit::AuditFilter { limit: 50, ..Default::default() })
        .await
        .unwrap()
        .into_iter()
        .filter(|entry| entry.action == "reconciliation.imported");
    assert_eq!(imported.count(), 2);
}

#[tokio::test]
async fn an_alert_about_a_provider_that_is_gone_ends() {
    let api = Api::telling(json!([counted("m", 1, 0, 1)]), json!([billed("m, input", 9.0)])).await;
    let ops = asking(&api).await;
    ops.reconcile_due().await.unwrap();
    ops.evaluate_alerts().await.unwrap();
    assert!(ops.alerts_now().await.unwrap().iter().any(|alert| alert.rule == "provider-spend"));
    ops.clock.advance(SignedDuration::from_hours(24 * 60));
    let _: Timestamp = ops.clock.now();
    for _ in 0..3 {
        ops.evaluate_alerts().await.unwrap();
        ops.clock.advance(SignedDuration::from_mins(10));
    }
    assert!(!ops.alerts_now().await.unwrap().iter().any(|alert| alert.rule == "provider-spend"));
}

//! The real binary under load, upgraded in place, replaced, and stopped: no request is lost, no write, no cent.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod half;
mod meanwhile;
#[path = "../two_instances/process.rs"]
#[expect(dead_code, reason = "only the provider is used here")]
mod process;
mod service;
mod traffic;
mod workflows;

use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use process::Provider;
use serde_json::{Value, json};
use service::Service;
use traffic::Tally;

const BINARY: &str = env!("CARGO_BIN_EXE_holisticos");
const PRICE_USD_PER_MTOK: (f64, f64) = (2.5, 5.0);
/// The most of `holisticos load`, and of the traffic of apps beside it, requests a second.
const MOST: Rates = Rates { load: 200.0, apps: 80.0 };
/// Of what the service can do, so that what is seen are hand-overs and not overload: a debug build, on whatever machine.
const SHARE: (f64, f64) = (0.15, 0.05);

#[derive(Clone, Copy, Debug)]
struct Rates {
    load: f64,
    apps: f64,
}

fn settings(provider: &Provider) -> Vec<(&'static str, String)> {
    vec![
        ("MODEL__NAME", "sim-small".to_owned()),
        ("MODEL__BASE_URL", provider.url.clone()),
        ("MODEL__API_KEY", "test".to_owned()),
        ("MODEL__INPUT_USD_PER_MTOK", PRICE_USD_PER_MTOK.0.to_string()),
        ("MODEL__OUTPUT_USD_PER_MTOK", PRICE_USD_PER_MTOK.1.to_string()),
        ("COST__ALERT_USD", "1000".to_owned()),
        ("COST__BUDGET_USD", "1000".to_owned()),
        ("COST__CEILING_USD", "1000".to_owned()),
        ("CAPS__ADMIN_PERSON_DAY_USD", "0".to_owned()),
        ("CAPS__ADMIN_PERSON_MONTH_USD", "0".to_owned()),
        ("LIMITS__ENABLED", "false".to_owned()),
        ("AGENTS__PER_USER_PER_MINUTE", "0".to_owned()),
        ("HEALTH__DISK_FREE_ALERT_MB", "0".to_owned()),
        ("HEALTH__DISK_FREE_CRITICAL_MB", "0".to_owned()),
        ("SERVER__DRAIN_SECONDS", "2".to_owned()),
        ("SERVER__DEPLOYED_BY", "the test".to_owned()),
    ]
}

/// People with a fortnight of data and a routine in memory.
async fn people(service: &Service, count: usize) -> Arc<Vec<String>> {
    let names: Vec<String> = (0..count).map(|n| format!("p-{n}")).collect();
    for some in names.chunks(10) {
        join_all(some.iter().map(|name| async move {
            service.call("PUT", &format!("/api/user/{name}/profile"), Some(json!({"age": 40}))).await;
            let readings = process::fortnight();
            service.call("POST", &format!("/api/user/{name}/biomarkers"), Some(readings)).await;
            service.call("POST", &format!("/api/user/{name}/routine/generate"), Some(json!({}))).await;
        }))
        .await;
    }
    Arc::new(names)
}

/// A service that runs, with somebody to ask for.
async fn started(provider: &Provider) -> (Arc<Service>, u32, Arc<Vec<String>>) {
    let service = installed(&settings(provider)).await;
    let pid = start(&service).await;
    let people = people(&service, 12).await;
    (Arc::new(service), pid, people)
}

/// One that does not run yet.
async fn installed(settings: &[(&str, String)]) -> Service {
    let mut service = Service::new(&ops::testing::empty_store().await, settings);
    // The key is made on the store before anybody serves it.
    service.make_key();
    service
}

async fn start(service: &Service) -> u32 {
    let child = service.start();
    let pid = child.id();
    // Or it would stay as a zombie.
    std::thread::spawn(move || child.wait_with_output());
    service.serves(pid).await;
    pid
}

/// What this machine can be asked at this moment.
fn rates(service: &Service) -> Rates {
    let report = load(service, 2, &["--concurrency", "4"]).join().unwrap();
    let most = report["answered_per_second"].as_f64().unwrap();
    let rates = Rates { load: MOST.load.min(most * SHARE.0), apps: MOST.apps.min(most * SHARE.1) };
    eprintln!("{most:.0} reads a second at most; from here on {rates:.0?} a second");
    rates
}

/// `holisticos load` for so many seconds: reads from memory, on as few connections as it needs.
fn load(service: &Service, seconds: u32, pace: &[&str]) -> std::thread::JoinHandle<Value> {
    let mut command = Command::new(BINARY);
    command.args(["load", "--json", "--users", "12", "--warm-up-seconds", "0", "--timeout-seconds", "60"]);
    command.args(["--seconds", &seconds.to_string()]).args(pace);
    command.args(["--url", &format!("{}/api/user/p-{{n}}/routine/latest", service.url)]);
    command.args(["--header", &format!("authorization: Bearer {}", service.key)]);
    std::thread::spawn(move || {
        let said = command.stderr(Stdio::inherit()).output().unwrap();
        serde_json::from_slice(&said.stdout).unwrap()
    })
}

/// Traffic of apps around `during`; then all of it was answered.
async fn under_traffic<T>(
    service: &Arc<Service>,
    people: &Arc<Vec<String>>,
    rate: f64,
    during: impl AsyncFnOnce(Arc<Tally>) -> T,
) -> (T, Arc<Tally>) {
    let tally = Arc::new(Tally::default());
    let mut running = tokio::task::JoinSet::new();
    running.spawn(traffic::run(Arc::clone(service), Arc::clone(people), rate, Arc::clone(&tally)));
    tally.another_mix().await;
    let outcome = during(Arc::clone(&tally)).await;
    tally.another_mix().await;
    tally.stop();
    running.join_all().await;
    let errors = tally.errors.lock().unwrap().clone();
    let sent = tally.answered();
    assert!(errors.is_empty(), "{} of {sent} failed: {:#?}", errors.len(), &errors[..errors.len().min(5)]);
    assert!(tally.streams.load(std::sync::atomic::Ordering::Relaxed) > 0, "chats streamed");
    (outcome, tally)
}

/// Nobody failed and nothing was left out, which would hide failures.
fn assert_whole(report: &Value) {
    assert_eq!(report["failed"], 0, "{report:#}");
    assert_eq!(report["dropped"], 0, "{report:#}");
    assert_eq!(report["answered"], report["requests"], "{report:#}");
}

async fn assert_stored(store: &Service, acknowledged: &[(String, String)]) {
    assert!(!acknowledged.is_empty());
    let db = ops::Db::open(&store.store()).await.unwrap();
    let rows: Vec<(String, String)> =
        sqlx::query_as("select user_id, task_id from check_in").fetch_all(db.read()).await.unwrap();
    let rows: HashSet<(String, String)> = rows.into_iter().collect();
    let lost: Vec<_> = acknowledged.iter().filter(|one| !rows.contains(one)).collect();
    assert!(lost.is_empty(), "acknowledged and not in the store: {lost:?}");
}

async fn assert_booked(service: &Service, provider: &Provider) {
    let really = provider.dollars(PRICE_USD_PER_MTOK).await;
    // The last calls are booked within a quarter of a second.
    let begun = Instant::now();
    loop {
        let now = service.call("GET", "/api/ops/cost", None).await;
        let spent = now["spent_usd"].as_f64().unwrap();
        // Each call is booked in whole millionths.
        if (spent - really).abs() < 1e-6 * provider.asked().await as f64 + 1e-9 {
            eprintln!("booked ${spent:.6}, spent ${really:.6} in {} calls", provider.asked().await);
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "booked {spent}, really spent {really}: {now}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_upgrades_and_a_restart_lose_nothing() {
    let provider = Provider::start(&["--latency-ms", "40", "--jitter-ms", "30"]).await;
    let (service, first, people) = started(&provider).await;
    let rates = rates(&service);
    let mut pid = first;
    let ((), during_upgrades) = {
        let upgrades = async |tally: Arc<Tally>| {
            let load = load(&service, 25, &["--rate", &rates.load.to_string()]);
            for round in 1..=3 {
                tally.another_mix().await;
                let by = format!("round {round}");
                let asked = Arc::clone(&service);
                let said = tokio::task::spawn_blocking(move || asked.run(&["upgrade", "--by", &by]));
                let said = said.await.unwrap();
                let text = String::from_utf8_lossy(&said.stdout).into_owned();
                assert!(said.status.success(), "{text}{}", String::from_utf8_lossy(&said.stderr));
                eprintln!("upgrade {round}: {}", text.trim());
                service.gone(pid).await;
                let rows = service.deployments().await;
                assert_eq!((&rows[0]["state"], &rows[0]["how"]), (&json!("serving"), &json!("upgrade")));
                assert_eq!(rows[0]["asked_by"], format!("round {round}"));
                assert_eq!(rows[1]["state"], "handed-over");
                eprintln!("           {}", rows[1]["detail"].as_str().unwrap());
                pid = u32::try_from(rows[0]["pid"].as_u64().unwrap()).unwrap();
            }
            let report = load.join().unwrap();
            assert_whole(&report);
            assert_eq!(report["reopened_connections"], 0, "an upgrade closes no connection: {report:#}");
            eprintln!("load: {} requests, latency {}", report["requests"], report["latency_us"]);
        };
        under_traffic(&service, &people, rates.apps, upgrades).await
    };

    let (successor, during_restart) = {
        let restart = async |tally: Arc<Tally>| {
            let load = load(&service, 12, &["--rate", &rates.load.to_string()]);
            tally.another_mix().await;
            let successor = start(&service).await;
            let at = Instant::now();
            service.signal(pid, "-TERM");
            service.gone(pid).await;
            eprintln!("stopped {} ms after SIGTERM", at.elapsed().as_millis());
            assert_whole(&load.join().unwrap());
            successor
        };
        under_traffic(&service, &people, rates.apps, restart).await
    };
    let rows = service.deployments().await;
    assert_eq!(rows[0]["pid"], successor);
    assert_eq!(rows[1]["state"], "stopped");
    assert_eq!(rows[1]["detail"], "stopped; every request was answered");
    for tally in [during_upgrades, during_restart] {
        eprintln!(
            "apps: {} requests, {} streams, the slowest {} ms",
            tally.answered(),
            tally.streams.load(std::sync::atomic::Ordering::Relaxed),
            tally.slowest_ms()
        );
        let acknowledged = tally.acknowledged.lock().unwrap().clone();
        assert_stored(&service, &acknowledged).await;
    }
    assert_booked(&service, &provider).await;
    let verdict = service.run(&["audit", "verify"]);
    assert!(verdict.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_that_does_not_start_leaves_the_old_one_serving() {
    let provider = Provider::start(&["--latency-ms", "40"]).await;
    let (service, pid, people) = started(&provider).await;
    let rates = rates(&service);
    let ((), _) = {
        let failing = async |_| {
            let load = load(&service, 6, &["--rate", &rates.load.to_string()]);
            service.deploy_broken();
            let asked = Arc::clone(&service);
            let said = tokio::task::spawn_blocking(move || asked.run(&["upgrade"])).await.unwrap();
            assert_eq!(said.status.code(), Some(1));
            let text = String::from_utf8_lossy(&said.stderr).into_owned();
            assert!(text.contains("exit status: 1") && text.contains("goes on serving"), "{text}");
            let rows = service.deployments().await;
            assert_eq!((&rows[0]["state"], &rows[0]["build"]), (&json!("failed"), &Value::Null));
            assert_eq!((&rows[1]["state"], &rows[1]["pid"]), (&json!("serving"), &json!(pid)));
            let report = load.join().unwrap();
            assert_whole(&report);
            assert_eq!(report["reopened_connections"], 0);
        };
        under_traffic(&service, &people, rates.apps, failing).await
    };
    assert!(service.is_alive(pid));
    assert!(service.log().contains("the upgrade failed"), "{}", service.log());
    // The cause is mended: it can be upgraded after all.
    service.deploy(Path::new(BINARY));
    let said = service.run(&["upgrade"]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    service.gone(pid).await;
}

/// What systemd is told, with `Type=notify-reload`.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_is_told_who_serves() {
    let settings = [("SERVER__DRAIN_SECONDS", "0".to_owned())];
    let mut service = installed(&settings).await;
    let manager = service.manager();
    let told = async || {
        let mut text = [0; 512];
        let received = tokio::time::timeout(Duration::from_secs(60), manager.recv(&mut text));
        let count = received.await.expect("it is told").unwrap();
        String::from_utf8_lossy(&text[..count]).into_owned()
    };
    let first = start(&service).await;
    assert!(told().await.starts_with("READY=1\n"));
    service.signal(first, "-USR2");
    let reloading = told().await;
    assert!(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{reloading}");
    assert!(told().await.starts_with("READY=1\n"));
    let main = told().await;
    let rows = service.deployments().await;
    assert!(main.starts_with(&format!("MAINPID={}\n", rows[0]["pid"])), "{main}");
    service.gone(first).await;
    let second = u32::try_from(rows[0]["pid"].as_u64().unwrap()).unwrap();
    assert_eq!(rows[0]["asked_by"], Value::Null, "a signal does not say who sent it");
    service.signal(second, "-TERM");
    assert!(told().await.starts_with("STOPPING=1\n"));
    service.gone(second).await;
}

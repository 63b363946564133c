//! Workflows of the real binary, killed in the middle of one: another process finishes it, does nothing twice that is stored, and
//! every cent is counted once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{self, Provider};
use crate::service::{PATIENCE, Service};
use crate::{PRICE_USD_PER_MTOK, installed, settings, start};

async fn service(provider: &Provider) -> Service {
    let mut settings = settings(provider);
    settings.push(("WORKFLOWS__LEASE_SECONDS", "5".to_owned()));
    let service = installed(&settings).await;
    start(&service).await;
    service.call("PUT", "/api/user/w/profile", Some(json!({"age": 40}))).await;
    service.call("POST", "/api/user/w/biomarkers", Some(process::fortnight())).await;
    service
}

/// Looks until it is so.
async fn until(service: &Service, id: &str, so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let workflow = service.call("GET", &format!("/api/workflows/{id}"), None).await;
        if so(&workflow) {
            return workflow;
        }
        assert!(begun.elapsed() < PATIENCE, "{workflow:#}\n{}", service.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn step<'a>(workflow: &'a Value, name: &str) -> &'a Value {
    workflow["steps"].as_array().unwrap().iter().find(|step| step["step"] == name).unwrap()
}

async fn serving(service: &Service) -> u32 {
    let rows = service.deployments().await;
    let row = rows.iter().find(|row| row["state"] == "serving").unwrap();
    u32::try_from(row["pid"].as_u64().unwrap()).unwrap()
}

async fn in_the_middle(service: &Service) -> String {
    let asked = service.call("POST", "/api/workflows", Some(json!({"user_id": "w"}))).await;
    let id = asked["id"].as_str().unwrap().to_owned();
    // Behavior is stored, and both plans are being asked for.
    until(service, &id, |workflow| {
        ["routine", "nutrition"].iter().all(|name| step(workflow, name)["calls"] == 1)
            && step(workflow, "behavior")["status"] == "ok"
    })
    .await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_is_finished_by_the_next_process() {
    let provider = Provider::start(&["--latency-ms", "1500"]).await;
    let service = service(&provider).await;
    let id = in_the_middle(&service).await;
    let killed = serving(&service).await;
    service.signal(killed, "-KILL");
    service.gone(killed).await;
    let at = Instant::now();
    start(&service).await;
    let workflow = until(&service, &id, |workflow| workflow["ended_at"].is_string()).await;
    eprintln!("finished {} ms after the kill", at.elapsed().as_millis());
    assert_eq!((&workflow["status"], &workflow["attempt"]), (&json!("succeeded"), &json!(2)), "{workflow:#}");
    let tries = |name: &str| step(&workflow, name)["attempts"].as_u64().unwrap();
    assert_eq!(
        (tries("recall"), tries("behavior"), tries("circadian"), tries("routine"), tries("nutrition")),
        (1, 1, 1, 2, 2)
    );
    assert_eq!(workflow["answer"]["analysis"].as_object().unwrap().len(), 7);
    // behavior once, both plans twice, insights once: what was cut off by the kill is the only thing asked again.
    assert_eq!(provider.asked().await, 6);
    let stored = service.call("GET", "/api/user/w/routine/latest", None).await;
    assert_eq!(stored["plan"], workflow["answer"]["analysis"]["routine_plan"]);
    // Everything that the provider counted is booked; what was cut off counts in its worst case, at most.
    let cost = service.call("GET", "/api/ops/cost", None).await;
    let booked = cost["spent_usd"].as_f64().unwrap() + cost["reserved_usd"].as_f64().unwrap();
    let really = provider.dollars(PRICE_USD_PER_MTOK).await;
    let told = workflow["cost_usd"].as_f64().unwrap();
    eprintln!("booked ${booked:.6}, the workflow says ${told:.6}, the provider counted ${really:.6}");
    assert!(
        really <= booked + 1e-6 && really <= told + 1e-6,
        "booked {booked}, told {told}, really {really}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_hands_it_over_without_waiting_for_the_lease() {
    let provider = Provider::start(&["--latency-ms", "1500"]).await;
    let service = service(&provider).await;
    let id = in_the_middle(&service).await;
    let old = serving(&service).await;
    // The successor serves before the old one is told to stop.
    start(&service).await;
    service.signal(old, "-TERM");
    let workflow = until(&service, &id, |workflow| workflow["ended_at"].is_string()).await;
    assert_eq!((&workflow["status"], &workflow["attempt"]), (&json!("succeeded"), &json!(2)), "{workflow:#}");
    let tries = |name: &str| step(&workflow, name)["attempts"].as_u64().unwrap();
    assert_eq!((tries("routine"), tries("nutrition"), tries("insights")), (1, 1, 1), "nothing was cut off");
    assert_eq!(provider.asked().await, 4);
    service.gone(old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_the_living_goes_on_and_one_follows_it_there() {
    let provider = Provider::start(&["--latency-ms", "1500"]).await;
    let service = service(&provider).await;
    let id = in_the_middle(&service).await;
    let first = serving(&service).await;
    let second = start(&service).await;
    service.signal(first, "-KILL");
    service.gone(first).await;
    let events = service.stream(&format!("/api/workflows/{id}/events")).await;
    assert!(service.is_alive(second));
    assert!(events.contains("event: end") && events.contains("\"status\":\"succeeded\""), "{events}");
    assert_eq!(provider.asked().await, 6);
}

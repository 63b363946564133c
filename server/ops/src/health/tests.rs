//! Rounds of checks on a real store, with time passed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::health::Status;
use jiff::SignedDuration;

use super::agent_probe;
use crate::Ops;
use crate::events::Topic;
use crate::testing::{ops, ops_with};

const EVERY: SignedDuration = SignedDuration::from_secs(30);

fn status(ops: &Ops, name: &str) -> Status {
    ops.health_now().component(name).unwrap().status
}

/// Agents that answer as long as the switch is on.
fn switched(ops: &Ops) -> Arc<AtomicBool> {
    let works = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&works);
    ops.set_agent_probe(agent_probe(move |_| {
        let works = asked.load(Ordering::SeqCst);
        async move { if works { Ok(()) } else { Err("no plan came back".to_owned()) } }
    }));
    works
}

async fn round(ops: &Ops) {
    ops.clock.advance(EVERY);
    ops.sample_host().await.unwrap();
    ops.run_health_checks().await.unwrap();
}

#[tokio::test]
async fn what_is_not_measured_is_unknown() {
    let ops = ops().await;
    let report = ops.health_now();
    assert_eq!((report.status, report.checked_at), (Status::Unknown, None));
    assert!(report.components.iter().all(|c| c.status == Status::Unknown && c.uptime_90d.is_none()));
    round(&ops).await;
    assert_eq!(status(&ops, "store"), Status::Ok);
    assert_eq!(status(&ops, "agent-routine"), Status::Unknown, "no probe is set");
    assert_eq!(status(&ops, "tasks"), Status::Unknown, "no task was started");
    assert_eq!(ops.health_now().status, Status::Unknown, "all good would be a guess");
}

#[tokio::test]
async fn three_failures_fail_two_answers_recover_and_watchers_hear_of_it() {
    let ops = ops().await;
    let works = switched(&ops);
    round(&ops).await;
    assert_eq!(status(&ops, "agent-memory"), Status::Ok);
    let mut events = ops.events.subscribe();
    works.store(false, Ordering::SeqCst);
    let mut seen = Vec::new();
    for n in 0..7 {
        works.store(n >= 4, Ordering::SeqCst);
        round(&ops).await;
        let report = ops.health_now();
        assert_eq!(report.status, report.component("agent-memory").unwrap().status.max(Status::Unknown));
        seen.push(status(&ops, "agent-memory"));
    }
    use Status::{Degraded, Failing, Ok};
    assert_eq!(seen, [Degraded, Degraded, Failing, Failing, Failing, Ok, Ok]);
    let memory = ops.health_now().component("agent-memory").unwrap().clone();
    let today = memory.days.last().unwrap();
    assert_eq!((today.ok, today.bad, memory.days.len()), (4, 4, 90));
    assert_eq!(memory.uptime_90d, Some(50.0));
    assert_eq!(memory.since, Some(ops.clock.now() - EVERY));
    let mut heard = 0;
    while let std::result::Result::Ok(event) = events.try_recv() {
        heard += u32::from(event.topic == Topic::Health);
    }
    assert_eq!(heard, 3);
    let changes = super::store::changes(&ops.db, 0, i64::MAX).await.unwrap();
    let of_memory: Vec<_> =
        changes.iter().filter(|c| c.component == "agent-memory").map(|c| (c.from, c.to)).collect();
    assert_eq!(of_memory, [(Status::Unknown, Ok), (Ok, Degraded), (Degraded, Failing), (Failing, Ok)]);
}

#[tokio::test]
async fn an_old_result_is_unknown_since_it_was_taken() {
    let ops = ops().await;
    switched(&ops);
    round(&ops).await;
    let checked = ops.clock.now();
    ops.clock.advance(EVERY * 3);
    assert_eq!(status(&ops, "store"), Status::Ok);
    ops.clock.advance(SignedDuration::from_secs(1));
    let store = ops.health_now().component("store").unwrap().clone();
    assert_eq!((store.status, store.since), (Status::Unknown, Some(checked)));
    assert!(store.detail.starts_with("no result since"), "{}", store.detail);
}

#[tokio::test]
async fn a_stall_of_ours_is_nobody_elses_outage() {
    let ops = ops().await;
    let works = switched(&ops);
    round(&ops).await;
    works.store(false, Ordering::SeqCst);
    ops.clock.advance(EVERY * 4);
    ops.run_health_checks().await.unwrap();
    let agent = ops.health_now().component("agent-insights").unwrap().clone();
    assert_eq!((agent.status, agent.days.last().unwrap().bad), (Status::Unknown, 0));
    assert!(agent.detail.contains("stood still"));
    round(&ops).await;
    assert_eq!(status(&ops, "agent-insights"), Status::Degraded, "the next round counts again");
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let ops = ops().await;
    let works = switched(&ops);
    works.store(false, Ordering::SeqCst);
    for _ in 0..3 {
        round(&ops).await;
    }
    let failing_since = ops.health_now().component("agent-routine").unwrap().since;
    let again = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    switched(&again).store(true, Ordering::SeqCst);
    round(&again).await;
    let routine = again.health_now().component("agent-routine").unwrap().clone();
    assert_eq!((routine.status, routine.since), (Status::Failing, failing_since), "one answer is not two");
    assert_eq!(routine.days.last().unwrap().bad, 3);
}

#[tokio::test]
async fn a_closed_store_is_not_ready_and_is_reported() {
    let ops = ops().await;
    ops.ready().await.unwrap();
    round(&ops).await;
    ops.db.close().await;
    assert!(ops.ready().await.is_err());
    ops.clock.advance(EVERY);
    assert!(ops.run_health_checks().await.is_err());
    assert_eq!(status(&ops, "store"), Status::Degraded);
}

#[tokio::test]
async fn without_its_models_the_product_is_degraded_not_down() {
    let ops = ops_with(|config| {
        config.model.name = "m".to_owned();
        // Nobody listens on the port of `discard`.
        config.model.base_url = "http://127.0.0.1:9".to_owned();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
    })
    .await;
    switched(&ops);
    for _ in 0..3 {
        round(&ops).await;
    }
    assert_eq!(status(&ops, "provider"), Status::Failing);
    assert_eq!(ops.health_now().status, Status::Degraded, "the planners answer");
    assert_eq!(status(&ops, "agent-routine"), Status::Ok);
    for _ in 0..2 {
        ops.evaluate_alerts().await.unwrap();
        ops.clock.advance(EVERY);
    }
    let incidents = ops.incidents(10).await.unwrap();
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].severity, domain::incident::Severity::P2);
}

#[tokio::test]
async fn a_disk_that_fills_is_told_by_what_is_left_of_it() {
    for (alert, critical, expected) in [
        (0, 0, Status::Ok),
        (u64::MAX, 0, Status::Degraded),
        (u64::MAX, u64::MAX, Status::Degraded), // Failing needs three rounds.
    ] {
        let ops = ops_with(|config| {
            (config.health.disk_free_alert_mb, config.health.disk_free_critical_mb) = (alert, critical);
        })
        .await;
        round(&ops).await;
        assert_eq!(status(&ops, "disk"), expected);
        round(&ops).await;
        round(&ops).await;
        let disk = ops.health_now().component("disk").unwrap().clone();
        assert_eq!(disk.status, if critical > 0 { Status::Failing } else { expected });
        assert!(disk.detail.contains(" GB free of "), "{}", disk.detail);
    }
}

/// Before and during a hand-over two processes check: no check is lost, no outage told twice.
#[tokio::test]
async fn what_two_processes_check_adds_up_and_an_outage_is_told_once() {
    let (one, other) = crate::testing::two_instances().await;
    let works = [switched(&one), switched(&other)];
    for n in 0..6 {
        works.iter().for_each(|works| works.store(n < 2, Ordering::SeqCst));
        one.clock.advance(EVERY);
        for ops in [&one, &other] {
            ops.sample_host().await.unwrap();
            ops.run_health_checks().await.unwrap();
        }
    }
    let window = crate::telemetry::Window::last(one.clock.now(), SignedDuration::from_hours(1));
    let changes = one.stored_health_changes(window).await.unwrap();
    let failing =
        |change: &&super::HealthChange| change.component == "agent-memory" && change.to == Status::Failing;
    assert_eq!(changes.iter().filter(failing).count(), 1, "{changes:?}");
    let third = Ops::open(one.config.clone(), one.clock.clone()).await.unwrap();
    switched(&third).store(false, Ordering::SeqCst);
    round(&third).await;
    let report = third.health_now();
    let today = report.component("agent-memory").unwrap().days.last().unwrap().clone();
    assert_eq!((today.ok, today.bad), (4, 9), "two good and four bad rounds of two, and one more");
}

use std::time::{Duration, Instant};

use domain::access::Tier;
use domain::agent::Agent;

use super::*;
use crate::answers::Trace;
use crate::gateway::Admission;
use crate::gateway::provider::{Chat, FailureKind, Message};
use crate::testing;

async fn with_model() -> Ops {
    testing::ops_with(|config| {
        config.model.name = "m".to_owned();
        "http://127.0.0.1:9".clone_into(&mut config.model.base_url);
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
    })
    .await
}

fn fail(ops: &Ops, times: u32) {
    for _ in 0..times {
        ops.gateway.models.all()[0].failed(FailureKind::Timeout, ops.clock.now());
    }
}

fn told(changes: &[BreakerChange]) -> Vec<(&str, &str, u32, Option<i64>)> {
    let told = changes
        .iter()
        .map(|change| (change.to.as_str(), change.cause.as_str(), change.failures_in_row, change.lasted_ms));
    told.collect()
}

#[tokio::test]
async fn every_change_becomes_a_row_and_says_how_long_it_lasted() {
    let ops = with_model().await;
    let model = &ops.gateway.models.all()[0];
    let start = ops.clock.now();
    fail(&ops, 4);
    ops.flush_breaker_changes().await.unwrap();
    assert!(ops.breaker_changes(start, 10).await.unwrap().is_empty(), "failures alone change nothing");
    fail(&ops, 1);
    ops.clock.advance(SignedDuration::from_secs(10));
    assert!(ops.metrics_text().contains(r#"hos_breaker_state{gen_ai_request_model="m",state="open"} 1"#));
    assert!(model.admit(ops.clock.now()));
    ops.clock.advance(SignedDuration::from_secs(2));
    fail(&ops, 1);
    ops.clock.advance(SignedDuration::from_secs(20));
    assert!(model.admit(ops.clock.now()));
    ops.clock.advance(SignedDuration::from_secs(1));
    model.succeeded(ops.clock.now());
    ops.flush_breaker_changes().await.unwrap();
    let changes = ops.breaker_changes(start, 10).await.unwrap();
    assert_eq!(
        told(&changes),
        [
            ("closed", "answered", 6, None),
            ("half-open", "pause-over", 6, Some(1_000)),
            ("open", "timeout", 6, Some(20_000)),
            ("half-open", "pause-over", 5, Some(2_000)),
            ("open", "timeout", 5, Some(10_000)),
        ]
    );
    assert_eq!(changes.len(), 5);
    assert_eq!(told(&ops.breaker_changes(start, 1).await.unwrap()).len(), 1);
    // Another process reads the same, and a second flush writes nothing twice.
    ops.flush_breaker_changes().await.unwrap();
    let other = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    assert_eq!(other.breaker_changes(start, 10).await.unwrap(), changes);
}

#[tokio::test]
async fn a_trial_that_was_not_made_leaves_no_row_and_a_restart_no_false_duration() {
    let ops = with_model().await;
    let model = &ops.gateway.models.all()[0];
    let start = ops.clock.now();
    fail(&ops, 5);
    ops.clock.advance(SignedDuration::from_secs(10));
    for _ in 0..50 {
        assert!(model.admit(ops.clock.now()));
        model.not_asked(ops.clock.now());
    }
    ops.flush_telemetry().await.unwrap();
    assert_eq!(told(&ops.breaker_changes(start, 100).await.unwrap()), [("open", "timeout", 5, None)]);
    // A new process begins closed: when the first one's ended is not known.
    let restarted = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    restarted.clock.advance(SignedDuration::from_mins(5));
    fail(&restarted, 5);
    restarted.flush_breaker_changes().await.unwrap();
    let changes = restarted.breaker_changes(start, 100).await.unwrap();
    assert_eq!(told(&changes), [("open", "timeout", 5, None), ("open", "timeout", 5, None)]);
}

#[tokio::test]
async fn a_trial_whose_money_the_store_could_not_give_may_be_made_again_at_once() {
    let ops = with_model().await;
    fail(&ops, 5);
    ops.clock.advance(SignedDuration::from_secs(10));
    let admission = Admission { request_id: "q".into(), agent: Agent::Routine, user: None };
    let permit = ops.admit(&testing::caller("t", Tier::Free), admission).unwrap();
    sqlx::query("alter table cost_lease rename to gone").execute(ops.db.write()).await.unwrap();
    let message = Message { role: "user", content: "hello".to_owned() };
    let chat = Chat { messages: vec![message], schema: None, max_output_tokens: 10 };
    let until = Instant::now() + Duration::from_secs(60);
    let asked = ops.ask_models(&permit, Agent::Routine, &chat, until, &mut Trace::new()).await;
    assert!(!matches!(asked, Ok(Ok(_))));
    permit.settle();
    assert!(ops.gateway.models.all()[0].admit(ops.clock.now()), "no call left, so it says nothing");
}

#[tokio::test]
async fn a_full_queue_drops_the_oldest_and_counts_it_and_ninety_days_are_kept() {
    let ops = with_model().await;
    let start = ops.clock.now();
    let (closed, mut open) = (Breaker::new(start), Breaker::new(start));
    for _ in 0..domain::breaker::FAILURES {
        open.failed(start);
    }
    let queue = &ops.gateway.models.changes;
    for second in 0..1_003 {
        let now = start + SignedDuration::from_secs(second);
        queue.record("m", (&closed, &open), "timeout", now);
    }
    assert_eq!(ops.breaker_changes_dropped(), 3);
    assert!(ops.metrics_text().contains("hos_breaker_changes_dropped_total 3"));
    ops.flush_breaker_changes().await.unwrap();
    let changes = ops.breaker_changes(start, 2_000).await.unwrap();
    assert_eq!((changes.len(), changes[999].at), (1_000, start + SignedDuration::from_secs(3)));
    ops.clock.advance(KEPT + SignedDuration::from_secs(1_001));
    ops.drop_old_breaker_changes().await.unwrap();
    let kept = ops.breaker_changes(start, 2_000).await.unwrap();
    assert_eq!(kept.len(), 2);
}

#[tokio::test]
async fn what_could_not_be_written_waits_on_in_its_order() {
    let ops = with_model().await;
    let start = ops.clock.now();
    fail(&ops, 5);
    ops.db.write().close().await;
    assert!(ops.flush_breaker_changes().await.is_err());
    ops.clock.advance(SignedDuration::from_secs(10));
    assert!(ops.gateway.models.all()[0].admit(ops.clock.now()));
    ops.gateway.models.all()[0].succeeded(ops.clock.now());
    let waiting = ops.gateway.models.changes.take();
    assert_eq!(
        waiting.iter().map(|change| change.to.as_str()).collect::<Vec<_>>(),
        ["open", "half-open", "closed"]
    );
    assert_eq!(waiting[0].at, start);
}

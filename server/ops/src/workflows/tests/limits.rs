//! What a run may use, over all processes that run it; what is kept of it.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_a_run_hold_over_its_going_on() {
    let double = Double::start(|_, body| match asked_by(body) {
        "nutrition" => Act::Silence,
        _ => written(body),
    })
    .await;
    let (first, second, caller) = two(|config| {
        with_model(&double)(config);
        config.run_limits.orchestrator.calls = 3;
    })
    .await;
    let id = first.start_workflow(&caller, &ask("u")).await.unwrap().workflow.id;
    until(&first, &caller, &id, |workflow| {
        status_of(workflow, "routine") == "ok" && workflow.steps[4].calls == 1
    })
    .await;
    lease_runs_out(&first);
    second.tend_workflows().await.unwrap();
    let workflow = ended(&second, &caller, &id).await;
    assert_eq!(workflow.status, Status::Degraded);
    assert_eq!(workflow.degraded_reason.as_deref(), Some("run limit: 3 model calls"));
    assert_eq!(asked(&double).len(), 3, "the three were used before");
    assert_eq!((status_of(&workflow, "nutrition"), status_of(&workflow, "insights")), ("ok", "ok"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_is_cut_off_and_booked_in_its_worst_case() {
    let double = Double::start(|_, _| Act::Silence).await;
    let (first, second, caller) = two(with_model(&double)).await;
    let id = first.start_workflow(&caller, &ask("u")).await.unwrap().workflow.id;
    until(&first, &caller, &id, |workflow| workflow.steps[1].calls == 1).await;
    // By the other process: the one that runs it is told by its next renewal.
    let cancelled = second.cancel_workflow(&caller, &id).await.unwrap();
    assert_eq!((cancelled.status, status_of(&cancelled, "behavior")), (Status::Cancelled, "skipped"));
    assert!(cancelled.cost_usd > 0.0);
    first.renew_workflows().await.unwrap();
    let booked = async {
        while first.cost_now().await.unwrap().reserved_usd > 0.0 || !first.workflows.ids().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, booked).await.expect("it is booked");
    let spent = first.cost_now().await.unwrap().spent_usd;
    assert!((spent - cancelled.cost_usd).abs() < 1e-9, "{spent} {}", cancelled.cost_usd);
    assert_eq!(asked(&double).len(), 1);
    assert_eq!(
        second.cancel_workflow(&caller, &id).await.unwrap().status,
        Status::Cancelled,
        "twice is once"
    );
    assert_eq!(first.workflow(&caller, &id).await.unwrap().status, Status::Cancelled);
}

#[tokio::test]
async fn old_records_go_and_young_and_open_ones_stay() {
    let (ops, caller) = one(|config| {
        config.limits.enabled = false;
        config.workflows.keep_days = 30;
    })
    .await;
    for _ in 0..3 {
        ops.answer(&caller, &ask("u")).await.unwrap();
    }
    ops.lifecycle.set_phase(crate::lifecycle::Phase::Draining);
    let open = ops.start_workflow(&caller, &ask("u")).await.unwrap().workflow.id;
    ops.clock.advance(SignedDuration::from_hours(24 * 29));
    let young = ops.answer(&caller, &ask("u")).await.unwrap().body;
    assert_eq!(ops.drop_old_workflows().await.unwrap(), 0);
    ops.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(ops.drop_old_workflows().await.unwrap(), 3);
    let left = ops.workflows_of(&caller, &user("u"), None, 100).await.unwrap().workflows;
    let left: Vec<&str> = left.iter().map(|workflow| workflow.id.as_str()).collect();
    assert_eq!(left, [young.content["workflow"]["id"].as_str().unwrap(), &open]);
    let steps: i64 =
        sqlx::query_scalar("select count(*) from workflow_step").fetch_one(ops.db.read()).await.unwrap();
    assert_eq!(steps, 16);
}

//! A process that dies or leaves in the middle, and the one that goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::shutoff::ShutoffMode;

use super::*;
use crate::lifecycle::Phase;

/// Answers, but for a plan of meals while it is told to hang.
async fn hanging() -> (Double, Arc<AtomicBool>) {
    let hangs = Arc::new(AtomicBool::new(true));
    let told = Arc::clone(&hangs);
    let double = Double::start(move |_, body| {
        let silent = asked_by(body) == "nutrition" && told.load(Ordering::SeqCst);
        if silent { Act::Silence } else { written(body) }
    })
    .await;
    (double, hangs)
}

/// Under way, with everything done but the meals, which the model does not answer.
async fn stuck(first: &Ops, caller: &Caller) -> Workflow {
    let id = first.start_workflow(caller, &ask("u")).await.unwrap().workflow.id;
    until(first, caller, &id, |workflow| {
        status_of(workflow, "routine") == "ok"
            && status_of(workflow, "nutrition") == "running"
            && workflow.steps.iter().any(|step| step.step.as_str() == "nutrition" && step.calls == 1)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_goes_on_after_what_is_stored_and_pays_nothing_twice() {
    let (double, hangs) = hanging().await;
    let (first, second, caller) = two(with_model(&double)).await;
    let stuck = stuck(&first, &caller).await;
    second.tend_workflows().await.unwrap();
    assert_eq!(second.workflow(&caller, &stuck.id).await.unwrap().attempt, 1, "its claim holds");
    lease_runs_out(&first);
    hangs.store(false, Ordering::SeqCst);
    second.tend_workflows().await.unwrap();
    let workflow = ended(&second, &caller, &stuck.id).await;
    assert_eq!((workflow.status, workflow.attempt), (Status::Succeeded, 2), "{workflow:#?}");
    let mut calls = asked(&double);
    calls.sort_unstable();
    assert_eq!(calls, ["behavior", "insights", "nutrition", "nutrition", "routine"], "only what was cut off");
    let of = |name: &str| workflow.steps.iter().find(|step| step.step.as_str() == name).unwrap();
    assert_eq!((of("behavior").attempts, of("routine").attempts, of("nutrition").attempts), (1, 1, 2));
    assert_eq!((of("nutrition").calls, of("insights").calls), (2, 1));
    // The call that was cut off counts in its worst case, the others in what they cost.
    let cut = of("nutrition").cost_usd - 0.002;
    assert!(cut > 0.002 && (workflow.cost_usd - 0.008 - cut).abs() < 1e-9, "{cut}");
    let kept = workflow.answer.unwrap();
    assert_eq!(kept.content["analysis"].as_object().unwrap().len(), 7);
    assert_eq!((kept.meta.attempts, kept.meta.cost_usd), (5, workflow.cost_usd));
    assert_ne!(kept.meta.request_id, stuck.id, "what goes on is a request of its own");
    // The first one learns that it is not its own any more, and ends.
    first.renew_workflows().await.unwrap();
    tokio::time::timeout(PATIENCE, async {
        while !first.workflows.ids().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it ends");
    assert_eq!(first.workflow(&caller, &stuck.id).await.unwrap().attempt, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_hands_it_over_at_the_end_of_the_stage() {
    let (double, hangs) = hanging().await;
    let (first, second, caller) = two(|config| {
        with_model(&double)(config);
        config.model.timeout_ms = 3_000;
    })
    .await;
    let stuck = stuck(&first, &caller).await;
    first.lifecycle.set_phase(Phase::Draining);
    hangs.store(false, Ordering::SeqCst);
    let left = until(&second, &caller, &stuck.id, is(Status::Queued)).await;
    assert_eq!((status_of(&left, "nutrition"), status_of(&left, "insights")), ("ok", "waiting"));
    first.tend_workflows().await.unwrap();
    assert_eq!(first.workflow(&caller, &stuck.id).await.unwrap().status, Status::Queued, "it leaves");
    // No lease is waited for.
    second.tend_workflows().await.unwrap();
    let workflow = ended(&second, &caller, &stuck.id).await;
    assert_eq!((workflow.attempt, status_of(&workflow, "insights")), (2, "ok"));
    assert_eq!(workflow.degraded_reason.as_deref(), Some("the model did not answer in time"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_revoked_ends_it_with_that_reason() {
    let (double, _) = hanging().await;
    let (first, second, caller) = two(with_model(&double)).await;
    let stuck = stuck(&first, &caller).await;
    first.revoke_key(&Actor::CommandLine, &caller.key_id).await.unwrap();
    lease_runs_out(&first);
    second.tend_workflows().await.unwrap();
    let workflow = ended(&second, &caller, &stuck.id).await;
    assert_eq!(workflow.status, Status::Failed);
    assert_eq!(workflow.error.as_deref(), Some("this key was revoked: ask an admin for a new one"));
    assert_eq!((status_of(&workflow, "routine"), status_of(&workflow, "nutrition")), ("ok", "skipped"));
    assert!(workflow.answer.is_none() && asked(&double).len() == 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutoff_is_waited_for_until_the_deadline() {
    let (double, _) = hanging().await;
    let (first, second, caller) = two(with_model(&double)).await;
    let stuck = stuck(&first, &caller).await;
    second.set_shutoff(&Actor::CommandLine, ShutoffMode::Stop, "too dear", None).await.unwrap();
    lease_runs_out(&first);
    second.tend_workflows().await.unwrap();
    let waiting = until(&second, &caller, &stuck.id, is(Status::Queued)).await;
    assert_eq!(waiting.error.as_deref(), Some("agent requests are stopped (shutoff of all)"));
    second.tend_workflows().await.unwrap();
    assert_eq!(second.workflow(&caller, &stuck.id).await.unwrap().attempt, 2, "not at once again");
    first.clock.advance(SignedDuration::from_secs(600));
    second.tend_workflows().await.unwrap();
    let workflow = ended(&second, &caller, &stuck.id).await;
    assert_eq!(
        (workflow.status, workflow.error.as_deref()),
        (Status::Failed, Some("the deadline passed before it was done"))
    );
    assert_eq!(asked(&double).len(), 3, "nobody was asked again");
}

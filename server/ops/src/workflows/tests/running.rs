//! A run from its request to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use domain::agent::Engine;

use super::*;
use crate::telemetry::RequestFilter;
use crate::workflows::Origin;

#[tokio::test]
async fn an_app_that_waits_gets_its_answer_and_the_record_says_the_same() {
    let (ops, caller) = one(|config| config.limits.enabled = false).await;
    let begun = Instant::now();
    let answer = ops.answer(&caller, &ask("u")).await.unwrap().body;
    eprintln!("a workflow without a model: {} ms (debug)", begun.elapsed().as_millis());
    let id = answer.content["workflow"]["id"].as_str().unwrap();
    let workflow = ops.workflow(&caller, id).await.unwrap();
    assert_eq!((workflow.status, workflow.origin, workflow.attempt), (Status::Succeeded, Origin::Analyze, 1));
    assert_eq!((workflow.request_id.as_str(), workflow.error.as_deref()), ("asked", None));
    assert_eq!(workflow.release.as_deref(), Some(answer.meta.release.as_str()));
    assert!(workflow.steps.iter().all(|step| step.status.as_str() == "ok" && step.attempts == 1));
    let kept = workflow.answer.unwrap();
    assert_eq!(kept.content["analysis"], answer.content["analysis"]);
    assert_eq!(kept.meta, answer.meta);
    let verdict = answer.content["analysis"]["adaptation"]["verdict"].as_str().unwrap();
    assert!(["keep", "change"].contains(&verdict), "14 days are enough to say something: {verdict}");
    // The second is answered from memory, what to change next included.
    let again = ops.answer(&caller, &ask("u")).await.unwrap().body;
    assert_eq!(again.meta.engine, Engine::Memory);
    assert_eq!(again.content["analysis"]["adaptation"], answer.content["analysis"]["adaptation"]);
    assert_ne!(again.content["workflow"]["id"], id);
}

#[tokio::test]
async fn a_run_leaves_two_memories_however_often_it_is_run() {
    let (ops, caller) = one(|config| config.limits.enabled = false).await;
    for _ in 0..3 {
        ops.answer(&caller, &ask("u")).await.unwrap();
    }
    let all = crate::memory::memories(&ops.db, &caller.tenant, &user("u"), ops.clock.now()).await.unwrap();
    let mut of_runs: Vec<&str> =
        all.iter().map(|memory| memory.key.as_str()).filter(|key| key.starts_with("run.")).collect();
    of_runs.sort_unstable();
    assert_eq!(of_runs, ["run.2026-03-03", "run.last"]);
}

#[tokio::test]
async fn nobody_waits_and_it_is_told_with_what_it_spent() {
    let double = Double::start(|_, body| written(body)).await;
    let (ops, caller) = one(with_model(&double)).await;
    let started = ops.start_workflow(&caller, &ask("u")).await.unwrap().workflow;
    assert!(!started.status.ended() && started.answer.is_none());
    let workflow = ended(&ops, &caller, &started.id).await;
    assert_eq!(workflow.status, Status::Succeeded, "{workflow:#?}");
    let meta = workflow.answer.unwrap().meta;
    assert_eq!((meta.engine, meta.attempts, meta.tokens.output), (Engine::Model, 4, 2_000));
    assert!((workflow.cost_usd - 0.008).abs() < 1e-9 && meta.cost_usd == workflow.cost_usd);
    let routine = workflow.steps.iter().find(|step| step.step.as_str() == "routine").unwrap();
    assert_eq!((routine.calls, routine.cost_usd, routine.model.as_deref()), (1, 0.002, Some("m")));
    assert_eq!(ops.cost_now().await.unwrap().spent_usd, 0.008);
    // The run is a request of its own, by the id of the workflow.
    assert_eq!(meta.request_id, started.id);
    let told = until_told(&ops, &started.id).await;
    assert_eq!((told.route.as_str(), told.status, told.cost.0), ("/api/workflows/{id}/run", 200, 8_000));
    assert_eq!((told.agent, told.user.as_deref()), (Some(Agent::Orchestrator), Some("u")));
}

async fn until_told(ops: &Ops, id: &str) -> crate::telemetry::RequestRow {
    let filter = RequestFilter { text: Some(id.to_owned()), ..RequestFilter::default() };
    for _ in 0..500 {
        if let Some(row) = ops.requests(&filter).await.unwrap().into_iter().next() {
            return row;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody was told of {id}");
}

/// Routine and nutrition are only answered when both have been asked.
#[tokio::test(flavor = "multi_thread")]
async fn steps_of_one_stage_run_at_the_same_time() {
    let (plans, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, seen, here) = (Arc::clone(&plans), Arc::clone(&most), AtomicUsize::new(0));
    let double = Double::start(move |_, body| {
        if matches!(asked_by(body), "routine" | "nutrition") {
            counted.fetch_add(1, Ordering::SeqCst);
            let under_way = here.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::block_in_place(|| {
                let begun = Instant::now();
                while here.load(Ordering::SeqCst) < 2 && begun.elapsed() < Duration::from_secs(5) {
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
            seen.fetch_max(under_way.max(here.load(Ordering::SeqCst)), Ordering::SeqCst);
            // Only the second of two goes at once; one alone has waited in vain and takes itself off.
            if seen.load(Ordering::SeqCst) < 2 {
                here.fetch_sub(1, Ordering::SeqCst);
            }
        }
        written(body)
    })
    .await;
    let (ops, caller) = one(with_model(&double)).await;
    let answer = ops.answer(&caller, &ask("u")).await.unwrap();
    assert_eq!(plans.load(Ordering::SeqCst), 2);
    assert_eq!(most.load(Ordering::SeqCst), 2, "one waited for the other's end");
    assert_eq!(asked(&double)[0], "behavior");
    assert_eq!(asked(&double)[3], "insights");
    // The waterfall has the parts of both, by when they began.
    assert!(answer.steps.is_sorted_by_key(|step| step.start_us));
    assert_eq!(answer.steps.iter().filter(|step| step.name == "model m, attempt 1").count(), 4);
}

#[tokio::test]
async fn at_the_deadline_the_planners_words_are_given_and_what_is_left_is_left_out() {
    let double = Double::start(|_, _| Act::Silence).await;
    let (ops, caller) = one(|config| {
        with_model(&double)(config);
        config.agents.workflow_deadline_ms = 600;
    })
    .await;
    let answer = ops.answer(&caller, &ask("u")).await.unwrap().body;
    let id = answer.content["workflow"]["id"].as_str().unwrap();
    let workflow = ops.workflow(&caller, id).await.unwrap();
    assert_eq!(workflow.status, Status::Degraded);
    assert_eq!((status_of(&workflow, "behavior"), status_of(&workflow, "insights")), ("ok", "skipped"));
    let insights = workflow.steps.iter().find(|step| step.step.as_str() == "insights").unwrap();
    assert_eq!(insights.error.as_deref(), Some("the deadline of the workflow was reached"));
    assert!(asked(&double).len() <= 3, "nobody was asked beyond it: {:?}", asked(&double));
}

#[tokio::test]
async fn a_rule_that_is_broken_is_not_tried_again() {
    let (ops, caller) = one(|config| config.limits.enabled = false).await;
    // Severe thinness: nobody but a professional plans meals.
    let profile =
        Profile { weight_kg: Some(40.0), height_cm: Some(160.0), age: Some(30), ..Profile::default() };
    ops.put_profile(&caller, &user("u"), profile).await.unwrap();
    let answer = ops.answer(&caller, &ask("u")).await.unwrap().body;
    let id = answer.content["workflow"]["id"].as_str().unwrap();
    let workflow = ops.workflow(&caller, id).await.unwrap();
    let nutrition = workflow.steps.iter().find(|step| step.step.as_str() == "nutrition").unwrap();
    assert_eq!((nutrition.status.as_str(), nutrition.attempts), ("failed", 1));
    // What needs a professional is said plainly.
    assert!(nutrition.error.as_deref().unwrap().contains("doctor"), "{nutrition:?}");
    assert_eq!(workflow.status, Status::Degraded);
    assert_eq!(workflow.degraded_reason.as_deref(), Some("without nutrition: that step did not succeed"));
}

/// The store is locked by another process for longer than a statement waits, just when what the model wrote is to be stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_busy_for_a_while_costs_no_second_call() {
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let told = std::sync::Mutex::new(Some(told));
    let double = Double::start(move |_, body| {
        if let Some(told) = told.lock().unwrap().take() {
            // This thread may be the one that waits for timers and sockets: they are handed to another.
            let _ = tokio::task::block_in_place(|| told.recv_timeout(PATIENCE));
        }
        written(body)
    })
    .await;
    let (ops, other, caller) = two(with_model(&double)).await;
    if ops.db.engine() != crate::db::Engine::Sqlite {
        // There a row is locked, not the store.
        return;
    }
    let id = ops
        .start_workflow(&caller, &AgentRequest { force_refresh: true, ..ask("u") })
        .await
        .unwrap()
        .workflow
        .id;
    until(&ops, &caller, &id, |workflow| workflow.steps[1].calls == 1).await;
    let lock = other.db.begin_write().await.unwrap();
    tell.send(()).unwrap();
    // Longer than SQLite's busy timeout of 5 s.
    tokio::time::sleep(Duration::from_millis(5_300)).await;
    drop(lock);
    let workflow = ended(&ops, &caller, &id).await;
    assert_eq!(
        (workflow.status, status_of(&workflow, "behavior")),
        (Status::Succeeded, "ok"),
        "{workflow:#?}"
    );
    let mut calls = asked(&double);
    calls.sort_unstable();
    assert_eq!(calls, ["behavior", "insights", "nutrition", "routine"], "each once");
}

#[tokio::test]
async fn who_is_erased_does_not_wait_for_a_run_whose_model_is_silent() {
    let double = Double::start(|_, _| Act::Silence).await;
    let (ops, caller) = one(with_model(&double)).await;
    let id = ops.start_workflow(&caller, &ask("u")).await.unwrap().workflow.id;
    until(&ops, &caller, &id, |_| !double.asked().is_empty()).await;
    let person = user("u");
    let erasing = ops.erase_person(&caller, &person);
    let erased = tokio::time::timeout(Duration::from_secs(8), erasing).await.expect("not the model's time");
    assert!(erased.unwrap().deleted["workflow_steps"] > 0);
}

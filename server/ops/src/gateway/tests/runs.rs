//! One run's limits, kept where the money is held: whatever code asks, and however often.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::agent::TokenUse;
use domain::run_limit::RunLimit;

use super::*;
use crate::answers::Trace;
use crate::gateway::provider::Chat;
use crate::gateway::provider::double::{Act, Double, completion};

fn usd(usd: f64) -> MicroUsd {
    MicroUsd::from_usd(usd)
}

async fn with(calls: u32, steps: u32, dollars: f64) -> Ops {
    testing::ops_with(|config| {
        let run = &mut config.run_limits.orchestrator;
        (run.calls, run.steps, run.usd) = (calls, steps, dollars);
    })
    .await
}

fn run(ops: &Ops) -> Permit {
    let user = Some(UserId::parse("u").unwrap());
    let ask = Admission { request_id: "q1".into(), agent: Agent::Orchestrator, user };
    ops.admit(&testing::caller("t", Tier::Admin), ask).unwrap()
}

async fn reserve(permit: &Permit, part: Agent, bound: f64) -> Reserve {
    let bound = usd(bound);
    let call = Estimate { model: "m", price_version: "v", bound, likely: bound, tokens: 0, size_class: 0 };
    permit.reserve(part, &call, Instant::now() + Duration::from_secs(5)).await.unwrap()
}

fn reason(reserve: Reserve) -> String {
    match reserve {
        Reserve::Denied(denied) => {
            assert_eq!(denied.step, "run-limit");
            denied.reason
        }
        other => panic!("{other:?}"),
    }
}

/// A model that always answers what cannot be given, and code that would ask again without end.
#[tokio::test]
async fn a_runaway_loop_is_stopped_at_exactly_as_many_calls_as_a_run_may_make() {
    let double = Double::start(|_, _| Act::Answer(completion("I am sorry."))).await;
    let ops = testing::ops_with(|config| {
        config.limits.enabled = false;
        config.model.name = "m".to_owned();
        double.url.clone_into(&mut config.model.base_url);
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        config.run_limits.routine.calls = 7;
    })
    .await;
    let permit = admit(&ops, "u").unwrap();
    let chat = Chat { messages: Vec::new(), schema: None, max_output_tokens: 100 };
    let (mut trace, mut rounds) = (Trace::new(), 0);
    let why = loop {
        rounds += 1;
        let until = Instant::now() + Duration::from_secs(20);
        match ops.ask_models(&permit, Agent::Routine, &chat, until, &mut trace).await.unwrap() {
            Ok(_never_good_enough) => {}
            Err(why) => break why,
        }
    };
    assert_eq!((rounds, double.asked().len(), permit.used().attempts), (8, 7, 7));
    assert_eq!((why.reason.as_str(), why.step), ("run limit: 7 model calls", Some("run-limit")));
    assert_eq!(permit.limited(), Some(RunLimit::Calls(7)));
    let steps = trace.into_steps();
    let last = steps.last().unwrap();
    assert_eq!((last.status.as_str(), last.detail.as_deref()), ("skipped", Some("run limit: 7 model calls")));
    permit.settle();
    let text = ops.metrics_text();
    assert!(
        text.contains(r#"hos_runs_limited_total{gen_ai_agent_name="routine",limit="calls"} 1"#),
        "{text}"
    );
    // The limit is of a run: the next one has its own.
    let next = admit(&ops, "u").unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    assert!(ops.ask_models(&next, Agent::Routine, &chat, until, &mut Trace::new()).await.unwrap().is_ok());
    next.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_run_at_the_same_time_never_pass_a_limit_together() {
    let ops = with(20, 0, 1.0).await;
    let permit = Arc::new(run(&ops));
    let parts = [Agent::Behavior, Agent::Routine, Agent::Nutrition, Agent::Insights];
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..80 {
        let permit = Arc::clone(&permit);
        let part = parts[n % parts.len()];
        tasks.spawn(async move {
            match reserve(&permit, part, 0.09).await {
                Reserve::Granted(hold) => {
                    tokio::task::yield_now().await;
                    permit.settle_call(hold, usd(0.04), TokenUse::default());
                    None
                }
                denied => Some(reason(denied)),
            }
        });
    }
    let denied: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    let used = permit.used();
    assert_eq!(used.attempts as usize, 80 - denied.len());
    assert!(used.attempts <= 20 && used.cost <= usd(1.0), "{used:?}");
    assert!(used.attempts >= 11, "what ended gave its room back: {used:?}");
    assert!(denied.iter().all(|why| why.starts_with("run limit: ")), "{denied:?}");
    let known = ["run limit: 20 model calls", "run limit: $1.00 a run"];
    assert!(denied.iter().all(|why| known.contains(&why.as_str())), "{denied:?}");
    Arc::into_inner(permit).unwrap().settle();
}

#[tokio::test]
async fn money_is_counted_in_its_worst_case_and_given_back_when_it_was_less() {
    let ops = with(0, 2, 1.0).await;
    let permit = run(&ops);
    let Reserve::Granted(first) = reserve(&permit, Agent::Routine, 0.7).await else { panic!() };
    assert_eq!(reason(reserve(&permit, Agent::Nutrition, 0.31).await), "run limit: $1.00 a run");
    permit.settle_call(first, usd(0.2), TokenUse::default());
    let Reserve::Granted(second) = reserve(&permit, Agent::Nutrition, 0.8).await else { panic!() };
    permit.settle_call(second, usd(0.8), TokenUse::default());
    assert_eq!(reason(reserve(&permit, Agent::Insights, 0.000_001).await), "run limit: $1.00 a run");
    assert_eq!((permit.begin_step(), permit.begin_step()), (Ok(()), Ok(())));
    assert_eq!(permit.begin_step(), Err(RunLimit::Steps(2)));
    permit.settle();
}

/// Who stops waiting for the ledger has made no call.
#[tokio::test]
async fn a_call_that_never_left_does_not_count() {
    let ops = with(2, 0, 0.0).await;
    let permit = run(&ops);
    drop(reserve(&permit, Agent::Routine, 0.1));
    let mut waiting = Box::pin(reserve(&permit, Agent::Routine, 0.1));
    // Polled once, then given up.
    let _ = futures::poll!(&mut waiting);
    drop(waiting);
    for _ in 0..2 {
        let Reserve::Granted(hold) = reserve(&permit, Agent::Routine, 0.1).await else { panic!() };
        permit.settle_call(hold, usd(0.1), TokenUse::default());
    }
    assert_eq!(reason(reserve(&permit, Agent::Routine, 0.1).await), "run limit: 2 model calls");
    permit.settle();
}

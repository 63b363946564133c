//! What answers say when a policy or a run's limit made them less than they would normally be.

use domain::access::Tier;
use domain::agent::{Agent, AnswerMeta, Engine};
use domain::id::UserId;
use domain::money::MicroUsd;
use domain::profile::Profile;
use domain::shutoff::{Scope, ShutoffMode};
use jiff::SignedDuration;
use serde_json::json;

use super::ask;
use crate::Ops;
use crate::access::Actor;
use crate::answers::AgentRequest;
use crate::cost::LedgerRow;
use crate::gateway::provider::double::{Act, Double, completion, draft_of, response};
use crate::people::tests::{caller, readings, user};
use crate::testing;

/// Two models, `large` asked first and `small` a tenth of its price; every agent may spend $10 a day.
async fn someone(double: &Double, change: impl FnOnce(&mut crate::Config)) -> Ops {
    let ops = testing::ops_with(|config| {
        config.limits.enabled = false;
        config.model.name = "large".to_owned();
        double.url.clone_into(&mut config.model.base_url);
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (10.0, 20.0);
        config.model.attempts = 1;
        let mut small = config.model.clone();
        small.name = "small".to_owned();
        (small.input_usd_per_mtok, small.output_usd_per_mtok) = (1.0, 2.0);
        config.fallback_models = vec![small];
        config.caps.agent_day_usd = 10.0;
        change(config);
    })
    .await;
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    ops.add_biomarkers(&caller("t"), &user("u"), readings(&ops, 14)).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    ops
}

/// Somebody else has spent so much on the agent.
async fn spent(ops: &Ops, agent: Agent, dollars: f64) {
    let other = testing::caller("other", Tier::Premium);
    let row = LedgerRow {
        request_id: ops.clock.new_id(),
        at: ops.clock.now(),
        tenant: other.tenant,
        user: Some(UserId::parse("x").unwrap()),
        agent,
        tier: other.tier,
        key_prefix: other.key_prefix,
        release: "r".to_owned(),
        model: Some("large".to_owned()),
        price_version: None,
        reserved: MicroUsd::from_usd(dollars),
        settled: MicroUsd::from_usd(dollars),
    };
    ops.insert_settled(&[row]).await.unwrap();
}

async fn asked(ops: &Ops, agent: Agent, force_refresh: bool) -> AnswerMeta {
    let ask = AgentRequest { force_refresh, ..ask(agent) };
    ops.answer(&caller("t"), &ask).await.unwrap().body.meta
}

fn writes() -> impl Fn(usize, &serde_json::Value) -> Act {
    |_, body| Act::Answer(completion(&draft_of(body).to_string()))
}

#[tokio::test]
async fn words_as_old_as_the_policy_says_stand_in_before_a_model_is_asked() {
    let double = Double::start(writes()).await;
    let steps = || vec!["80% any kept-words-first 720min".to_owned()];
    let ops = someone(&double, |config| config.degrade.steps = steps()).await;
    let first = asked(&ops, Agent::Behavior, true).await;
    assert_eq!((first.engine, first.model.as_deref(), first.degraded), (Engine::Model, Some("large"), false));
    ops.clock.advance(SignedDuration::from_mins(61));
    ops.words.forget_old(ops.clock.now());
    let paid_again = asked(&ops, Agent::Behavior, true).await;
    assert_eq!((paid_again.attempts, paid_again.degraded), (1, false), "below the step it is asked afresh");

    spent(&ops, Agent::Behavior, 8.0).await;
    ops.clock.advance(SignedDuration::from_mins(61));
    ops.words.forget_old(ops.clock.now());
    let kept = asked(&ops, Agent::Behavior, true).await;
    assert_eq!((kept.engine, kept.model.as_deref(), kept.attempts), (Engine::Model, Some("large"), 0));
    assert_eq!(
        kept.degraded_reason.as_deref(),
        Some("cost policy: words of the last 720 min first from 80 % of the agent's day")
    );
    let text = ops.metrics_text();
    let counted = r#"hos_answers_given_up_total{gen_ai_agent_name="behavior",hos_step="kept-words-first"} 1"#;
    assert!(text.contains(counted), "{text}");
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Degrade, "planner only", None).await.unwrap();
    let cut = asked(&ops, Agent::Routine, true).await;
    assert_eq!(cut.engine, Engine::Planner, "under a shutoff no words stand in");
    assert_eq!(double.asked().len(), 2);
}

/// The fault was: words stood in for a call that a cap refused, and the answer did not say so.
#[tokio::test]
async fn words_that_stand_in_for_a_capped_call_say_that_a_cap_was_hit() {
    let double = Double::start(writes()).await;
    let ops = someone(&double, |config| config.fallback_models.clear()).await;
    assert!(!asked(&ops, Agent::Behavior, false).await.degraded);
    spent(&ops, Agent::Behavior, 10.0).await;
    let stood_in = asked(&ops, Agent::Behavior, true).await;
    assert_eq!((stood_in.engine, stood_in.model.as_deref()), (Engine::Model, Some("large")));
    assert_eq!(
        stood_in.degraded_reason.as_deref(),
        Some("the limit is reached (agent day); words kept from before stand in")
    );
    let model = Scope::Model("large".to_owned());
    ops.set_shutoff_of(&Actor::CommandLine, &model, ShutoffMode::Degrade, "dear", None).await.unwrap();
    let cut = asked(&ops, Agent::Behavior, true).await;
    assert_eq!((cut.engine, cut.model), (Engine::Planner, None), "no words of a model that is shut off");
}

#[tokio::test]
async fn beyond_the_budget_kept_words_stand_in_where_the_policy_says_so() {
    let double = Double::start(writes()).await;
    let ops = someone(&double, |config| {
        config.degrade.behavior = vec!["90% global kept-words-first 60min".to_owned()];
        config.degrade.insights = vec!["90% any throttle 5/min".to_owned()];
        config.caps.agent_day_usd = 0.0;
    })
    .await;
    for agent in [Agent::Behavior, Agent::Insights] {
        assert_eq!(asked(&ops, agent, true).await.engine, Engine::Model);
    }
    spent(&ops, Agent::Routine, 50.0).await;
    // Another profile makes another question of neither: the answer of before is outdated, the words are not.
    ops.clock.advance(SignedDuration::from_secs(1));
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    let behavior = asked(&ops, Agent::Behavior, false).await;
    assert_eq!(
        (behavior.engine, behavior.degraded_reason.as_deref()),
        (Engine::Model, Some("daily budget reached"))
    );
    let insights = asked(&ops, Agent::Insights, false).await;
    assert_eq!(insights.engine, Engine::Planner);
    assert_eq!(double.asked().len(), 2);
}

#[tokio::test]
async fn a_cheaper_model_that_fails_leaves_the_planner_and_both_reasons() {
    let double = Double::start(|_, body| {
        if body["model"] == "small" {
            return Act::Answer(response("500 Down", "", "{}"));
        }
        Act::Answer(completion(&draft_of(body).to_string()))
    })
    .await;
    let ops = someone(&double, |config| config.agents.kept_words_mb = 0).await;
    spent(&ops, Agent::Routine, 8.0).await;
    let meta = asked(&ops, Agent::Routine, true).await;
    assert_eq!((meta.engine, meta.attempts, meta.model), (Engine::Planner, 1, None));
    assert_eq!(
        meta.degraded_reason.as_deref(),
        Some("cost policy: cheaper model from 80 % of the agent's day; the model's provider failed")
    );
    let models: Vec<_> = double.asked().iter().map(|body| body["model"].clone()).collect();
    assert_eq!(models, [json!("small")], "the dear one was not asked instead");
}

#[tokio::test]
async fn a_run_names_the_model_and_the_reason_of_each_part() {
    let double = Double::start(writes()).await;
    let ops = someone(&double, |_| {}).await;
    spent(&ops, Agent::Routine, 8.0).await;
    let body = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await.unwrap().body;
    assert_eq!((body.meta.engine, body.meta.model), (Engine::Model, None), "two models wrote");
    let reason = "cost policy: cheaper model from 80 % of the agent's day";
    assert_eq!(body.meta.degraded_reason.as_deref(), Some(reason));
    let steps = body.content["workflow"]["steps"].as_array().unwrap().clone();
    let of = |agent: &str| steps.iter().find(|step| step["agent"] == agent).unwrap();
    assert_eq!(
        (&of("routine")["model"], &of("routine")["degraded_reason"]),
        (&json!("small"), &json!(reason))
    );
    assert_eq!(
        (&of("behavior")["model"], &of("behavior")["degraded_reason"]),
        (&json!("large"), &json!(null))
    );
    assert_eq!(of("circadian").get("model"), None);
}

#[tokio::test]
async fn a_run_limit_leaves_the_planner_and_says_so() {
    let double = Double::start(|_, _| Act::Answer(completion("I am sorry."))).await;
    let ops = someone(&double, |config| {
        config.run_limits.routine.calls = 1;
        config.run_limits.orchestrator.steps = 3;
    })
    .await;
    let answered = ops.answer(&caller("t"), &ask(Agent::Routine)).await.unwrap();
    let meta = answered.body.meta;
    assert_eq!((meta.engine, meta.attempts, double.asked().len()), (Engine::Planner, 1, 1));
    assert_eq!(meta.degraded_reason.as_deref(), Some("run limit: 1 model call"));
    let told = answered.steps.iter().any(|step| step.detail.as_deref() == Some("run limit: 1 model call"));
    assert!(told, "{:?}", answered.steps);

    let body = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await.unwrap().body;
    let reason = body.meta.degraded_reason.unwrap();
    assert_eq!(
        reason,
        "run limit: 3 steps; without routine, nutrition, insights, adaptation, remember: that step did not succeed"
    );
    let steps = body.content["workflow"]["steps"].as_array().unwrap();
    assert_eq!((&steps[2]["status"], &steps[3]["status"]), (&json!("ok"), &json!("skipped")));
    assert_eq!(steps[3]["error"], "run limit: 3 steps");
}

//! A model behind the agents: what it writes is given when it may be, and the planner's answer when not.

use domain::agent::{Agent, Engine};
use domain::profile::Profile;
use domain::shutoff::{Scope, ShutoffMode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::ask;
use crate::Ops;
use crate::access::Actor;
use crate::answers::AgentRequest;
use crate::gateway::provider::double::{Act, Double, completion, draft_of, response};
use crate::people::tests::{caller, readings, user};
use crate::testing;

const WRITERS: [Agent; 4] = [Agent::Behavior, Agent::Routine, Agent::Nutrition, Agent::Insights];

async fn someone(double: &Double, change: impl FnOnce(&mut crate::Config)) -> Ops {
    let ops = testing::ops_with(|config| {
        config.limits.enabled = false;
        config.model.name = "m".to_owned();
        double.url.clone_into(&mut config.model.base_url);
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        config.model.attempts = 1;
        change(config);
    })
    .await;
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    ops.add_biomarkers(&caller("t"), &user("u"), readings(&ops, 14)).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    ops
}

/// The draft with one text made warmer.
fn warmer(body: &Value) -> String {
    let mut draft = draft_of(body);
    for place in ["/summary", "/time_blocks/0/purpose", "/meals/0/title", "/insights/0/next_step"] {
        if let Some(text) = draft.pointer_mut(place) {
            *text = json!(text.as_str().unwrap().replacen(' ', " truly ", 1));
        }
    }
    draft.to_string()
}

/// Every text of the draft says what no coach may.
fn unsafe_words(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if !matches!(name.as_str(), "id" | "start" | "end") {
                    unsafe_words(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unsafe_words),
        other => *other = json!("Stop taking your medication."),
    }
}

#[tokio::test]
async fn a_model_writes_and_the_answer_says_what_it_cost() {
    let double = Double::start(|_, body| Act::Answer(completion(&warmer(body)))).await;
    let ops = someone(&double, |_| {}).await;
    for (asked, agent) in (1..).zip(WRITERS) {
        let answered = ops.answer(&caller("t"), &ask(agent)).await.unwrap();
        let meta = answered.body.meta;
        assert_eq!((meta.engine, meta.degraded_reason), (Engine::Model, None), "{agent}");
        assert_eq!((meta.cost_usd, meta.attempts, meta.tokens.output), (0.002, 1, 500));
        assert!(answered.steps.iter().any(|step| step.name == "model m, attempt 1" && step.status == "ok"));
        let again = ops.answer(&caller("t"), &ask(agent)).await.unwrap().body;
        assert_eq!((again.meta.engine, again.meta.cost_usd), (Engine::Memory, 0.0));
        let field = crate::answers::body::field_of(agent);
        assert_eq!(again.content[field], answered.body.content[field], "memory keeps the model's words");
        assert_eq!(double.asked().len(), asked);
    }
    assert_eq!(
        ops.answer(&caller("t"), &ask(Agent::Circadian)).await.unwrap().body.meta.engine,
        Engine::Planner
    );
    assert_eq!(ops.cost_now().await.unwrap().spent_usd, 0.008);
}

#[tokio::test]
async fn words_that_break_rules_are_repaired_once_and_else_not_given() {
    let double = Double::start(|nth, body| {
        Act::Answer(completion(&if nth == 0 { "I am sorry.".to_owned() } else { warmer(body) }))
    })
    .await;
    let ops = someone(&double, |_| {}).await;
    let meta = ops.answer(&caller("t"), &ask(Agent::Behavior)).await.unwrap().body.meta;
    assert_eq!((meta.engine, meta.attempts, meta.cost_usd), (Engine::Model, 2, 0.004));
    let told = double.asked()[1]["messages"][3]["content"].as_str().unwrap().to_owned();
    assert!(told.contains("json"), "{told}");

    let double = Double::start(|_, body| {
        let mut draft = draft_of(body);
        unsafe_words(&mut draft);
        Act::Answer(completion(&draft.to_string()))
    })
    .await;
    let ops = someone(&double, |_| {}).await;
    for agent in WRITERS {
        let body = ops.answer(&caller("t"), &ask(agent)).await.unwrap().body;
        let reason = body.meta.degraded_reason.unwrap();
        assert_eq!((body.meta.engine, body.meta.attempts), (Engine::Planner, 2), "{agent}");
        assert!(reason.starts_with("the model's words broke rules and were not given: "), "{reason}");
        assert!(!Value::Object(body.content).to_string().contains("medication"), "{agent}");
    }
}

#[tokio::test]
async fn a_model_that_fails_leaves_the_planners_answer_and_says_why() {
    let double = Double::start(|_, _| Act::Answer(response("500 Down", "", "{}"))).await;
    let ops = someone(&double, |_| {}).await;
    let meta = ops.answer(&caller("t"), &ask(Agent::Routine)).await.unwrap().body.meta;
    assert_eq!((meta.engine, meta.degraded, meta.cost_usd), (Engine::Planner, true, 0.0));
    assert_eq!(meta.degraded_reason.as_deref(), Some("the model's provider failed"));
}

/// The planner's answer is whole without it.
#[tokio::test]
async fn where_no_money_can_be_held_the_planner_answers() {
    let double = Double::start(|_, body| Act::Answer(completion(&warmer(body)))).await;
    let ops = someone(&double, |_| {}).await;
    for table in ["cost_lease", "cost_counter"] {
        let hide = format!("alter table {table} rename to hidden_{table}");
        sqlx::query(sqlx::AssertSqlSafe(hide)).execute(ops.db.write()).await.unwrap();
    }
    let meta = ops.answer(&caller("t"), &ask(Agent::Routine)).await.unwrap().body.meta;
    assert_eq!((meta.engine, meta.degraded, meta.cost_usd), (Engine::Planner, true, 0.0));
    assert_eq!(meta.degraded_reason.as_deref(), Some("no money could be held for a model call"));
    assert_eq!(double.asked().len(), 0);
}

#[tokio::test]
async fn an_answer_written_without_the_model_is_written_again_an_hour_later() {
    let double = Double::start(|nth, body| {
        Act::Answer(if nth == 0 { response("500 Down", "", "{}") } else { completion(&warmer(body)) })
    })
    .await;
    let ops = someone(&double, |_| {}).await;
    let asked = async |minutes| {
        ops.clock.advance(SignedDuration::from_mins(minutes));
        ops.answer(&caller("t"), &ask(Agent::Behavior)).await.unwrap().body.meta.engine
    };
    assert_eq!(asked(0).await, Engine::Planner);
    assert_eq!(asked(59).await, Engine::Memory, "not asked for every request of an outage");
    assert_eq!(asked(1).await, Engine::Model);
    assert_eq!(asked(120).await, Engine::Memory);
}

#[tokio::test]
async fn an_answer_that_says_nothing_is_not_written_again() {
    let double = Double::start(|_, body| Act::Answer(completion(&warmer(body)))).await;
    let ops = someone(&double, |_| {}).await;
    let of_nobody = AgentRequest { user: user("new"), ..ask(Agent::Insights) };
    ops.put_profile(&caller("t"), &user("new"), Profile::default()).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    let first = ops.answer(&caller("t"), &of_nobody).await.unwrap().body;
    assert_eq!(first.meta.engine, Engine::Planner);
    assert_eq!(first.content["insights"], json!([]));
    ops.clock.advance(SignedDuration::from_mins(90));
    let again = ops.answer(&caller("t"), &of_nobody).await.unwrap().body;
    assert_eq!(again.meta.engine, Engine::Memory, "{:?}", again.meta.decision);
    assert!(double.asked().is_empty());
}

#[tokio::test]
async fn the_same_question_is_not_paid_twice_and_never_shared() {
    let double = Double::start(|nth, body| {
        Act::Answer(if nth < 2 { completion(&warmer(body)) } else { response("500 Down", "", "{}") })
    })
    .await;
    let ops = someone(&double, |_| {}).await;
    let same_again = async |id: &str| {
        ops.clock.advance(SignedDuration::from_secs(1));
        ops.put_profile(&caller("t"), &user(id), Profile::default()).await.unwrap();
        ops.clock.advance(SignedDuration::from_secs(1));
        ops.answer(&caller("t"), &AgentRequest { user: user(id), ..ask(Agent::Behavior) }).await.unwrap()
    };
    let paid = same_again("u").await;
    assert_eq!((paid.body.meta.engine, paid.body.meta.attempts), (Engine::Model, 1));
    let again = same_again("u").await;
    assert_eq!(
        (again.body.meta.engine, again.body.meta.attempts, again.body.meta.cost_usd),
        (Engine::Model, 0, 0.0)
    );
    assert_eq!(again.body.content, paid.body.content);
    assert!(again.steps.iter().any(|step| step.name == "words kept from before" && step.status == "ok"));

    ops.put_profile(&caller("t"), &user("v"), Profile::default()).await.unwrap();
    let same_data = readings(&ops, 14);
    ops.add_biomarkers(&caller("t"), &user("v"), same_data).await.unwrap();
    assert_eq!(same_again("v").await.body.meta.attempts, 1, "another person is another question");
    assert_eq!(double.asked().len(), 2);

    let forced = AgentRequest { force_refresh: true, ..ask(Agent::Behavior) };
    ops.clock.advance(SignedDuration::from_secs(1));
    let stood_in = ops.answer(&caller("t"), &forced).await.unwrap().body;
    assert_eq!(double.asked().len(), 3, "asked for afresh");
    assert_eq!(
        (stood_in.meta.engine, stood_in.meta.attempts),
        (Engine::Model, 1),
        "and what was paid stands in"
    );
    let reason = stood_in.meta.degraded_reason.as_deref();
    assert_eq!(reason, Some("the model's provider failed; words kept from before stand in"));
    assert_eq!(stood_in.content, paid.body.content);
    let counts = ops.words_kept();
    assert_eq!((counts.hits, counts.misses), (2, 2));

    ops.clock.advance(SignedDuration::from_mins(61));
    let late = ops.answer(&caller("t"), &forced).await.unwrap().body.meta;
    assert_eq!((late.engine, late.degraded), (Engine::Planner, true), "an hour later they are too old");
}

#[tokio::test]
async fn no_call_leaves_under_a_shutoff_or_above_a_cap() {
    let double = Double::start(|_, body| Act::Answer(completion(&warmer(body)))).await;
    let ops = someone(&double, |config| {
        let caps = &mut config.caps;
        for cap in
            [&mut caps.free_person_day_usd, &mut caps.premium_person_day_usd, &mut caps.admin_person_day_usd]
        {
            *cap = 0.000_001;
        }
    })
    .await;
    let meta = ops.answer(&caller("t"), &ask(Agent::Routine)).await.unwrap().body.meta;
    assert_eq!(meta.engine, Engine::Planner);
    let reason = meta.degraded_reason.unwrap();
    assert!(reason.contains("person day"), "{reason}");
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Degrade, "spend doubles", None).await.unwrap();
    let meta = ops.answer(&caller("t"), &ask(Agent::Behavior)).await.unwrap().body.meta;
    assert_eq!(meta.degraded_reason.as_deref(), Some("cost shutoff in force"));
    assert!(double.asked().is_empty(), "nothing was asked");
}

#[tokio::test]
async fn a_workflow_counts_every_call_of_its_steps() {
    let double = Double::start(|_, body| Act::Answer(completion(&warmer(body)))).await;
    let ops = someone(&double, |_| {}).await;
    let body = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await.unwrap().body;
    assert_eq!((body.meta.engine, body.meta.degraded_reason), (Engine::Model, None));
    assert_eq!((body.meta.attempts, double.asked().len()), (4, 4));
    assert_eq!(ops.cost_now().await.unwrap().spent_usd, 0.008);
}

/// Two models, the second of which is asked when the first is not.
async fn with_fallback(double: &Double) -> Ops {
    someone(double, |config| {
        let mut second = config.model.clone();
        second.name = "n".to_owned();
        config.fallback_models = vec![second];
    })
    .await
}

fn asked_of(double: &Double) -> Vec<String> {
    double.asked().iter().map(|body| body["model"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_cut_model_is_skipped_and_the_answer_says_so_only_when_none_is_left() {
    let double = Double::start(|_, body| Act::Answer(completion(&warmer(body)))).await;
    let ops = with_fallback(&double).await;
    let cut = async |model: &str| {
        let scope = Scope::Model(model.to_owned());
        ops.set_shutoff_of(&Actor::CommandLine, &scope, ShutoffMode::Degrade, "dear", None).await.unwrap();
    };
    cut("m").await;
    let answered = ops.answer(&caller("t"), &ask(Agent::Behavior)).await.unwrap();
    assert_eq!((answered.body.meta.engine, answered.body.meta.degraded), (Engine::Model, false));
    assert!(answered.steps.iter().any(|step| step.name == "model m" && step.status == "skipped"));
    assert_eq!(asked_of(&double), ["n"]);
    cut("n").await;
    let meta = ops.answer(&caller("t"), &ask(Agent::Nutrition)).await.unwrap().body.meta;
    assert_eq!(
        (meta.engine, meta.degraded_reason.as_deref()),
        (Engine::Planner, Some("cost shutoff of the model in force"))
    );
    ops.clock.advance(SignedDuration::from_mins(61));
    let later = ops.answer(&caller("t"), &ask(Agent::Nutrition)).await.unwrap().body.meta;
    assert_eq!(later.engine, Engine::Memory, "not planned anew for every request while nobody may be asked");
    assert_eq!(double.asked().len(), 1);
    ops.lift_shutoff_of(&Actor::CommandLine, &Scope::Model("m".to_owned()), "enough").await.unwrap();
    let back = ops.answer(&caller("t"), &ask(Agent::Nutrition)).await.unwrap().body.meta;
    assert_eq!((back.engine, asked_of(&double).last().unwrap().as_str()), (Engine::Model, "m"));
}

#[tokio::test]
async fn a_run_goes_on_without_the_part_of_a_stopped_agent_and_names_it() {
    let double = Double::start(|_, body| Act::Answer(completion(&warmer(body)))).await;
    let ops = someone(&double, |_| {}).await;
    let set = async |agent, mode| {
        let scope = Scope::Agent(agent);
        ops.set_shutoff_of(&Actor::CommandLine, &scope, mode, "it loops", None).await.unwrap();
    };
    set(Agent::Routine, ShutoffMode::Stop).await;
    set(Agent::Nutrition, ShutoffMode::Degrade).await;
    let body = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await.unwrap().body;
    let parts = &body.content["analysis"];
    let has = |agent| parts.get(crate::answers::body::field_of(agent)).is_some();
    assert!(!has(Agent::Routine) && has(Agent::Nutrition) && has(Agent::Behavior));
    let step = &body.content["workflow"]["steps"][3];
    assert_eq!(
        (&step["agent"], &step["status"], &step["attempts"]),
        (&json!("routine"), &json!("stopped"), &json!(0))
    );
    assert_eq!(body.meta.engine, Engine::Model, "the others write");
    assert_eq!(body.meta.degraded_reason.as_deref(), Some("without routine: that agent is stopped"));
    assert_eq!(double.asked().len(), 2, "behavior and insights");
    ops.lift_shutoff_of(&Actor::CommandLine, &Scope::Agent(Agent::Routine), "enough").await.unwrap();
    let meta = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await.unwrap().body.meta;
    assert_eq!(meta.degraded_reason.as_deref(), Some("cost shutoff of the agent in force"));
    set(Agent::Orchestrator, ShutoffMode::Stop).await;
    let refused = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await;
    assert!(
        matches!(refused, Err(crate::Error::Stopped(by)) if by.scope == Scope::Agent(Agent::Orchestrator))
    );
}

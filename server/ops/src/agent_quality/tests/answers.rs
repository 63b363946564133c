//! Answers as they are made, with and without a model: every judgement is counted once, under its release.

use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use domain::agent::Agent;
use domain::profile::Profile;
use domain::release::AgentSettings;
use jiff::SignedDuration;
use serde_json::json;

use super::{measure, report};
use crate::access::Actor;
use crate::agent_quality::Span;
use crate::answers::AgentRequest;
use crate::gateway::provider::double::{Act, Double, completion, draft_of, response};
use crate::people::tests::{caller, readings, user};
use crate::releases::NewRelease;
use crate::telemetry::testing::event;
use crate::{Ops, testing};

fn ask(agent: Agent) -> AgentRequest {
    AgentRequest {
        request_id: "r".to_owned(),
        agent,
        user: user("u"),
        archetype: None,
        force_refresh: true,
        routine: RoutineWishes::default(),
        nutrition: NutritionWishes::default(),
        query: String::new(),
    }
}

async fn someone(double: Option<&Double>) -> Ops {
    let ops = testing::ops_with(|config| {
        config.limits.enabled = false;
        let Some(double) = double else { return };
        config.model.name = "m".to_owned();
        double.url.clone_into(&mut config.model.base_url);
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        config.model.attempts = 1;
    })
    .await;
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    ops.add_biomarkers(&caller("t"), &user("u"), readings(&ops, 14)).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    ops
}

async fn answer(ops: &Ops, agent: Agent) {
    ops.ask_agent(&caller("t"), &ask(agent)).await.answer.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
}

#[tokio::test]
async fn every_fresh_answer_counts_once_and_one_from_memory_not() {
    let ops = someone(None).await;
    answer(&ops, Agent::Orchestrator).await;
    for agent in [
        Agent::Behavior,
        Agent::Circadian,
        Agent::Routine,
        Agent::Nutrition,
        Agent::Insights,
        Agent::Orchestrator,
    ] {
        let found = report(&ops, agent, Span::Hour).await;
        assert_eq!(found.answers.0, 1, "{agent}");
        assert_eq!(
            (measure(&found, "plans-refused").count, measure(&found, "plans-refused").of),
            (0, 1),
            "{agent}"
        );
        let seen = found.drift.iter().filter(|feature| feature.now > 0).count();
        assert!(seen >= 3, "{agent}: {seen} features");
        assert!(found.broken.is_empty());
    }
    let again = AgentRequest { force_refresh: false, ..ask(Agent::Behavior) };
    ops.ask_agent(&caller("t"), &again).await.answer.unwrap();
    assert_eq!(report(&ops, Agent::Behavior, Span::Hour).await.answers.0, 1);
    let text: Vec<String> =
        sqlx::query_scalar("select agent from agent_count").fetch_all(ops.db.read()).await.unwrap();
    assert!(text.is_empty(), "nothing is written while an app waits");
}

#[tokio::test]
async fn replies_are_told_by_fate_and_rule_and_never_by_text() {
    // Given at once; repaired; refused twice; refused, and then no answer.
    let double = Double::start(|nth, body| match nth {
        0 | 2 => Act::Answer(completion(&draft_of(body).to_string())),
        1 | 3 | 4 | 5 => Act::Answer(completion("A secret of Ada's.")),
        _ => Act::Answer(response("500 Down", "", "{}")),
    })
    .await;
    let ops = someone(Some(&double)).await;
    for _ in 0..4 {
        answer(&ops, Agent::Behavior).await;
    }
    ops.flush_agent_counts().await.unwrap();
    let found = report(&ops, Agent::Behavior, Span::Hour).await;
    let of = |name| (measure(&found, name).count, measure(&found, name).of);
    assert_eq!((of("words-at-once"), of("words-repaired"), of("words-refused")), ((1, 4), (1, 4), (2, 4)));
    let broken: Vec<_> =
        found.broken.iter().map(|line| (line.rule.as_str(), line.by, line.times, line.of)).collect();
    assert_eq!(broken, [("json", "model", 4, 6)]);
    let words: Vec<String> =
        sqlx::query_scalar("select word from agent_count").fetch_all(ops.db.read()).await.unwrap();
    assert!(words.iter().all(|word| !word.contains("Ada")), "{words:?}");
}

#[tokio::test]
async fn releases_tell_what_differs_and_what_they_were_seen_with() {
    let double = Double::start(|_, body| Act::Answer(completion(&draft_of(body).to_string()))).await;
    let ops = someone(Some(&double)).await;
    answer(&ops, Agent::Routine).await;
    let first = ops.releases.served().id;
    let settings = AgentSettings { routine_load: 0.8, ..AgentSettings::default() };
    let new = NewRelease { settings, note: "a lighter day".to_owned() };
    let second = ops.create_release(&Actor::CommandLine, new).await.unwrap().id;
    let mut asked = event(&ops, Some(Agent::Routine), 200, 40);
    asked.release = Some(second.clone());
    asked.degraded = true;
    ops.record(asked);
    answer(&ops, Agent::Routine).await;
    let found = report(&ops, Agent::Routine, Span::Day).await;
    let prompt = found.prompt.unwrap().label;
    let [new, old] = &found.releases[..] else { panic!("{:?}", found.releases) };
    assert_eq!((&new.release, &old.release), (&second, &first));
    assert_eq!(new.differs, ["routine_load 1.0 → 0.8"]);
    assert_eq!((new.requests, new.degraded, new.degraded_rate, new.served), (1, 1, Some(1.0), true));
    assert_eq!((old.requests, old.degraded_rate, old.served), (0, None, false), "nothing of nothing");
    assert_eq!((new.plans, new.words, new.words_refused), (1, 1, 0));
    assert_eq!((&new.prompts, &new.models), (&vec![prompt], &vec!["m".to_owned()]));
    assert_eq!(new.before, Some(first));

    // Another model under the second release alone is a difference.
    ops.count_reply((Agent::Routine, &second), "other", &[]);
    let found = report(&ops, Agent::Routine, Span::Day).await;
    assert_eq!(found.releases[0].differs, ["routine_load 1.0 → 0.8", "model m → m, other"]);
    let memory = report(&ops, Agent::Memory, Span::Day).await;
    assert_eq!((memory.prompt, memory.policy.is_none(), json!(memory.releases)), (None, true, json!([])));
}

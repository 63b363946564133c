//! Answers feed memory, and memory feeds answers, visibly.

use agents::memory::{MemoryLayer, Telling, ToldClaim};
use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::health_data::BiomarkerKind;
use domain::profile::Profile;
use jiff::SignedDuration;

use super::{MemoryFilter, caller, current, listed, someone, user};
use crate::Ops;
use crate::answers::AgentRequest;
use crate::insights::InsightFeedback;
use crate::memory::Forget;
use crate::page::PageRequest;
use crate::people::tests::readings;

pub(super) fn ask(agent: Agent) -> AgentRequest {
    AgentRequest {
        request_id: "r".to_owned(),
        agent,
        user: user("u"),
        archetype: None,
        force_refresh: false,
        routine: Default::default(),
        nutrition: Default::default(),
        query: String::new(),
    }
}

pub(super) async fn with_data() -> Ops {
    let ops = someone().await;
    let mut all = readings(&ops, 14);
    for night in all.iter_mut().filter(|reading| reading.kind == BiomarkerKind::SleepDuration) {
        night.start -= SignedDuration::from_hours(1);
        night.end = night.start + SignedDuration::from_hours(8);
    }
    ops.add_biomarkers(&caller("t"), &user("u"), all).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    ops
}

#[tokio::test]
async fn every_agent_leaves_what_happened_in_every_layer_that_it_can() {
    let ops = with_data().await;
    let whole = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await.unwrap().body;
    assert!(whole.remembered.len() <= 5);
    let of = |layer| MemoryFilter { layer: Some(layer), ..MemoryFilter::default() };
    let keys = async |layer| -> Vec<String> {
        let mut keys: Vec<String> =
            listed(&ops, of(layer)).await.into_iter().map(|it| it.memory.key).collect();
        keys.sort();
        keys
    };
    let working = [
        "asked.behavior",
        "asked.circadian",
        "asked.insights",
        "asked.nutrition",
        "asked.routine",
        "run.last",
    ];
    assert_eq!(keys(MemoryLayer::Working).await, working);
    let episodic = [
        "analysis.behavior.2026-03-03",
        "analysis.circadian.2026-03-03",
        "insights.2026-03-03",
        "plan.nutrition.2026-03-03",
        "plan.routine.2026-03-03",
        "run.2026-03-03",
    ];
    assert_eq!(keys(MemoryLayer::Episodic).await, episodic);
    assert!(keys(MemoryLayer::Semantic).await.contains(&"rhythm.sleep-window".to_owned()));
    let window = listed(&ops, of(MemoryLayer::Semantic)).await;
    let window = window.iter().find(|it| it.memory.key == "rhythm.sleep-window").unwrap();
    assert_eq!(window.memory.evidence, ["2026-02-17/2026-03-02"], "the nights it was read from");
}

#[tokio::test]
async fn an_answer_names_what_it_recalled_and_counts_it_once() {
    let ops = with_data().await;
    let foods = ToldClaim::Dislikes { foods: vec!["broccoli".to_owned()] };
    let told = Telling {
        key: "dislike.greens".to_owned(),
        content: "Does not like broccoli".to_owned(),
        about: Vec::new(),
        claim: Some(foods),
    };
    let id = ops.remember(&caller("t"), &user("u"), told).await.unwrap().memory.id;
    ops.answer(&caller("t"), &ask(Agent::Circadian)).await.unwrap();
    let first = ops.answer(&caller("t"), &ask(Agent::Nutrition)).await.unwrap().body;
    assert_eq!(first.meta.engine, Engine::Planner);
    let named: Vec<(&str, &str)> =
        first.remembered.iter().map(|it| (it.key.as_str(), it.content.as_str())).collect();
    assert_eq!(named[0], ("dislike.greens", "Does not like broccoli"));
    let why = "used for foods that are left out where possible; semantic memory, about food; relevance 1.00";
    assert!(first.remembered[0].why.starts_with(why));
    assert!(
        named.iter().all(|(key, _)| *key != "rhythm.sleep-window"),
        "sleep is not what nutrition works on"
    );

    let again = ops.answer(&caller("t"), &ask(Agent::Nutrition)).await.unwrap().body;
    assert_eq!((again.meta.engine, &again.remembered), (Engine::Memory, &first.remembered));
    let known = ops.known_memory(&caller("t"), &user("u"), &id).await.unwrap();
    assert_eq!(known.memory.recalled, 1, "an answer from memory writes nothing");
    assert_eq!(known.memory.recalled_at, Some(ops.clock.now()));
    let uses = known.used_in.unwrap();
    assert_eq!((uses.len(), uses[0].agent.as_str()), (1, "nutrition"));

    ops.forget_memory(&caller("t"), &user("u"), &id).await.unwrap();
    let after = ops.answer(&caller("t"), &ask(Agent::Nutrition)).await.unwrap().body;
    assert_eq!(after.meta.engine, Engine::Planner, "it does not rest on what was forgotten");
    assert!(after.remembered.iter().all(|it| it.id != id));
}

#[tokio::test]
async fn recall_explains_itself_by_words() {
    let ops = with_data().await;
    ops.answer(&caller("t"), &ask(Agent::Circadian)).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    let asked = AgentRequest { query: "waking times".to_owned(), ..ask(Agent::Memory) };
    let answer = ops.answer(&caller("t"), &asked).await.unwrap().body;
    let hits = answer.content["memory"]["recalled"].as_array().unwrap();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0]["memory"]["key"], "rhythm.sleep-window");
    assert_eq!(hits[0]["matched"]["words"], serde_json::json!(["wak"]));
    assert!(hits[0]["factors"]["relevance"].as_f64().unwrap() < 1.0);
    let forget = Forget { all: true, ..Forget::default() };
    ops.forget_memories(&caller("t"), &user("u"), &forget).await.unwrap();
    let answer = ops.answer(&caller("t"), &asked).await.unwrap().body;
    assert_eq!(answer.content["memory"]["summary"]["semantic"], 0);
}

#[tokio::test]
async fn reactions_and_another_archetype_are_remembered() {
    let ops = with_data().await;
    ops.answer(&caller("t"), &ask(Agent::Insights)).await.unwrap();
    let first = PageRequest::parse(None, None).unwrap();
    let insights = ops.insights(&caller("t").tenant, &user("u"), &first).await.unwrap();
    let id = insights.items[0]["id"].as_str().unwrap();
    let disliked = InsightFeedback { rating: Some(1), ..InsightFeedback::default() };
    ops.rate_insight(&caller("t"), &user("u"), id, disliked).await.unwrap();
    let switched = Profile { archetype: Some(Archetype::PeakPerformer), ..Profile::default() };
    for _ in 0..2 {
        ops.put_profile(&caller("t"), &user("u"), switched.clone()).await.unwrap();
    }
    let told: Vec<String> = current(&ops).await.into_iter().map(|it| it.memory.content).collect();
    assert!(told.contains(&"Chose Peak Performer".to_owned()), "{told:?}");
    assert!(told.iter().any(|it| it.starts_with("Did not like an insight about ")), "{told:?}");
}

//! Requests to agents, from question to answer.

mod changes;
mod degrade;
mod week;
mod with_model;

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::profile::Profile;
use domain::shutoff::ShutoffMode;
use domain::threshold::DecisionCase;
use jiff::SignedDuration;

use super::{AgentRequest, FlightsCount};
use crate::Ops;
use crate::access::Actor;
use crate::error::Error;
use crate::people::tests::{caller, readings, user};
use crate::testing;

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

async fn someone() -> Ops {
    let ops = testing::ops_with(|config| config.limits.enabled = false).await;
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    ops.add_biomarkers(&caller("t"), &user("u"), readings(&ops, 14)).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    ops
}

async fn case(ops: &Ops, ask: &AgentRequest) -> (DecisionCase, Engine) {
    let answer = ops.answer(&caller("t"), ask).await.unwrap();
    (answer.body.meta.decision.unwrap().case, answer.body.meta.engine)
}

#[tokio::test]
async fn the_same_question_twice_is_answered_from_memory_and_says_so() {
    let ops = someone().await;
    for agent in [Agent::Behavior, Agent::Circadian, Agent::Routine, Agent::Nutrition, Agent::Insights] {
        assert_eq!(case(&ops, &ask(agent)).await, (DecisionCase::NeverAnalysed, Engine::Planner), "{agent}");
        let first = ops.answer(&caller("t"), &ask(agent)).await.unwrap().body;
        assert_eq!(first.meta.engine, Engine::Memory, "{agent}");
        assert_eq!(first.meta.decision.unwrap().case, DecisionCase::TooRecent);
        let field = super::body::field_of(agent);
        let again = ops.answer(&caller("t"), &ask(agent)).await.unwrap().body;
        assert_eq!(again.content[field], first.content[field]);
    }
}

#[tokio::test]
async fn new_data_staleness_and_an_incompatible_archetype_are_fresh() {
    let ops = someone().await;
    let behavior = ask(Agent::Behavior);
    case(&ops, &behavior).await;
    ops.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(case(&ops, &behavior).await.0, DecisionCase::NotEnoughNewData);
    let new: Vec<_> = readings(&ops, 44).into_iter().skip(28).collect();
    ops.add_biomarkers(&caller("t"), &user("u"), new).await.unwrap();
    assert_eq!(case(&ops, &behavior).await.0, DecisionCase::EnoughNewData);
    let other = AgentRequest { archetype: Some(Archetype::PeakPerformer), ..behavior.clone() };
    assert_eq!(case(&ops, &other).await.0, DecisionCase::ArchetypeChanged);
    ops.clock.advance(SignedDuration::from_hours(24 * 7 + 1));
    assert_eq!(case(&ops, &behavior).await.0, DecisionCase::Stale);
}

#[tokio::test]
async fn memory_answers_for_its_own_archetype_only() {
    let ops = someone().await;
    case(&ops, &ask(Agent::Routine)).await;
    let compatible = AgentRequest { archetype: Some(Archetype::ResilienceRebuilder), ..ask(Agent::Routine) };
    assert_eq!(case(&ops, &compatible).await, (DecisionCase::NeverAnalysed, Engine::Planner));
    assert_eq!(case(&ops, &compatible).await, (DecisionCase::TooRecent, Engine::Memory));
    assert_eq!(case(&ops, &ask(Agent::Routine)).await, (DecisionCase::TooRecent, Engine::Memory));
}

#[tokio::test]
async fn a_new_allergy_another_release_and_another_day_are_not_answered_from_memory() {
    let ops = someone().await;
    let nutrition = ask(Agent::Nutrition);
    case(&ops, &nutrition).await;
    ops.clock.advance(SignedDuration::from_secs(1));
    let allergic = Profile { allergies: vec!["milk".to_owned()], ..Profile::default() };
    ops.put_profile(&caller("t"), &user("u"), allergic).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(case(&ops, &nutrition).await.0, DecisionCase::InputsChanged);
    assert_eq!(case(&ops, &nutrition).await.0, DecisionCase::TooRecent);

    let settings = domain::release::AgentSettings { meals_per_day: 3, ..Default::default() };
    let new = crate::releases::NewRelease { settings, note: "three meals".to_owned() };
    let release = ops.create_release(&Actor::CommandLine, new).await.unwrap();
    let answer = ops.answer(&caller("t"), &nutrition).await.unwrap().body;
    assert_eq!((answer.meta.release, answer.meta.engine), (release.id, Engine::Planner));
    ops.clock.advance(SignedDuration::from_hours(20));
    assert_eq!(case(&ops, &nutrition).await.0, DecisionCase::InputsChanged);
}

#[tokio::test]
async fn a_degraded_answer_says_so_and_does_not_honour_force_refresh() {
    let ops = someone().await;
    case(&ops, &ask(Agent::Routine)).await;
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Degrade, "too dear", None).await.unwrap();
    let forced = AgentRequest { force_refresh: true, ..ask(Agent::Routine) };
    let answer = ops.answer(&caller("t"), &forced).await.unwrap().body;
    assert!(answer.meta.degraded && answer.meta.degraded_reason.unwrap().contains("shutoff"));
    assert_eq!(answer.meta.engine, Engine::Memory);
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Stop, "much too dear", None).await.unwrap();
    assert!(matches!(ops.answer(&caller("t"), &forced).await, Err(Error::Stopped(_))));
}

#[tokio::test]
async fn the_orchestrator_brings_all_agents_together() {
    let ops = someone().await;
    let answer = ops.answer(&caller("t"), &ask(Agent::Orchestrator)).await.unwrap().body;
    let parts: Vec<_> = answer.content["analysis"].as_object().unwrap().keys().cloned().collect();
    let expected = [
        "adaptation",
        "behavior_analysis",
        "circadian_analysis",
        "insights",
        "memory",
        "nutrition_plan",
        "routine_plan",
    ];
    assert_eq!(parts, expected);
    assert!(!answer.meta.degraded);
    assert!(
        answer.content["workflow"]["steps"].as_array().unwrap().iter().all(|step| step["status"] == "ok")
    );
}

#[tokio::test]
async fn concurrent_identical_requests_compute_once() {
    let ops = someone().await;
    let (key, asked) = (caller("t"), ask(Agent::Routine));
    let answers = futures::future::join_all((0..8).map(|_| ops.answer(&key, &asked))).await;
    let fresh = answers
        .into_iter()
        .filter(|answer| answer.as_ref().unwrap().body.meta.engine == Engine::Planner)
        .count();
    assert_eq!(fresh, 1);
}

#[tokio::test]
async fn every_archetype_gets_valid_answers_of_every_agent() {
    let ops = someone().await;
    for archetype in Archetype::ALL {
        for agent in Agent::ALL {
            let asked = AgentRequest { archetype: Some(archetype), force_refresh: true, ..ask(agent) };
            let answer = ops
                .answer(&caller("t"), &asked)
                .await
                .unwrap_or_else(|error| panic!("{agent} {archetype}: {error}"));
            assert_eq!(answer.body.meta.archetype, archetype);
            assert!(!answer.steps.is_empty());
        }
    }
}

#[tokio::test]
async fn an_unknown_person_is_not_found_and_leaves_nothing() {
    let ops = testing::ops().await;
    assert!(matches!(
        ops.answer(&caller("t"), &ask(Agent::Routine)).await,
        Err(Error::NotFound { what: "person" })
    ));
    assert_eq!(ops.in_flight(), 0);
}

#[tokio::test]
async fn the_second_of_two_same_questions_waits_and_finds_what_the_first_made() {
    let ops = someone().await;
    let asked = ask(Agent::Behavior);
    // Both wait for a third one of the same person before either is answered.
    let engines = async |one: &AgentRequest, other: &AgentRequest| {
        let app = caller("t");
        let flight = ops.flights.of(&app.tenant, &user("u"));
        let turn = flight.turn().await;
        let third = async {
            while std::sync::Arc::strong_count(&flight) < 3 {
                tokio::task::yield_now().await;
            }
            drop(turn);
        };
        let (one, other, ()) = tokio::join!(ops.answer(&app, one), ops.answer(&app, other), third);
        [one.unwrap().body.meta.engine, other.unwrap().body.meta.engine]
    };
    let both = engines(&asked, &asked).await;
    assert!(both.contains(&Engine::Planner) && both.contains(&Engine::Memory), "{both:?}");
    assert_eq!(ops.flights_count(), FlightsCount { waited: 2, shared: 1 });
    ops.answer(&caller("t"), &asked).await.unwrap();
    assert_eq!(ops.flights_count().waited, 2, "alone it waits for nobody");
    let another_agent = engines(&ask(Agent::Nutrition), &asked).await;
    assert_eq!(another_agent, [Engine::Planner, Engine::Memory]);
    assert_eq!(ops.flights_count(), FlightsCount { waited: 4, shared: 1 }, "not answered by what that made");
    let run = ask(Agent::Orchestrator);
    let both = engines(&run, &run).await;
    assert!(both.contains(&Engine::Planner) && both.contains(&Engine::Memory), "{both:?}");
    assert_eq!(ops.flights_count(), FlightsCount { waited: 6, shared: 2 });
    let other = user("v");
    ops.put_profile(&caller("t"), &other, Profile::default()).await.unwrap();
    let flight = ops.flights.of(&caller("t").tenant, &user("u"));
    let _turn = flight.turn().await;
    ops.answer(&caller("t"), &AgentRequest { user: other, ..asked }).await.unwrap();
    assert_eq!(ops.flights_count().waited, 6, "nor for another person");
    let text = ops.metrics_text();
    for line in ["hos_flights_waited_total 6", "hos_flights_shared_total 2", "hos_words_misses_total 0"] {
        assert!(text.contains(line), "{line}");
    }
}

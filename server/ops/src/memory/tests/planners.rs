//! What a person tells changes the next answer, which names it; what agents learn does not make answers stale.

use agents::memory::{Telling, ToldClaim};
use domain::agent::{Agent, Engine};
use domain::threshold::DecisionCase;
use jiff::SignedDuration;
use serde_json::Value;

use super::answers::{ask, with_data};
use super::{caller, user};
use crate::Ops;
use crate::answers::AgentAnswer;
use crate::error::Error;

async fn answer(ops: &Ops, agent: Agent) -> AgentAnswer {
    ops.answer(&caller("t"), &ask(agent)).await.unwrap().body
}

async fn tell(ops: &Ops, key: &str, content: &str, claim: Option<ToldClaim>) -> crate::error::Result<String> {
    let telling = Telling { key: key.to_owned(), content: content.to_owned(), about: Vec::new(), claim };
    Ok(ops.remember(&caller("t"), &user("u"), telling).await?.memory.id)
}

fn decided(answer: &AgentAnswer) -> (DecisionCase, &str) {
    let decision = answer.meta.decision.as_ref().unwrap();
    (decision.case, decision.reason.as_str())
}

fn foods(answer: &AgentAnswer) -> Vec<String> {
    let meals = answer.content["nutrition_plan"]["meals"].as_array().unwrap();
    let foods = meals.iter().flat_map(|meal| meal["foods"].as_array().unwrap());
    foods.map(|food| food["food"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_told_allergy_changes_the_next_plan_which_names_it() {
    let ops = with_data().await;
    let before = answer(&ops, Agent::Nutrition).await;
    let food = foods(&before).remove(0);
    let id = tell(&ops, "allergy.new", &format!("Allergic to {food}"), None).await.unwrap();

    let after = answer(&ops, Agent::Nutrition).await;
    assert_eq!(after.meta.engine, Engine::Planner);
    let (case, reason) = decided(&after);
    assert_eq!(case, DecisionCase::InputsChanged);
    assert!(reason.contains("what the person told has changed"), "{reason}");
    assert!(!foods(&after).contains(&food), "{food}");
    assert_eq!(after.remembered[0].id, id);
    assert!(
        after.remembered[0].why.starts_with("used for foods that are never in the plan; semantic memory")
    );
    let plan = &after.content["nutrition_plan"];
    assert_eq!(plan["memories"][0]["key"], "allergy.new");
    let notes: Vec<&str> = plan["notes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        notes.iter().any(|note| note.starts_with("Never in a plan, as you told (memory “allergy.new”)")),
        "{notes:?}"
    );

    let again = answer(&ops, Agent::Nutrition).await;
    assert_eq!((again.meta.engine, &again.remembered), (Engine::Memory, &after.remembered));
    tell(&ops, "life", "Has two small children", None).await.unwrap();
    tell(&ops, "body", "Has a bad knee", None).await.unwrap();
    assert_eq!(answer(&ops, Agent::Nutrition).await.meta.engine, Engine::Memory, "it is nothing for food");

    ops.forget_memory(&caller("t"), &user("u"), &id).await.unwrap();
    let freed = answer(&ops, Agent::Nutrition).await;
    assert_eq!(decided(&freed).0, DecisionCase::InputsChanged);
    assert!(freed.content["nutrition_plan"].get("memories").is_none());
}

#[tokio::test]
async fn an_allergy_is_not_talked_over() {
    let ops = with_data().await;
    let peanuts = || Some(ToldClaim::Allergies { foods: vec!["peanuts".to_owned()] });
    tell(&ops, "food", "Peanuts", peanuts()).await.unwrap();
    let over = tell(&ops, "food", "Likes cooking", None).await;
    assert!(matches!(&over, Err(Error::Conflict(why)) if why.contains("nothing was stored")), "{over:?}");
    let both = ToldClaim::Allergies { foods: vec!["milk".to_owned(), "Peanuts".to_owned()] };
    tell(&ops, "food", "Milk, too", Some(both)).await.unwrap();
    let plan = answer(&ops, Agent::Nutrition).await;
    assert_eq!(plan.content["nutrition_plan"]["allergies"], serde_json::json!(["milk", "peanuts"]));
    let reserved = tell(&ops, "focus.sleep", "Peanuts", peanuts()).await;
    assert!(matches!(reserved, Err(Error::Invalid(_))), "data must not speak against it");
}

#[tokio::test]
async fn told_movement_and_hours_change_the_routine_and_the_rhythm() {
    let ops = with_data().await;
    answer(&ops, Agent::Routine).await;
    tell(&ops, "body.knee", "Has a bad knee", None).await.unwrap();
    let routine = answer(&ops, Agent::Routine).await;
    assert_eq!(decided(&routine).0, DecisionCase::InputsChanged);
    assert_eq!(routine.remembered[0].key, "body.knee");
    assert!(routine.remembered[0].why.starts_with("used for movements that are left out"));
    answer(&ops, Agent::Circadian).await;
    let at = |text| domain::profile::ClockTime::parse(text).unwrap();
    let window = ToldClaim::SleepWindow { wake: at("05:00"), bed: at("21:00") };
    tell(&ops, "rhythm.sleep-window", "Up at five", Some(window)).await.unwrap();
    let rhythm = answer(&ops, Agent::Circadian).await;
    assert_eq!(decided(&rhythm).0, DecisionCase::InputsChanged);
    assert_eq!(rhythm.content["circadian_analysis"]["source"], "sleep-times", "nights are measured");
    assert_eq!(
        answer(&ops, Agent::Circadian).await.meta.engine,
        Engine::Memory,
        "its own learning is no news"
    );
}

#[tokio::test]
async fn what_agents_learn_makes_no_answer_stale() {
    let ops = with_data().await;
    let all = [Agent::Behavior, Agent::Circadian, Agent::Routine, Agent::Nutrition, Agent::Insights];
    // A quarter of an hour beside what the nights say: they confirm it, in the person's own figures.
    let at = |text| domain::profile::ClockTime::parse(text).unwrap();
    let window = ToldClaim::SleepWindow { wake: at("07:15"), bed: at("23:15") };
    tell(&ops, "rhythm.sleep-window", "Sleeps from a quarter past eleven", Some(window)).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    for agent in all {
        assert_eq!(answer(&ops, agent).await.meta.engine, Engine::Planner, "{agent}");
    }
    for agent in all {
        assert_eq!(answer(&ops, agent).await.meta.engine, Engine::Memory, "{agent}");
    }
    let confirmed = super::current(&ops).await;
    let window = confirmed.iter().find(|it| it.memory.key == "rhythm.sleep-window").unwrap();
    assert!(window.memory.evidence.len() > 1, "nights speak for it: {:?}", window.memory.evidence);
    ops.clock.advance(SignedDuration::from_hours(2));
    for agent in all {
        assert_eq!(answer(&ops, agent).await.meta.engine, Engine::Memory, "{agent}");
    }
}

#[tokio::test]
async fn an_answer_of_another_planner_version_is_made_anew() {
    let ops = with_data().await;
    for agent in [Agent::Behavior, Agent::Circadian, Agent::Routine, Agent::Nutrition, Agent::Insights] {
        answer(&ops, agent).await;
        for basis in ["", "0:"] {
            let mut tx = ops.db.begin_write().await.unwrap();
            sqlx::query("update analysis set basis = $1 where agent = $2")
                .bind(basis)
                .bind(agent.as_str())
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            ops.clock.advance(SignedDuration::from_secs(1));
            let anew = answer(&ops, agent).await;
            assert_eq!(decided(&anew).0, DecisionCase::InputsChanged, "{agent} {basis}");
            assert!(decided(&anew).1.contains("another version"));
            assert_eq!(answer(&ops, agent).await.meta.engine, Engine::Memory, "{agent} {basis}");
        }
    }
}

#[tokio::test]
async fn a_told_fact_outlives_thousands_of_newer_memories() {
    let ops = with_data().await;
    tell(&ops, "allergy.old", "Allergic to milk", None).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    let newer: Vec<_> = (0..2_001).map(|n| super::event(&ops, n)).collect();
    super::learn(&ops, &newer).await;
    let plan = answer(&ops, Agent::Nutrition).await;
    assert_eq!(plan.content["nutrition_plan"]["memories"][0]["key"], "allergy.old");
    assert_eq!(answer(&ops, Agent::Nutrition).await.meta.engine, Engine::Memory);
}

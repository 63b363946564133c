use domain::access::Role;
use domain::release::AgentSettings;

use super::NewRelease;
use crate::access::Actor;
use crate::error::Error;
use crate::testing;

fn responder() -> Actor {
    Actor::Person { id: "p1".to_owned(), email: "r@example.org".to_owned(), role: Role::Responder }
}

fn with_load(load: f64) -> NewRelease {
    let settings = AgentSettings { routine_load: load, ..AgentSettings::default() };
    NewRelease { settings, note: format!("load {load}") }
}

#[tokio::test]
async fn rolls_back_step_by_step_and_undoes_it() {
    let ops = testing::ops().await;
    let first = ops.release().id.clone();
    let second = ops.create_release(&Actor::CommandLine, with_load(0.8)).await.unwrap().id;
    let third = ops.create_release(&Actor::CommandLine, with_load(1.2)).await.unwrap().id;
    assert_eq!(ops.release().id, third);

    assert_eq!(ops.rollback(&responder(), "slow plans").await.unwrap().to, second);
    assert_eq!(ops.release().settings.routine_load, 0.8);
    assert_eq!(ops.rollback(&responder(), "still slow").await.unwrap().to, first);
    assert!(matches!(ops.rollback(&responder(), "further").await, Err(Error::Conflict(_))));

    assert_eq!(ops.restore_release(&responder(), "was not it").await.unwrap().to, second);
    assert_eq!(ops.restore_release(&responder(), "was not it").await.unwrap().to, third);
    assert!(matches!(ops.restore_release(&responder(), "again").await, Err(Error::Conflict(_))));
    assert_eq!(ops.rollback(&responder(), "it was after all").await.unwrap().to, second);
}

#[tokio::test]
async fn a_new_release_ends_the_way_forward() {
    let ops = testing::ops().await;
    ops.create_release(&Actor::CommandLine, with_load(0.8)).await.unwrap();
    ops.rollback(&responder(), "too short").await.unwrap();
    ops.create_release(&Actor::CommandLine, with_load(0.9)).await.unwrap();
    let choices = ops.rollback_choices().await.unwrap();
    assert!(choices.undo_to.is_none() && choices.back_to.is_some());
}

#[tokio::test]
async fn settings_out_of_range_and_missing_reasons_change_nothing() {
    let ops = testing::ops().await;
    let Err(Error::Invalid(faults)) = ops.create_release(&Actor::CommandLine, with_load(9.0)).await else {
        panic!()
    };
    assert_eq!(faults[0].field, "routine_load");
    assert!(matches!(ops.rollback(&responder(), " x ").await, Err(Error::Invalid(_))));
    assert_eq!(ops.releases().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_responder_may_roll_back_but_not_make_releases() {
    let ops = testing::ops().await;
    assert!(matches!(ops.create_release(&responder(), with_load(0.8)).await, Err(Error::Forbidden { .. })));
    let viewer = Actor::Person { id: "p2".to_owned(), email: "v@example.org".to_owned(), role: Role::Viewer };
    assert!(matches!(ops.rollback(&viewer, "please").await, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn another_instance_sees_the_pointer_after_one_look() {
    let ops = testing::ops().await;
    let other = crate::Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    ops.create_release(&Actor::CommandLine, with_load(0.8)).await.unwrap();
    assert_ne!(other.release().id, ops.release().id);
    other.follow_switches().await.unwrap();
    assert_eq!(other.release().id, ops.release().id);
}

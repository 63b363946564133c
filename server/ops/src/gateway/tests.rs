use domain::access::{Role, Scope, Tier};
use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use domain::shutoff::ShutoffMode;
use jiff::SignedDuration;

use super::Admission;
use crate::access::{Actor, Caller};
use crate::error::Error;
use crate::testing;

fn caller() -> Caller {
    Caller {
        key_id: "k".to_owned(),
        key_prefix: "hos_t".to_owned(),
        tenant: TenantId::parse("t").unwrap(),
        tier: Tier::Free,
        scopes: vec![Scope::Agents],
    }
}

fn ask(user: &str) -> Admission {
    Admission { request_id: "r".to_owned(), agent: Agent::Routine, user: UserId::parse(user).unwrap() }
}

fn person(role: Role) -> Actor {
    Actor::Person { id: "p".to_owned(), email: format!("{role}@example.org"), role }
}

#[tokio::test]
async fn a_shutoff_is_in_force_for_the_next_admission_and_ends_with_it() {
    let ops = testing::ops().await;
    assert!(ops.admit(&caller(), ask("u")).unwrap().degraded().is_none());
    ops.set_shutoff(&person(Role::Responder), ShutoffMode::Degrade, "too dear", None).await.unwrap();
    assert!(ops.admit(&caller(), ask("u")).unwrap().degraded().is_some_and(|why| why.contains("shutoff")));
    ops.set_shutoff(&person(Role::Responder), ShutoffMode::Stop, "far too dear", None).await.unwrap();
    assert!(matches!(ops.admit(&caller(), ask("u")), Err(Error::Stopped { .. })));
    ops.lift_shutoff(&person(Role::Operator), "paid").await.unwrap();
    assert!(ops.admit(&caller(), ask("u")).unwrap().degraded().is_none());
    assert_eq!(ops.shutoff_history().await.unwrap().len(), 2);
}

#[tokio::test]
async fn cutting_needs_a_responder_and_restoring_an_operator() {
    let ops = testing::ops().await;
    let cut = ops.set_shutoff(&person(Role::Manager), ShutoffMode::Stop, "reason", None).await;
    assert!(matches!(cut, Err(Error::Forbidden { .. })));
    ops.set_shutoff(&person(Role::Responder), ShutoffMode::Stop, "reason", None).await.unwrap();
    let weaker = ops.set_shutoff(&person(Role::Responder), ShutoffMode::Degrade, "reason", None).await;
    assert!(matches!(weaker, Err(Error::Forbidden { .. })));
    assert!(matches!(
        ops.lift_shutoff(&person(Role::Responder), "reason").await,
        Err(Error::Forbidden { .. })
    ));
    assert!(ops.lift_shutoff(&person(Role::Operator), "reason").await.is_ok());
    assert!(matches!(ops.lift_shutoff(&person(Role::Operator), "reason").await, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn a_shutoff_expires_by_itself_and_survives_a_restart() {
    let ops = testing::ops().await;
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Stop, "an hour of peace", Some(60)).await.unwrap();
    let again = crate::Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    assert!(again.admit(&caller(), ask("u")).is_err());
    ops.clock.advance(SignedDuration::from_mins(60));
    assert!(again.admit(&caller(), ask("u")).is_ok());
    again.end_expired_shutoff().await.unwrap();
    let history = again.shutoff_history().await.unwrap();
    assert_eq!(history[0].lifted_by.as_deref(), Some("system:shutoff-expiry"));
}

#[tokio::test]
async fn the_rate_of_one_person_does_not_touch_another() {
    let ops = testing::ops_with(|config| config.agents.per_user_per_minute = 3).await;
    for _ in 0..3 {
        ops.admit(&caller(), ask("busy")).unwrap();
    }
    let Err(Error::TooMany { retry_after_s, .. }) = ops.admit(&caller(), ask("busy")) else { panic!() };
    assert!(ops.admit(&caller(), ask("calm")).is_ok());
    ops.clock.advance(SignedDuration::from_secs(i64::try_from(retry_after_s).unwrap()));
    assert!(ops.admit(&caller(), ask("busy")).is_ok());
}

#[tokio::test]
async fn in_flight_falls_when_a_permit_is_dropped() {
    let ops = testing::ops().await;
    let permit = ops.admit(&caller(), ask("u")).unwrap();
    assert_eq!(ops.in_flight(), 1);
    drop(permit);
    assert_eq!(ops.in_flight(), 0);
}

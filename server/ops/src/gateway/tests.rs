mod latch;
mod runs;
mod scopes;

use std::time::Instant;

use domain::access::{Role, Scope, Tier};
use domain::agent::Agent;
use domain::id::UserId;
use domain::money::MicroUsd;
use domain::shutoff;
use domain::shutoff::ShutoffMode::{Degrade, Stop};
use jiff::SignedDuration;

use super::{Admission, Permit, Reserve, ShutoffEnd};
use crate::Ops;
use crate::access::{Actor, Caller};
use crate::cost::Estimate;
use crate::error::{Error, Result};
use crate::testing;

fn person(role: Role) -> Actor {
    Actor::Person { id: "p1".into(), email: "ana@example.org".into(), role }
}

fn caller() -> Caller {
    testing::caller("t", Tier::Free)
}

fn admit(ops: &Ops, user: &str) -> Result<Permit> {
    let user = Some(UserId::parse(user).unwrap());
    ops.admit(&caller(), Admission { request_id: "q1".into(), agent: Agent::Routine, user })
}

#[tokio::test]
async fn a_free_answer_counts_in_flight_and_writes_nothing() {
    let ops = testing::ops().await;
    let permit = admit(&ops, "u").unwrap();
    assert_eq!((permit.degraded(), permit.release(), ops.in_flight()), (None, "r-2026.03.1", 1));
    permit.settle();
    let rows: i64 = sqlx::query_scalar("select count(*) from ledger").fetch_one(ops.db.read()).await.unwrap();
    assert_eq!((rows, ops.in_flight(), ops.gateway_counts().unsettled), (0, 0, 0));
    drop(admit(&ops, "u").unwrap());
    assert_eq!((ops.in_flight(), ops.gateway_counts().unsettled), (0, 1));
}

#[tokio::test]
async fn a_shutoff_is_in_force_for_the_next_admission() {
    let ops = testing::ops().await;
    let running = admit(&ops, "u").unwrap();
    let responder = person(Role::Responder);
    let set = ops.set_shutoff(&responder, Degrade, " burn doubled ", None).await.unwrap();
    assert_eq!((set.reason.as_str(), set.by.as_str()), ("burn doubled", "ana@example.org"));
    assert_eq!(running.degraded(), None, "what runs is finished");
    let call = Estimate {
        model: "m",
        price_version: "v",
        bound: MicroUsd(1),
        likely: MicroUsd(1),
        size_class: 0,
        tokens: 1,
    };
    let reserve = running.reserve(Agent::Routine, &call, Instant::now()).await.unwrap();
    assert!(matches!(reserve, Reserve::Withheld("cost shutoff in force")), "without a further call");
    running.settle();
    assert_eq!(admit(&ops, "u").unwrap().degraded(), Some("cost shutoff in force"));

    ops.set_shutoff(&responder, Stop, "still burning", Some(30)).await.unwrap();
    match admit(&ops, "u").unwrap_err() {
        Error::Stopped(shutoff) => {
            let shutoff::Shutoff { scope, reason, by, since, expires_at, .. } = *shutoff;
            assert_eq!(scope, shutoff::Scope::All);
            assert_eq!((reason.as_str(), by.as_str()), ("still burning", "ana@example.org"));
            assert_eq!(expires_at, Some(since + SignedDuration::from_mins(30)));
        }
        other => panic!("{other:?}"),
    }
    ops.lift_shutoff(&person(Role::Operator), "cause found").await.unwrap();
    assert_eq!(admit(&ops, "u").unwrap().degraded(), None);
    let history = ops.shutoff_history().await.unwrap();
    let ends: Vec<_> = history.iter().map(|record| (record.shutoff.mode, record.ended)).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends.contains(&(Stop, Some(ShutoffEnd::Lifted))));
    assert!(ends.contains(&(Degrade, Some(ShutoffEnd::Replaced))));
    assert_eq!(ops.gateway_counts().stopped, 1);
}

#[tokio::test]
async fn a_responder_cuts_and_only_an_operator_lets_spending_rise() {
    let ops = testing::ops().await;
    let (responder, operator) = (person(Role::Responder), person(Role::Operator));
    let refused = ops.set_shutoff(&person(Role::Manager), Stop, "not mine", None).await.unwrap_err();
    assert_eq!(refused.to_string(), "this needs the role responder or higher");
    assert!(ops.shutoff().is_none());
    ops.set_shutoff(&responder, Stop, "burning", None).await.unwrap();
    for (mode, minutes) in [(Degrade, None), (Stop, Some(1))] {
        let refused = ops.set_shutoff(&responder, mode, "a little less", minutes).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{mode:?} {minutes:?}");
    }
    assert!(matches!(ops.lift_shutoff(&responder, "enough").await, Err(Error::Forbidden { .. })));
    assert_eq!(ops.shutoff().map(|open| (open.mode, open.expires_at)), Some((Stop, None)));
    ops.set_shutoff(&operator, Degrade, "a little less", None).await.unwrap();
    ops.lift_shutoff(&operator, "enough").await.unwrap();
    let again = ops.lift_shutoff(&operator, "enough").await.unwrap_err();
    assert_eq!(again.to_string(), "no shutoff is in force");

    let key = |scope| Actor::Key { id: "k".into(), prefix: "hk_1".into(), scopes: vec![scope] };
    let refused = ops.set_shutoff(&key(Scope::OpsRead), Stop, "script", None).await.unwrap_err();
    assert_eq!(refused.to_string(), "this needs a key with the scope ops:act");
    ops.set_shutoff(&key(Scope::OpsAct), Stop, "script", None).await.unwrap();
    ops.lift_shutoff(&key(Scope::OpsAct), "script").await.unwrap();
}

#[tokio::test]
async fn reasons_and_expiries_are_checked() {
    let ops = testing::ops().await;
    let operator = person(Role::Operator);
    for (reason, minutes, field) in
        [("no", None, "reason"), ("fine", Some(0), "expires_in"), ("fine", Some(10_081), "expires_in")]
    {
        let refused = ops.set_shutoff(&operator, Stop, reason, minutes).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == field), "{field}");
    }
    assert!(ops.shutoff_history().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutoff_expires_by_itself_and_is_closed_once() {
    let (ops, other) = testing::two_instances().await;
    ops.set_shutoff(&person(Role::Responder), Stop, "for a while", Some(10)).await.unwrap();
    assert!(other.shutoff().is_none(), "not polled yet");
    other.poll_switches().await.unwrap();
    assert!(matches!(admit(&other, "u"), Err(Error::Stopped(_))));

    ops.clock.advance(SignedDuration::from_mins(10));
    admit(&ops, "u").unwrap().settle();
    assert!(ops.lift_shutoff(&person(Role::Operator), "too late").await.is_err());
    let mut watch = ops.events.subscribe();
    for instance in [&ops, &other, &ops, &other] {
        instance.poll_switches().await.unwrap();
    }
    let history = ops.shutoff_history().await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(
        (history[0].ended, history[0].ended_by.as_deref()),
        (Some(ShutoffEnd::Expired), Some("system:switches"))
    );
    assert_eq!(history[0].ended_at, history[0].shutoff.expires_at);
    assert!(watch.try_recv().is_ok() && watch.try_recv().is_err(), "told once");
    // Replacing one that is over, before any task closed it, writes down that it had expired.
    ops.set_shutoff(&person(Role::Responder), Stop, "again", Some(1)).await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(5));
    ops.set_shutoff(&person(Role::Responder), Degrade, "once more", None).await.unwrap();
    let ended = ops.shutoff_history().await.unwrap().into_iter().map(|record| record.ended);
    assert_eq!(ended.collect::<Vec<_>>(), [None, Some(ShutoffEnd::Expired), Some(ShutoffEnd::Expired)]);
}

#[tokio::test]
async fn a_person_who_asks_too_often_is_told_when_to_come_back() {
    let ops = testing::ops_with(|config| config.agents.per_user_per_minute = 2).await;
    for _ in 0..2 {
        admit(&ops, "ana").unwrap().settle();
    }
    match admit(&ops, "ana").unwrap_err() {
        Error::TooMany { retry_after_s, limit_source, .. } => {
            assert_eq!(
                (retry_after_s, limit_source.as_str()),
                (Some(30), "2 agent requests a minute for one person")
            );
        }
        other => panic!("{other:?}"),
    }
    admit(&ops, "ben").unwrap().settle();
    ops.clock.advance(SignedDuration::from_secs(30));
    admit(&ops, "ana").unwrap().settle();
    assert_eq!((ops.gateway_counts().rate_limited, ops.in_flight()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_cutting_at_once_leave_one_shutoff() {
    let ops = testing::ops().await;
    let cuts = (0..8).map(|n| {
        let ops = ops.clone();
        async move { ops.set_shutoff(&person(Role::Operator), Stop, &format!("cut {n}"), None).await.unwrap() }
    });
    futures::future::join_all(cuts).await;
    let open: Vec<_> =
        ops.shutoff_history().await.unwrap().into_iter().filter(|r| r.ended.is_none()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(ops.shutoff(), Some(open[0].shutoff.clone()), "memory ends where the store ends");
}

use domain::access::{Role, Scope};
use domain::release::AgentSettings;
use domain::release_line::Move;

use super::{NewRelease, ReleaseStatus, RolledBack};
use crate::access::Actor;
use crate::error::Error;
use crate::testing;

fn person(role: Role) -> Actor {
    Actor::Person { id: "p1".into(), email: "ana@example.org".into(), role }
}

fn load(routine_load: f64) -> NewRelease {
    let settings = AgentSettings { routine_load, ..AgentSettings::default() };
    NewRelease { settings, note: format!("Load {routine_load}") }
}

#[tokio::test]
async fn the_first_release_is_made_once() {
    let ops = testing::ops().await;
    assert_eq!(ops.releases.served().id, "r-2026.03.1");
    assert_eq!(*ops.releases.served().settings, AgentSettings::default());
    ops.load_releases().await.unwrap();
    let releases = ops.releases().await.unwrap();
    assert_eq!(releases.len(), 1);
    assert_eq!(releases[0].release.created_by, "system:start");
    assert!(releases[0].served);
}

#[tokio::test]
async fn rolls_back_step_by_step_and_restores_in_reverse() {
    let ops = testing::ops().await;
    let operator = person(Role::Operator);
    let [b, c] = [load(0.8), load(1.2)];
    assert_eq!(ops.create_release(&operator, b).await.unwrap().id, "r-2026.03.2");
    assert_eq!(ops.create_release(&operator, c).await.unwrap().id, "r-2026.03.3");
    assert_eq!(ops.releases.served().settings.routine_load, 1.2);

    let responder = person(Role::Responder);
    let moved = ops.rollback(&responder, "plans too long").await.unwrap();
    assert_eq!(moved, RolledBack { from: "r-2026.03.3".into(), to: "r-2026.03.2".into() });
    assert_eq!(ops.releases.served().settings.routine_load, 0.8);
    ops.rollback(&responder, "still too long").await.unwrap();
    assert_eq!(ops.releases.served().id, "r-2026.03.1");
    let none = ops.rollback(&responder, "once more").await.unwrap_err();
    assert_eq!(none.to_string(), "no release was served before this one");
    let statuses: Vec<_> = ops.releases().await.unwrap().iter().map(|info| info.status).collect();
    assert_eq!(statuses, [ReleaseStatus::Retired, ReleaseStatus::RolledBack, ReleaseStatus::Served]);

    assert_eq!(ops.restore_release(&responder, "was not it").await.unwrap().to, "r-2026.03.2");
    assert_eq!(ops.restore_release(&responder, "was not it").await.unwrap().to, "r-2026.03.3");
    let none = ops.restore_release(&responder, "was not it").await.unwrap_err();
    assert_eq!(none.to_string(), "nothing is rolled back");

    let moves: Vec<_> = ops.release_history().await.unwrap().into_iter().map(|step| step.action).collect();
    assert_eq!(
        moves,
        [
            Move::Restored,
            Move::Restored,
            Move::RolledBack,
            Move::RolledBack,
            Move::Served,
            Move::Served,
            Move::Served
        ]
    );

    // What memory serves is what a restart reads.
    let before = ops.releases.served();
    ops.rollback(&responder, "plans too long").await.unwrap();
    ops.create_release(&operator, load(0.9)).await.unwrap();
    ops.load_releases().await.unwrap();
    assert_eq!(ops.releases.served().id, "r-2026.03.4");
    assert_eq!(ops.rollback_target().as_deref(), Some("r-2026.03.2"), "never back to {}", before.id);
    assert_eq!(ops.restore_target(), None);
}

#[tokio::test]
async fn every_fault_of_a_new_release_is_named_and_nothing_is_stored() {
    let ops = testing::ops().await;
    let settings = AgentSettings { routine_load: f64::NAN, meals_per_day: 9, ..AgentSettings::default() };
    let refused =
        ops.create_release(&person(Role::Operator), NewRelease { settings, note: " x ".into() }).await;
    let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["settings.routine_load", "settings.meals_per_day", "note"]);
    assert_eq!(ops.releases().await.unwrap().len(), 1);
    let no_reason = ops.rollback(&person(Role::Responder), "").await;
    assert!(matches!(no_reason, Err(Error::Invalid(faults)) if faults[0].field == "reason"));
}

#[tokio::test]
async fn roles_and_scopes_are_asked_for() {
    let ops = testing::ops().await;
    let refused = ops.create_release(&person(Role::Responder), load(0.8)).await.unwrap_err();
    assert_eq!(refused.to_string(), "this needs the role operator or higher");
    ops.create_release(&person(Role::Operator), load(0.8)).await.unwrap();
    assert!(matches!(ops.rollback(&person(Role::Manager), "not mine").await, Err(Error::Forbidden { .. })));
    let key = |scope| Actor::Key { id: "k".into(), prefix: "hk_1".into(), scopes: vec![scope] };
    assert!(matches!(ops.rollback(&key(Scope::OpsRead), "by script").await, Err(Error::Forbidden { .. })));
    assert!(matches!(ops.create_release(&key(Scope::OpsAct), load(1.1)).await, Err(Error::Forbidden { .. })));
    ops.rollback(&key(Scope::OpsAct), "by script").await.unwrap();
    assert_eq!(ops.release_history().await.unwrap()[0].by, "key:hk_1");
}

#[tokio::test]
async fn a_release_changed_behind_our_back_is_not_served() {
    let ops = testing::ops().await;
    let update = "update release set settings = replace(settings, '50', '10')";
    sqlx::query(update).execute(ops.db.write()).await.unwrap();
    assert!(matches!(ops.load_releases().await, Err(Error::Internal { .. })));
    assert_eq!(ops.releases.served().settings.threshold_base, 50, "what is served stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_instance_serves_the_change_after_its_next_poll() {
    let (ops, other) = testing::two_instances().await;
    ops.create_release(&person(Role::Operator), load(0.7)).await.unwrap();
    assert_eq!(other.releases.served().id, "r-2026.03.1");
    other.poll_switches().await.unwrap();
    assert_eq!(other.releases.served().settings.routine_load, 0.7);
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_made_at_once_get_ids_of_their_own() {
    let ops = testing::ops().await;
    let made = futures::future::join_all((0..8).map(|_| {
        let ops = ops.clone();
        async move { ops.create_release(&person(Role::Operator), load(1.1)).await.unwrap().id }
    }));
    let ids: std::collections::BTreeSet<_> = made.await.into_iter().collect();
    assert_eq!(ids.len(), 8);
    let served = ops.releases.served().id;
    ops.load_releases().await.unwrap();
    assert_eq!(ops.releases.served().id, served, "memory ends where the store ends");
}

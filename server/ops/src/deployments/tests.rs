//! Deployments on a real store, with time passed in.

use jiff::SignedDuration;

use super::{Aftermath, Build, How, Outcome, State, Upgraded, ask_upgrade, serving_here, upgrade_of};
use crate::access::audit::AuditFilter;
use crate::testing::{ops, ops_with, two_instances};

fn build(version: &str) -> Build {
    Build { version: version.to_owned(), revision: "0123456789ab".to_owned() }
}

#[tokio::test]
async fn a_process_says_that_it_serves_and_how_it_ended() {
    let ops = ops_with(|config| "pipeline 7".clone_into(&mut config.server.deployed_by)).await;
    assert!(ops.deployments(10).await.unwrap().is_empty());
    ops.deployment_serves(build("1.0.0"), None).await.unwrap();
    let [one] = &ops.deployments(10).await.unwrap()[..] else { panic!("one") };
    assert_eq!((one.how, one.state), (How::Start, State::Serving));
    assert_eq!(one.build, Some(build("1.0.0")));
    assert_eq!(one.asked_by.as_deref(), Some("pipeline 7"));
    assert_eq!(one.pid, Some(i64::from(std::process::id())));
    ops.clock.advance(SignedDuration::from_secs(90));
    ops.deployment_ended(Outcome::Stopped, "stopped; every request was answered").await.unwrap();
    let [one] = &ops.deployments(10).await.unwrap()[..] else { panic!("one") };
    assert_eq!(one.state, State::Stopped);
    assert_eq!(one.ended_at.unwrap().duration_since(one.begun_at), SignedDuration::from_secs(90));
    let of_deployments = AuditFilter { action: Some("deployment.".to_owned()), ..AuditFilter::default() };
    let entries = ops.audit_entries(&of_deployments).await.unwrap();
    let actions: Vec<String> = entries.into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["deployment.ended", "deployment.started"]);
}

#[tokio::test]
async fn who_says_nothing_more_is_silent_and_not_serving() {
    let ops = ops().await;
    ops.deployment_serves(build("1.0.0"), None).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(101));
    assert_eq!(ops.deployments(1).await.unwrap()[0].state, State::Silent);
    assert!(serving_here(&ops.db, &ops.clock).await.unwrap().is_empty());
    ops.deployment_seen().await.unwrap();
    assert_eq!(ops.deployments(1).await.unwrap()[0].state, State::Serving);
    ops.clock.advance(SignedDuration::from_hours(24 * 401));
    ops.deployment_seen().await.unwrap();
    assert_eq!(ops.deployments(9).await.unwrap().len(), 1, "who lives is kept");
}

#[tokio::test]
async fn an_upgrade_is_asked_for_begun_and_served() {
    let (old, new) = two_instances().await;
    old.deployment_serves(build("1.0.0"), None).await.unwrap();
    let target = serving_here(&old.db, &old.clock).await.unwrap().remove(0);
    let since = old.clock.now_ms();
    ask_upgrade(&old.db, &old.clock, &target.id, Some("Mara, ticket 12")).await.unwrap();
    assert_eq!(upgrade_of(&old.db, &old.clock, &target.id, since).await.unwrap(), Upgraded::Waiting);
    let begun = old.upgrade_begins().await.unwrap();
    assert_eq!(begun.asked_by.as_deref(), Some("Mara, ticket 12"));
    assert_eq!(old.deployments(1).await.unwrap()[0].state, State::Starting);
    assert_eq!(upgrade_of(&old.db, &old.clock, &target.id, since).await.unwrap(), Upgraded::Waiting);
    new.deployment_serves(build("1.1.0"), Some(begun.clone())).await.unwrap();
    let here = serving_here(&new.db, &new.clock).await.unwrap();
    assert_eq!(here.len(), 1, "who finishes its last requests is not chosen: {here:?}");
    assert_eq!(here[0].id, begun.id);
    old.deployment_ended(Outcome::HandedOver, "process 2 took over").await.unwrap();
    let Upgraded::To(served) = upgrade_of(&old.db, &old.clock, &target.id, since).await.unwrap() else {
        panic!("it serves")
    };
    assert_eq!((served.id.as_str(), served.build), (begun.id.as_str(), Some(build("1.1.0"))));
    assert_eq!((served.how, served.predecessor.as_deref()), (How::Upgrade, Some(target.id.as_str())));
    let states: Vec<State> = new.deployments(9).await.unwrap().into_iter().map(|one| one.state).collect();
    assert!(states.contains(&State::HandedOver) && states.contains(&State::Serving), "{states:?}");
    // Nobody asked for the next one, and an old wish is nobody's.
    assert_eq!(new.upgrade_begins().await.unwrap().asked_by, None);
    ask_upgrade(&new.db, &new.clock, &begun.id, None).await.unwrap();
    new.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(new.upgrade_begins().await.unwrap().asked_by, None);
}

#[tokio::test]
async fn an_upgrade_that_failed_says_why_and_the_old_one_serves() {
    let ops = ops().await;
    ops.deployment_serves(build("1.0.0"), None).await.unwrap();
    let own = ops.deployments.id().unwrap().to_owned();
    let begun = ops.upgrade_begins().await.unwrap();
    let after = Aftermath { served: false, stops: false };
    ops.upgrade_failed(&begun, "the new process ended with exit status: 1", after).await.unwrap();
    let found = upgrade_of(&ops.db, &ops.clock, &own, 0).await.unwrap();
    let words = "the new process ended with exit status: 1. 1.0.0 (0123456789ab) goes on serving, nothing was lost. Mend the cause and upgrade again";
    assert_eq!(found, Upgraded::Failed(words.to_owned()));
    let serving = serving_here(&ops.db, &ops.clock).await.unwrap();
    assert_eq!(serving.into_iter().map(|one| one.id).collect::<Vec<_>>(), [own]);
    let entry = ops.audit_entries(&Default::default()).await.unwrap().remove(0);
    assert_eq!(entry.action, "deployment.failed");
    assert!(
        entry.detail.contains("1.0.0 (0123456789ab) goes on serving, nothing was lost"),
        "{}",
        entry.detail
    );
}

#[test]
fn nobody_reads_that_nothing_was_lost_where_something_was() {
    let after = |served, stops| Aftermath { served, stops }.words("it");
    assert_eq!(after(false, false), "it goes on serving, nothing was lost. Mend the cause and upgrade again");
    assert!(after(true, false).starts_with("it goes on serving, connections that the new process had taken"));
    let stopping = after(false, true);
    assert!(!stopping.contains("goes on serving") && stopping.ends_with("nothing was lost"), "{stopping}");
    assert!(!after(true, true).contains("nothing was lost"));
}

#[tokio::test]
async fn who_asks_is_named_in_three_to_500_characters() {
    let ops = ops().await;
    ops.deployment_serves(build("1.0.0"), None).await.unwrap();
    let id = ops.deployments.id().unwrap();
    let refused = ask_upgrade(&ops.db, &ops.clock, id, Some("x")).await.unwrap_err();
    assert!(matches!(refused, crate::Error::Invalid(faults) if faults[0].field == "by"));
}

#[test]
fn this_process_is_as_old_as_it_is() {
    let started = super::process_started(std::process::id()).unwrap();
    let now = crate::Clock::system().now().as_second();
    assert!((0..3_600).contains(&(now - started)), "{started} {now}");
    assert_eq!(super::process_started(u32::MAX - 7), None);
}

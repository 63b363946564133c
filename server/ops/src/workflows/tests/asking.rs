//! Who may ask for how many, and who may see them.

use super::*;
use crate::error::Error;
use crate::lifecycle::Phase;

#[tokio::test]
async fn of_one_person_there_is_one_at_a_time() {
    let (ops, other, caller) = two(|config| config.workflows.open_per_tenant = 2).await;
    ops.lifecycle.set_phase(Phase::Draining);
    other.lifecycle.set_phase(Phase::Draining);
    let (one, two) = (
        ops.start_workflow(&caller, &ask("u")).await.unwrap(),
        other.start_workflow(&caller, &ask("u")).await.unwrap(),
    );
    assert_eq!(one.workflow.id, two.workflow.id);
    assert!(!one.allowances.is_empty() && two.allowances.is_empty(), "the second asked for nothing new");
    let forced = AgentRequest { force_refresh: true, ..ask("u") };
    let Err(Error::Conflict(why)) = ops.start_workflow(&caller, &forced).await else { panic!() };
    assert!(why.contains(&one.workflow.id), "{why}");
    // Both at the same time, in two processes.
    person(&ops, &caller, "v").await;
    let v = ask("v");
    let (here, there) = tokio::join!(ops.start_workflow(&caller, &v), other.start_workflow(&caller, &v));
    assert_eq!(here.unwrap().workflow.id, there.unwrap().workflow.id);
    person(&ops, &caller, "w").await;
    let Err(Error::TooMany { limit_source, .. }) = ops.start_workflow(&caller, &ask("w")).await else {
        panic!()
    };
    assert_eq!(limit_source, "2 workflows of one tenant under way");
    ops.cancel_workflow(&caller, &one.workflow.id).await.unwrap();
    assert!(ops.start_workflow(&caller, &ask("w")).await.is_ok());
    assert_eq!(ops.in_flight(), 0, "what waits holds nothing");
}

#[tokio::test]
async fn what_is_of_another_tenant_does_not_exist() {
    let (ops, caller) = one(|_| {}).await;
    let id = ops.start_workflow(&caller, &ask("u")).await.unwrap().workflow.id;
    let stranger = testing::caller("other", Tier::Admin);
    let missing = |found: crate::Result<Workflow>| matches!(found, Err(Error::NotFound { what: "workflow" }));
    assert!(
        missing(ops.workflow(&stranger, &id).await) && missing(ops.cancel_workflow(&stranger, &id).await)
    );
    assert!(ops.follow_workflow(&stranger, &id, None).await.is_err());
    assert!(matches!(
        ops.workflows_of(&stranger, &user("u"), None, 10).await,
        Err(Error::NotFound { what: "person" })
    ));
    assert!(matches!(
        ops.start_workflow(&stranger, &ask("u")).await,
        Err(Error::NotFound { what: "person" })
    ));
    ended(&ops, &caller, &id).await;
    let Err(Error::Conflict(why)) = ops.cancel_workflow(&caller, &id).await else { panic!() };
    assert!(why.starts_with("this workflow has ended already (succeeded)"), "{why}");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let (ops, caller) = one(|config| config.limits.enabled = false).await;
    for _ in 0..5 {
        ops.answer(&caller, &ask("u")).await.unwrap();
    }
    let (mut seen, mut before): (Vec<String>, Option<String>) = (Vec::new(), None);
    let mut pages = 0;
    loop {
        let page = ops.workflows_of(&caller, &user("u"), before.as_deref(), 2).await.unwrap();
        pages += 1;
        assert!(page.workflows.iter().all(|workflow| workflow.steps.len() == 8 && workflow.answer.is_none()));
        seen.extend(page.workflows.into_iter().map(|workflow| workflow.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (3, 5));
    assert!(seen.is_sorted_by(|newer, older| newer > older));
}

/// No more at once than may: the others wait for their turn.
#[tokio::test(flavor = "multi_thread")]
async fn as_many_run_at_once_as_may() {
    let double = Double::start(|_, _| Act::Silence).await;
    let (ops, caller) = one(|config| {
        with_model(&double)(config);
        config.workflows.at_once = 2;
    })
    .await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        person(&ops, &caller, name).await;
        ids.push(ops.start_workflow(&caller, &ask(name)).await.unwrap().workflow.id);
    }
    let status = async |id: &str| ops.workflow(&caller, id).await.unwrap().status;
    ops.tend_workflows().await.unwrap();
    assert_eq!((status(&ids[1]).await, status(&ids[2]).await), (Status::Running, Status::Queued));
    ops.cancel_workflow(&caller, &ids[0]).await.unwrap();
    until_room(&ops).await;
    ops.tend_workflows().await.unwrap();
    assert_eq!(status(&ids[2]).await, Status::Running);
}

async fn until_room(ops: &Ops) {
    let waiting = async {
        while ops.workflows.rooms_left() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("there is room");
}

//! Following a workflow: nothing is missed, whichever process runs it and wherever one begins.

use super::*;
use crate::workflows::Change;

fn told(change: &Change) -> (i64, String) {
    match change {
        Change::Workflow(revision, workflow) => (*revision, format!("workflow {}", workflow.status.as_str())),
        Change::Step(revision, step) => {
            (*revision, format!("{} {}", step.step.as_str(), step.status.as_str()))
        }
        Change::End(revision, workflow) => (*revision, format!("end {}", workflow.status.as_str())),
    }
}

async fn all(ops: &Ops, caller: &Caller, id: &str, after: Option<i64>) -> Vec<(i64, String)> {
    let mut changes = ops.follow_workflow(caller, id, after).await.unwrap().expect("there is more");
    let mut seen = Vec::new();
    let watching = async {
        while let Some(change) = changes.next().await {
            seen.push(told(&change));
        }
    };
    tokio::time::timeout(PATIENCE, watching).await.expect("it ends");
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_where_it_is_then_each_change_then_its_end() {
    let double = Double::start(|_, body| {
        tokio::task::block_in_place(|| std::thread::sleep(Duration::from_millis(30)));
        written(body)
    })
    .await;
    let (first, second, caller) = two(with_model(&double)).await;
    let id = first.start_workflow(&caller, &ask("u")).await.unwrap().workflow.id;
    let (here, there) = tokio::join!(all(&first, &caller, &id, None), all(&second, &caller, &id, None));
    for seen in [&here, &there] {
        assert!(seen[0].1.starts_with("workflow "), "{seen:?}");
        assert_eq!(seen.last().unwrap().1, "end succeeded", "{seen:?}");
        assert!(seen.is_sorted_by_key(|(revision, _)| *revision), "{seen:?}");
        let ended: Vec<&str> =
            seen.iter().map(|(_, text)| text.as_str()).filter(|t| t.ends_with(" ok")).collect();
        for step in ["insights ok", "adaptation ok", "remember ok"] {
            assert_eq!(ended.iter().filter(|text| **text == step).count(), 1, "{step}: {seen:?}");
        }
    }
    assert!(here.iter().any(|(_, text)| text == "routine running"), "{here:?}");
    // Who was away goes on after what was seen: what is left of it, and nothing twice.
    let (middle, _) = here.iter().find(|(_, text)| text == "routine ok").unwrap();
    let rest = all(&second, &caller, &id, Some(*middle)).await;
    assert!(rest.iter().all(|(revision, _)| revision > middle), "{rest:?}");
    assert!(
        rest.iter().any(|(_, text)| text == "insights ok") && !rest.iter().any(|(_, t)| t == "behavior ok")
    );
    let (last, _) = here.last().unwrap();
    assert!(first.follow_workflow(&caller, &id, Some(*last)).await.unwrap().is_none(), "its end was seen");
    assert_eq!(all(&first, &caller, &id, None).await, [(*last, "end succeeded".to_owned())]);
    assert_eq!(
        all(&first, &caller, &id, Some(9_999)).await,
        [(*last, "end succeeded".to_owned())],
        "a number it never had"
    );
}

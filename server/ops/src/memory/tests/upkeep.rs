//! The background task: batches, bounds, and the same result however often it runs.

use agents::memory::{Claim, Memory, MemoryLayer, Why};
use jiff::SignedDuration;

use super::{caller, current, event, learn, past, someone, user, window};
use crate::people::tests::readings;
use crate::testing;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn events_become_histories_and_facts_fade_without_losing_evidence() {
    let ops = someone().await;
    learn(&ops, &[event(&ops, 1), event(&ops, 2), window(&ops, 420, "2026-02-10/2026-03-01")]).await;
    let session = Memory { layer: MemoryLayer::Working, key: "asked.routine".to_owned(), ..event(&ops, 3) };
    learn(&ops, &[session]).await;
    assert_eq!(ops.keep_memories().await.unwrap(), 1);
    assert_eq!(current(&ops).await.len(), 4, "nothing is due");
    assert_eq!(ops.keep_memories().await.unwrap(), 0, "a person's turn comes once a day");

    ops.clock.advance(DAY * 91);
    assert_eq!(ops.keep_memories().await.unwrap(), 1);
    let held = current(&ops).await;
    assert_eq!(held.len(), 2, "{held:?}");
    let history = held.iter().find(|it| matches!(it.memory.claim, Claim::History { .. })).unwrap();
    assert_eq!(history.memory.key, "history.plan.routine.2026-03");
    assert_eq!(history.memory.evidence, ["analysis-1", "analysis-2"]);
    assert_eq!(history.memory.content, "In 2026-03: 2 × routine planned");
    let left: Vec<Why> = past(&ops).await.iter().map(|it| it.left.as_ref().unwrap().why).collect();
    assert_eq!(left, [Why::Summarised, Why::Summarised], "a session is forgotten, not kept in the past");

    let (before, before_past) = (current(&ops).await, past(&ops).await);
    sqlx::query("update person set memory_kept_at = 0").execute(ops.db.write()).await.unwrap();
    assert_eq!(ops.keep_memories().await.unwrap(), 1);
    assert_eq!((current(&ops).await, past(&ops).await), (before, before_past), "twice is once");

    ops.clock.advance(DAY * 200);
    ops.keep_memories().await.unwrap();
    assert!(current(&ops).await.is_empty());
    let left: Vec<Why> = past(&ops).await.iter().map(|it| it.left.as_ref().unwrap().why).collect();
    assert_eq!(left, [Why::Faded, Why::Faded], "what was summarised 200 days ago is gone by now");
}

#[tokio::test]
async fn each_layer_and_the_past_keep_to_their_bounds() {
    let ops = testing::ops_with(|config| {
        config.memory.semantic = 10;
        config.memory.past = 3;
    })
    .await;
    ops.put_profile(&caller("t"), &user("u"), Default::default()).await.unwrap();
    let fact = |n: usize| {
        let key = format!("fact.{n:02}");
        Memory { key, importance: n as f64 / 20.0, ..window(&ops, 420, "2026-03-01") }
    };
    let facts: Vec<Memory> = (0..16).map(fact).collect();
    learn(&ops, &facts).await;
    ops.keep_memories().await.unwrap();
    let mut keys: Vec<String> = current(&ops).await.into_iter().map(|it| it.memory.key).collect();
    keys.sort();
    assert_eq!((keys.len(), keys[0].as_str()), (10, "fact.06"), "the strongest stay");
    let left = past(&ops).await;
    assert_eq!(left.len(), 3);
    assert_eq!(
        left[0].left.as_ref().unwrap().reason,
        "there were more than 10 of its layer, and this was the weakest"
    );
}

#[tokio::test]
async fn a_batch_takes_the_longest_waiting_first_and_ends() {
    let ops = testing::ops().await;
    for n in 0..130 {
        ops.put_profile(&caller("t"), &user(&format!("u{n}")), Default::default()).await.unwrap();
    }
    assert_eq!(ops.keep_memories().await.unwrap(), 100);
    assert_eq!(ops.keep_memories().await.unwrap(), 30);
    assert_eq!(ops.keep_memories().await.unwrap(), 0);
    ops.clock.advance(DAY);
    assert_eq!(ops.keep_memories().await.unwrap(), 100);
}

#[tokio::test]
async fn two_processes_do_a_person_once() {
    let (one, other) = testing::two_instances().await;
    one.put_profile(&caller("t"), &user("u"), Default::default()).await.unwrap();
    one.add_biomarkers(&caller("t"), &user("u"), readings(&one, 3)).await.unwrap();
    learn(&one, &(0..50).map(|n| event(&one, n)).collect::<Vec<_>>()).await;
    one.clock.advance(DAY * 91);
    let (first, second) = tokio::join!(one.keep_memories(), other.keep_memories());
    first.unwrap();
    second.unwrap();
    let held = current(&one).await;
    assert_eq!(held.len(), 1);
    assert!(matches!(&held[0].memory.claim, Claim::History { count: 50, .. }));
    assert_eq!(past(&one).await.len(), 50);
}

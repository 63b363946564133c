//! What the store remembers, forgets and lets go, on either engine.

mod answers;
mod forgetting;
mod planners;
mod upkeep;

use agents::memory::{Claim, Memory, MemoryLayer, MemorySource, Telling, ToldClaim, Why};
use domain::agent::Agent;
use domain::profile::{ClockTime, Profile};
use jiff::SignedDuration;

use super::{KnownMemory, MemoryFilter, MemoryState, put_memories};
use crate::Ops;
use crate::error::Error;
use crate::page::PageRequest;
use crate::people::tests::{caller, user};
use crate::testing;

async fn someone() -> Ops {
    let ops = testing::ops_with(|config| config.limits.enabled = false).await;
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    ops
}

/// A sleep window that was seen on these days.
fn window(ops: &Ops, wake: i64, days: &str) -> Memory {
    let (wake, bed) = (ClockTime::from_minutes(wake), ClockTime::from_minutes(wake + 960));
    Memory {
        id: String::new(),
        layer: MemoryLayer::Semantic,
        key: "rhythm.sleep-window".to_owned(),
        content: format!("Usually wakes at {wake} and goes to bed at {bed}"),
        source: MemorySource::Agent(Agent::Circadian),
        claim: Claim::SleepWindow { wake, bed },
        about: vec!["sleep".to_owned()],
        confidence: 0.8,
        importance: 0.9,
        evidence: vec![days.to_owned()],
        created_at: ops.clock.now(),
        updated_at: ops.clock.now(),
        recalled: 0,
        recalled_at: None,
    }
}

/// Something that happened on the clock's day.
fn event(ops: &Ops, n: usize) -> Memory {
    Memory {
        layer: MemoryLayer::Episodic,
        key: format!("plan.routine.{n}"),
        content: "A routine plan was made".to_owned(),
        claim: Claim::Event { what: "plan.routine".to_owned() },
        about: Vec::new(),
        evidence: vec![format!("analysis-{n}")],
        ..window(ops, 0, "")
    }
}

async fn learn(ops: &Ops, memories: &[Memory]) {
    let mut tx = ops.db.begin_write().await.unwrap();
    put_memories(&mut tx, &ops.clock, &caller("t").tenant, &user("u"), memories).await.unwrap();
    tx.commit().await.unwrap();
}

fn page(limit: usize, cursor: Option<&str>) -> PageRequest {
    PageRequest::parse(Some(&limit.to_string()), cursor).unwrap()
}

async fn listed(ops: &Ops, filter: MemoryFilter) -> Vec<KnownMemory> {
    ops.memories(&caller("t"), &user("u"), &filter, &page(100, None)).await.unwrap().items
}

async fn current(ops: &Ops) -> Vec<KnownMemory> {
    listed(ops, MemoryFilter::default()).await
}

async fn past(ops: &Ops) -> Vec<KnownMemory> {
    listed(ops, MemoryFilter { state: MemoryState::Past, ..MemoryFilter::default() }).await
}

fn telling(key: &str, content: &str) -> Telling {
    Telling { key: key.to_owned(), content: content.to_owned(), about: vec!["sleep".to_owned()], claim: None }
}

#[tokio::test]
async fn a_confirmed_memory_has_all_its_evidence_and_keeps_its_id() {
    let ops = someone().await;
    learn(&ops, &[window(&ops, 420, "2026-02-01/2026-02-10")]).await;
    let first = current(&ops).await.remove(0);
    ops.clock.advance(SignedDuration::from_hours(24));
    learn(&ops, &[window(&ops, 435, "2026-02-11/2026-02-20")]).await;
    let again = current(&ops).await.remove(0);
    assert_eq!(again.memory.evidence, ["2026-02-01/2026-02-20"]);
    assert_eq!((&again.memory.id, again.memory.created_at), (&first.memory.id, first.memory.created_at));
    assert_eq!(again.memory.updated_at, ops.clock.now());
    assert!(again.memory.confidence > first.memory.confidence, "it grows with evidence");
    assert!(again.kept_because.unwrap().starts_with("Confidence 0.87, half of it after 120 days"));
    assert!(again.replaced.is_empty() && past(&ops).await.is_empty());
}

#[tokio::test]
async fn a_contradiction_waits_in_the_past_until_it_weighs_more() {
    let ops = someone().await;
    learn(&ops, &[window(&ops, 420, "2026-02-10/2026-03-01")]).await;
    let id = current(&ops).await.remove(0).memory.id;
    learn(&ops, &[window(&ops, 840, "2026-03-02")]).await;
    learn(&ops, &[window(&ops, 840, "2026-03-03")]).await;
    let waiting = past(&ops).await;
    assert_eq!(waiting.len(), 1, "one claim, however often it is seen");
    assert_eq!(waiting[0].memory.evidence, ["2026-03-02/2026-03-03"]);
    assert_eq!(waiting[0].left.as_ref().unwrap().why, Why::Contradicted);
    ops.clock.advance(SignedDuration::from_hours(24 * 25));
    learn(&ops, &[window(&ops, 840, "2026-03-04/2026-03-28")]).await;
    let known = current(&ops).await.remove(0);
    assert_eq!(known.memory.evidence, ["2026-03-02/2026-03-28"], "what waited came back with its evidence");
    assert_eq!(known.memory.id, id, "the key's row stays");
    assert_eq!(known.replaced.len(), 1);
    assert!(known.replaced[0].content.contains("07:00"));
    assert!(known.replaced[0].reason.starts_with("more and newer evidence"));
    let left = past(&ops).await;
    assert_eq!((left.len(), left[0].left.as_ref().unwrap().why), (1, Why::Superseded));
    let by_id = ops.known_memory(&caller("t"), &user("u"), &left[0].memory.id).await.unwrap();
    assert_eq!(
        (by_id.state, by_id.memory.evidence.join(" ")),
        (MemoryState::Past, "2026-02-10/2026-03-01".to_owned())
    );
}

#[tokio::test]
async fn pages_hold_every_memory_once() {
    let ops = someone().await;
    for day in 0..5 {
        let batch: Vec<Memory> = (0..5).map(|n| event(&ops, day * 5 + n)).collect();
        learn(&ops, &batch).await;
        ops.clock.advance(SignedDuration::from_hours(1));
    }
    learn(&ops, &[window(&ops, 420, "2026-02-01")]).await;
    let (mut keys, mut cursor) = (Vec::<String>::new(), None);
    let all = MemoryFilter::default();
    loop {
        let asked = page(4, cursor.as_deref());
        let found = ops.memories(&caller("t"), &user("u"), &all, &asked).await.unwrap();
        assert!(found.items.len() <= 4);
        keys.extend(found.items.into_iter().map(|item| item.memory.key));
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((keys.len(), keys[0].as_str()), (26, "rhythm.sleep-window"));
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 26);
    let of = |layer, about: Option<&str>| MemoryFilter {
        layer,
        about: about.map(str::to_owned),
        ..MemoryFilter::default()
    };
    assert_eq!(listed(&ops, of(Some(MemoryLayer::Episodic), None)).await.len(), 25);
    assert_eq!(listed(&ops, of(None, Some("sleep"))).await.len(), 1);
    assert_eq!(listed(&ops, of(None, Some("slee"))).await.len(), 0);
    let of_another_list = ops.memories(&caller("t"), &user("u"), &all, &page(4, None)).await.unwrap().next;
    let past = MemoryFilter { state: MemoryState::Past, ..MemoryFilter::default() };
    let refused = ops.memories(&caller("t"), &user("u"), &past, &page(4, of_another_list.as_deref())).await;
    assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == "cursor"));
}

#[tokio::test]
async fn what_the_person_says_is_held_against_the_data_and_shown_as_theirs() {
    let ops = someone().await;
    let (caller, user) = (caller("t"), user("u"));
    learn(&ops, &[window(&ops, 540, "2026-01-01/2026-03-02")]).await;
    let claim = Some(ToldClaim::SleepWindow {
        wake: ClockTime::from_minutes(360),
        bed: ClockTime::from_minutes(1_320),
    });
    let said = Telling { claim, ..telling("rhythm.sleep-window", "I get up at six") };
    let known = ops.remember(&caller, &user, said).await.unwrap();
    assert_eq!(
        (known.memory.source, known.memory.content.as_str()),
        (MemorySource::Person, "I get up at six")
    );
    assert!(known.replaced[0].content.contains("09:00"));
    ops.clock.advance(SignedDuration::from_hours(24));
    learn(&ops, &[window(&ops, 540, "2026-03-03/2026-03-04")]).await;
    assert_eq!(current(&ops).await.remove(0).memory.content, "I get up at six");
    let changed = ops.remember(&caller, &user, telling("rhythm.sleep-window", "It depends")).await.unwrap();
    assert_eq!(changed.memory.content, "It depends");
    assert_eq!(changed.memory.evidence, ["said:2026-03-04"]);
    let wrong = ops.remember(&caller, &user, telling("No Key", "")).await;
    assert!(matches!(wrong, Err(Error::Invalid(faults)) if faults.len() == 2));
    let stranger = ops.remember(&self::caller("other"), &user, telling("a", "b")).await;
    assert!(matches!(stranger, Err(Error::NotFound { what: "person" })));
}

/// As the version before writes, word for word.
const OLD_UPSERT: &str = "insert into memory (id, tenant, user_id, layer, memory_key, content, confidence, importance, evidence,
                                 created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
             on conflict (tenant, user_id, layer, memory_key) do update set content = excluded.content,
                confidence = excluded.confidence, importance = excluded.importance, evidence = excluded.evidence,
                updated_at = excluded.updated_at";

#[tokio::test]
async fn the_version_before_may_write_beside_us_and_is_understood() {
    let ops = someone().await;
    learn(&ops, &[window(&ops, 420, "2026-02-01/2026-02-10")]).await;
    ops.clock.advance(SignedDuration::from_secs(1));
    let cases = [
        ("semantic", "rhythm.sleep-window", "Usually wakes at 09:00 and goes to bed at 01:00"),
        ("procedural", "task.evening-walk", "\"Evening walk\" gets done (83 %)"),
    ];
    for (layer, key, content) in cases {
        sqlx::query(OLD_UPSERT)
            .bind(ops.clock.new_id())
            .bind("t")
            .bind("u")
            .bind(layer)
            .bind(key)
            .bind(content)
            .bind(0.9)
            .bind(0.9)
            .bind("[\"2026-02-28\",\"2026-03-01\",\"2026-03-02\"]")
            .bind(ops.clock.now_ms())
            .execute(ops.db.write())
            .await
            .unwrap();
    }
    let claims = |known: Vec<KnownMemory>| -> Vec<(String, Claim)> {
        let mut claims: Vec<_> = known.into_iter().map(|it| (it.memory.key, it.memory.claim)).collect();
        claims.sort_by(|a, b| a.0.cmp(&b.0));
        claims
    };
    let expected = vec![
        (
            "rhythm.sleep-window".to_owned(),
            Claim::SleepWindow { wake: ClockTime::from_minutes(540), bed: ClockTime::from_minutes(60) },
        ),
        (
            "task.evening-walk".to_owned(),
            Claim::TaskDone { slug: "evening-walk".to_owned(), share: 0.83, times: 3.0 },
        ),
    ];
    assert_eq!(claims(current(&ops).await), expected);
    let about = MemoryFilter { about: Some("evening-walk".to_owned()), ..MemoryFilter::default() };
    assert_eq!(listed(&ops, about.clone()).await.len(), 0, "its topics are not written yet");
    ops.keep_memories().await.unwrap();
    assert_eq!(listed(&ops, about).await.len(), 1, "upkeep wrote them");
    assert_eq!(claims(current(&ops).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_lose_no_evidence() {
    let ops = someone().await;
    let days: Vec<String> = (1..=20).map(|day| format!("2026-02-{day:02}")).collect();
    let learning = days.iter().map(|day| {
        let ops = ops.clone();
        async move { learn(&ops, &[window(&ops, 420, day)]).await }
    });
    futures::future::join_all(learning).await;
    assert_eq!(current(&ops).await.remove(0).memory.evidence, ["2026-02-01/2026-02-20"]);
}

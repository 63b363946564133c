//! What is forgotten stays forgotten until it is lifted, and nothing says what it was.

use agents::memory::MemoryLayer;
use jiff::SignedDuration;

use super::{caller, current, event, learn, past, someone, telling, user, window};
use crate::access::audit::AuditFilter;
use crate::error::Error;
use crate::memory::Forget;

#[tokio::test]
async fn a_forgotten_memory_is_not_learned_again_until_it_is_lifted() {
    let ops = someone().await;
    let (caller, user) = (caller("t"), user("u"));
    learn(&ops, &[window(&ops, 420, "2026-02-10/2026-03-01"), event(&ops, 1)]).await;
    learn(&ops, &[window(&ops, 840, "2026-03-02")]).await;
    let id =
        current(&ops).await.into_iter().find(|it| it.memory.key == "rhythm.sleep-window").unwrap().memory.id;
    assert_eq!(ops.forget_memory(&caller, &user, &id).await.unwrap().keys, 1);
    assert!(past(&ops).await.is_empty(), "what was observed of the key is gone as well");
    learn(&ops, &[window(&ops, 420, "2026-03-03"), event(&ops, 2)]).await;
    let keys: Vec<String> = current(&ops).await.into_iter().map(|it| it.memory.key).collect();
    assert_eq!(keys, ["plan.routine.2", "plan.routine.1"]);
    let refused = ops.remember(&caller, &user, telling("rhythm.sleep-window", "I get up at six")).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));

    let forgotten = ops.forgotten_keys(&caller, &user).await.unwrap();
    assert_eq!((forgotten.len(), forgotten[0].key.as_str()), (1, "rhythm.sleep-window"));
    let this = Forget { key: Some("rhythm.sleep-window".to_owned()), ..Forget::default() };
    assert_eq!(ops.lift_forgotten(&caller, &user, &this).await.unwrap().keys, 1);
    let again = ops.lift_forgotten(&caller, &user, &this).await;
    assert!(matches!(again, Err(Error::NotFound { what: "forgotten key" })));
    learn(&ops, &[window(&ops, 420, "2026-03-03")]).await;
    assert_eq!(current(&ops).await.len(), 3);
    let known = current(&ops).await.into_iter().find(|it| it.memory.key == "rhythm.sleep-window").unwrap();
    assert_eq!(known.memory.evidence, ["2026-03-03"], "observed anew, not come back");
}

#[tokio::test]
async fn a_layer_or_everything_goes_and_the_audit_log_does_not_say_what() {
    let ops = someone().await;
    let (caller, user) = (caller("t"), user("u"));
    learn(&ops, &[window(&ops, 420, "2026-02-10/2026-03-01"), event(&ops, 1), event(&ops, 2)]).await;
    let nothing = ops.forget_memories(&caller, &user, &Forget::default()).await;
    assert!(matches!(nothing, Err(Error::Invalid(_))), "nothing is forgotten by mistake");
    let layer = Forget { layer: Some(MemoryLayer::Episodic), ..Forget::default() };
    assert_eq!(ops.forget_memories(&caller, &user, &layer).await.unwrap().keys, 2);
    assert_eq!(current(&ops).await.len(), 1);
    ops.put_profile(&caller, &self::user("v"), Default::default()).await.unwrap();
    let all = Forget { all: true, ..Forget::default() };
    let others = ops.forget_memories(&caller, &self::user("v"), &all).await;
    assert!(matches!(others, Err(Error::NotFound { what: "memory" })));
    assert_eq!(ops.forget_memories(&caller, &user, &all).await.unwrap().keys, 1);
    assert!(current(&ops).await.is_empty());
    assert_eq!(ops.forgotten_keys(&caller, &user).await.unwrap().len(), 3);
    let filter = AuditFilter { action: Some("memory.".to_owned()), ..AuditFilter::default() };
    let entries = ops.audit_entries(&filter).await.unwrap();
    let told: Vec<(&str, &str)> =
        entries.iter().map(|entry| (entry.actor.as_str(), entry.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            ("key:hk_1", "everything forgotten on request: 1 keys"),
            ("key:hk_1", "a layer forgotten on request: 2 keys"),
        ]
    );
    let handle = &entries[0].subject;
    assert!(
        handle.starts_with("person-") && *handle == entries[1].subject,
        "a name that is erased with them"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_wins_over_learning_at_the_same_time() {
    let ops = someone().await;
    for round in 0..10 {
        ops.clock.advance(SignedDuration::from_secs(1));
        learn(&ops, &[window(&ops, 420, "2026-02-10/2026-03-01")]).await;
        let learning = futures::future::join_all((0..4).map(|_| {
            let ops = ops.clone();
            async move { learn(&ops, &[window(&ops, 420, "2026-03-02")]).await }
        }));
        let (tenant, person) = (caller("t"), user("u"));
        let all = Forget { all: true, ..Forget::default() };
        let (_, forgotten) = tokio::join!(learning, ops.forget_memories(&tenant, &person, &all));
        assert_eq!(forgotten.unwrap().keys, 1);
        assert!(current(&ops).await.is_empty(), "round {round}");
        ops.lift_forgotten(&caller("t"), &user("u"), &all).await.unwrap();
    }
}

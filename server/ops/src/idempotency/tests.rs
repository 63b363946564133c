use domain::access::Tier;
use domain::id::UserId;
use domain::profile::Profile;
use futures::future::join_all;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::Ops;
use crate::testing;

fn caller() -> Caller {
    testing::caller("t", Tier::Free)
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

fn answer(body: &str) -> KeptAnswer {
    KeptAnswer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_owned(),
    }
}

async fn begin(ops: &Ops, name: &str, request: &str) -> Begun {
    let user = UserId::parse("u").unwrap();
    ops.begin_once(&caller(), &key(name), request, Some(&user)).await.unwrap()
}

fn claimed(begun: Begun) -> Claim {
    match begun {
        Begun::First(claim) => claim,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_is_a_string_or_a_word() {
    assert_eq!(key("\"8e03978e-40d5\""), key("8e03978e-40d5"));
    for wrong in ["", "\"\"", "a b", "ä", "a\"b", "a\\b", &"x".repeat(256)] {
        assert!(IdempotencyKey::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    /// Parts cannot be shifted into each other.
    #[test]
    fn other_requests_have_other_fingerprints(a in "[a-z/]{0,8}", b in "[a-z/]{0,8}", c in "[a-z/]{0,8}", d in "[a-z/]{0,8}") {
        let same = (&a, &b) == (&c, &d);
        prop_assert_eq!(fingerprint("POST", &a, b.as_bytes()) == fingerprint("POST", &c, d.as_bytes()), same);
        prop_assert_ne!(fingerprint("POST", &a, b.as_bytes()), fingerprint("PUT", &a, b.as_bytes()));
    }
}

#[tokio::test]
async fn the_first_answer_is_given_again_for_a_day() {
    let ops = testing::ops().await;
    let claim = claimed(begin(&ops, "k", "a").await);
    assert_eq!(begin(&ops, "k", "a").await, Begun::Running { retry_after_s: 1 });
    assert_eq!(begin(&ops, "k", "b").await, Begun::OtherRequest);
    ops.keep_answer(&claim, &answer("{}"), None).await.unwrap();
    assert_eq!(begin(&ops, "k", "a").await, Begun::Answered(answer("{}")));
    assert_eq!(begin(&ops, "k", "b").await, Begun::OtherRequest);
    // Of another key of the app, and of another tenant, it is another one.
    let mut other = caller();
    other.key_id = "k2".to_owned();
    assert!(matches!(ops.begin_once(&other, &key("k"), "b", None).await.unwrap(), Begun::First(_)));
    let stranger = testing::caller("other", Tier::Free);
    assert!(matches!(ops.begin_once(&stranger, &key("k"), "b", None).await.unwrap(), Begun::First(_)));

    ops.clock.advance(SignedDuration::from_hours(24));
    let again = claimed(begin(&ops, "k", "b").await);
    // Who was slow does not overwrite who came after.
    ops.keep_answer(&claim, &answer("late"), None).await.unwrap();
    ops.release_claim(&claim).await.unwrap();
    ops.keep_answer(&again, &answer("new"), None).await.unwrap();
    assert_eq!(begin(&ops, "k", "b").await, Begun::Answered(answer("new")));
}

#[tokio::test]
async fn a_claim_lapses_unless_it_is_renewed_and_what_did_nothing_frees_the_key() {
    let ops = testing::ops().await;
    let claim = claimed(begin(&ops, "k", "a").await);
    ops.clock.advance(SignedDuration::from_secs(29));
    ops.renew_claim(&claim).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(29));
    assert!(matches!(begin(&ops, "k", "a").await, Begun::Running { .. }));
    // The process died: nobody renews.
    ops.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(begin(&ops, "k", "b").await, Begun::OtherRequest);
    let second = claimed(begin(&ops, "k", "a").await);
    ops.release_claim(&second).await.unwrap();
    claimed(begin(&ops, "k", "b").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_in_two_processes_one_wins() {
    let (one, two) = testing::two_instances().await;
    for round in 0..5 {
        let name = format!("k{round}");
        let asked = (0..20).map(|n| begin(if n % 2 == 0 { &one } else { &two }, &name, "a"));
        let first: Vec<Claim> = join_all(asked)
            .await
            .into_iter()
            .filter_map(|begun| match begun {
                Begun::First(claim) => Some(claim),
                _ => None,
            })
            .collect();
        assert_eq!(first.len(), 1);
        // It died with its process: again one of many takes it over.
        one.clock.advance(SignedDuration::from_secs(31));
        let asked = (0..20).map(|n| begin(if n % 2 == 0 { &one } else { &two }, &name, "a"));
        let again = join_all(asked).await;
        assert_eq!(again.iter().filter(|begun| matches!(begun, Begun::First(_))).count(), 1);
    }
}

#[tokio::test]
async fn what_is_over_is_swept_what_is_too_large_is_not_kept_and_a_person_is_forgotten() {
    let ops = testing::ops().await;
    let claim = claimed(begin(&ops, "large", "a").await);
    ops.keep_answer(&claim, &answer(&"x".repeat(MOST_BODY + 1)), None).await.unwrap();
    assert_eq!(begin(&ops, "large", "a").await, Begun::AnsweredAtLength);
    ops.begin_once(&caller(), &key("nobody's"), "a", None).await.unwrap();
    let (tenant, user) = (caller().tenant, UserId::parse("u").unwrap());
    let stranger = testing::caller("x", Tier::Free);
    for (whose, answers) in [(&stranger, 0), (&caller(), 1)] {
        ops.put_profile(whose, &user, Profile::default()).await.unwrap();
        assert_eq!(ops.erase_person(whose, &user).await.unwrap().deleted["kept_answers"], answers);
    }
    ops.sweep_kept_answers().await.unwrap();
    assert_eq!(store::counts(&ops.db).await.unwrap()[&tenant], 1);
    ops.clock.advance(SignedDuration::from_hours(24));
    ops.sweep_kept_answers().await.unwrap();
    assert!(store::counts(&ops.db).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_tenant_with_too_many_keys_is_told_and_keeps_those_it_has() {
    let ops = testing::ops().await;
    let claim = claimed(begin(&ops, "k", "a").await);
    ops.keep_answer(&claim, &answer("{}"), None).await.unwrap();
    ops.kept.counted([(caller().tenant, MOST_ROWS)].into());
    assert_eq!(begin(&ops, "new", "a").await, Begun::Full { retry_after_s: 60 });
    assert_eq!(begin(&ops, "k", "a").await, Begun::Answered(answer("{}")));
}

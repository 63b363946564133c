//! One process at a time, told by a claim that runs out.

use proptest::prelude::*;

use super::*;
use crate::workflows::Claimed;

async fn queued(ops: &Ops, caller: &Caller) -> String {
    // Nobody takes it up where none may run.
    ops.lifecycle.set_phase(crate::lifecycle::Phase::Draining);
    let started = ops.start_workflow(caller, &ask("u")).await.unwrap();
    ops.lifecycle.set_phase(crate::lifecycle::Phase::Serving);
    assert_eq!(started.workflow.status, Status::Queued);
    started.workflow.id
}

#[tokio::test]
async fn of_many_that_want_it_at_once_one_has_it() {
    let (first, second, caller) = two(|_| {}).await;
    let id = queued(&first, &caller).await;
    let all = (0..20).map(|n| if n % 2 == 0 { &first } else { &second });
    let claims = futures::future::join_all(all.map(|ops| ops.claim_workflow(&id))).await;
    let held: Vec<Claimed> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].claim.attempt, 1);
}

/// What a process may do to a claim, in any order, with time passing: there is never a second holder, and what an earlier one
/// writes is refused.
#[derive(Clone, Copy, Debug)]
enum Move {
    Claim(usize),
    Renew(usize),
    Write(usize),
    Release(usize),
    Pass(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        (0_usize..2).prop_map(Move::Claim),
        (0_usize..2).prop_map(Move::Renew),
        (0_usize..2).prop_map(Move::Write),
        (0_usize..2).prop_map(Move::Release),
        (1_u8..20).prop_map(Move::Pass),
    ];
    prop::collection::vec(one, 1..25)
}

async fn never_two(moves: Vec<Move>) {
    let (first, second, caller) = two(|_| {}).await;
    let both = [&first, &second];
    let id = queued(&first, &caller).await;
    // What the rule says, kept by hand: who holds it and until when; and the claims that each believes in.
    let (mut holder, mut until): (Option<usize>, i64) = (None, 0);
    let mut believes: [Option<Claimed>; 2] = [None, None];
    for step in moves {
        let now = first.clock.now_ms();
        match step {
            Move::Pass(seconds) => first.clock.advance(SignedDuration::from_secs(i64::from(seconds))),
            Move::Claim(n) => {
                let claimed = both[n].claim_workflow(&id).await.unwrap();
                let free = holder.is_none() || until < now;
                assert_eq!(claimed.is_some(), free, "{step:?}: held by {holder:?} until {until}, at {now}");
                if claimed.is_some() {
                    (holder, until, believes[n]) = (Some(n), both[n].claim_until(), claimed);
                }
            }
            Move::Renew(n) => {
                if let Some(claimed) = &believes[n] {
                    let holding = both[n].hold_workflow(&claimed.claim, None);
                    both[n].renew_workflows().await.unwrap();
                    let ours = holder == Some(n);
                    assert_eq!(holding.gone().is_cancelled(), !ours, "{step:?}");
                    if ours {
                        until = both[n].claim_until();
                    }
                }
            }
            Move::Write(n) => {
                if let Some(claimed) = &believes[n] {
                    let step = agents::orchestrator::Step::Behavior;
                    let bound = domain::money::MicroUsd(1);
                    let noted =
                        super::super::claims::store::note_call(&both[n].db, &claimed.claim, step, bound)
                            .await;
                    assert_eq!(noted.unwrap(), holder == Some(n), "{step:?}");
                }
            }
            Move::Release(n) => {
                if let Some(claimed) = believes[n].take() {
                    let released = both[n].release_workflow(&claimed.claim, None, None).await.unwrap();
                    assert_eq!(released, holder == Some(n));
                    if released {
                        holder = None;
                    }
                }
            }
        }
    }
}

#[test]
fn there_is_never_a_second_holder() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(moves in moves())| runtime.block_on(never_two(moves)));
}

#[tokio::test]
async fn an_error_of_the_store_that_passes_is_told_from_one_that_does_not() {
    let (ops, _) = one(|_| {}).await;
    let wrong = sqlx::query("select nothing from nowhere").execute(ops.db.read()).await.unwrap_err();
    assert!(!crate::Error::from(wrong).is_passing());
    assert!(crate::Error::from(sqlx::Error::PoolTimedOut).is_passing());
    assert!(!crate::Error::Conflict("x".to_owned()).is_passing());
}

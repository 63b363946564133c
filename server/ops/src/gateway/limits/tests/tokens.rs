//! Tokens of a window: taken before a call leaves, corrected when it has ended.

use std::time::{Duration, Instant};

use domain::money::MicroUsd;

use super::*;
use crate::Ops;
use crate::cost::Estimate;
use crate::gateway::{Admission, Hold, Permit, Reserve};

fn used(input: u64, output: u64) -> domain::agent::TokenUse {
    domain::agent::TokenUse { input, output, ..Default::default() }
}

fn taken(limits: &Limits, id: &str, model: &str, n: u32) -> Result<TokensHeld, Option<Duration>> {
    let caller = testing::caller("t", Tier::Free);
    limits.take_tokens(&caller, Agent::Routine, Some(&user(id)), model, n).map_err(|it| it.wait)
}

/// Of each limit of tokens this person's call meets, by rule.
fn left(limits: &Limits, id: &str, model: &str) -> Vec<(String, u32)> {
    let caller = testing::caller("t", Tier::Free);
    let asked = limits
        .asked(&asking(&caller, Agent::Routine, Some(&user(id)), Some(model)), |it| it == Resource::Tokens);
    limits.allowances(&asked).into_iter().map(|it| (it.policy.to_string(), it.remaining)).collect()
}

fn small() -> (Limits, Clock) {
    let (limits, clock) = limits(|config| config.limits.free.tokens_per_minute = 1_000);
    put(&limits, &[("tokens:minute:model=big,person=*", 600), ("tokens:day:tenant=t", 5_000)]);
    (limits, clock)
}

const PERSON: &str = "tokens:minute:tier=free,person=*";
const BIG: &str = "tokens:minute:model=big,person=*";
const TENANT: &str = "tokens:day:tenant=t";

fn of(all: &[(&str, u32)]) -> Vec<(String, u32)> {
    let mut all: Vec<_> = all.iter().map(|(rule, left)| ((*rule).to_owned(), *left)).collect();
    all.sort();
    all
}

fn sorted(mut all: Vec<(String, u32)>) -> Vec<(String, u32)> {
    all.sort();
    all
}

#[test]
fn a_call_takes_what_is_likely_of_all_its_limits_or_of_none_and_is_corrected() {
    let (limits, _) = small();
    let call = taken(&limits, "u", "big", 500).unwrap();
    assert_eq!(sorted(left(&limits, "u", "big")), of(&[(PERSON, 500), (BIG, 100), (TENANT, 4_500)]));
    assert!(taken(&limits, "u", "big", 200).is_err(), "of one limit there is not enough");
    assert_eq!(
        sorted(left(&limits, "u", "big")),
        of(&[(PERSON, 500), (BIG, 100), (TENANT, 4_500)]),
        "none was taken"
    );
    taken(&limits, "u", "small", 200).unwrap().settle(used(100, 50), true);
    call.settle(used(100, 20), true);
    assert_eq!(sorted(left(&limits, "u", "big")), of(&[(PERSON, 730), (BIG, 480), (TENANT, 4_730)]));
    // More than was likely: the next waits the longer.
    taken(&limits, "u", "big", 100).unwrap().settle(used(2_000, 0), true);
    assert_eq!(sorted(left(&limits, "u", "big")), of(&[(PERSON, 0), (BIG, 0), (TENANT, 2_730)]));
    // Of 600 a minute 1,620 flow off at least, of a thousand 1,370: the longer wait is told.
    assert_eq!(taken(&limits, "u", "big", 100).unwrap_err(), Some(Duration::from_secs(162)));
    assert_eq!(taken(&limits, "u", "big", 700).unwrap_err(), None, "never");
    assert_eq!(left(&limits, "v", "small")[0].1, 1_000, "another person");
}

#[test]
fn what_did_not_leave_is_given_back_and_what_nobody_counted_stays() {
    let (limits, _) = small();
    drop(taken(&limits, "u", "small", 900).unwrap());
    assert_eq!(sorted(left(&limits, "u", "small")), of(&[(PERSON, 1_000), (TENANT, 5_000)]));
    taken(&limits, "u", "small", 900).unwrap().settle(used(0, 0), false);
    assert_eq!(sorted(left(&limits, "u", "small")), of(&[(PERSON, 100), (TENANT, 4_100)]));
}

#[test]
fn admission_shows_what_is_left_of_tokens_and_takes_none() {
    let (limits, _) = small();
    let caller = testing::caller("t", Tier::Free);
    let admitted = limits.admit(&caller, Agent::Routine, Some(&user("u")), true).unwrap();
    let tokens = limits.allowances(&admitted.tokens);
    let shown: Vec<_> = tokens.into_iter().map(|it| (it.policy.to_string(), it.remaining)).collect();
    assert_eq!(
        sorted(shown),
        of(&[(PERSON, 1_000), (TENANT, 5_000)]),
        "not those of a model nobody chose yet"
    );
    assert!(limits.admit(&caller, Agent::Routine, Some(&user("u")), false).unwrap().tokens.is_empty());
}

async fn with_tokens(per_minute: u32) -> Ops {
    testing::ops_with(|config| config.limits.free.tokens_per_minute = per_minute).await
}

fn admit(ops: &Ops) -> Permit {
    let user = Some(user("u"));
    ops.admit(
        &testing::caller("t", Tier::Free),
        Admission { request_id: "q".into(), agent: Agent::Routine, user },
    )
    .unwrap()
}

async fn reserve(permit: &Permit, usd: f64, tokens: u32, patience: Duration) -> Result<Hold, String> {
    let bound = MicroUsd::from_usd(usd);
    let call = Estimate { model: "m", price_version: "v", bound, likely: bound, tokens, size_class: 0 };
    match permit.reserve(Agent::Routine, &call, Instant::now() + patience).await.unwrap() {
        Reserve::Granted(hold) => Ok(hold),
        Reserve::Limited(limited) => Err(limited.0.reason()),
        Reserve::Refused(refusal) => Err(refusal.reason),
        Reserve::Withheld(reason) => Err(reason.to_owned()),
        Reserve::Denied(denied) => Err(denied.reason),
    }
}

fn remaining(permit: &Permit) -> u32 {
    permit.allowances().iter().find(|it| it.resource == Resource::Tokens).unwrap().remaining
}

#[tokio::test]
async fn a_model_call_without_room_is_withheld_and_the_request_is_not() {
    let ops = with_tokens(1_000).await;
    let permit = admit(&ops);
    let hold = reserve(&permit, 0.01, 800, Duration::ZERO).await.unwrap();
    let why = reserve(&permit, 0.01, 300, Duration::ZERO).await.unwrap_err();
    assert_eq!(why, "the limit of 1000 tokens a minute for one person of tier free is reached");
    let why = reserve(&permit, 0.01, 1_001, Duration::ZERO).await.unwrap_err();
    assert!(why.starts_with("one call alone is likely to use more than the limit of 1000 tokens"), "{why}");
    permit.settle_call(hold, MicroUsd(5), used(150, 50));
    assert_eq!(remaining(&permit), 800);
    reserve(&permit, 0.01, 800, Duration::ZERO).await.unwrap().settle(MicroUsd::ZERO, used(0, 0));
    assert_eq!(remaining(&permit), 800, "a call that cost nothing used nothing");
    drop(reserve(&permit, 0.01, 300, Duration::ZERO).await.unwrap());
    assert_eq!(remaining(&permit), 500, "the client went away: what was likely stays");
    permit.settle();
    let person = rule("tokens:minute:tier=free,person=*");
    assert_eq!(ops.limit_rule(&person, true).await.unwrap().refused_last_hour, 2);
}

#[tokio::test]
async fn what_a_cap_refuses_uses_no_tokens() {
    let ops = with_tokens(1_000).await;
    let permit = admit(&ops);
    let why = reserve(&permit, 10_000.0, 800, Duration::ZERO).await.unwrap_err();
    assert!(why.contains("one call alone may cost more"), "{why}");
    assert_eq!(remaining(&permit), 1_000);
    permit.settle();
}

#[tokio::test]
async fn a_call_waits_a_little_where_it_will_fit_before_the_deadline() {
    let ops = with_tokens(1_000).await;
    let permit = admit(&ops);
    let first = reserve(&permit, 0.01, 1_000, Duration::ZERO).await.unwrap();
    // Three seconds until fifty are free: longer than this one may take.
    assert!(reserve(&permit, 0.01, 50, Duration::from_secs(2)).await.is_err());
    // Another's settling frees at once what it did not use.
    let waiting = reserve(&permit, 0.01, 50, Duration::from_secs(9));
    let settling = async {
        tokio::task::yield_now().await;
        first.settle(MicroUsd(5), used(100, 0));
    };
    let (waited, ()) = tokio::join!(waiting, settling);
    waited.unwrap().settle(MicroUsd(5), used(50, 0));
    assert_eq!(remaining(&permit), 850);
    permit.settle();
}

//! What people read of the ledger and of its sums.

use domain::agent::Agent;
use domain::shutoff::{Scope, ShutoffMode};
use jiff::SignedDuration;

use super::*;
use crate::access::Actor;
use crate::cost::{LedgerFilter, Saved};
use crate::telemetry::RequestEvent;
use crate::telemetry::testing::event;

async fn call(ops: &Ops, agent: Agent, model: &str, cost: f64) {
    let permit = admit_for(ops, Some("ana"));
    let estimate =
        Estimate { model, price_version: "v1", bound: usd(0.5), likely: usd(0.1), size_class: 0, tokens: 1 };
    let held = permit.reserve(agent, &estimate, Instant::now()).await.unwrap();
    settle(&permit, granted(held), cost);
    permit.settle();
}

#[tokio::test]
async fn the_ledger_is_read_newest_first_by_pages_and_filters() {
    let ops = testing::ops().await;
    for n in 0..5 {
        // Two calls of one moment must not be lost between pages.
        ops.clock.advance(SignedDuration::from_millis(n % 2));
        let (agent, model) = if n == 3 { (Agent::Behavior, "large") } else { (Agent::Nutrition, "small") };
        call(&ops, agent, model, 0.01 * (n + 1) as f64).await;
    }
    let permit = admit(&ops);
    let estimate = Estimate {
        model: "small",
        price_version: "v1",
        bound: usd(0.5),
        likely: usd(0.1),
        size_class: 0,
        tokens: 1,
    };
    let open = granted(permit.reserve(Agent::Nutrition, &estimate, Instant::now()).await.unwrap());
    ops.return_leases().await.unwrap();
    let all = ops.ledger(&LedgerFilter::default()).await.unwrap();
    let costs: Vec<_> = all.iter().map(|entry| entry.settled_usd).collect();
    assert_eq!(costs, [None, Some(0.05), Some(0.04), Some(0.03), Some(0.02), Some(0.01)]);
    assert!(all.iter().all(|entry| entry.reserved_usd == 0.5));

    let mut paged = Vec::new();
    loop {
        let before = paged.last().map(|entry: &crate::cost::LedgerEntry| entry.id.clone());
        let page = ops.ledger(&LedgerFilter { before, limit: 2, ..LedgerFilter::default() }).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);

    let count = async |filter: LedgerFilter| ops.ledger(&filter).await.unwrap().len();
    assert_eq!(count(LedgerFilter { agent: Some(Agent::Behavior), ..LedgerFilter::default() }).await, 1);
    assert_eq!(count(LedgerFilter { model: Some("small".to_owned()), ..LedgerFilter::default() }).await, 5);
    assert_eq!(count(LedgerFilter { open: true, ..LedgerFilter::default() }).await, 1);
    assert_eq!(count(LedgerFilter { request: Some("no".to_owned()), ..LedgerFilter::default() }).await, 0);
    let lost = ops.ledger(&LedgerFilter { before: Some("no".to_owned()), ..LedgerFilter::default() }).await;
    assert!(matches!(lost, Err(Error::NotFound { .. })));
    settle(&permit, open, 0.01);
    permit.settle();
}

#[tokio::test]
async fn caps_tell_how_full_they_are_the_fullest_first() {
    let ops = testing::ops_with(|config| {
        config.caps.model_day_usd = 0.5;
        config.caps.global_month_usd = 100.0;
    })
    .await;
    assert_eq!(ops.caps_now(true).await.unwrap(), []);
    call(&ops, Agent::Nutrition, "small", 0.4).await;
    ops.return_leases().await.unwrap();
    let caps = ops.caps_now(true).await.unwrap();
    let told: Vec<_> =
        caps.iter().map(|cap| (cap.kind, cap.name.as_str(), cap.window.len(), cap.cap_usd)).collect();
    let (kind, _, _, cap) = told[0];
    assert_eq!((kind, cap, caps[0].share), ("model", Some(0.5), Some(0.8)));
    for global in [("budget", 10, 50.0), ("ceiling", 10, 100.0), ("month", 7, 100.0)] {
        assert!(told.contains(&("global", global.0, global.1, Some(global.2))), "{global:?}");
    }
    assert!(told.contains(&("agent", "nutrition", 10, None)));
    let mut people = told.iter().filter(|(kind, ..)| *kind == "person");
    assert!(people.clone().count() == 2 && people.all(|(.., cap)| cap.is_some()), "by the tier of the key");
    assert!(caps.iter().all(|cap| (cap.spent_usd, cap.held_usd) == (0.4, 0.0)));
    let without = ops.caps_now(false).await.unwrap();
    assert!(without.iter().all(|cap| cap.kind != "person") && without.len() == caps.len() - 2);
}

#[tokio::test]
async fn a_shutoff_saved_what_its_requests_would_have_cost() {
    let ops = testing::ops().await;
    let asked = async |n: i64, cost: f64| {
        for _ in 0..n {
            let event = event(&ops, Some(Agent::Nutrition), 200, 40);
            ops.record(RequestEvent { cost: usd(cost), ..event });
        }
        ops.clock.advance(SignedDuration::from_mins(2));
        ops.flush_telemetry().await.unwrap();
    };
    asked(4, 0.02).await;
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Degrade, "spend doubles", None).await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(1));
    asked(10, 0.0).await;
    let record = ops.shutoff_history().await.unwrap().remove(0);
    assert_eq!(ops.saved_by(&record).await.unwrap(), Saved { requests: 10, about: false, usd: Some(0.2) });
}

#[tokio::test]
async fn a_shutoff_of_one_agent_or_tier_saved_only_there() {
    let ops = testing::ops().await;
    let asked = async |agent: Agent, tier: Tier, n: i64, cost: f64| {
        for _ in 0..n {
            let event = event(&ops, Some(agent), 200, 40);
            ops.record(RequestEvent { cost: usd(cost), tier: Some(tier), ..event });
        }
        ops.clock.advance(SignedDuration::from_mins(2));
        ops.flush_telemetry().await.unwrap();
    };
    let (routine, free) = (Scope::Agent(Agent::Routine), Scope::Tier(Tier::Free));
    asked(Agent::Nutrition, Tier::Free, 4, 0.02).await;
    asked(Agent::Routine, Tier::Premium, 5, 0.1).await;
    for scope in [&routine, &free] {
        let actor = Actor::CommandLine;
        ops.set_shutoff_of(&actor, scope, ShutoffMode::Degrade, "spend doubles", None).await.unwrap();
    }
    ops.clock.advance(SignedDuration::from_mins(1));
    asked(Agent::Routine, Tier::Premium, 3, 0.0).await;
    asked(Agent::Nutrition, Tier::Free, 10, 0.01).await;
    let history = ops.shutoff_history().await.unwrap();
    let saved = async |scope: &Scope| {
        let record = history.iter().find(|record| record.shutoff.scope == *scope).unwrap();
        let saved = ops.saved_by(record).await.unwrap();
        (saved.requests, (saved.usd.unwrap() * 1e6).round())
    };
    assert_eq!(saved(&routine).await, (3, 300_000.0));
    assert_eq!(saved(&free).await, (10, 100_000.0), "ten at two cents, less the cent that was still spent");
}

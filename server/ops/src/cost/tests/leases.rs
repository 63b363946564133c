//! Leases: from memory where they have room, honest when a process dies, is stopped, or the store fails.

use super::*;
use crate::cost::scopes::Scope;

async fn exchanges(ops: &Ops) -> i64 {
    let sum = "select cast(coalesce(sum(exchange), 0) as bigint) from cost_instance";
    sqlx::query_scalar(sum).fetch_one(ops.db.read()).await.unwrap()
}

async fn global(ops: &Ops) -> (i64, i64) {
    let scope = Scope { window: "2026-03-03".into(), name: "global".into() };
    let counter = crate::cost::store::counter(ops.db.read(), &scope).await.unwrap();
    (counter.spent_micro, counter.reserved_micro)
}

/// What all leases in the store have taken of the day's sum.
async fn leased(ops: &Ops) -> i64 {
    let sum = "select cast(coalesce(sum(bound_micro), 0) as bigint) from cost_lease where scope = 'global'";
    sqlx::query_scalar(sum).fetch_one(ops.db.read()).await.unwrap()
}

async fn call(ops: &Ops, bound: f64, cost: f64) {
    let permit = admit_for(ops, Some("ana"));
    let held = granted(hold_likely(&permit, bound, bound / 10.0).await);
    settle(&permit, held, cost);
    permit.settle();
}

#[tokio::test]
async fn most_calls_need_no_store_and_are_booked_all_the_same() {
    let ops = testing::ops_with(|config| config.limits.enabled = false).await;
    for n in 0..400 {
        call(&ops, 0.01, 0.0008).await;
        if n % 40 == 39 {
            ops.flush_ledger().await.unwrap();
        }
    }
    let needed = exchanges(&ops).await;
    assert!(needed < 80, "{needed} exchanges for 400 calls and 10 flushes");
    assert_eq!(rows_say(&ops).await, (0.32, 0.0));
    assert_eq!((global(&ops).await, leased(&ops).await), ((320_000, 0), 0), "all is given back");
}

#[tokio::test]
async fn a_killed_process_has_spent_what_it_had_taken() {
    let (ops, killed) = testing::two_instances_with(|config| config.limits.enabled = false).await;
    for _ in 0..30 {
        call(&killed, 0.2, 0.05).await;
    }
    killed.flush_ledger().await.unwrap();
    // Nobody hears of these: one has ended, one is in flight.
    call(&killed, 0.2, 0.2).await;
    let _in_flight = granted(hold(&admit(&killed), 0.2).await);
    let (spent, reserved) = global(&ops).await;
    let taken = leased(&ops).await;
    assert_eq!(reserved, taken, "the sum holds what the lease has taken");
    assert!(taken >= 400_000, "{taken}");

    ops.sweep_ledger().await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(14));
    ops.sweep_ledger().await.unwrap();
    assert_eq!(global(&ops).await, (spent, reserved), "it may still live");
    ops.clock.advance(SignedDuration::from_mins(2));
    ops.sweep_ledger().await.unwrap();
    assert_eq!(global(&ops).await, (spent + taken, 0));
    let (rows, open) = rows_say(&ops).await;
    assert_eq!((rows, open), (usd_of(spent + taken), 0.0), "every cent of the sum stands in a row");
    ops.sweep_ledger().await.unwrap();
    assert_eq!(global(&ops).await, (spent + taken, 0), "once");
}

fn usd_of(micro: i64) -> f64 {
    MicroUsd(micro).usd()
}

#[tokio::test]
async fn a_process_that_was_only_stopped_finds_itself_given_up_and_goes_on() {
    // Caps of people this low leave no slack for a call of this size.
    let (ops, stopped) = testing::two_instances_with(|config| {
        config.caps.premium_person_day_usd = 0.0;
        config.caps.premium_person_month_usd = 0.0;
    })
    .await;
    call(&stopped, 0.5, 0.1).await;
    let permit = admit(&stopped);
    let in_flight = granted(hold(&permit, 0.5).await);
    stopped.flush_ledger().await.unwrap();
    ops.sweep_ledger().await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(16));
    ops.sweep_ledger().await.unwrap();
    let (spent, _) = global(&ops).await;
    assert!(spent >= 600_000, "{spent}");

    settle(&permit, in_flight, 0.3);
    call(&stopped, 0.5, 0.1).await;
    stopped.return_leases().await.unwrap();
    let (after, reserved) = global(&ops).await;
    assert_eq!(after, spent, "what its lost lease had paid for is not booked again");
    call(&stopped, 0.5, 0.1).await;
    stopped.return_leases().await.unwrap();
    let (after, reserved) = (global(&ops).await.0, reserved);
    assert_eq!(after, spent + 100_000, "and what comes after is");
    assert_eq!((reserved, leased(&ops).await), (0, 0));
    assert_eq!(rows_say(&ops).await, (usd_of(after), 0.0), "every cent of the sum stands in a row");
}

/// What the store books for a killed process is its worst case, in people's sums too, which are capped by what is likely.
#[tokio::test]
async fn a_killed_process_leaves_a_person_most_of_their_day() {
    let (ops, killed) = testing::two_instances_with(|config| {
        config.caps.premium_person_day_usd = 1.0;
        config.caps.premium_person_month_usd = 20.0;
    })
    .await;
    for _ in 0..10 {
        call(&killed, 0.04, 0.001).await;
    }
    killed.flush_ledger().await.unwrap();
    let mine = async || -> i64 {
        let select = "select spent_micro from cost_counter where scope like 'user:%' and length(day) = 10";
        sqlx::query_scalar(select).fetch_one(ops.db.read()).await.unwrap()
    };
    assert_eq!(mine().await, 10_000);
    ops.sweep_ledger().await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(16));
    ops.sweep_ledger().await.unwrap();
    let booked = mine().await;
    assert!((50_000..=110_000).contains(&booked), "a tenth at most, for calls that nobody made: {booked}");
}

#[tokio::test]
async fn what_one_instance_keeps_unused_is_given_to_who_needs_it() {
    let (ops, other) = testing::two_instances_with(|config| {
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (1.0, 10.0, 10.0);
        config.caps.premium_person_day_usd = 0.0;
        config.caps.premium_person_month_usd = 0.0;
    })
    .await;
    for _ in 0..20 {
        call(&ops, 0.2, 0.1).await;
    }
    let kept = leased(&ops).await;
    assert!(kept > 200_000, "it keeps some for calls to come: {kept}");
    let room = 10_000_000 - 2_000_000 - 300_000;
    let large = usd_of(room);
    let refusal = refused(hold_likely(&admit(&other), large, 0.1).await);
    assert!(refusal.may_wait, "{refusal:?}");
    ops.poll_switches().await.unwrap();
    assert_eq!(leased(&ops).await, 0, "it heard that somebody needs it");
    granted(hold_likely(&admit(&other), large, 0.1).await).settle(usd(0.0), TokenUse::default());
}

#[tokio::test]
async fn sums_without_a_cap_are_leased_by_use_and_not_by_what_is_left() {
    let ops = testing::ops_with(|config| config.limits.enabled = false).await;
    for n in 0..120 {
        // Each person's first call has to ask the store.
        let permit = admit_for(&ops, Some(&format!("p{n}")));
        let held = granted(hold_likely(&permit, 0.01, 0.001).await);
        settle(&permit, held, 0.001);
        permit.settle();
        if n % 10 == 9 {
            ops.flush_ledger().await.unwrap();
        }
    }
    let most = "select max(bound_micro) from cost_lease";
    let most: i64 = sqlx::query_scalar(most).fetch_one(ops.db.read()).await.unwrap();
    assert!(most <= 20 * 16 * 10_000, "{most}");
}

#[tokio::test]
async fn a_store_that_fails_does_not_make_old_caps_new() {
    let ops = testing::ops_with(|config| config.limits.enabled = false).await;
    for _ in 0..20 {
        call(&ops, 0.1, 0.01).await;
    }
    assert!(leased(&ops).await > 100_000);
    let olga = Actor::Person { id: "p".into(), email: "olga@example.org".into(), role: Role::Operator };
    let budget = domain::cap::Rule::parse("agent:nutrition:day").unwrap();
    ops.set_cap(&olga, &budget, domain::cap::Amount::of_micro(200_000), "spend doubles", "").await.unwrap();
    sqlx::query("alter table cost_lease rename to gone").execute(ops.db.write()).await.unwrap();
    let estimate = Estimate {
        model: "m",
        price_version: "v1",
        bound: usd(0.1),
        likely: usd(0.01),
        size_class: 0,
        tokens: 1,
    };
    let permit = admit(&ops);
    assert!(permit.reserve(Agent::Nutrition, &estimate, Instant::now()).await.is_err());
    assert!(
        permit.reserve(Agent::Nutrition, &estimate, Instant::now()).await.is_err(),
        "what was taken under the old cap is not used under the new one"
    );
    permit.settle();
    sqlx::query("alter table gone rename to cost_lease").execute(ops.db.write()).await.unwrap();
    assert_eq!(rows_say(&ops).await, (0.2, 0.0));
}

#[tokio::test]
async fn a_store_that_fails_grants_nothing_and_nothing_is_lost() {
    let ops = testing::ops().await;
    call(&ops, 0.5, 0.1).await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("alter table {from} rename to {to}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(ops.db.write()).await.unwrap();
    };
    rename("cost_lease", "gone").await;
    let permit = admit(&ops);
    let large = Estimate {
        model: "m",
        price_version: "v1",
        bound: usd(9.0),
        likely: usd(1.0),
        size_class: 0,
        tokens: 1,
    };
    assert!(permit.reserve(Agent::Nutrition, &large, Instant::now()).await.is_err());
    assert!(ops.flush_ledger().await.is_err());
    assert_eq!(spent_and_reserved(&ops).await.0, 0.1, "what was spent is not forgotten");
    rename("gone", "cost_lease").await;
    granted(permit.reserve(Agent::Nutrition, &large, Instant::now()).await.unwrap())
        .settle(usd(1.0), TokenUse::default());
    permit.settle();
    assert_eq!(rows_say(&ops).await, (1.1, 0.0));
    assert_eq!(global(&ops).await, (1_100_000, 0));
}

#[tokio::test]
async fn a_lapsed_caller_leaves_no_money_held() {
    let ops = testing::ops().await;
    let permit = admit(&ops);
    // Asked, and not waited for: the exchange goes on by itself, and what it grants is given back.
    let call = Estimate {
        model: "m",
        price_version: "v1",
        bound: usd(1.0),
        likely: usd(1.0),
        size_class: 0,
        tokens: 1,
    };
    {
        let mut asking = std::pin::pin!(permit.reserve(Agent::Nutrition, &call, Instant::now()));
        assert!(futures::poll!(asking.as_mut()).is_pending());
    }
    ops.jobs.stop().await;
    assert_eq!(rows_say(&ops).await, (0.0, 0.0));
    assert_eq!((spent_and_reserved(&ops).await, leased(&ops).await), ((0.0, 0.0), 0));
}

#[tokio::test]
async fn a_restart_knows_what_calls_cost() {
    let ops = testing::ops().await;
    let kind = crate::cost::likely::Kind::of_class(Agent::Nutrition, "m", 9);
    for _ in 0..30 {
        let permit = admit(&ops);
        let call = Estimate {
            model: "m",
            price_version: "v1",
            bound: usd(0.1),
            likely: usd(0.1),
            size_class: 9,
            tokens: 1,
        };
        let held = granted(permit.reserve(Agent::Nutrition, &call, Instant::now()).await.unwrap());
        settle(&permit, held, 0.01);
        permit.settle();
    }
    ops.return_leases().await.unwrap();
    let again = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    let likely = again.gateway.models.likely.of(&kind, usd(0.1));
    assert!((likely.0 - 10_000).abs() < 200, "{likely:?}");
}

//! Money: reserved, settled, refused, summed up.

mod leases;
mod reading;
mod spend;
mod windows;

use std::time::{Duration, Instant};

use domain::access::{Role, Tier};
use domain::agent::{Agent, TokenUse};
use domain::id::{TenantId, UserId};
use domain::ladder::Level;
use domain::money::MicroUsd;
use domain::shutoff::ShutoffMode;
use jiff::{SignedDuration, Timestamp};

use super::{CostDimension, CostRefusal, CostStep, Estimate, LedgerRow};
use crate::Ops;
use crate::access::Actor;
use crate::error::Error;
use crate::gateway::{Admission, Hold, Permit, Reserve};
use crate::testing;

fn admit(ops: &Ops) -> Permit {
    admit_for(ops, None)
}

fn admit_for(ops: &Ops, user: Option<&str>) -> Permit {
    let caller = testing::caller("t", Tier::Premium);
    ops.admit(
        &caller,
        Admission {
            request_id: "q1".into(),
            agent: Agent::Nutrition,
            user: user.map(|id| UserId::parse(id).unwrap()),
        },
    )
    .unwrap()
}

fn usd(usd: f64) -> MicroUsd {
    MicroUsd::from_usd(usd)
}

/// Holds a call that is likely to cost its bound, without waiting for others.
async fn hold(permit: &Permit, bound: f64) -> Reserve {
    hold_likely(permit, bound, bound).await
}

async fn hold_likely(permit: &Permit, bound: f64, likely: f64) -> Reserve {
    let call = Estimate {
        model: "m",
        price_version: "v1",
        bound: usd(bound),
        likely: usd(likely),
        size_class: 0,
        tokens: 1,
    };
    permit.reserve(Agent::Nutrition, &call, Instant::now()).await.unwrap()
}

fn granted(reserve: Reserve) -> Hold {
    match reserve {
        Reserve::Granted(hold) => hold,
        other => panic!("{other:?}"),
    }
}

fn refused(reserve: Reserve) -> CostRefusal {
    match reserve {
        Reserve::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn settle(permit: &Permit, hold: Hold, cost: f64) {
    let tokens = TokenUse { input: 100, output: 10, ..TokenUse::default() };
    permit.settle_call(hold, usd(cost), tokens);
}

fn row(ops: &Ops, minutes_ago: i64, agent: Agent, user: &str, cost: f64) -> LedgerRow {
    LedgerRow {
        request_id: ops.clock.new_id(),
        at: ops.clock.now() - SignedDuration::from_mins(minutes_ago),
        tenant: TenantId::parse("t").unwrap(),
        user: Some(UserId::parse(user).unwrap()),
        agent,
        tier: Tier::Free,
        key_prefix: "hk_1".into(),
        release: "r-2026.03.1".into(),
        model: Some("m".into()),
        price_version: Some("v1".into()),
        reserved: usd(cost),
        settled: usd(cost),
    }
}

async fn spent_and_reserved(ops: &Ops) -> (f64, f64) {
    let now = ops.cost_now().await.unwrap();
    (now.spent_usd, now.reserved_usd)
}

/// The counter must always be what the rows say, when all is told.
async fn rows_say(ops: &Ops) -> (f64, f64) {
    ops.return_leases().await.unwrap();
    let sum = "select cast(coalesce(sum(settled_micro), 0) as bigint), \
               cast(coalesce(sum(case when state = 'open' then reserved_micro else 0 end), 0) as bigint) from ledger";
    let (spent, open): (i64, i64) = sqlx::query_as(sum).fetch_one(ops.db.read()).await.unwrap();
    (MicroUsd(spent).usd(), MicroUsd(open).usd())
}

#[tokio::test]
async fn reserves_the_bound_and_settles_the_cost() {
    let ops = testing::ops().await;
    let permit = admit(&ops);
    let first = granted(hold(&permit, 2.0).await);
    let repair = granted(hold(&permit, 1.0).await);
    assert_eq!(spent_and_reserved(&ops).await, (0.0, 3.0));
    settle(&permit, first, 0.05);
    settle(&permit, repair, 0.02);
    assert_eq!(spent_and_reserved(&ops).await, (0.07, 0.0));
    assert_eq!(rows_say(&ops).await, (0.07, 0.0));
    let used = permit.settle();
    assert_eq!((used.cost, used.attempts, used.tokens.input), (usd(0.07), 2, 200));

    let lost = admit(&ops);
    let call = granted(hold(&lost, 2.0).await);
    assert_eq!(spent_and_reserved(&ops).await, (0.07, 2.0));
    assert_eq!(rows_say(&ops).await, (0.07, 2.0), "what takes long stands in the ledger as open");
    drop(call);
    drop(lost);
    assert_eq!(spent_and_reserved(&ops).await, (2.07, 0.0), "nobody knows what it cost: it is paid in full");
    assert_eq!(rows_say(&ops).await, (2.07, 0.0));
}

#[tokio::test]
async fn a_call_without_a_price_is_never_free() {
    let ops = testing::ops().await;
    let permit = admit(&ops);
    let call = Estimate {
        model: "m",
        price_version: "",
        bound: MicroUsd::ZERO,
        likely: MicroUsd::ZERO,
        size_class: 0,
        tokens: 1,
    };
    let reserved = permit.reserve(Agent::Nutrition, &call, Instant::now()).await;
    assert!(matches!(reserved, Err(Error::Internal { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_at_once_on_two_instances_end_at_exactly_the_cap() {
    let (ops, other) = testing::two_instances_with(|config| {
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (4.0, 5.0, 5.0);
    })
    .await;
    let mut asks = tokio::task::JoinSet::new();
    for n in 0..1_000 {
        let ops = if n % 2 == 0 { ops.clone() } else { other.clone() };
        asks.spawn(async move {
            let permit = admit(&ops);
            let call = Estimate {
                model: "m",
                price_version: "v1",
                bound: usd(0.1),
                likely: usd(0.1),
                size_class: 0,
                tokens: 1,
            };
            let until = Instant::now() + Duration::from_secs(60);
            let granted = match permit.reserve(Agent::Nutrition, &call, until).await.unwrap() {
                Reserve::Granted(hold) => {
                    let (spent, reserved) = spent_and_reserved(&ops).await;
                    assert!(spent + reserved <= 5.000_000_1, "{spent} + {reserved}");
                    settle(&permit, hold, 0.1);
                    true
                }
                _ => false,
            };
            permit.settle();
            granted
        });
    }
    let granted = asks.join_all().await.into_iter().filter(|granted| *granted).count();
    assert_eq!(granted, 50, "all that fits, and not one more");
    assert_eq!(spent_and_reserved(&ops).await, (5.0, 0.0));
    assert_eq!(rows_say(&ops).await, (5.0, 0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_refused_while_most_of_the_budget_is_unspent() {
    let ops = testing::ops_with(|config| {
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (8.0, 10.0, 20.0);
    })
    .await;
    let mut asks = tokio::task::JoinSet::new();
    // Worst cases of $0.80 for calls of $0.02: only 25 fit below the ceiling at once, all 400 below 80 % of the budget.
    for _ in 0..400 {
        let ops = ops.clone();
        asks.spawn(async move {
            let permit = admit(&ops);
            let call = Estimate {
                model: "m",
                price_version: "v1",
                bound: usd(0.8),
                likely: usd(0.2),
                size_class: 0,
                tokens: 1,
            };
            let until = Instant::now() + Duration::from_secs(60);
            let reserved = permit.reserve(Agent::Nutrition, &call, until).await.unwrap();
            settle(&permit, granted(reserved), 0.02);
            permit.settle();
        });
    }
    asks.join_all().await;
    assert_eq!(spent_and_reserved(&ops).await, (8.0, 0.0));
}

#[tokio::test]
async fn every_scope_has_its_own_cap_and_a_refusal_names_it() {
    let ops = testing::ops_with(|config| {
        config.caps.premium_person_day_usd = 1.0;
        config.caps.agent_day_usd = 3.0;
    })
    .await;
    let ana = admit_for(&ops, Some("ana"));
    // A person's cap is judged by what is likely, and only one call is in flight past 80 % of it.
    let first = granted(hold_likely(&ana, 1.5, 0.5).await);
    let second = refused(hold_likely(&ana, 0.4, 0.4).await);
    assert_eq!((second.limit_source.as_str(), second.may_wait), ("person day", true));
    settle(&ana, first, 0.7);
    let last = granted(hold_likely(&ana, 1.2, 0.3).await);
    settle(&ana, last, 0.35);
    let over = refused(hold_likely(&ana, 0.4, 0.01).await);
    assert_eq!((over.limit_source.as_str(), over.spent_usd, over.may_wait), ("person day", 1.05, false));
    let never = refused(hold_likely(&admit_for(&ops, Some("ben")), 1.9, 1.5).await);
    assert!(never.hint.starts_with("do not retry"), "{never:?}");
    let agent = refused(hold(&admit_for(&ops, None), 1.96).await);
    assert_eq!((agent.limit_source.as_str(), agent.spent_usd, agent.limit_usd), ("agent day", 1.05, 3.0));
    granted(hold(&admit_for(&ops, None), 1.95).await).settle(usd(0.0), TokenUse::default());
}

#[tokio::test]
async fn the_ladder_takes_the_model_away_and_never_the_answer() {
    let ops = testing::ops().await;
    ops.insert_settled(&[row(&ops, 1, Agent::Routine, "u", 49.0)]).await.unwrap();
    let permit = admit(&ops);
    assert_eq!(permit.degraded(), None);
    let call = granted(hold_likely(&permit, 2.0, 1.0).await);
    settle(&permit, call, 1.0);
    permit.settle();
    let permit = admit(&ops);
    assert_eq!(permit.degraded(), Some("daily budget reached"));
    assert!(matches!(hold(&permit, 0.01).await, Reserve::Withheld("daily budget reached")));
    permit.settle();

    ops.insert_settled(&[row(&ops, 1, Agent::Routine, "u", 50.0)]).await.unwrap();
    assert_eq!(admit(&ops).degraded(), Some("daily ceiling reached"));
    assert_eq!(ops.cost_now().await.unwrap().level, Level::Shutoff);

    // The next day is a new day, before any task has run.
    ops.clock.advance(SignedDuration::from_hours(17));
    assert_eq!(admit(&ops).degraded(), None);
}

#[tokio::test]
async fn a_call_that_does_not_fit_below_the_ceiling_is_refused_with_figures() {
    let ops = testing::ops().await;
    ops.insert_settled(&[row(&ops, 1, Agent::Routine, "u", 1.0)]).await.unwrap();
    let permit = admit(&ops);
    insta::assert_json_snapshot!(refused(hold_likely(&permit, 99.5, 1.0).await), @r#"
    {
      "reason": "the limit is reached (global day)",
      "limit_source": "global day",
      "asked_usd": 99.5,
      "spent_usd": 1.0,
      "reserved_usd": 0.0,
      "limit_usd": 100.0,
      "resets_at": "2026-03-04T00:00:00Z",
      "hint": "it begins anew at resets_at; answers come without a model until then"
    }
    "#);
    assert_eq!(permit.degraded(), None, "a smaller call may still fit");
    assert_eq!(spent_and_reserved(&ops).await, (1.0, 0.0));
}

#[tokio::test]
async fn a_request_across_midnight_settles_on_the_day_it_was_reserved() {
    let ops = testing::ops_with(|config| config.cost.time_zone = "Europe/Berlin".into()).await;
    ops.clock.advance(SignedDuration::from_mins(16 * 60 - 1));
    let permit = admit(&ops);
    let before = granted(hold(&permit, 1.0).await);
    assert_eq!(ops.cost_now().await.unwrap().day, "2026-03-03");
    ops.clock.advance(SignedDuration::from_mins(2));
    settle(&permit, before, 0.5);
    ops.return_leases().await.unwrap();
    let now = ops.cost_now().await.unwrap();
    assert_eq!((now.day.as_str(), now.spent_usd, now.reserved_usd), ("2026-03-04", 0.0, 0.0));
    assert_eq!(now.last_hour_usd, 0.5, "the rate does not restart at midnight");
    let yesterday = super::scopes::Scope { window: "2026-03-03".into(), name: "global".into() };
    let yesterday = super::store::counter(ops.db.read(), &yesterday).await.unwrap();
    assert_eq!((yesterday.spent_micro, yesterday.reserved_micro), (500_000, 0));
}

#[tokio::test]
async fn tells_where_the_day_is_going() {
    let ops = testing::ops().await;
    let rows: Vec<_> = (0..30).map(|minute| row(&ops, minute, Agent::Insights, "u", 0.6)).collect();
    ops.insert_settled(&rows).await.unwrap();
    let responder = Actor::Person { id: "p".into(), email: "ana@example.org".into(), role: Role::Responder };
    ops.set_shutoff(&responder, ShutoffMode::Degrade, "burn doubled", Some(60)).await.unwrap();
    insta::assert_json_snapshot!(ops.cost_now().await.unwrap(), @r#"
    {
      "day": "2026-03-03",
      "time_zone": "UTC",
      "began_at": "2026-03-03T00:00:00Z",
      "resets_at": "2026-03-04T00:00:00Z",
      "spent_usd": 18.0,
      "reserved_usd": 0.0,
      "alert_usd": 40.0,
      "budget_usd": 50.0,
      "ceiling_usd": 100.0,
      "level": "normal",
      "forecast_midnight_usd": 630.0,
      "forecast_low_usd": 324.0,
      "forecast_high_usd": 630.0,
      "minutes_to_budget": 54,
      "minutes_to_ceiling": 137,
      "last_hour_usd": 18.0,
      "shutoff": {
        "scope": "all",
        "mode": "degrade",
        "reason": "burn doubled",
        "by": "ana@example.org",
        "since": "2026-03-03T07:00:00Z",
        "expires_at": "2026-03-03T08:00:00Z",
        "latched": false
      },
      "shutoffs": [
        {
          "scope": "all",
          "mode": "degrade",
          "reason": "burn doubled",
          "by": "ana@example.org",
          "since": "2026-03-03T07:00:00Z",
          "expires_at": "2026-03-03T08:00:00Z",
          "latched": false
        }
      ]
    }
    "#);
    let preview = ops.shutoff_preview(&domain::shutoff::Scope::All).await.unwrap();
    assert_eq!((preview.in_flight, preview.cost_per_hour_usd), (0, 18.0));
}

#[tokio::test]
async fn breaks_spending_down_and_draws_it_without_gaps() {
    let ops = testing::ops().await;
    let rows = [
        row(&ops, 1, Agent::Routine, "ana", 0.5),
        row(&ops, 61, Agent::Routine, "ben", 0.25),
        row(&ops, 181, Agent::Insights, "ana", 1.0),
        row(&ops, 24 * 60, Agent::Insights, "ana", 2.0),
    ];
    ops.insert_settled(&rows).await.unwrap();
    let (from, to) = (ops.clock.now() - SignedDuration::from_hours(24), ops.clock.now());
    let by = async |dimension| {
        let rows = ops.cost_by(dimension, from, to).await.unwrap();
        rows.into_iter().map(|row| (row.name, row.cost_usd, row.calls)).collect::<Vec<_>>()
    };
    let expect = |rows: &[(&str, f64, u64)]| -> Vec<_> {
        rows.iter().map(|(name, cost, count)| ((*name).to_owned(), *cost, *count)).collect()
    };
    assert_eq!(by(CostDimension::Agent).await, expect(&[("insights", 3.0, 2), ("routine", 0.75, 2)]));
    assert_eq!(by(CostDimension::Model).await, expect(&[("m", 3.75, 4)]));
    assert_eq!(by(CostDimension::Tier).await, expect(&[("free", 3.75, 4)]));
    assert_eq!(by(CostDimension::Release).await, expect(&[("r-2026.03.1", 3.75, 4)]));

    let people = ops.cost_by_person().await.unwrap();
    let people: Vec<_> = people.iter().map(|row| (row.name.as_str(), row.cost_usd)).collect();
    assert_eq!(people, [("t/ana", 3.5), ("t/ben", 0.25)]);

    let hours = ops.cost_series(CostStep::Hour, from, to).await.unwrap();
    assert_eq!(hours.len(), 24);
    let costs = |points: &[super::CostPoint]| points.iter().map(|point| point.cost_usd).collect::<Vec<_>>();
    assert_eq!(costs(&hours[20..]), [1.0, 0.0, 0.25, 0.5]);
    let days = ops.cost_series(CostStep::Day, from, to).await.unwrap();
    assert_eq!(costs(&days), [2.0, 1.75]);
    let long_ago = Timestamp::UNIX_EPOCH;
    assert!(matches!(ops.cost_series(CostStep::Hour, long_ago, to).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn after_400_days_a_booking_is_forgotten_but_its_day_and_what_is_open_are_not() {
    let ops = testing::ops().await;
    let start = ops.clock.now();
    ops.insert_settled(&[row(&ops, 60, Agent::Routine, "u", 1.0), row(&ops, -60, Agent::Routine, "u", 2.0)])
        .await
        .unwrap();
    let permit = admit(&ops);
    let open = granted(hold(&permit, 3.0).await);
    ops.return_leases().await.unwrap();
    ops.clock.advance(SignedDuration::from_hours(24 * 400));
    ops.trim_ledger().await.unwrap();
    assert_eq!(rows_say(&ops).await, (2.0, 3.0));
    let day = ops.cost_series(CostStep::Day, start, start + SignedDuration::from_mins(1)).await.unwrap();
    assert_eq!(day[0].cost_usd, 3.0);
    settle(&permit, open, 0.0);
    permit.settle();
}

#[tokio::test]
async fn caps_out_of_order_and_unknown_zones_stop_the_start() {
    let open = async |change: fn(&mut crate::Config)| {
        let mut config = crate::Config::defaults();
        change(&mut config);
        config.store.url = testing::empty_store().await;
        let clock = crate::Clock::manual(testing::START.parse().unwrap());
        Ops::open(config, clock).await.err().map(|error| error.to_string())
    };
    let caps = open(|config| config.cost.budget_usd = 30.0).await;
    assert_eq!(
        caps.as_deref(),
        Some("default setting: cost.budget_usd is 30, but must not be below cost.alert_usd, which is 40")
    );
    let zone = open(|config| config.cost.time_zone = "Mars/Olympus".into()).await;
    assert!(zone.is_some_and(|words| words.contains("cost.time_zone")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_here_holds_is_not_waited_for_long() {
    let (ops, gone) = testing::two_instances_with(|config| {
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (1.0, 1.0, 1.0);
    })
    .await;
    let permit_of_the_gone = admit(&gone);
    let _never_settled = granted(hold(&permit_of_the_gone, 0.9).await);
    let permit = admit(&ops);
    let call = Estimate {
        model: "m",
        price_version: "v1",
        bound: usd(0.5),
        likely: usd(0.5),
        size_class: 0,
        tokens: 1,
    };
    let asked = Instant::now();
    let until = asked + Duration::from_secs(60);
    let refusal = refused(permit.reserve(Agent::Nutrition, &call, until).await.unwrap());
    assert!(refusal.may_wait, "{refusal:?}");
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_millis(900) && waited < Duration::from_secs(6), "{waited:?}");
}

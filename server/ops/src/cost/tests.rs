use domain::access::{Role, Scope, Tier};
use domain::agent::{Agent, Usage};
use domain::id::{TenantId, UserId};
use domain::ladder::Level;
use domain::money::MicroUsd;
use domain::shutoff::ShutoffMode;
use jiff::{SignedDuration, Timestamp};

use super::{CostDimension, CostStep, LedgerRow};
use crate::Ops;
use crate::access::{Actor, Caller};
use crate::error::Error;
use crate::gateway::{Admission, Permit, Reserve};
use crate::testing;

fn admit(ops: &Ops) -> Permit {
    let caller = Caller {
        key_id: "k1".into(),
        key_prefix: "hk_1".into(),
        tenant: TenantId::parse("t").unwrap(),
        tier: Tier::Premium,
        scopes: vec![Scope::Agents],
    };
    ops.admit(&caller, Admission { request_id: "q1".into(), agent: Agent::Nutrition, user: None }).unwrap()
}

fn usd(usd: f64) -> MicroUsd {
    MicroUsd::from_usd(usd)
}

fn used(cost: f64) -> Usage {
    Usage { cost: usd(cost), attempts: 1, ..Usage::default() }
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
        reserved: usd(cost),
        settled: usd(cost),
    }
}

async fn spent_and_reserved(ops: &Ops) -> (f64, f64) {
    let now = ops.cost_now().await.unwrap();
    (now.spent_usd, now.reserved_usd)
}

/// The counter must always be what the rows say.
async fn rows_say(ops: &Ops) -> (f64, f64) {
    let sum = "select cast(coalesce(sum(settled_micro), 0) as bigint), \
               cast(coalesce(sum(case when state = 'open' then reserved_micro else 0 end), 0) as bigint) from ledger";
    let (spent, open): (i64, i64) = sqlx::query_as(sum).fetch_one(ops.db.read()).await.unwrap();
    (MicroUsd(spent).usd(), MicroUsd(open).usd())
}

#[tokio::test]
async fn reserves_the_bound_and_settles_the_cost() {
    let ops = testing::ops().await;
    let mut permit = admit(&ops);
    assert_eq!(permit.reserve(usd(2.0)).await.unwrap(), Reserve::Granted);
    assert_eq!(permit.reserve(usd(1.0)).await.unwrap(), Reserve::Granted, "a repair round adds up");
    assert_eq!(spent_and_reserved(&ops).await, (0.0, 3.0));
    permit.settle(used(0.05)).await.unwrap();
    assert_eq!(spent_and_reserved(&ops).await, (0.05, 0.0));
    assert_eq!(rows_say(&ops).await, (0.05, 0.0));

    let mut lost = admit(&ops);
    lost.reserve(usd(2.0)).await.unwrap();
    drop(lost);
    assert_eq!(spent_and_reserved(&ops).await, (0.05, 2.0), "nobody knows what it cost: it counts in full");
    let mut unpriced = admit(&ops);
    assert!(matches!(unpriced.reserve(MicroUsd::ZERO).await, Err(Error::Internal { .. })), "never free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_at_once_never_pass_the_ceiling() {
    let (ops, other) = testing::two_instances_with(|config| {
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (4.0, 5.0, 5.0);
        config.agents.per_user_per_minute = 0;
    })
    .await;
    let mut asks = tokio::task::JoinSet::new();
    for n in 0..200 {
        let ops = if n % 2 == 0 { ops.clone() } else { other.clone() };
        asks.spawn(async move {
            let mut permit = admit(&ops);
            let granted = permit.reserve(usd(0.1)).await.unwrap() == Reserve::Granted;
            let (spent, reserved) = spent_and_reserved(&ops).await;
            assert!(spent + reserved <= 5.000_000_1, "{spent} + {reserved}");
            permit.settle(used(if granted { 0.1 } else { 0.0 })).await.unwrap();
            granted
        });
    }
    let granted = asks.join_all().await.into_iter().filter(|granted| *granted).count();
    assert_eq!(granted, 50, "all that fits, and not one more");
    assert_eq!(spent_and_reserved(&ops).await, (5.0, 0.0));
    assert_eq!(rows_say(&ops).await, (5.0, 0.0));
}

#[tokio::test]
async fn the_ladder_takes_the_model_away_and_never_the_answer() {
    let ops = testing::ops().await;
    ops.insert_settled(&[row(&ops, 1, Agent::Routine, "u", 49.0)]).await.unwrap();
    let mut permit = admit(&ops);
    assert_eq!(permit.degraded(), None);
    permit.reserve(usd(2.0)).await.unwrap();
    permit.settle(used(1.0)).await.unwrap();
    let mut permit = admit(&ops);
    assert_eq!(permit.degraded(), Some("daily budget reached"));
    let Reserve::Refused(refusal) = permit.reserve(usd(0.01)).await.unwrap() else { panic!("granted") };
    assert_eq!((refusal.reason.as_str(), refusal.spent_usd), ("daily budget reached", 50.0));
    permit.settle(Usage::default()).await.unwrap();

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
    let mut permit = admit(&ops);
    let Reserve::Refused(refusal) = permit.reserve(usd(99.5)).await.unwrap() else { panic!("granted") };
    insta::assert_json_snapshot!(refusal, @r#"
    {
      "reason": "the day's ceiling leaves no room for this call",
      "limit_source": "global day",
      "asked_usd": 99.5,
      "spent_usd": 1.0,
      "reserved_usd": 0.0,
      "limit_usd": 100.0,
      "resets_at": "2026-03-04T00:00:00Z"
    }
    "#);
    assert!(permit.degraded().is_some());
    assert_eq!(spent_and_reserved(&ops).await, (1.0, 0.0));
}

#[tokio::test]
async fn a_request_across_midnight_settles_on_the_day_it_was_reserved() {
    let ops = testing::ops_with(|config| config.cost.time_zone = "Europe/Berlin".into()).await;
    ops.clock.advance(SignedDuration::from_mins(16 * 60 - 1));
    let mut permit = admit(&ops);
    permit.reserve(usd(1.0)).await.unwrap();
    assert_eq!(ops.cost_now().await.unwrap().day, "2026-03-03");
    ops.clock.advance(SignedDuration::from_mins(2));
    permit.reserve(usd(1.0)).await.unwrap();
    permit.settle(used(0.5)).await.unwrap();
    let now = ops.cost_now().await.unwrap();
    assert_eq!((now.day.as_str(), now.spent_usd, now.reserved_usd), ("2026-03-04", 0.0, 0.0));
    assert_eq!(now.last_hour_usd, 0.5, "the rate does not restart at midnight");
    let yesterday = super::store::counter(ops.db.read(), "2026-03-03").await.unwrap();
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
      "resets_at": "2026-03-04T00:00:00Z",
      "spent_usd": 18.0,
      "reserved_usd": 0.0,
      "alert_usd": 40.0,
      "budget_usd": 50.0,
      "ceiling_usd": 100.0,
      "level": "normal",
      "forecast_midnight_usd": 630.0,
      "minutes_to_budget": 54,
      "minutes_to_ceiling": 137,
      "last_hour_usd": 18.0,
      "shutoff": {
        "mode": "degrade",
        "reason": "burn doubled",
        "by": "ana@example.org",
        "since": "2026-03-03T07:00:00Z",
        "expires_at": "2026-03-03T08:00:00Z"
      }
    }
    "#);
    let preview = ops.shutoff_preview(12, 340).await.unwrap();
    assert_eq!((preview.people_last_hour, preview.in_flight, preview.cost_per_hour_usd), (12, 0, 18.0));
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
        rows.into_iter().map(|row| (row.name, row.cost_usd, row.requests)).collect::<Vec<_>>()
    };
    let expect = |rows: &[(&str, f64, u64)]| -> Vec<_> {
        rows.iter().map(|(name, cost, count)| ((*name).to_owned(), *cost, *count)).collect()
    };
    assert_eq!(by(CostDimension::Agent).await, expect(&[("insights", 3.0, 2), ("routine", 0.75, 2)]));
    assert_eq!(by(CostDimension::User).await, expect(&[("t/ana", 3.5, 3), ("t/ben", 0.25, 1)]));
    assert_eq!(by(CostDimension::Day).await, expect(&[("2026-03-02", 2.0, 1), ("2026-03-03", 1.75, 3)]));
    assert_eq!(by(CostDimension::Tier).await, expect(&[("free", 3.75, 4)]));
    assert_eq!(by(CostDimension::Release).await, expect(&[("r-2026.03.1", 3.75, 4)]));

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
    let mut lost = admit(&ops);
    lost.reserve(usd(3.0)).await.unwrap();
    drop(lost);
    ops.clock.advance(SignedDuration::from_hours(24 * 400));
    ops.trim_ledger().await.unwrap();
    assert_eq!(rows_say(&ops).await, (2.0, 3.0));
    let day = ops.cost_series(CostStep::Day, start, start + SignedDuration::from_mins(1)).await.unwrap();
    assert_eq!(day[0].cost_usd, 3.0);
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
    assert_eq!(caps.as_deref(), Some("configuration: cost.budget_usd: must not be below cost.alert_usd"));
    let zone = open(|config| config.cost.time_zone = "Mars/Olympus".into()).await;
    assert!(zone.is_some_and(|words| words.contains("cost.time_zone")));
}

use domain::ladder::Level;
use domain::money::MicroUsd;
use jiff::SignedDuration;

use super::{Dimension, LedgerRow};
use crate::testing;

fn row(ops: &crate::Ops, minutes_ago: i64, agent: &str, usd: f64) -> LedgerRow {
    let at = ops.clock.now() - SignedDuration::from_mins(minutes_ago);
    LedgerRow {
        id: ops.clock.new_id(),
        request_id: ops.clock.new_id(),
        at,
        day: at.strftime("%F").to_string(),
        tenant: "t".to_owned(),
        user: "u".to_owned(),
        agent: agent.to_owned(),
        tier: "free".to_owned(),
        key_prefix: "hos_t".to_owned(),
        release: "r-1".to_owned(),
        settled: MicroUsd::from_usd(usd),
    }
}

#[tokio::test]
async fn today_adds_up_and_forecasts_from_the_last_half_hour() {
    let ops = testing::ops().await;
    let empty = ops.cost_now().await.unwrap();
    assert_eq!((empty.spent_usd, empty.level, empty.minutes_to_budget), (0.0, Level::Normal, None));

    let rows =
        [row(&ops, 200, "behavior", 36.0), row(&ops, 10, "routine", 5.0), row(&ops, 60 * 30, "routine", 9.0)];
    ops.insert_settled(&rows).await.unwrap();
    let now = ops.cost_now().await.unwrap();
    // 07:00 UTC: yesterday's 9 dollars do not count; 5 in half an hour are 10 an hour.
    assert_eq!((now.spent_usd, now.level, now.per_hour_usd), (41.0, Level::Alert, 10.0));
    assert_eq!((now.minutes_to_budget, now.forecast_midnight_usd), (Some(54), 41.0 + 170.0));
}

#[tokio::test]
async fn breaks_down_and_slices() {
    let ops = testing::ops().await;
    let rows =
        [row(&ops, 200, "behavior", 2.0), row(&ops, 10, "routine", 5.0), row(&ops, 20, "behavior", 1.0)];
    ops.insert_settled(&rows).await.unwrap();
    let (from, to) = (ops.clock.now() - SignedDuration::from_hours(24), ops.clock.now());
    let shares = ops.cost_by(Dimension::Agent, from, to).await.unwrap();
    let shares: Vec<_> = shares.iter().map(|share| (share.name.as_str(), share.spent_usd)).collect();
    assert_eq!(shares, [("routine", 5.0), ("behavior", 3.0)]);
    let hours = ops.cost_series(from, to, SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(hours.len(), 24);
    assert_eq!(hours[23].spent_usd, 6.0);
    assert_eq!(hours.iter().map(|hour| hour.spent_usd).sum::<f64>(), 8.0);
}

//! A generated past: as many requests as asked for, every sum what its rows say, the same again from the same seed.

use super::*;
use domain::access::Tier;

use crate::demo::Generate;
use crate::error::Error;
use crate::telemetry::{Filter, Window};

const REQUESTS: u64 = 3_000;

fn wanted() -> Generate {
    Generate { requests: REQUESTS, days: 3, seed: 1, people: Some(40) }
}

async fn number(ops: &Ops, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(ops.db.read()).await.unwrap()
}

#[tokio::test]
async fn every_sum_of_a_generated_past_is_what_its_rows_say() {
    let ops = demo().await;
    ops.clock.advance(SignedDuration::from_mins(25));
    let mut told = Vec::new();
    let made = ops.generate(&wanted(), &mut |line| told.push(line.to_owned())).await.unwrap();
    assert!(
        made.requests == REQUESTS && (1_800..4_000).contains(&made.calls) && told.len() == 4,
        "{made:?} {told:?}"
    );
    let budget = ops.config.cost.budget_usd;
    assert!((0.4 * budget..0.8 * budget).contains(&(made.cost.usd() / 3.0)), "{}", made.cost);

    let requests = REQUESTS as i64;
    assert_eq!(
        number(&ops, "select count(*) from requests where demo = 1 and tenant = 'demo'").await,
        requests
    );
    assert_eq!(number(&ops, "select demo from tenant").await, 1);
    for table in ["bucket_1m", "bucket_10s", "bucket_1h"] {
        let sql = format!("select cast(coalesce(sum(requests), 0) as bigint) from {table}");
        let counted: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(ops.db.read()).await.unwrap();
        let expected = if table == "bucket_1m" { requests..=requests } else { 500..=requests - 1 };
        assert!(expected.contains(&counted), "{table} {counted}");
    }
    let cost = made.cost.0;
    for sql in [
        "select cast(sum(cost_micro) as bigint) from requests",
        "select cast(sum(settled_micro) as bigint) from ledger",
        "select cast(sum(spent_micro) as bigint) from cost_counter where scope = 'global'",
        "select cast(sum(spent_micro) as bigint) from cost_counter where scope = 'month:global'",
        "select cast(sum(spent_micro) as bigint) from cost_counter where scope like 'user:%' and length(day) = 10",
        "select cast(sum(spent_micro) as bigint) from cost_counter where scope like 'key:%'",
        "select cast(sum(cost_micro) as bigint) from bucket_1m",
    ] {
        assert_eq!(number(&ops, sql).await, cost, "{sql}");
    }
    let each = "select count(*) from requests where cost_micro <> \
                coalesce((select sum(settled_micro) from ledger where request_id = requests.id), 0)";
    assert_eq!(number(&ops, each).await, 0, "what a request cost is what its calls cost");
    assert_eq!(number(&ops, "select count(*) from ledger where settled_at <= at").await, 0);
    let check = ops.verify_spend(false).await.unwrap();
    assert_eq!((check.calls as u64, check.settled_micro, check.differences), (made.calls, cost, Vec::new()));
    assert_eq!(number(&ops, "select count(*) from host_sample").await, 3 * 24 * 60);

    // Another process serves it: what it rolls up and reads fits.
    let served = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    let window = Window::new(made.from, made.to);
    let summary = served.summary(window, &Filter::default()).await.unwrap();
    assert_eq!((summary.requests, summary.cost), (REQUESTS, made.cost));
    served.clock.advance(SignedDuration::from_hours(1));
    served.roll_up().await.unwrap();
    assert_eq!(number(&ops, "select cast(sum(requests) as bigint) from bucket_1h").await, requests);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_past_and_never_into_a_store_that_holds_something() {
    let past = async |seed: u64| {
        let ops = demo().await;
        ops.generate(&Generate { seed, ..wanted() }, &mut |_| {}).await.unwrap();
        let sql = "select id, at, agent, user_id, tier, model, settled_micro from ledger order by at, id";
        let rows: Vec<(String, i64, String, String, String, String, i64)> =
            sqlx::query_as(sql).fetch_all(ops.db.read()).await.unwrap();
        (ops, rows)
    };
    let ((first, rows), (_, again), (_, other)) = (past(1).await, past(1).await, past(2).await);
    assert_eq!(rows, again);
    assert_ne!(rows, other);
    let refused = first.generate(&wanted(), &mut |_| {}).await;
    assert!(
        matches!(&refused, Err(Error::Conflict(why)) if why.starts_with("this store holds requests already"))
    );

    let real = crate::testing::ops().await;
    let ana = domain::id::UserId::parse("ana").unwrap();
    let profile = everybody().unwrap().remove(0).profile;
    real.put_profile(&crate::testing::caller("acme", Tier::Free), &ana, profile).await.unwrap();
    let refused = real.generate(&wanted(), &mut |_| {}).await;
    assert!(
        matches!(&refused, Err(Error::Conflict(why)) if why.contains("people's health data")),
        "{refused:?}"
    );
    assert_eq!(number(&real, "select count(*) from requests").await, 0);
    let wrong = real.generate(&Generate { days: 0, ..wanted() }, &mut |_| {}).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))));
}

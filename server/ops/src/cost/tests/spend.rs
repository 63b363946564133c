//! The sums by minute, hour and day are what the rows say, and pages read them or an index, never the whole ledger.

use sqlx::{AnyPool, AssertSqlSafe};

use super::super::{caps, reading, spend, store};
use super::*;
use crate::cost::LedgerFilter;
use crate::db::Engine;
use crate::telemetry::requests::store as requests;

/// Thousands of calls over the last three days, some of them at the edges of minutes, hours and days.
async fn scattered(ops: &Ops) -> Vec<LedgerRow> {
    let mut state = 7_u64;
    let mut throw = move |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let agents = [Agent::Routine, Agent::Insights, Agent::Nutrition];
    let now = ops.clock.now_ms();
    let rows: Vec<LedgerRow> = (0..1_500)
        .map(|n| {
            let ago = throw(72 * 3_600_000) as i64;
            let width = [1, 60_000, 3_600_000][throw(3) as usize];
            let at = (now - ago).div_euclid(width) * width;
            LedgerRow {
                at: crate::clock::at(at),
                agent: agents[throw(3) as usize],
                tier: Tier::ALL[throw(3) as usize],
                model: (n % 7 != 0).then(|| format!("m{}", n % 2)),
                ..row(ops, 0, Agent::Routine, &format!("u{}", n % 9), (1 + throw(100)) as f64 / 1e4)
            }
        })
        .collect();
    ops.insert_settled(&rows).await.unwrap();
    rows
}

#[tokio::test]
async fn any_window_sums_to_what_its_rows_say() {
    let ops = testing::ops().await;
    let rows = scattered(&ops).await;
    assert_eq!(ops.verify_spend(false).await.unwrap().differences, []);
    let now = ops.clock.now();
    let minutes = [0_i64, 1, 5, 59, 60, 61, 1_439, 1_440, 1_570, 2_881, 4_400];
    for (n, from) in minutes.into_iter().enumerate() {
        for length in [1_i64, 59_999, 60_000, 3_600_000, 5_000_001, 86_400_000, 200_000_000] {
            let from = now - SignedDuration::from_mins(from) - SignedDuration::from_millis(n as i64 * 7_919);
            let to = from + SignedDuration::from_millis(length);
            let of = |wanted: &dyn Fn(&LedgerRow) -> bool| -> i64 {
                let inside = rows.iter().filter(|row| row.at >= from && row.at < to && wanted(row));
                inside.map(|row| row.settled.0).sum()
            };
            assert_eq!(ops.spent_between(from, to).await.unwrap().0, of(&|_| true), "{from} {to}");
            for line in ops.cost_by(CostDimension::Model, from, to).await.unwrap() {
                let said = of(&|row| row.model.as_deref().unwrap_or("-") == line.name);
                assert_eq!(usd(line.cost_usd).0, said, "{from} {to} {}", line.name);
            }
            let series = ops.cost_series(CostStep::Hour, from, to).await.unwrap();
            let first = super::super::whole_hour(from);
            let inside = rows.iter().filter(|row| row.at >= first && row.at < to);
            let said: i64 = inside.map(|row| row.settled.0).sum();
            let drawn: f64 = series.iter().map(|point| point.cost_usd).sum();
            assert_eq!(usd(drawn).0, said, "{from} {to}");
        }
    }
}

#[tokio::test]
async fn a_sum_that_differs_is_named_and_made_anew() {
    let ops = testing::ops().await;
    scattered(&ops).await;
    let whole = ops.verify_spend(false).await.unwrap();
    assert!(whole.calls == 1_500 && whole.cells > 500 && whole.differences.is_empty(), "{whole:?}");
    let break_one = "update spend set calls = calls + 1, settled_micro = settled_micro - 5 \
                     where step = 3600000 and at = (select max(at) from spend where step = 3600000) and agent = 'routine'";
    let broken = sqlx::query(break_one).execute(ops.db.write()).await.unwrap().rows_affected();
    let drop_one = "delete from spend where step = 86400000 and at = (select min(at) from spend where step = 86400000) \
                    and agent = 'insights' and tier = 'free' and model = 'm1'";
    assert!(broken > 0 && sqlx::query(drop_one).execute(ops.db.write()).await.unwrap().rows_affected() == 1);
    let found = ops.verify_spend(true).await.unwrap();
    assert_eq!((found.differences.len() as u64, found.repaired), (broken + 1, 2));
    assert_eq!((found.differences[0].of, found.differences[0].agent.as_str()), ("day", "insights"));
    let last = &found.differences[1];
    assert_eq!((last.of, last.calls, last.settled_micro), ("hour", -1, 5));
    assert_eq!(ops.verify_spend(false).await.unwrap(), whole);

    let break_tokens =
        "update token_use set output_tokens = output_tokens + 1 where day = (select max(day) from token_use)";
    assert!(sqlx::query(break_tokens).execute(ops.db.write()).await.unwrap().rows_affected() > 0);
    let found = ops.verify_spend(true).await.unwrap();
    assert_eq!((found.token_days.len(), found.repaired, found.differences.len()), (1, 1, 0));
    assert_eq!(ops.verify_spend(false).await.unwrap(), whole);
}

#[tokio::test]
async fn sums_that_another_version_left_out_are_made_anew_by_the_task() {
    let ops = testing::ops().await;
    scattered(&ops).await;
    let whole = ops.verify_spend(false).await.unwrap();
    let lose = "delete from spend where at >= (select max(at) from spend where step = 3600000)";
    sqlx::query("delete from token_use where day = (select max(day) from token_use)")
        .execute(ops.db.write())
        .await
        .unwrap();
    assert!(sqlx::query(lose).execute(ops.db.write()).await.unwrap().rows_affected() > 0);
    assert_ne!(ops.verify_spend(false).await.unwrap(), whole);
    ops.verify_recent_spend().await.unwrap();
    assert_eq!(ops.verify_spend(false).await.unwrap(), whole);
}

#[tokio::test]
async fn what_is_settled_is_settled_once() {
    let ops = testing::ops().await;
    let call = row(&ops, 5, Agent::Routine, "u", 0.5);
    let booking = |cost: f64| store::Booking {
        row: &call,
        id: "c1".to_owned(),
        day: "2026-03-03".to_owned(),
        likely: 0,
        size_class: 0,
        instance: None,
        settled: Some((usd(cost), TokenUse::default(), call.at)),
    };
    for cost in [0.5, 0.7] {
        let mut tx = ops.db.begin_write().await.unwrap();
        let open = store::Booking { id: "c2".to_owned(), settled: None, ..booking(cost) };
        store::put(&mut tx, &[booking(cost), open]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let check = ops.verify_spend(false).await.unwrap();
    assert_eq!((check.calls, check.settled_micro, check.differences), (1, 500_000, Vec::new()));
}

/// The statement with values in place of its placeholders, so that either engine explains it.
fn filled(sql: &str, values: &[&str]) -> String {
    let mut text = sql.to_owned();
    for (place, value) in values.iter().enumerate().rev() {
        text = text.replace(&format!("${}", place + 1), value);
    }
    assert!(!text.contains('$'), "a placeholder without a value: {text}");
    text
}

/// Lines of the plan that read a whole table.
async fn scans(db: &AnyPool, engine: Engine, sql: &str) -> Vec<String> {
    let tables = ["ledger", "requests", "spend", "cost_counter", "token_use"];
    let whole = |line: &String| {
        tables.iter().any(|table| {
            line.starts_with(&format!("SCAN {table}")) || line.contains(&format!("Seq Scan on {table}"))
        })
    };
    plan(db, engine, sql).await.into_iter().filter(whole).collect()
}

async fn plan(db: &AnyPool, engine: Engine, sql: &str) -> Vec<String> {
    let mut connection = db.acquire().await.unwrap();
    let lines: Vec<String> = match engine {
        Engine::Sqlite => {
            let explain = AssertSqlSafe(format!("explain query plan {sql}"));
            let rows: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).fetch_all(&mut *connection).await.unwrap();
            rows.into_iter().map(|(.., detail)| detail).collect()
        }
        Engine::Postgres => {
            // Of an empty table the planner would read all rather than its index.
            sqlx::query("set enable_seqscan = off").execute(&mut *connection).await.unwrap();
            let explain = AssertSqlSafe(format!("explain {sql}"));
            sqlx::query_scalar(explain).fetch_all(&mut *connection).await.unwrap()
        }
    };
    assert!(!lines.is_empty());
    lines
}

#[tokio::test]
async fn no_page_reads_a_whole_table() {
    let ops = testing::ops().await;
    let (now, minutes) = (ops.clock.now(), ops.minutes_from());
    let (from, to) = (now.as_millisecond() - 3_000_000_001, now.as_millisecond() + 200_001);
    let parts = spend::parts::parts(from, to, minutes);
    assert_eq!(parts.len(), 6, "{parts:?}");
    let mut window: Vec<String> = Vec::new();
    for part in &parts {
        window.extend([part.from, part.to].map(|at| at.to_string()));
        window.extend(part.step.map(|step| step.to_string()));
    }
    let with = |first: &[&str]| -> Vec<String> {
        first.iter().map(|value| (*value).to_owned()).chain(window.iter().cloned()).collect()
    };
    let mut asked: Vec<(String, Vec<String>)> = vec![
        (spend::store::spent_sql(&parts), with(&[])),
        (spend::store::spent_of_sql(&parts), with(&["''", "'free'", "''"])),
        (spend::store::BY_HOUR.to_owned(), vec!["3600000".into(), "0".into(), "7200000".into()]),
    ];
    for column in ["agent", "model", "tier", "release_id"] {
        asked.push((spend::store::shares_sql(column, &parts), with(&["200"])));
    }
    let mut add = |sql: &str, values: &[&str]| {
        asked.push((sql.to_owned(), values.iter().map(|value| (*value).to_owned()).collect()));
    };
    add(&spend::tokens::store::of_days_sql(), &["'2026-02-01'", "'2026-03-03'", "''"]);
    add(store::BY_DAY, &["'global'", "'2026-01-01'", "'2026-03-03'"]);
    add(store::NEWEST_COSTS, &["0", "5000", "20000"]);
    add(&reading::store::sums_sql(), &["'2026-03-03'", "'2026-03'", "300"]);
    add(reading::store::FULLEST_PEOPLE, &["'2026-03-03'", "'2026-03'", "20"]);
    add(reading::store::DEAREST_PEOPLE, &["'2026-03'", "200"]);
    add(&reading::store::tiers_sql(2), &["'t'", "'a'", "'t'", "'b'"]);
    add(reading::store::CALLERS, &["0", "3600000", "5000", "'m'"]);
    add(&caps::store::activity_sql(false), &["0", "3600000", "5000", "''", "'routine'", "''", "''"]);
    add(&caps::store::activity_sql(true), &["0", "3600000", "5000", "''", "''", "''", "''", "'t'", "'u'"]);
    add(caps::store::PEOPLE, &["'2026-03'", "2"]);
    add(caps::store::LAST_TIER, &["'t'", "'u'"]);
    add(requests::ASKING, &["0", "3600000", "5000", "'routine'", "''"]);
    add(requests::DEGRADED, &["0", "86400000", "5000"]);
    add(requests::OF_TIER, &["0", "86400000", "5000", "'free'"]);
    let filters = [
        LedgerFilter::default(),
        LedgerFilter { agent: Some(Agent::Routine), ..LedgerFilter::default() },
        LedgerFilter { model: Some("m".into()), ..LedgerFilter::default() },
        LedgerFilter { model: Some("m".into()), agent: Some(Agent::Routine), ..LedgerFilter::default() },
        LedgerFilter { request: Some("q".into()), agent: Some(Agent::Routine), ..LedgerFilter::default() },
        LedgerFilter { open: true, model: Some("m".into()), ..LedgerFilter::default() },
        LedgerFilter { corrections: true, ..LedgerFilter::default() },
    ];
    for filter in filters {
        let reading::store::List { sql, values } = reading::store::list_of(&filter);
        let values = values.into_iter().map(|value| format!("'{value}'"));
        asked.push((sql, ["9999".into(), "'z'".into(), "100".into()].into_iter().chain(values).collect()));
    }
    for (sql, values) in asked {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let sql = filled(&sql, &values);
        let scans = scans(ops.db.write(), ops.db.engine(), &sql).await;
        assert!(scans.is_empty(), "{scans:?}: {sql}");
    }
    // Walking the ledger backwards until a hundred corrections are found is no scan by its name.
    let reading::store::List { sql, .. } =
        reading::store::list_of(&LedgerFilter { corrections: true, ..LedgerFilter::default() });
    let sql = filled(&sql, &["9999", "'z'", "100"]);
    let plan = plan(ops.db.write(), ops.db.engine(), &sql).await;
    assert!(plan.iter().any(|line| line.contains("ledger_corrections")), "{plan:?}");
    let all = "select sum(settled_micro) from ledger where tier = 'free'";
    assert!(!scans(ops.db.write(), ops.db.engine(), all).await.is_empty(), "a scan would be seen");
}

#[tokio::test]
async fn the_migration_sums_what_was_there_before() {
    let ops = testing::ops().await;
    scattered(&ops).await;
    let whole = ops.verify_spend(false).await.unwrap();
    let seen = async || -> Vec<(String, String, i64)> {
        let select = "select day, scope, seen from cost_counter where seen <> 0 order by day, scope";
        sqlx::query_as(select).fetch_all(ops.db.read()).await.unwrap()
    };
    let before = seen().await;
    assert!(before.len() > 20);
    for undo in ["delete from spend", "delete from token_use", "update cost_counter set seen = 0"] {
        sqlx::query(undo).execute(ops.db.write()).await.unwrap();
    }
    let migration = concat!(
        include_str!("../../../../../migrations/0020_spend_rollups.sql"),
        include_str!("../../../../../migrations/0022_token_use.sql")
    );
    let lines: Vec<&str> = migration.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let statements = lines.join("\n");
    let filling = statements.split(';').map(str::trim);
    let filling: Vec<_> =
        filling.filter(|text| text.starts_with("insert") || text.starts_with("update")).collect();
    assert_eq!(filling.len(), 6);
    for statement in filling {
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(ops.db.write()).await.unwrap();
    }
    assert_eq!(ops.verify_spend(false).await.unwrap(), whole);
    assert_eq!(seen().await, before);
}

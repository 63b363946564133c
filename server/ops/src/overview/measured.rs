//! How long things take with a month of history. Run by hand: the figures are this machine's.
//!
//! `cargo test -p ops --lib measured -- --ignored --nocapture`, with `--release` for figures that count.

use std::time::Instant;

use domain::agent::Agent;
use jiff::{SignedDuration, Timestamp};

use crate::Ops;
use crate::telemetry::testing::event;
use crate::telemetry::{Filter, RequestFilter, Window};
use crate::testing::ops_with;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A request every `every` seconds from `from` to `to`, of all agents, sometimes failing, under three releases.
async fn traffic(ops: &Ops, from: Timestamp, to: Timestamp, every_ms: i64) {
    let (mut at, mut n) = (from, 0_u64);
    while at < to {
        n += 1;
        let agent = Agent::ALL[usize::try_from(n % 7).unwrap()];
        let status = match n % 97 {
            0 => 500,
            1..=3 => 422,
            _ => 200,
        };
        let mut event = event(ops, Some(agent), status, 5 + n * 7919 % 4_000);
        event.at = at;
        event.release = Some(format!("r-{}", at.duration_since(from).as_hours() / 240));
        ops.record(event);
        if n.is_multiple_of(10_000) {
            ops.flush_telemetry().await.unwrap();
        }
        at += SignedDuration::from_millis(every_ms);
    }
    ops.flush_telemetry().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute, and asserts nothing"]
async fn a_month_of_history() {
    let ops = ops_with(|_| {}).await;
    let now = ops.clock.now();
    let began = Instant::now();
    traffic(&ops, now - DAY * 30, now - SignedDuration::from_hours(1), 20_000).await;
    traffic(&ops, now - SignedDuration::from_hours(1), now, 250).await;
    println!("history loaded in {:.1?}", began.elapsed());
    ops.sample_host().await.unwrap();
    ops.run_health_checks().await.unwrap();
    // What is in memory of the last minutes, as when it runs.
    ops.clock.advance(SignedDuration::from_secs(25));
    for n in 0..100 {
        ops.record(event(&ops, Some(Agent::Routine), 200, n));
    }

    let events: Vec<_> =
        (0..20_000_u64).map(|n| event(&ops, Some(Agent::ALL[(n % 7) as usize]), 200, n)).collect();
    let began = Instant::now();
    events.into_iter().for_each(|event| ops.record(event));
    println!("record: {:.2} us each", began.elapsed().as_micros() as f64 / 20_000.0);
    let began = Instant::now();
    ops.flush_requests().await.unwrap();
    println!("20,000 requests written in {:.1?}", began.elapsed());

    let again = Ops::open(ops.config.clone(), ops.clock.clone()).await;
    println!("restart: {:?}", again.map(|_| ()));
    let last = |length| Window::last(ops.clock.now(), length);
    for round in 0..3 {
        let began = Instant::now();
        let overview = ops.overview().await.unwrap();
        let took = began.elapsed();
        println!("overview {round}: {took:.2?} ({} agents)", overview.agents.len());
    }
    let began = Instant::now();
    ops.summary(last(SignedDuration::from_mins(5)), &Filter::default()).await.unwrap();
    println!("summary of 5 minutes: {:.2?}", began.elapsed());
    let began = Instant::now();
    ops.series(last(DAY * 30), SignedDuration::from_hours(6), &Filter::default()).await.unwrap();
    println!("series of 30 days: {:.2?}", began.elapsed());
    let began = Instant::now();
    ops.series(last(DAY), SignedDuration::from_mins(15), &Filter::agent(Agent::Routine)).await.unwrap();
    println!("series of a day in quarters of an hour, one agent: {:.2?}", began.elapsed());
    let began = Instant::now();
    ops.cost_by_day(last(DAY * 30)).await.unwrap();
    println!("cost of 30 days by day: {:.2?}", began.elapsed());
    for (name, filter) in [
        ("newest", RequestFilter::default()),
        ("failed", RequestFilter { status_class: Some(5), ..Default::default() }),
        ("text that nothing has", RequestFilter { text: Some("zzz".to_owned()), ..Default::default() }),
    ] {
        let began = Instant::now();
        ops.requests(&filter).await.unwrap();
        println!("requests, {name}: {:.2?}", began.elapsed());
    }
    let chart = crate::charts::LineChart {
        title: "p95".to_owned(),
        unit: "ms".to_owned(),
        series: vec![crate::charts::Line {
            name: "p95".to_owned(),
            tone: crate::charts::Tone::Accent,
            points: (0..60).map(|n| (n * 60_000, Some((n % 7) as f64))).collect(),
        }],
        target: Some((5.0, "target".to_owned())),
        marks: vec![],
        from: 0,
        to: 3_600_000,
    };
    let began = Instant::now();
    let svg = chart.svg(crate::charts::Size::WIDE).unwrap();
    println!("svg: {:.2?}, {} bytes", began.elapsed(), svg.len());
    let began = Instant::now();
    let png = chart.png(crate::charts::Size::WIDE, crate::charts::Theme::Dark).unwrap();
    println!("png: {:.2?}, {} bytes", began.elapsed(), png.len());
}

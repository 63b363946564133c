//! The whole path: events in, figures out, across flushes, roll-ups and restarts.

mod own_time;

use domain::agent::{Agent, Engine};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};

use super::testing::event;
use super::{Filter, RequestFilter, Window};
use crate::testing::{START, ops, ops_with};
use crate::{Clock, Ops};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn last(ops: &Ops, length: SignedDuration) -> Window {
    Window::last(ops.clock.now(), length)
}

/// The same store, by a new process.
async fn restarted(ops: &Ops) -> Ops {
    let mut config = ops.config.clone();
    config.store.url.clone_from(&ops.config.store.url);
    Ops::open(config, ops.clock.clone()).await.unwrap()
}

#[tokio::test]
async fn figures_include_this_moment_and_never_count_twice() {
    let ops = ops().await;
    // Two and a half hours, a request every 20 s; flushed, rolled, and in memory in turns.
    let mut sent = 0;
    for n in 0..450_u64 {
        ops.clock.advance(SECOND * 20);
        ops.record(event(&ops, Some(Agent::Routine), 200, 10 + n));
        sent += 1;
        if n % 7 == 0 {
            ops.flush_telemetry().await.unwrap();
        }
        if n % 50 == 0 {
            let summary = ops.summary(last(&ops, HOUR * 3), &Filter::default()).await.unwrap();
            assert_eq!(summary.requests, sent);
        }
    }
    let window = last(&ops, HOUR * 3);
    for step in [SECOND * 10, MINUTE, HOUR] {
        let points = ops.series(window, step, &Filter::agent(Agent::Routine)).await.unwrap();
        assert_eq!(points.iter().map(|point| point.requests).sum::<u64>(), sent, "{step:?}");
    }
    let summary = ops.summary(window, &Filter::default()).await.unwrap();
    assert_eq!((summary.cost, summary.under_5s, summary.tokens_out), (MicroUsd(45_000), 450, 9_000));
    let p95 = summary.p95_us.unwrap() as f64;
    assert!((p95 - 437_000.0).abs() < 4_400.0, "{p95}");
    let costs = ops.cost_by_day(window).await.unwrap();
    assert_eq!(costs.iter().map(|line| (line.requests, line.cost.0)).collect::<Vec<_>>(), [(450, 45_000)]);
}

#[tokio::test]
async fn after_kill_nine_only_the_unwritten_is_gone_and_complete_minutes_are_rolled() {
    let before = ops().await;
    for _ in 0..30 {
        before.clock.advance(SECOND * 10);
        before.record(event(&before, Some(Agent::Behavior), 200, 5));
    }
    before.flush_telemetry().await.unwrap();
    before.record(event(&before, Some(Agent::Behavior), 200, 5));
    before.clock.advance(MINUTE * 2);
    // Not closed: as if killed. The new process rolls what the old one only wrote.
    let after = restarted(&before).await;
    let window = last(&after, HOUR);
    assert_eq!(after.summary(window, &Filter::default()).await.unwrap().requests, 30);
    let again = restarted(&before).await;
    assert_eq!(again.summary(window, &Filter::default()).await.unwrap().requests, 30);
    // Both go on writing the same ten seconds, each its own part.
    after.record(event(&after, Some(Agent::Behavior), 200, 5));
    again.record(event(&again, Some(Agent::Behavior), 200, 5));
    after.flush_telemetry().await.unwrap();
    again.flush_telemetry().await.unwrap();
    let third = restarted(&before).await;
    assert_eq!(third.summary(window, &Filter::default()).await.unwrap().requests, 32);
}

#[tokio::test]
async fn history_joins_the_roll_ups() {
    let ops = ops().await;
    let mut old = event(&ops, Some(Agent::Memory), 200, 7);
    old.at = ops.clock.now() - HOUR * 24 * 9;
    for round in 1..=2_u64 {
        old.request_id = ops.clock.new_id();
        ops.record(old.clone());
        ops.flush_telemetry().await.unwrap();
        for length in [HOUR * 24 * 10, HOUR * 24 * 9 + HOUR] {
            let summary = ops.summary(last(&ops, length), &Filter::default()).await.unwrap();
            assert_eq!(summary.requests, round);
        }
        let minutes = ops.series(last(&ops, HOUR * 24 * 9 + MINUTE), MINUTE, &Filter::default()).await;
        assert!(minutes.is_err(), "more points than an eye needs");
    }
    assert_eq!(ops.summary(last(&ops, HOUR * 24), &Filter::default()).await.unwrap().requests, 0);
}

#[tokio::test]
async fn loaded_history_is_like_served_history() {
    let served = ops().await;
    let mut events = Vec::new();
    for n in 0..200 {
        served.clock.advance(SECOND * 40);
        let event = event(&served, Some(Agent::ALL[n % 7]), if n % 9 == 0 { 500 } else { 200 }, n as u64);
        events.push(event.clone());
        served.record(event);
        served.flush_telemetry().await.unwrap();
    }
    let loaded = ops().await;
    loaded.clock.advance(SECOND * 40 * 200);
    loaded.roll_up().await.unwrap();
    let (first, second) = events.split_at(120);
    loaded.load_history(second.to_vec()).await.unwrap();
    loaded.load_history(first.to_vec()).await.unwrap();
    let window = last(&served, HOUR * 3);
    for step in [MINUTE, HOUR] {
        let of = async |ops: &Ops| ops.series(window, step, &Filter::default()).await.unwrap();
        assert_eq!(of(&served).await, of(&loaded).await);
    }
    served.flush_telemetry().await.unwrap();
    let all = RequestFilter { limit: 500, ..RequestFilter::default() };
    assert_eq!(served.requests(&all).await.unwrap(), loaded.requests(&all).await.unwrap());
}

/// The one test that runs the tasks; it waits for what they tell, a second or two.
#[tokio::test(flavor = "multi_thread")]
async fn the_started_service_writes_tells_and_flushes() {
    let mut config = crate::Config::defaults();
    config.store.url = crate::testing::empty_store().await;
    let ops = Ops::open(config.clone(), Clock::system()).await.unwrap();
    let mut events = ops.events.subscribe();
    ops.start_jobs();
    ops.record(event(&ops, Some(Agent::Memory), 200, 3));
    let told = async { while events.recv().await.unwrap().topic != crate::events::Topic::Requests {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("told within seconds");
    assert_eq!(ops.telemetry.buffer().waiting(), 0);
    ops.record(event(&ops, Some(Agent::Memory), 200, 3));
    ops.close().await.unwrap();
    let again = Ops::open(config, Clock::system()).await.unwrap();
    assert_eq!(again.requests(&RequestFilter::default()).await.unwrap().len(), 2);
    assert_eq!(again.summary(last(&again, HOUR), &Filter::default()).await.unwrap().requests, 2);
}

#[tokio::test]
async fn refused_requests_are_neither_errors_nor_fast() {
    let ops = ops().await;
    ops.record(event(&ops, Some(Agent::Insights), 200, 100));
    ops.record(event(&ops, Some(Agent::Insights), 500, 300));
    for _ in 0..50 {
        ops.record(event(&ops, Some(Agent::Insights), 422, 1));
    }
    let mut stopped = event(&ops, Some(Agent::Insights), 503, 1);
    stopped.error_type = Some("stopped".to_owned());
    ops.record(stopped);
    ops.record(event(&ops, None, 500, 9_000));
    let summary = ops.summary(last(&ops, MINUTE), &Filter::default()).await.unwrap();
    assert_eq!((summary.requests, summary.refused, summary.errors), (53, 51, 1));
    assert_eq!(summary.error_rate, Some(0.5));
    assert_eq!(summary.p50_us.map(|us| us / 10_000), Some(10), "{:?}", summary.p50_us);
    let agents = ops.by_agent(last(&ops, MINUTE)).await.unwrap();
    let insights = agents.iter().find(|figures| figures.agent == Agent::Insights).unwrap();
    assert_eq!(insights.engines, [(Engine::Planner, 53)]);
    assert_eq!(agents[0].figures.error_rate, None);
    let releases = ops.by_release(last(&ops, MINUTE)).await.unwrap();
    assert_eq!(
        releases.iter().map(|r| (r.release.as_str(), r.figures.requests)).collect::<Vec<_>>(),
        [("r-1", 53)]
    );
    let route = Filter { route: Some("/api/ops/overview".to_owned()), ..Filter::default() };
    assert_eq!(ops.summary(last(&ops, MINUTE), &route).await.unwrap().errors, 1);
}

#[tokio::test]
async fn requests_are_listed_newest_first_page_by_page_with_the_unwritten() {
    let ops = ops().await;
    for n in 0..25 {
        ops.clock.advance(SECOND);
        let agent = if n % 5 == 0 { None } else { Some(Agent::Nutrition) };
        let mut event = event(&ops, agent, if n % 10 == 1 { 500 } else { 200 }, 3);
        event.error_type = (n % 10 == 1).then(|| "store".to_owned());
        event.degraded = n == 7;
        ops.record(event);
        if n == 17 {
            ops.flush_requests().await.unwrap();
        }
    }
    let mut filter = RequestFilter { agent: Some(Agent::Nutrition), limit: 6, ..RequestFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = ops.requests(&filter).await.unwrap();
        let Some(oldest) = page.last() else { break };
        filter.before = Some(oldest.id.clone());
        seen.extend(page.into_iter().map(|row| row.at));
    }
    assert_eq!(seen.len(), 20);
    assert!(seen.is_sorted_by(|a, b| a > b));
    let count = async |filter: RequestFilter| ops.requests(&filter).await.unwrap().len();
    assert_eq!(count(RequestFilter { status_class: Some(5), ..Default::default() }).await, 3);
    assert_eq!(count(RequestFilter { degraded: Some(true), ..Default::default() }).await, 1);
    assert_eq!(count(RequestFilter { text: Some("STOR".to_owned()), ..Default::default() }).await, 3);
    assert_eq!(count(RequestFilter { text: Some("%".to_owned()), ..Default::default() }).await, 0);
    assert_eq!(count(RequestFilter { user: Some("ada".to_owned()), ..Default::default() }).await, 25);
    assert_eq!(count(RequestFilter { user: Some("ad".to_owned()), ..Default::default() }).await, 0);
    assert_eq!(count(RequestFilter { agents_only: true, ..Default::default() }).await, 20);
    let newest = ops.requests(&RequestFilter::default()).await.unwrap().remove(0);
    let in_memory = ops.request(&newest.id).await.unwrap().unwrap();
    ops.flush_requests().await.unwrap();
    let stored = ops.request(&newest.id).await.unwrap().unwrap();
    assert_eq!(in_memory, stored);
    assert_eq!(stored.steps[0].name, "decide");
    assert_eq!(ops.request(&ops.clock.new_id()).await.unwrap(), None);
}

#[tokio::test]
async fn a_full_queue_drops_the_oldest_and_says_so() {
    let ops = ops_with(|config| config.telemetry.queue = 3).await;
    let ids: Vec<_> = (0..5)
        .map(|_| {
            let event = event(&ops, Some(Agent::Memory), 200, 1);
            ops.clock.advance(SECOND);
            let id = event.request_id.clone();
            ops.record(event);
            id
        })
        .collect();
    assert_eq!(ops.telemetry.dropped(), 2);
    assert!(ops.metrics_text().contains("hos_requests_dropped_total 2\n"));
    ops.flush_telemetry().await.unwrap();
    let kept: Vec<_> =
        ops.requests(&RequestFilter::default()).await.unwrap().into_iter().rev().map(|row| row.id).collect();
    assert_eq!(kept, ids[2..]);
    let summary = ops.summary(last(&ops, MINUTE), &Filter::default()).await.unwrap();
    assert_eq!(summary.requests, 5, "figures are exact even so");
}

#[tokio::test]
async fn metrics_have_names_and_no_ids() {
    let ops = ops().await;
    let mut event = event(&ops, Some(Agent::Routine), 200, 12);
    event.method = "_OTHER".to_owned();
    let id = event.request_id.clone();
    ops.record(event);
    let actor = crate::access::Actor::CommandLine;
    let (degrade, stop) = (domain::shutoff::ShutoffMode::Degrade, domain::shutoff::ShutoffMode::Stop);
    ops.set_shutoff(&actor, degrade, "spend doubles", None).await.unwrap();
    let routine = domain::shutoff::Scope::Agent(Agent::Routine);
    ops.set_shutoff_of(&actor, &routine, stop, "most of it", None).await.unwrap();
    let text = ops.metrics_text();
    for line in [
        "http_server_request_duration_seconds_count{http_request_method=\"_OTHER\",http_route=\"/api/user/{user_id}/routine\",http_response_status_code=\"200\"} 1",
        "gen_ai_invoke_agent_duration_seconds_bucket{le=\"0.025\",gen_ai_agent_name=\"routine\",hos_engine=\"planner\",error_type=\"\"} 1",
        "hos_gen_ai_client_cost_usd_total{gen_ai_agent_name=\"routine\"} 0.0001",
        "hos_shutoff{mode=\"degrade\",scope=\"all\"} 1",
        "hos_shutoff{mode=\"stop\",scope=\"all\"} 0",
        "hos_shutoff{mode=\"stop\",scope=\"agent:routine\"} 1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    ops.lift_shutoff_of(&actor, &routine, "enough").await.unwrap();
    assert!(!ops.metrics_text().contains("agent:routine"), "what ended is gone");
    assert!(!text.contains(&id) && !text.contains("ada") && text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_old_goes_and_the_rolled_stays() {
    let ops = ops_with(|config| config.telemetry.raw_days = 2).await;
    ops.record(event(&ops, Some(Agent::Memory), 200, 1));
    ops.flush_telemetry().await.unwrap();
    ops.clock.advance(HOUR * 24 * 3);
    ops.flush_telemetry().await.unwrap();
    ops.drop_old_telemetry().await.unwrap();
    assert_eq!(ops.requests(&RequestFilter::default()).await.unwrap(), []);
    let window = last(&ops, HOUR * 24 * 4);
    assert_eq!(ops.summary(window, &Filter::default()).await.unwrap().requests, 1);
    let fine =
        ops.series(Window::new(START.parse().unwrap(), at(MINUTE)), SECOND * 10, &Filter::default()).await;
    assert_eq!(fine.unwrap().iter().map(|point| point.requests).sum::<u64>(), 0);
}

fn at(after_start: SignedDuration) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + after_start
}

#[tokio::test]
async fn the_host_is_measured_by_the_minute() {
    let ops = ops().await;
    assert_eq!(ops.host_now(), None);
    ops.sample_host().await.unwrap();
    assert_eq!(ops.host_now().unwrap().cpu_percent, None, "one reading has no processor share");
    ops.clock.advance(SECOND * 10);
    ops.sample_host().await.unwrap();
    let now = ops.host_now().unwrap();
    assert!(now.memory_bytes > 1_000_000 && now.cpu_percent.is_some());
    let other = restarted(&ops).await;
    let series = other.host_series(last(&other, HOUR)).await.unwrap();
    assert_eq!(series.len(), 1);
    assert!(series[0].memory_bytes >= now.memory_bytes);
    ops.clock.advance(MINUTE);
    assert_eq!(ops.host_now(), None, "an old reading is not now");
}

#[test]
fn the_clock_of_tests_starts_on_a_minute() {
    assert_eq!(Clock::manual(at(SignedDuration::ZERO)).now_ms() % 60_000, 0);
}

#[tokio::test]
async fn charts_show_what_was_measured_and_no_more() {
    let ops = ops().await;
    for n in 0..40_u64 {
        ops.clock.advance(MINUTE);
        if !(10..20).contains(&n) {
            ops.record(event(&ops, Some(Agent::Routine), if n > 30 { 500 } else { 200 }, 40 + n));
            ops.sample_host().await.unwrap();
        }
    }
    let window = last(&ops, MINUTE * 40);
    let filter = Filter::default();
    let latency = ops.latency_by_release_chart(window).await.unwrap();
    assert_eq!(latency.series.len(), 1);
    let gaps =
        |chart: &crate::charts::LineChart| chart.series[0].points.iter().filter(|(_, v)| v.is_none()).count();
    let known = |chart: &crate::charts::LineChart| chart.series[0].points.len() - gaps(chart);
    assert_eq!((known(&latency), known(&ops.error_chart(window, &filter).await.unwrap())), (30, 30));
    let memory = ops.memory_chart(window).await.unwrap();
    assert_eq!((known(&memory), gaps(&memory)), (30, 1));
    for chart in [latency, memory, ops.cost_chart(window, &filter).await.unwrap()] {
        chart.svg(crate::charts::Size::WIDE).unwrap();
    }
    for hours in [1, 24, 24 * 7, 24 * 30, 24 * 90] {
        ops.latency_chart(last(&ops, HOUR * hours), &filter).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_doubled_while_minutes_close() {
    let ops = ops_with(|config| config.telemetry.queue = 100_000).await;
    let start = ops.clock.now();
    let writers = (0..4).map(|_| {
        let ops = ops.clone();
        tokio::task::spawn_blocking(move || {
            for n in 0..1_000 {
                let event = event(&ops, Some(Agent::ALL[n % 7]), 200, 1);
                // Between its end and its arrival, a minute may close.
                ops.clock.advance(SignedDuration::from_millis(300));
                ops.record(event);
            }
        })
    });
    let writers = futures::future::join_all(writers);
    let flushes = async {
        for _ in 0..60 {
            ops.flush_telemetry().await.unwrap();
            let window = Window::last(ops.clock.now(), HOUR);
            assert!(ops.summary(window, &Filter::default()).await.unwrap().requests <= 4_000);
        }
    };
    futures::future::join(writers, flushes).await;
    ops.flush_telemetry().await.unwrap();
    let window = Window::new(start - MINUTE, ops.clock.now() + SECOND);
    for step in [MINUTE, HOUR] {
        let points = ops.series(window, step, &Filter::default()).await.unwrap();
        assert_eq!(points.iter().map(|point| point.requests).sum::<u64>(), 4_000);
    }
}

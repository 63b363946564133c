//! The first screen in the situations that somebody opens it in.

use domain::agent::Agent;
use domain::health::Status;
use domain::money::MicroUsd;
use domain::shutoff::{Scope, Shutoff, ShutoffMode};
use jiff::SignedDuration;

use super::*;
use crate::Ops;
use crate::cost::LedgerRow;
use crate::health::{ComponentHealth, HealthReport};
use crate::telemetry::testing::event;
use crate::telemetry::{AgentFigures, Summary};
use crate::testing::ops;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn without_data_nothing_is_zero_or_green() {
    let ops = ops().await;
    let overview = ops.overview().await.unwrap();
    assert_eq!(overview.verdict.tone, Tone::Unknown);
    insta::assert_snapshot!(overview.verdict.headline, @"Nothing was checked yet");
    insta::assert_snapshot!(overview.verdict.detail, @"No agent request in the last 5 minutes, so speed and errors are unknown.");
    assert!(overview.signals.iter().all(|s| s.value.is_none() && s.shown == "–" && s.tone == Tone::Unknown));
    assert!(overview.signals.iter().all(|s| s.points == vec![None; 60]));
    assert!(
        overview.agents.iter().all(|a| a.p95_us.is_none() && a.error_rate.is_none() && a.state == "unknown")
    );
    assert!(overview.system.iter().all(|row| row.tone == Tone::Unknown || row.name == "Budget"));
}

/// An hour of requests, three a minute, the last ten minutes with `late_status` and `late_ms`.
async fn an_hour(ops: &Ops, late_status: u16, late_ms: u64) {
    for minute in 0..60 {
        ops.clock.advance(MINUTE);
        let late = minute >= 50;
        for n in 0..30_u64 {
            let agent = Agent::ALL[usize::try_from(n % 7).unwrap()];
            let (status, ms) = match agent {
                Agent::Routine if late => (late_status, late_ms),
                _ => (200, 20 + n),
            };
            ops.record(event(ops, Some(agent), status, ms));
        }
        if minute % 5 == 0 {
            ops.sample_host().await.unwrap();
            ops.flush_telemetry().await.unwrap();
        }
    }
    ops.insert_settled(&[spent_on(ops, Agent::Routine, 120_000), spent_on(ops, Agent::Behavior, 60_000)])
        .await
        .unwrap();
    ops.sample_host().await.unwrap();
    ops.set_agent_probe(crate::health::agent_probe(|_| async { Ok(()) }));
    ops.run_health_checks().await.unwrap();
}

/// Money of today, as the ledger knows it.
fn spent_on(ops: &Ops, agent: Agent, micro_usd: i64) -> LedgerRow {
    LedgerRow {
        request_id: ops.clock.new_id(),
        at: ops.clock.now(),
        tenant: domain::id::TenantId::parse("t").unwrap(),
        user: None,
        agent,
        tier: domain::access::Tier::Free,
        key_prefix: "hos_t".to_owned(),
        release: "r-1".to_owned(),
        model: None,
        price_version: None,
        reserved: MicroUsd(micro_usd),
        settled: MicroUsd(micro_usd),
    }
}

#[tokio::test]
async fn a_slow_agent_is_named() {
    let ops = ops().await;
    an_hour(&ops, 200, 6_400).await;
    let overview = ops.overview().await.unwrap();
    assert_eq!(overview.verdict.tone, Tone::Warn);
    insta::assert_snapshot!(overview.verdict.headline, @"Routine is slow: p95 6.4 s against 5.0 s");
    let latency = &overview.signals[2];
    assert_eq!(
        (latency.unit.as_str(), latency.tone, latency.state.as_str()),
        ("s", Tone::Warn, "over target")
    );
    assert!(latency.points[40].unwrap() < 60.0 && latency.points[58].unwrap() > 6_000.0);
    let routine = overview.agents.iter().find(|row| row.agent == Agent::Routine).unwrap();
    assert_eq!((routine.state.as_str(), routine.engine.as_str()), ("slow", "planner"));
    assert_eq!(routine.spark.iter().flatten().count(), 59, "the minute that runs is not whole");
    let memory = overview.agents.iter().find(|row| row.agent == Agent::Memory).unwrap();
    assert_eq!((memory.state.as_str(), memory.tone), ("healthy", Tone::Ok));
    assert_eq!(overview.spend.unwrap().spent, MicroUsd(180_000));
    let cost: MicroUsd = overview.agents.iter().map(|row| row.cost_today).sum();
    assert_eq!(cost, MicroUsd(180_000));
}

#[tokio::test]
async fn errors_beyond_the_limit_are_bad() {
    let ops = ops().await;
    an_hour(&ops, 500, 30).await;
    let overview = ops.overview().await.unwrap();
    assert_eq!(overview.verdict.tone, Tone::Bad);
    insta::assert_snapshot!(overview.verdict.headline, @"13.3 % of agent requests fail, mostly of Routine; the target is below 1.0 %");
    let json = serde_json::to_value(&overview).unwrap();
    assert_eq!(json["signals"][1]["tone"], "bad");
    assert!(json["spend"]["spent_usd"].as_f64().unwrap() > 0.1);
}

/// Everything measured and well; then each thing that can be wrong.
fn fine(ops: &Ops) -> (HealthReport, Summary, Vec<AgentFigures>, Spend) {
    let mut health = ops.health_now();
    health.checked_at = Some(ops.clock.now());
    for component in &mut health.components {
        component.status = Status::Ok;
        component.since = Some(ops.clock.now());
    }
    let tally = crate::telemetry::figures::Tally::default();
    let window = Window::last(ops.clock.now(), MINUTE * 5);
    let recent = Summary {
        requests: 1_000,
        error_rate: Some(0.002),
        errors: 2,
        p95_us: Some(41_000),
        ..tally.summary(window)
    };
    let usd = MicroUsd::from_usd;
    let spend = Spend { spent: usd(12.5), alert: usd(40.0), budget: usd(50.0), ceiling: usd(100.0) };
    (health, recent, Vec::new(), spend)
}

#[tokio::test]
async fn the_verdict_tells_the_worst_first() {
    let ops = ops().await;
    let now = ops.clock.now();
    let (health, recent, agents, spend) = fine(&ops);
    let targets = Targets::of(&ops.config);
    let good = Inputs {
        health: &health,
        recent: &recent,
        agents: &agents,
        spend: Some(&spend),
        shutoffs: &[],
        incidents: &[],
        targets,
    };
    let say = |inputs: &Inputs<'_>| {
        let verdict = verdict(inputs);
        format!("{} {}: {} | {}", verdict.tone.as_str(), verdict.problems, verdict.headline, verdict.detail)
    };
    let mut told = vec![say(&good)];

    let mut failing = health.clone();
    failing.components[0].status = Status::Failing;
    failing.components[0].detail = "no answer within 5 s".to_owned();
    let mut no_model = health.clone();
    no_model.components[0] = ComponentHealth {
        name: "provider".to_owned(),
        title: "Model provider".to_owned(),
        detail: "m: answered 500; planners answer".to_owned(),
        ..failing.components[0].clone()
    };
    told.push(say(&Inputs { health: &no_model, ..good }));
    let incidents = [OpenIncident {
        id: "0".to_owned(),
        name: "INC-48".to_owned(),
        severity: "P2".to_owned(),
        title: "the store does not answer".to_owned(),
        since: now,
        acknowledged: false,
    }];
    told.push(say(&Inputs { health: &failing, incidents: &incidents, ..good }));

    let shutoff = |mode, scope| Shutoff {
        scope,
        mode,
        reason: "spike".to_owned(),
        by: "ada@example.org".to_owned(),
        since: now,
        expires_at: None,
        latched: false,
    };
    told.push(say(&Inputs { shutoffs: &[shutoff(ShutoffMode::Stop, Scope::All)], ..good }));
    told.push(say(&Inputs { shutoffs: &[shutoff(ShutoffMode::Degrade, Scope::All)], ..good }));
    let several = [
        shutoff(ShutoffMode::Degrade, Scope::Tier(domain::access::Tier::Free)),
        shutoff(ShutoffMode::Stop, Scope::Agent(domain::agent::Agent::Routine)),
        shutoff(ShutoffMode::Degrade, Scope::Model("m".to_owned())),
    ];
    told.push(say(&Inputs { shutoffs: &several, ..good }));

    for usd in [41.0, 51.0, 100.0] {
        let spend = Spend { spent: MicroUsd::from_usd(usd), ..spend.clone() };
        told.push(say(&Inputs { spend: Some(&spend), ..good }));
    }
    told.push(say(&Inputs { spend: None, ..good }));

    let few = Summary { requests: 3, errors: 1, error_rate: Some(1.0 / 3.0), ..recent.clone() };
    told.push(say(&Inputs { recent: &few, ..good }));
    let refused =
        Summary { requests: 9, refused: 9, errors: 0, error_rate: None, p95_us: None, ..recent.clone() };
    told.push(say(&Inputs { recent: &refused, ..good }));
    let slow = Summary { p95_us: Some(31_000_000), ..recent.clone() };
    told.push(say(&Inputs { recent: &slow, ..good }));
    let mut unknown = health.clone();
    unknown.components.iter_mut().for_each(|component| component.status = Status::Unknown);
    told.push(say(&Inputs { health: &unknown, ..good }));
    insta::assert_snapshot!(told.join("\n"), @r"
    ok 0: All good | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms. $12.50 of $50.00 spent today.
    warn 1: Model provider is degraded since 07:00: m: answered 500; planners answer | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    bad 2: Store is failing since 07:00: no answer within 5 s | P2 INC-48 since 07:00: the store does not answer. 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    bad 1: Agent requests are stopped since 07:00, by ada@example.org | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    warn 1: Agents answer without models since 07:00, by ada@example.org | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    bad 3: Routine is stopped since 07:00, by ada@example.org | The tier free is answered without models since 07:00, by ada@example.org. The model m is not asked since 07:00, by ada@example.org. 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    warn 1: $41.00 spent today: past $40.00 of a budget of $50.00 | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    bad 1: $51.00 spent today: past the budget of $50.00 | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    bad 1: $100.00 spent today: past the ceiling of $100.00 | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    unknown 0: What was spent today is unknown | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    warn 1: 1 of 3 agent requests failed; too few to judge | 3 agent requests in the last 5 minutes, 33.3 % errors, p95 41 ms.
    unknown 0: All 9 agent requests of the last 5 minutes were refused, so speed and errors are unknown | 
    bad 1: Agent requests are slow: p95 31.0 s against 5.0 s | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 31.0 s.
    unknown 0: 11 of 11 checks are unknown: Store, Orchestrator agent, Behavior agent, Circadian agent and 7 more | 1000 agent requests in the last 5 minutes, 0.2 % errors, p95 41 ms.
    ");
}

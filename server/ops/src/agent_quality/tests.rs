//! From answers to what is told of them: judged, counted, written, compared.

mod answers;
mod feedback;

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::drift::Verdict;
use jiff::SignedDuration;
use serde_json::json;

use super::{AgentReport, Fate, Measure, Span};
use crate::{Ops, testing};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const ROUTINE: (Agent, &str) = (Agent::Routine, "r-1");

async fn report(ops: &Ops, agent: Agent, span: Span) -> AgentReport {
    ops.agent_report(agent, span).await.unwrap()
}

fn measure(report: &AgentReport, name: &str) -> Measure {
    report.measures.iter().find(|measure| measure.name == name).unwrap().clone()
}

/// `times` routines of so many planned minutes.
fn count(ops: &Ops, minutes: u32, times: u32) {
    for _ in 0..times {
        let body = json!({"total_minutes": minutes, "new_tasks": 1});
        ops.count_answer(ROUTINE, Archetype::FoundationBuilder, Engine::Planner, &body);
    }
}

#[tokio::test]
async fn nothing_measured_is_neither_all_nor_none() {
    let ops = testing::ops().await;
    for agent in Agent::ALL {
        let report = report(&ops, agent, Span::Week).await;
        assert_eq!(report.traffic.requests, 0);
        assert!(!report.measures.is_empty(), "{agent}");
        for measure in &report.measures {
            assert_eq!((measure.count, measure.of, measure.share), (0, 0, None), "{agent} {}", measure.name);
        }
        let verdicts = report.drift.iter().map(|feature| (feature.verdict, feature.psi));
        assert!(verdicts.into_iter().all(|found| found == (Verdict::NotEnough, None)), "{agent}");
        assert_eq!(report.drift.is_empty(), agent == Agent::Memory);
    }
}

#[tokio::test]
async fn an_output_that_changes_is_found_worst_first_and_one_that_does_not_is_stable() {
    let ops = testing::ops().await;
    count(&ops, 45, 90);
    count(&ops, 75, 60);
    ops.flush_agent_counts().await.unwrap();
    ops.clock.advance(HOUR * 30);
    count(&ops, 45, 20);
    ops.flush_agent_counts().await.unwrap();
    count(&ops, 100, 130);
    let report = report(&ops, Agent::Routine, Span::Day).await;
    assert_eq!(report.answers, (150, 150), "written and not yet written");
    let worst = &report.drift[0];
    assert_eq!(
        (worst.feature, worst.verdict, worst.before, worst.now),
        ("minutes", Verdict::Drifted, 150, 150)
    );
    let bins: Vec<_> = worst.bins.iter().map(|bin| (bin.bin.as_str(), bin.before, bin.now)).collect();
    assert_eq!(bins, [("30–59", 90, 20), ("60–89", 60, 0), ("90–119", 0, 130)]);
    let of = |name: &str| report.drift.iter().find(|feature| feature.feature == name).unwrap();
    assert_eq!((of("new-tasks").verdict, of("engine").verdict), (Verdict::Stable, Verdict::Stable));
    assert_eq!(of("tasks").verdict, Verdict::NotEnough, "never seen");
    assert_eq!(report.drift.last().unwrap().verdict, Verdict::NotEnough);
    let hour = super::tests::report(&ops, Agent::Routine, Span::Hour).await;
    assert_eq!((hour.answers, hour.drift[0].verdict), ((150, 0), Verdict::NotEnough));
}

#[tokio::test]
async fn counts_are_added_over_processes_and_wait_while_the_store_does_not_take_them() {
    let (ops, other) = testing::two_instances().await;
    for ops in [&ops, &other] {
        count(ops, 45, 3);
        ops.count_plan(ROUTINE, &["overlap", "too-late"]);
        ops.flush_agent_counts().await.unwrap();
    }
    let hide = |from: &str, to: &str| sqlx::AssertSqlSafe(format!("alter table {from} rename to {to}"));
    count(&ops, 45, 2);
    sqlx::query(hide("agent_count", "hidden")).execute(ops.db.write()).await.unwrap();
    assert!(ops.flush_agent_counts().await.is_err());
    sqlx::query(hide("hidden", "agent_count")).execute(ops.db.write()).await.unwrap();
    for _ in 0..2 {
        let report = report(&ops, Agent::Routine, Span::Hour).await;
        assert_eq!((report.answers.0, report.dropped), (8, 0));
        assert_eq!(measure(&report, "plans-refused").count, 2);
        let broken: Vec<_> =
            report.broken.iter().map(|line| (line.rule.as_str(), line.by, line.times, line.of)).collect();
        assert_eq!(broken, [("overlap", "planner", 2, 2), ("too-late", "planner", 2, 2)]);
        ops.flush_agent_counts().await.unwrap();
    }
}

#[tokio::test]
async fn what_became_of_words_adds_up_and_old_counts_go() {
    let ops = testing::ops().await;
    for (fate, times) in [(Fate::AtOnce, 6), (Fate::Repaired, 3), (Fate::Refused, 1)] {
        (0..times).for_each(|_| ops.count_words(ROUTINE, fate));
    }
    ops.count_reply(ROUTINE, "m", &["json"]);
    ops.flush_agent_counts().await.unwrap();
    let found = report(&ops, Agent::Routine, Span::Day).await;
    let share = |name| (measure(&found, name).count, measure(&found, name).of, measure(&found, name).share);
    assert_eq!(share("words-at-once"), (6, 10, Some(0.6)));
    assert_eq!(share("words-repaired"), (3, 10, Some(0.3)));
    assert_eq!(share("words-refused"), (1, 10, Some(0.1)));
    assert_eq!((found.broken[0].rule.as_str(), found.broken[0].by, found.broken[0].of), ("json", "model", 1));

    let rows = async || -> i64 {
        sqlx::query_scalar("select count(*) from agent_count").fetch_one(ops.db.read()).await.unwrap()
    };
    ops.clock.advance(HOUR * 24 * 29);
    ops.drop_old_agent_counts().await.unwrap();
    assert!(rows().await > 0);
    ops.clock.advance(HOUR * 25);
    ops.drop_old_agent_counts().await.unwrap();
    assert_eq!(rows().await, 0);
}

//! The real people ask all agents under each condition, and nobody gets what may not be given.

use std::path::Path;

use domain::agent::Agent;

use super::{Condition, Report, Rounds, evaluate};

/// Its stores are its own, and SQLite: a run of the tests on PostgreSQL would measure the same again.
async fn measured_once() -> bool {
    ops::testing::empty_store().await.starts_with("sqlite:")
}

async fn asked(most: usize, rounds: Rounds) -> Report {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/tests/fitbit-2016");
    Box::pin(evaluate(&dir, most, rounds, &mut |_| {})).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_to_every_real_person_is_valid_with_any_model() {
    if !measured_once().await {
        return;
    }
    // A debug build asks fewer: it takes minutes for all.
    let most = if cfg!(debug_assertions) { 3 } else { 33 };
    let report = asked(most, Rounds::Once).await;
    assert!(report.all_valid(), "{report}");
    for (agent, condition, row) in &report.rows {
        assert_eq!((row.answers, row.refused), (most * 6, 0), "{agent}\n{report}");
        let written = row.by_model.unwrap();
        match condition {
            Condition::NoModel => assert_eq!(written, 0.0, "{agent}\n{report}"),
            Condition::Model if *agent != Agent::Circadian => assert!(written > 0.0, "{agent}\n{report}"),
            Condition::Model => {}
            Condition::FaultyModel => assert!(written < 1.0, "{agent}\n{report}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_changed_is_told_the_same_and_who_has_is_not() {
    if !measured_once().await {
        return;
    }
    let report = asked(2, Rounds::Three).await;
    let without_model = report.rows.iter().filter(|(_, condition, _)| *condition == Condition::NoModel);
    for (agent, _, row) in without_model {
        assert_eq!(row.stable, Some(1.0), "{agent}\n{report}");
        assert!(row.changed.unwrap() > 0.5, "{agent}\n{report}");
    }
}

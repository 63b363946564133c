//! The real people ask all agents under each condition, and nobody gets what may not be given.

use std::path::Path;

use domain::agent::Agent;

use super::{Condition, evaluate};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_to_every_real_person_is_valid_with_any_model() {
    // Its stores are its own, and SQLite: a run of the tests on PostgreSQL would measure the same again.
    if !ops::testing::empty_store().await.starts_with("sqlite:") {
        return;
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/tests/fitbit-2016");
    // A debug build asks fewer: it takes minutes for all.
    let most = if cfg!(debug_assertions) { 3 } else { 33 };
    let report = Box::pin(evaluate(&dir, most, &mut |_| {})).await.unwrap();
    assert!(report.all_valid(), "{report}");
    for (agent, condition, row) in &report.rows {
        assert_eq!((row.answers, row.refused), (report.people * 6, 0), "{agent}\n{report}");
        let written = row.by_model.unwrap();
        match condition {
            Condition::NoModel => {
                assert_eq!((written, row.stable), (0.0, Some(1.0)), "{agent}\n{report}");
            }
            Condition::Model if *agent != Agent::Circadian => assert!(written > 0.0, "{agent}\n{report}"),
            Condition::Model => {}
            Condition::FaultyModel => assert!(written < 1.0, "{agent}\n{report}"),
        }
    }
}

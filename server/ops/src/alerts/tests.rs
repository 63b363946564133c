use domain::alert::AlertState;
use domain::incident::Severity;
use jiff::SignedDuration;

use super::Condition;
use crate::testing;

fn component(name: &str, holds: bool, severity: Severity) -> Condition {
    Condition {
        fingerprint: format!("component:{name}"),
        rule: "component-failing",
        title: format!("{name} is failing"),
        severity,
        holds: Some(holds),
        hold_for: SignedDuration::ZERO,
        facts: "no answer".to_owned(),
    }
}

#[tokio::test]
async fn alerts_of_one_family_share_an_incident_that_ends_with_the_last() {
    let ops = testing::ops().await;
    ops.apply_conditions(&[component("memory", true, Severity::P1)]).await.unwrap();
    ops.apply_conditions(&[component("memory", true, Severity::P1), component("store", true, Severity::P0)])
        .await
        .unwrap();
    let open = ops.open_incidents().await.unwrap();
    assert_eq!((open.len(), open[0].severity), (1, Severity::P0), "one incident, raised to the worse");
    ops.apply_conditions(&[component("memory", false, Severity::P1), component("store", true, Severity::P0)])
        .await
        .unwrap();
    assert_eq!(ops.open_incidents().await.unwrap().len(), 1);
    ops.apply_conditions(&[
        component("memory", false, Severity::P1),
        component("store", false, Severity::P0),
    ])
    .await
    .unwrap();
    assert!(ops.open_incidents().await.unwrap().is_empty());
    let kinds: Vec<_> =
        ops.incident(&open[0].id).await.unwrap().timeline.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["opened", "alert", "raised", "recovered", "recovered", "resolved"]);
}

#[tokio::test]
async fn the_state_survives_a_restart() {
    let ops = testing::ops().await;
    ops.apply_conditions(&[component("disk", true, Severity::P1)]).await.unwrap();
    let again = crate::Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    again.apply_conditions(&[component("disk", true, Severity::P1)]).await.unwrap();
    assert_eq!(again.incidents(10).await.unwrap().len(), 1);
    assert_eq!(again.alerts_now().await.unwrap()[0].state, AlertState::Firing);
}

#[tokio::test]
async fn silence_is_unknown_and_quiet_traffic_pages_nobody() {
    let ops = testing::ops().await;
    ops.evaluate_alerts().await.unwrap();
    let conditions = ops.conditions().await.unwrap();
    let traffic = conditions.iter().find(|condition| condition.fingerprint == "error-rate").unwrap();
    assert_eq!(traffic.holds, None);
    assert!(ops.alerts_now().await.unwrap().is_empty());
}

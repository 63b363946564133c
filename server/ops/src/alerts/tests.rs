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

#[tokio::test]
async fn a_budget_that_both_rates_reach_within_the_hour_is_told_before_it_is_reached() {
    let ops = testing::ops().await;
    let forecast = async || {
        let conditions = ops.conditions().await.unwrap();
        conditions.into_iter().find(|condition| condition.rule == "cost-forecast").unwrap()
    };
    assert_eq!(forecast().await.holds, Some(false));
    let spend = async |minutes_ago: i64, dollars: f64| {
        let row = crate::cost::LedgerRow {
            request_id: ops.clock.new_id(),
            at: ops.clock.now() - SignedDuration::from_mins(minutes_ago),
            tenant: domain::id::TenantId::parse("t").unwrap(),
            user: None,
            agent: domain::agent::Agent::Routine,
            tier: domain::access::Tier::Free,
            key_prefix: "hk_1".to_owned(),
            release: "r".to_owned(),
            model: None,
            price_version: None,
            reserved: domain::money::MicroUsd::from_usd(dollars),
            settled: domain::money::MicroUsd::from_usd(dollars),
        };
        ops.insert_settled(&[row]).await.unwrap();
    };
    spend(1, 6.0).await;
    assert_eq!(forecast().await.holds, Some(false), "one dear call is no trend: $6 in half an hour");
    spend(20, 20.0).await;
    let told = forecast().await;
    assert_eq!(
        (told.holds, told.severity),
        (Some(true), Severity::P2),
        "$26 in half an hour, $6 in the last 5 minutes"
    );
    insta::assert_snapshot!(told.facts, @"$26.00 spent today; at the slower of the 5- and the 30-minute rate the budget is reached in 28 min, the ceiling of $100.00 in 86 min");
    spend(3, 25.0).await;
    assert_eq!(forecast().await.holds, Some(false), "past the budget another rule speaks");
}

/// Evaluations of two processes take turns: one incident, one message of each kind.
#[tokio::test]
async fn two_processes_that_evaluate_tell_of_an_alert_once() {
    let (one, other) = testing::two_instances().await;
    let failing = [component("memory", true, Severity::P1)];
    let evaluated = futures::future::join_all([
        one.apply_conditions(&failing),
        other.apply_conditions(&failing),
        one.apply_conditions(&failing),
    ]);
    evaluated.await.into_iter().for_each(|done| done.unwrap());
    let open = other.open_incidents().await.unwrap();
    assert_eq!(open.len(), 1);
    let timeline = one.incident(&open[0].id).await.unwrap().timeline;
    assert_eq!(timeline.iter().filter(|event| event.kind == "opened").count(), 1);
    let history = one.alert_history(1).await.unwrap();
    assert_eq!(history.iter().filter(|change| change.to == AlertState::Firing).count(), 1, "{history:?}");
}

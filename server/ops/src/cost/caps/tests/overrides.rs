//! More than a cap for a while: two people, a clock, and an end.

use super::*;
use crate::cost::OverrideState;

#[tokio::test]
async fn it_needs_two_people_and_ends_by_the_clock() {
    let (ops, other) = testing::two_instances().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let ada = person(&ops, "ada", Role::Admin).await;
    let agent = rule("agent:routine:day");
    ops.set_cap(&ana, &agent, usd(1.0), "a line", "").await.unwrap();
    spend(&ops, Agent::Routine, "u", 0.9).await;

    let asked = ops.request_cap_override(&olga, &agent, usd(2.0), 60, "a campaign").await.unwrap();
    assert_eq!(asked.state, OverrideState::Waiting);
    assert_eq!(hold(&ops, Agent::Routine, "u", 0.5).await.unwrap_err(), "agent day", "asking raises nothing");
    let own = ops.approve_cap_override(&olga, &asked.id, PASSWORD).await.unwrap_err();
    assert!(matches!(own, Error::Forbidden { needs } if needs.contains("a second person")));
    assert!(matches!(
        ops.approve_cap_override(&ana, &asked.id, PASSWORD).await,
        Err(Error::Forbidden { .. })
    ));
    assert!(matches!(ops.approve_cap_override(&key(), &asked.id, "").await, Err(Error::Forbidden { .. })));
    let wrong = ops.approve_cap_override(&ada, &asked.id, "not the password").await.unwrap_err();
    assert!(matches!(wrong, Error::Invalid(faults) if faults[0].field == "password"));
    assert_eq!(
        hold(&ops, Agent::Routine, "u", 0.5).await.unwrap_err(),
        "agent day",
        "nor does a refused approval"
    );
    assert_eq!(audited(&ops, "cap.refused").await.len(), 2);

    ops.clock.advance(SignedDuration::from_mins(10));
    other.poll_switches().await.unwrap();
    let running = ops.approve_cap_override(&ada, &asked.id, PASSWORD).await.unwrap();
    assert_eq!(
        (running.state, running.approved_by.as_deref()),
        (OverrideState::InForce, Some("ada@example.org"))
    );
    spend(&ops, Agent::Routine, "u", 0.5).await;
    assert_eq!(hold(&other, Agent::Routine, "u", 0.2).await.unwrap_err(), "agent day", "not polled yet");
    other.poll_switches().await.unwrap();
    spend(&other, Agent::Routine, "u", 0.2).await;
    assert_eq!(hold(&ops, Agent::Routine, "u", 0.5).await.unwrap_err(), "agent day", "up to its amount");
    let told = ops.cap_rule(&agent).await.unwrap();
    assert_eq!((told.source, told.amount_usd, told.base_usd), (CapSource::Override, Some(2.0), Some(1.0)));
    assert!(matches!(ops.approve_cap_override(&ada, &asked.id, PASSWORD).await, Err(Error::Conflict(_))));

    ops.clock.advance(SignedDuration::from_mins(49));
    spend(&ops, Agent::Routine, "u", 0.1).await;
    ops.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(
        hold(&ops, Agent::Routine, "u", 0.1).await.unwrap_err(),
        "agent day",
        "before any task has run"
    );
    assert_eq!(ops.cap_rule(&agent).await.unwrap().source, CapSource::Set);
    for instance in [&ops, &other, &ops, &other] {
        instance.poll_switches().await.unwrap();
    }
    let over = audited(&ops, "cap.override-expired").await;
    assert_eq!(over, [("system:switches".to_owned(), "agent routine, a day: expired by itself".to_owned())]);
    let kept = ops.cap_overrides(Some(&agent)).await.unwrap();
    assert_eq!(
        (kept.len(), kept[0].state, kept[0].ended_at),
        (1, OverrideState::Expired, Some(asked.expires_at))
    );
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}

#[tokio::test]
async fn one_that_nobody_approves_lapses_and_makes_room() {
    let ops = testing::ops().await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let ada = person(&ops, "ada", Role::Admin).await;
    let budget = rule("budget:day");
    let asked = ops.request_cap_override(&olga, &budget, usd(60.0), 15, "a campaign").await.unwrap();
    let twice = ops.request_cap_override(&ada, &budget, usd(70.0), 15, "a campaign").await;
    assert!(matches!(twice, Err(Error::Conflict(_))));
    ops.clock.advance(SignedDuration::from_mins(15));
    assert!(matches!(ops.approve_cap_override(&ada, &asked.id, PASSWORD).await, Err(Error::Conflict(_))));
    // Before any task has run.
    ops.request_cap_override(&ada, &budget, usd(70.0), 15, "a campaign").await.unwrap();
    let states: Vec<_> =
        ops.cap_overrides(Some(&budget)).await.unwrap().into_iter().map(|it| it.state).collect();
    assert_eq!(states, [OverrideState::Waiting, OverrideState::Lapsed]);
    assert_eq!(audited(&ops, "cap.override-lapsed").await.len(), 1);
}

#[tokio::test]
async fn it_is_withdrawn_by_whoever_may_cut_cost_at_once() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let vera = person(&ops, "vera", Role::Viewer).await;
    let person_day = rule("person:premium:day");
    let asked = ops.request_cap_override(&ana, &person_day, usd(9.0), 60, "a demonstration").await.unwrap();
    ops.approve_cap_override(&olga, &asked.id, PASSWORD).await.unwrap();
    spend(&ops, Agent::Routine, "u", 6.0).await;
    assert!(matches!(
        ops.withdraw_cap_override(&vera, &asked.id, "not mine").await,
        Err(Error::Forbidden { .. })
    ));
    ops.withdraw_cap_override(&key(), &asked.id, "spend doubles").await.unwrap();
    assert_eq!(hold(&ops, Agent::Routine, "u", 0.1).await.unwrap_err(), "person day");
    spend(&ops, Agent::Routine, "v", 4.0).await;
    assert!(matches!(ops.withdraw_cap_override(&ana, &asked.id, "again").await, Err(Error::Conflict(_))));
    assert_eq!(audited(&ops, "cap.override-withdrawn").await[0].0, "key:hk_1");
}

#[tokio::test]
async fn a_cut_ends_the_override_of_its_cap() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let tier = rule("tier:premium:day");
    ops.set_cap(&ana, &tier, usd(2.0), "a line", "").await.unwrap();
    let asked = ops.request_cap_override(&ana, &tier, usd(9.0), 60, "a campaign").await.unwrap();
    ops.approve_cap_override(&olga, &asked.id, PASSWORD).await.unwrap();
    spend(&ops, Agent::Routine, "u", 3.0).await;
    ops.set_cap(&ana, &tier, usd(1.0), "no, cut", "").await.unwrap();
    assert_eq!(hold(&ops, Agent::Routine, "u", 0.1).await.unwrap_err(), "tier day");
    assert_eq!(ops.cap_overrides(None).await.unwrap()[0].state, OverrideState::Replaced);
    assert!(audited(&ops, "cap.set").await[0].1.contains("its override has ended"));
}

#[tokio::test]
async fn what_is_no_override_is_refused_by_its_field() {
    let ops = testing::ops().await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let asks = [
        ("budget:day", usd(50.0), 60, "fine", "amount"),
        ("budget:day", usd(100.01), 60, "fine", "amount"),
        ("budget:day", Amount::NoCap, 60, "fine", "amount"),
        ("budget:day", usd(60.0), 14, "fine", "minutes"),
        ("budget:day", usd(60.0), 1_441, "fine", "minutes"),
        ("budget:day", usd(60.0), 60, "no", "reason"),
    ];
    for (text, amount, minutes, reason, field) in asks {
        let refused = ops.request_cap_override(&olga, &rule(text), amount, minutes, reason).await;
        assert!(
            matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == field),
            "{amount} {minutes}"
        );
    }
    let uncapped = ops.request_cap_override(&olga, &rule("global:month"), usd(60.0), 60, "fine").await;
    assert!(matches!(uncapped, Err(Error::Conflict(why)) if why.contains("no cap to go above")));
    assert!(ops.cap_overrides(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_budget_raised_for_a_while_stays_below_a_ceiling_lowered_meanwhile() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let asked = ops.request_cap_override(&ana, &rule("budget:day"), usd(90.0), 60, "campaign").await.unwrap();
    ops.approve_cap_override(&olga, &asked.id, PASSWORD).await.unwrap();
    let steps = async || {
        let now = ops.cost_now().await.unwrap();
        (now.alert_usd, now.budget_usd, now.ceiling_usd)
    };
    assert_eq!(steps().await, (40.0, 90.0, 100.0));
    ops.set_cap(&ana, &rule("ceiling:day"), usd(60.0), "cut", "").await.unwrap();
    assert_eq!(steps().await, (40.0, 60.0, 60.0));
    assert_eq!(ops.approvers_beside("ana@example.org").await.unwrap(), ["olga@example.org"]);
    assert!(ops.approvers_beside("olga@example.org").await.unwrap().is_empty());
}

//! Caps that people change: who may, what it does to the next call, and what it never does: reset a sum.

mod overrides;
mod reading;

use std::time::Instant;

use domain::access::{Role, Scope as KeyScope, Tier};
use domain::agent::{Agent, TokenUse};
use domain::cap::{Amount, Rule};
use domain::id::UserId;
use domain::incident::Severity;
use domain::money::MicroUsd;
use jiff::SignedDuration;

use crate::Ops;
use crate::access::Actor;
use crate::access::audit::AuditFilter;
use crate::cost::{CapSource, Estimate};
use crate::error::Error;
use crate::gateway::{Admission, Hold, Reserve};
use crate::testing;

const PASSWORD: &str = "a long enough sentence";

fn usd(usd: f64) -> Amount {
    Amount::Most(MicroUsd::from_usd(usd))
}

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap()
}

/// Somebody who can sign in.
async fn person(ops: &Ops, name: &str, role: Role) -> Actor {
    let email = format!("{name}@example.org");
    let account = ops.create_user(&Actor::CommandLine, &email, role, PASSWORD).await.unwrap();
    Actor::Person { id: account.id, email, role }
}

fn key() -> Actor {
    Actor::Key { id: "k".into(), prefix: "hk_1".into(), scopes: vec![KeyScope::OpsAct] }
}

/// Holds a call of `agent` for `user` that is likely to cost its bound; the source of the limit in the way, or the reason.
async fn hold(ops: &Ops, agent: Agent, user: &str, bound: f64) -> Result<Hold, String> {
    let caller = testing::caller("t", Tier::Premium);
    let user = Some(UserId::parse(user).unwrap());
    let permit = ops.admit(&caller, Admission { request_id: "q".into(), agent, user }).unwrap();
    let bound = MicroUsd::from_usd(bound);
    let call = Estimate { model: "m", price_version: "v", bound, likely: bound, size_class: 0, tokens: 1 };
    let reserve = permit.reserve(agent, &call, Instant::now()).await.unwrap();
    permit.settle();
    match reserve {
        Reserve::Granted(hold) => Ok(hold),
        Reserve::Refused(refusal) => Err(refusal.limit_source),
        Reserve::Withheld(reason) => Err(reason.to_owned()),
        Reserve::Denied(denied) => Err(denied.reason),
        Reserve::Limited(limited) => panic!("{limited:?}"),
    }
}

async fn spend(ops: &Ops, agent: Agent, user: &str, dollars: f64) {
    let held = hold(ops, agent, user, dollars).await.unwrap();
    held.settle(MicroUsd::from_usd(dollars), TokenUse::default());
    ops.return_leases().await.unwrap();
}

async fn audited(ops: &Ops, action: &str) -> Vec<(String, String)> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    let entries = ops.audit_entries(&filter).await.unwrap();
    entries.into_iter().map(|entry| (entry.actor, entry.detail)).collect()
}

/// Every sum that holds or has spent something, when all is told.
async fn counters(ops: &Ops) -> Vec<(String, String, i64, i64, i64)> {
    ops.return_leases().await.unwrap();
    let all = "select day, scope, spent_micro, reserved_micro, likely_micro from cost_counter \
               where spent_micro <> 0 or reserved_micro <> 0 order by day, scope";
    sqlx::query_as(all).fetch_all(ops.db.read()).await.unwrap()
}

#[tokio::test]
async fn lowering_below_what_is_spent_refuses_the_next_call_and_resets_no_sum() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let nutrition = rule("agent:nutrition:day");
    spend(&ops, Agent::Nutrition, "u", 3.2).await;
    let under_way = hold(&ops, Agent::Nutrition, "v", 0.5).await.unwrap();
    let before = counters(&ops).await;

    ops.set_cap(&ana, &nutrition, usd(3.0), "spend doubles", "").await.unwrap();
    assert_eq!(hold(&ops, Agent::Nutrition, "w", 0.01).await.unwrap_err(), "agent day");
    assert_eq!(counters(&ops).await, before, "the refused call left nothing behind, the edit neither");
    spend(&ops, Agent::Routine, "u", 0.1).await;

    // What was under way settles in full; raised again, the morning is still counted.
    under_way.settle(MicroUsd::from_usd(0.4), TokenUse::default());
    ops.set_cap(&olga, &nutrition, usd(3.7), "cause found", PASSWORD).await.unwrap();
    assert_eq!(hold(&ops, Agent::Nutrition, "w", 0.11).await.unwrap_err(), "agent day");
    spend(&ops, Agent::Nutrition, "w", 0.1).await;
    ops.reset_cap(&olga, &nutrition, "as it was", PASSWORD).await.unwrap();
    spend(&ops, Agent::Nutrition, "x", 2.0).await;
    let spent = counters(&ops).await.into_iter().find(|row| row.1 == "agent:nutrition").unwrap().2;
    assert_eq!(spent, 5_700_000);
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}

#[tokio::test]
async fn the_most_specific_cap_decides_for_every_kind() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let cases = [
        ("agent:*:day", "agent:routine:day", "agent day"),
        ("model:*:day", "model:m:day", "model day"),
        ("key:*:day", "key:hk_1:day", "key day"),
        ("person:premium:day", "person:t/u:day", "person day"),
        ("person:premium:month", "person:t/u:month", "person month"),
    ];
    for (broad, own, source) in cases {
        let (broad, own) = (rule(broad), rule(own));
        ops.set_cap(&ana, &broad, usd(0.5), "all of them", "").await.unwrap();
        assert_eq!(hold(&ops, Agent::Routine, "u", 1.0).await.unwrap_err(), source);
        ops.set_cap(&olga, &own, usd(2.0), "this one more", PASSWORD).await.unwrap();
        hold(&ops, Agent::Routine, "u", 1.0).await.unwrap().settle(MicroUsd(1), TokenUse::default());
        ops.set_cap(&ana, &own, usd(0.2), "this one less", "").await.unwrap();
        assert_eq!(hold(&ops, Agent::Routine, "u", 0.3).await.unwrap_err(), source);
        ops.set_cap(&olga, &own, Amount::NoCap, "this one without", PASSWORD).await.unwrap();
        hold(&ops, Agent::Routine, "u", 1.0).await.unwrap().settle(MicroUsd(1), TokenUse::default());
        ops.set_cap(&olga, &broad, Amount::NoCap, "none", PASSWORD).await.unwrap();
    }
    for (single, source) in [("tier:premium:day", "tier day"), ("global:month", "global month")] {
        ops.set_cap(&ana, &rule(single), usd(0.5), "all of it", "").await.unwrap();
        assert_eq!(hold(&ops, Agent::Routine, "u", 1.0).await.unwrap_err(), source);
        ops.reset_cap(&olga, &rule(single), "as it was", PASSWORD).await.unwrap();
    }
    drop(hold(&ops, Agent::Routine, "u", 1.0).await.unwrap());
}

#[tokio::test]
async fn another_instance_sees_a_change_when_it_polls() {
    let (ops, other) = testing::two_instances().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    spend(&ops, Agent::Routine, "u", 1.0).await;
    ops.set_cap(&ana, &rule("alert:day"), usd(0.5), "cut", "").await.unwrap();
    ops.set_cap(&ana, &rule("budget:day"), usd(1.0), "cut", "").await.unwrap();
    assert_eq!(hold(&ops, Agent::Routine, "u", 0.1).await.unwrap_err(), "daily budget reached");
    drop(hold(&other, Agent::Routine, "u", 0.1).await.expect("not polled yet"));
    other.poll_switches().await.unwrap();
    assert_eq!(hold(&other, Agent::Routine, "u", 0.1).await.unwrap_err(), "daily budget reached");
    let now = other.cost_now().await.unwrap();
    assert_eq!((now.alert_usd, now.budget_usd, now.level), (0.5, 1.0, domain::ladder::Level::Degrade));
    // And so does one that starts later.
    let third = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    assert_eq!(third.cost_now().await.unwrap().budget_usd, 1.0);
}

#[tokio::test]
async fn raising_needs_an_operator_with_their_password_and_a_refusal_is_audited() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let viewer = person(&ops, "vera", Role::Viewer).await;
    let (each, month) = (rule("agent:*:day"), rule("global:month"));
    assert!(matches!(ops.set_cap(&viewer, &each, usd(1.0), "cut", "").await, Err(Error::Forbidden { .. })));
    ops.set_cap(&key(), &each, usd(1.0), "by a program", "").await.unwrap();

    for raised in [usd(1.1), Amount::NoCap] {
        let refused = async |actor: &Actor, password: &str| {
            ops.set_cap(actor, &each, raised, "more", password).await.unwrap_err()
        };
        assert!(matches!(refused(&key(), "").await, Error::Forbidden { needs } if needs.contains("console")));
        assert!(matches!(refused(&ana, PASSWORD).await, Error::Forbidden { .. }));
        for wrong in ["", "not the password"] {
            let fault = refused(&olga, wrong).await;
            assert!(matches!(fault, Error::Invalid(faults) if faults[0].field == "password"), "{wrong}");
        }
    }
    assert!(
        matches!(ops.reset_cap(&key(), &each, "back", "").await, Err(Error::Forbidden { .. })),
        "a raise too"
    );
    assert_eq!(ops.cap_rule(&each).await.unwrap().amount_usd, Some(1.0), "nothing was changed");
    let actors: Vec<_> = audited(&ops, "cap.refused").await.into_iter().map(|(actor, _)| actor).collect();
    for (who, times) in [("key:hk_1", 3), ("ana@example.org", 2), ("olga@example.org", 2)] {
        assert_eq!(actors.iter().filter(|actor| *actor == who).count(), times, "{who}");
    }
    assert_eq!(audited(&ops, "session.refused").await.len(), 2, "wrong passwords count as failed sign-ins");

    ops.set_cap(&olga, &each, usd(1.1), "more", PASSWORD).await.unwrap();
    // A cap where none was lowers.
    ops.set_cap(&ana, &month, usd(1_000.0), "a line", "").await.unwrap();
    assert!(matches!(ops.set_cap(&ana, &month, usd(1_000.0), "again", "").await, Err(Error::Conflict(_))));
    assert!(matches!(
        ops.reset_cap(&ana, &rule("model:*:day"), "never set", "").await,
        Err(Error::Conflict(_))
    ));
}

#[tokio::test]
async fn a_person_of_a_premium_app_is_lowered_from_the_premium_cap() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let own = rule("person:t/u:day");
    // Unknown, whose keys ask for them: the strictest tier, free with $0.50, decides what a raise is.
    assert!(matches!(ops.set_cap(&ana, &own, usd(2.0), "less", "").await, Err(Error::Forbidden { .. })));
    spend(&ops, Agent::Routine, "u", 0.1).await;
    ops.set_cap(&ana, &own, usd(2.0), "less than premium's 5", "").await.unwrap();
    assert!(matches!(ops.set_cap(&ana, &own, usd(2.1), "more", "").await, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn the_steps_of_the_day_keep_their_order() {
    let ops = testing::ops().await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let refused =
        async |text: &str, amount| match ops.set_cap(&olga, &rule(text), amount, "why", PASSWORD).await {
            Err(Error::Invalid(faults)) => faults[0].to_string(),
            other => panic!("{text}: {other:?}"),
        };
    let budget = refused("budget:day", usd(101.0)).await;
    assert_eq!(budget, "amount: must not be above the ceiling, which is $100.00: raise that first");
    let ceiling = refused("ceiling:day", usd(49.0)).await;
    assert_eq!(ceiling, "amount: must not be below the budget, which is $50.00: lower that first");
    assert!(refused("alert:day", Amount::NoCap).await.starts_with("amount: must be above 0"));
    assert!(ops.cap_history(&rule("budget:day")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_change_is_kept_audited_told_and_noted_on_open_incidents() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let incident = ops.open_incident(&ana, Severity::P2, "Spend doubles").await.unwrap();
    let own = rule("person:t/u:day");
    let mut watch = ops.events.subscribe();
    ops.set_cap(&ana, &own, usd(0.4), "one app asks in a loop", "").await.unwrap();
    assert_eq!(watch.try_recv().unwrap().topic, crate::events::Topic::Caps);
    ops.clock.advance(SignedDuration::from_mins(5));
    ops.reset_cap(&olga, &own, "the loop is fixed", PASSWORD).await.unwrap();

    let history = ops.cap_history(&own).await.unwrap();
    let told: Vec<_> =
        history.iter().map(|it| (it.by.as_str(), it.before_usd, it.amount_usd, it.back_to_default)).collect();
    let expected =
        [("olga@example.org", Some(0.4), None, true), ("ana@example.org", Some(25.0), Some(0.4), false)];
    assert_eq!(told, expected);
    assert_eq!(history[1].reason, "one app asks in a loop");
    let audit: Vec<_> = audited(&ops, "cap.").await.into_iter().map(|(_, detail)| detail).collect();
    assert_eq!(audit[1], "person t/u, a day: $25.00 to $0.40: one app asks in a loop");
    let timeline = ops.incident(&incident.id).await.unwrap().timeline;
    let notes: Vec<_> = timeline.iter().filter(|it| it.kind == "change").map(|it| it.text.as_str()).collect();
    assert_eq!(notes.len(), 2);
    assert_eq!(notes[0], "cap lowered: one person, a day, $25.00 to $0.40: one app asks in a loop");
    assert!(notes[1].starts_with("cap raised: one person, a day, $0.40 to $25.00, the default"));
}

#[tokio::test]
async fn two_at_once_leave_one_in_force_and_both_in_the_history() {
    let (ops, other) = testing::two_instances().await;
    let (ana, ben) = (person(&ops, "ana", Role::Responder).await, person(&ops, "ben", Role::Responder).await);
    let month = rule("global:month");
    let (first, second) = tokio::join!(
        ops.set_cap(&ana, &month, usd(70.0), "a line", ""),
        other.set_cap(&ben, &month, usd(60.0), "a lower line", "")
    );
    // Whoever came second saw the first: 70 after 60 would be a raise that nobody confirmed.
    second.unwrap();
    let raised_back = matches!(first, Err(Error::Conflict(_)));
    assert!(raised_back || first.is_ok());
    for instance in [&ops, &other] {
        instance.poll_switches().await.unwrap();
        assert_eq!(instance.cap_rule(&month).await.unwrap().amount_usd, Some(60.0));
    }
    let kept = ops.cap_history(&month).await.unwrap().len();
    assert_eq!(kept, if raised_back { 1 } else { 2 });
}

#[tokio::test]
async fn a_configuration_that_crosses_what_people_set_still_starts_and_never_spends_more() {
    let ops = testing::ops().await;
    let olga = person(&ops, "olga", Role::Operator).await;
    ops.set_cap(&olga, &rule("budget:day"), usd(90.0), "a campaign", PASSWORD).await.unwrap();
    let mut config = ops.config.clone();
    (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (1.0, 1.0, 2.0);
    let again = Ops::open(config, ops.clock.clone()).await.unwrap();
    let now = again.cost_now().await.unwrap();
    assert_eq!((now.alert_usd, now.budget_usd, now.ceiling_usd), (1.0, 2.0, 2.0));
    assert_eq!(hold(&again, Agent::Routine, "u", 2.1).await.unwrap_err(), "global day");
}

#[tokio::test]
async fn a_cap_left_alone_is_the_configurations() {
    let ops = testing::ops().await;
    let rules = ops.cap_rules(true).await.unwrap();
    assert_eq!(rules.len(), 16);
    assert!(
        rules.iter().all(|rule| rule.source == CapSource::Default && rule.amount_usd == rule.default_usd)
    );
    let amounts: Vec<_> = rules.iter().map(|rule| rule.amount_usd.unwrap_or(0.0)).collect();
    let expected = [40.0, 50.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 5.0, 5.0, 50.0, 25.0, 250.0];
    assert_eq!(amounts, expected);
}

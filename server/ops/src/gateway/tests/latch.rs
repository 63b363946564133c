//! The steps of the ladder beyond the budget: essential agents, the ceiling, and the way back.

use super::*;
use crate::gateway::Hold;

fn usd(usd: f64) -> MicroUsd {
    MicroUsd::from_usd(usd)
}

async fn capped(change: impl FnOnce(&mut crate::Config)) -> Ops {
    testing::ops_with(|config| {
        (config.cost.alert_usd, config.cost.budget_usd, config.cost.ceiling_usd) = (1.0, 1.0, 3.0);
        change(config);
    })
    .await
}

/// Holds a call of `agent` that may cost `bound` and is likely to cost a tenth.
async fn hold(ops: &Ops, agent: Agent, bound: f64) -> std::result::Result<Hold, String> {
    let permit = ops.admit(&caller(), Admission { request_id: "q1".into(), agent, user: None }).unwrap();
    let call = Estimate {
        model: "m",
        price_version: "v",
        bound: usd(bound),
        likely: usd(bound / 10.0),
        size_class: 0,
        tokens: 1,
    };
    let reserve = permit.reserve(agent, &call, Instant::now()).await.unwrap();
    permit.settle();
    match reserve {
        Reserve::Granted(hold) => Ok(hold),
        Reserve::Refused(refusal) => Err(refusal.reason),
        Reserve::Withheld(reason) => Err(reason.to_owned()),
        Reserve::Denied(denied) => Err(denied.reason),
        Reserve::Limited(limited) => panic!("{limited:?}"),
    }
}

async fn spend(ops: &Ops, agent: Agent, dollars: f64) {
    let held = hold(ops, agent, dollars).await.unwrap();
    held.settle(usd(dollars), Default::default());
}

#[tokio::test]
async fn essential_agents_go_on_beyond_the_budget_on_what_is_set_aside() {
    let ops = capped(|config| {
        config.cost.essential_agents = vec![Agent::Behavior];
        config.cost.essential_usd = 1.5;
    })
    .await;
    // Worst cases of the others under way leave the slice alone: 3.0 less 1.5.
    let held = hold(&ops, Agent::Nutrition, 1.4).await.unwrap();
    let refused = hold(&ops, Agent::Nutrition, 0.2).await.unwrap_err();
    assert_eq!(refused, "calls in flight hold what is left of the limit (global day)");
    let essential = hold(&ops, Agent::Behavior, 1.5).await.unwrap();
    essential.settle(usd(0.1), Default::default());
    held.settle(usd(1.0), Default::default());
    assert_eq!(hold(&ops, Agent::Nutrition, 0.1).await.unwrap_err(), "daily budget reached");
    spend(&ops, Agent::Behavior, 1.8).await;
    assert_eq!(hold(&ops, Agent::Behavior, 0.2).await.unwrap_err(), "the limit is reached (global day)");
}

#[tokio::test]
async fn the_ceiling_latches_until_a_person_signs_in_afresh() {
    let ops = capped(|config| config.cost.budget_usd = 3.0).await;
    let email = "olga@example.org";
    let account =
        ops.create_user(&Actor::CommandLine, email, Role::Operator, "a long password").await.unwrap();
    let olga = Actor::Person { id: account.id, email: email.into(), role: Role::Operator };
    spend(&ops, Agent::Routine, 1.0).await;
    hold(&ops, Agent::Routine, 2.5).await.unwrap_err();
    assert!(ops.shutoff().is_none(), "smaller calls still fit");
    spend(&ops, Agent::Routine, 1.9).await;
    hold(&ops, Agent::Routine, 4.0).await.unwrap_err();
    assert!(ops.shutoff().is_none(), "what would never fit says nothing about the day");
    assert_eq!(hold(&ops, Agent::Routine, 0.2).await.unwrap_err(), "the limit is reached (global day)");
    let latched = ops.shutoff().unwrap();
    assert_eq!(
        (latched.latched, latched.by.as_str(), latched.expires_at),
        (true, "system:cost-ladder", None)
    );

    ops.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(
        hold(&ops, Agent::Routine, 0.2).await.unwrap_err(),
        "cost shutoff in force",
        "midnight is no person"
    );
    let other = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    assert!(other.shutoff().unwrap().latched, "nor is a restart");

    assert!(matches!(ops.lift_shutoff(&olga, "seen, thank you").await, Err(Error::Forbidden { .. })));
    assert!(matches!(
        ops.set_shutoff(&olga, Degrade, "only for a minute", Some(1)).await,
        Err(Error::Conflict(_))
    ));
    ops.set_shutoff(&olga, Stop, "and no planner either", None).await.unwrap();
    ops.set_shutoff(&olga, Degrade, "planners may", None).await.unwrap();
    assert!(ops.shutoff().unwrap().latched, "another mode is not the way around");
    let routine = shutoff::Scope::Agent(Agent::Routine);
    ops.set_shutoff_of(&olga, &routine, Stop, "besides", None).await.unwrap();
    ops.lift_shutoff_of(&olga, &routine, "the other stays").await.unwrap();
    assert!(ops.shutoff().unwrap().latched, "nor is another scope");
    assert!(matches!(ops.rearm(&olga, "wrong password", "seen it").await, Err(Error::Invalid(_))));
    let viewer = person(Role::Responder);
    assert!(matches!(ops.rearm(&viewer, "a long password", "seen it").await, Err(Error::Forbidden { .. })));
    ops.rearm(&olga, "a long password", "price list was wrong").await.unwrap();
    assert!(ops.shutoff().is_none());
    spend(&ops, Agent::Routine, 0.2).await;
    let whole = ops.audit_verify().await.unwrap();
    assert!(whole.first_broken.is_none());
}

#[tokio::test]
async fn what_another_instance_latched_a_moment_ago_is_not_lifted() {
    let ops = capped(|config| config.cost.budget_usd = 3.0).await;
    let email = "olga@example.org";
    let account =
        ops.create_user(&Actor::CommandLine, email, Role::Operator, "a long password").await.unwrap();
    let olga = Actor::Person { id: account.id, email: email.into(), role: Role::Operator };
    ops.set_shutoff(&olga, Degrade, "burn doubled", None).await.unwrap();
    let other = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    assert!(!other.shutoff().unwrap().latched);
    ops.lift_shutoff(&olga, "cause found").await.unwrap();
    spend(&ops, Agent::Routine, 2.9).await;
    hold(&ops, Agent::Routine, 0.2).await.unwrap_err();
    assert!(ops.shutoff().unwrap().latched);
    let lifted = other.lift_shutoff(&olga, "cause found").await;
    assert!(matches!(lifted, Err(Error::Forbidden { .. })), "{lifted:?}");
    ops.load_shutoffs().await.unwrap();
    assert!(ops.shutoff().unwrap().latched, "still in the store");

    // Nor does the password for one end another that somebody set instead.
    other.load_shutoffs().await.unwrap();
    ops.rearm(&olga, "a long password", "price list was wrong").await.unwrap();
    ops.set_shutoff(&olga, Stop, "still burning", None).await.unwrap();
    let rearmed = other.rearm(&olga, "a long password", "price list was wrong").await;
    assert!(matches!(rearmed, Err(Error::Conflict(_))), "{rearmed:?}");
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}

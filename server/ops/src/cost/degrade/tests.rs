//! Policies that people change: who may, what the next call sees, when steps begin and end, and what they would have done.

use std::time::Instant;

use domain::access::{Role, Scope as KeyScope, Tier};
use domain::agent::Agent;
use domain::cap::{Amount, Rule};
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use jiff::SignedDuration;

use crate::Ops;
use crate::access::Actor;
use crate::access::audit::AuditFilter;
use crate::cost::{CapSource, Estimate, LedgerRow};
use crate::error::Error;
use crate::gateway::{Admission, Denied, Reserve};
use crate::testing;

const PASSWORD: &str = "a long enough sentence";

fn with_models(config: &mut crate::Config) {
    config.limits.enabled = false;
    config.model.name = "large".to_owned();
    config.model.base_url = "http://127.0.0.1:9/v1".to_owned();
    (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (10.0, 20.0);
    let mut small = config.model.clone();
    small.name = "small".to_owned();
    (small.input_usd_per_mtok, small.output_usd_per_mtok) = (1.0, 2.0);
    config.fallback_models = vec![small];
    let caps = &mut config.caps;
    caps.agent_day_usd = 10.0;
    (caps.free_person_day_usd, caps.free_person_month_usd) = (0.0, 0.0);
    (caps.premium_person_day_usd, caps.premium_person_month_usd) = (0.0, 0.0);
}

async fn person(ops: &Ops, name: &str, role: Role) -> Actor {
    let email = format!("{name}@example.org");
    let account = ops.create_user(&Actor::CommandLine, &email, role, PASSWORD).await.unwrap();
    Actor::Person { id: account.id, email, role }
}

fn row(ops: &Ops, minutes_ago: i64, agent: Agent, model: &str, dollars: f64) -> LedgerRow {
    LedgerRow {
        request_id: ops.clock.new_id(),
        at: ops.clock.now() - SignedDuration::from_mins(minutes_ago),
        tenant: TenantId::parse("t").unwrap(),
        user: Some(UserId::parse("u").unwrap()),
        agent,
        tier: Tier::Premium,
        key_prefix: "hk_1".to_owned(),
        release: "r".to_owned(),
        model: Some(model.to_owned()),
        price_version: None,
        reserved: MicroUsd::from_usd(dollars),
        settled: MicroUsd::from_usd(dollars),
    }
}

/// Whether a call of the dear model gets its money; else why not.
async fn reserve(ops: &Ops, agent: Agent, model: &str) -> Result<(), Denied> {
    let user = Some(UserId::parse("v").unwrap());
    let caller = testing::caller("t", Tier::Free);
    let permit = ops.admit(&caller, Admission { request_id: "q".into(), agent, user }).unwrap();
    let (bound, likely) = (MicroUsd(1_000), MicroUsd(1_000));
    let call = Estimate { model, price_version: "v", bound, likely, tokens: 0, size_class: 0 };
    let reserved = permit.reserve(agent, &call, Instant::now()).await.unwrap();
    permit.settle();
    match reserved {
        Reserve::Granted(hold) => {
            hold.settle(MicroUsd(1_000), Default::default());
            Ok(())
        }
        Reserve::Denied(denied) => Err(denied),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn stricter_needs_a_role_and_weaker_an_operator_with_the_password() {
    let ops = testing::ops_with(with_models).await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let olga = person(&ops, "olga", Role::Operator).await;
    let key = Actor::Key { id: "k".into(), prefix: "hk_1".into(), scopes: vec![KeyScope::OpsAct] };
    let set = async |actor: &Actor, steps: &str, password: &str| {
        ops.set_degrade_policy(actor, Agent::Routine, steps, "a test", password).await
    };
    let strict = "50% any cheaper-model\n90% any kept-words-first 720min\n90% any throttle 30/min";
    let viewer = Actor::Person { id: "v".into(), email: "v@example.org".into(), role: Role::Viewer };
    assert!(matches!(set(&viewer, strict, "").await, Err(Error::Forbidden { .. })));
    set(&ana, strict, "").await.unwrap();
    let stricter = strict.replace("50%", "40%");
    set(&key, &stricter, "").await.unwrap();
    assert!(matches!(set(&key, &stricter, "").await, Err(Error::Conflict(_))));

    // Later, less often, or without one of its steps.
    for weaker in [strict, "40% any cheaper-model", ""] {
        assert!(matches!(set(&ana, weaker, PASSWORD).await, Err(Error::Forbidden { .. })), "{weaker}");
        assert!(matches!(set(&key, weaker, "").await, Err(Error::Forbidden { .. })), "{weaker}");
        let refused = set(&olga, weaker, "").await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(faults) if faults[0].field == "password"), "{weaker}");
        let refused = set(&olga, weaker, "not the password").await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(faults) if faults[0].field == "password"), "{weaker}");
    }
    let before = ops.degrade_policy(Agent::Routine).await.unwrap();
    assert_eq!((before.steps[0].as_str(), before.source), ("40% any cheaper-model", CapSource::Set));
    set(&olga, strict, PASSWORD).await.unwrap();
    ops.reset_degrade_policy(&olga, Agent::Routine, "as it was", PASSWORD).await.unwrap();
    let after = ops.degrade_policy(Agent::Routine).await.unwrap();
    assert_eq!((after.source, &after.steps), (CapSource::Default, &after.default_steps));
    let again = ops.reset_degrade_policy(&olga, Agent::Routine, "as it was", PASSWORD).await;
    assert!(matches!(again, Err(Error::Conflict(_))));

    let wrong = [
        ("80% any cheaper-model huge", "steps"),
        ("80% any sleep", "steps[0]"),
        ("90% any planner\n80% any planner", "steps"),
    ];
    for (steps, field) in wrong {
        let refused = set(&ana, steps, "").await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(faults) if faults[0].field == field), "{steps}");
    }
    let history = ops.degrade_history(Agent::Routine).await.unwrap();
    let by: Vec<&str> = history.iter().map(|change| change.by.as_str()).collect();
    assert_eq!(by, ["olga@example.org", "olga@example.org", "key:hk_1", "ana@example.org"]);
    assert_eq!(history[0].steps, None);
    let audited = async |action: &str| {
        let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        ops.audit_entries(&filter).await.unwrap().len()
    };
    assert_eq!((audited("degrade.set").await, audited("degrade.reset").await), (3, 1));
    assert_eq!(
        audited("degrade.refused").await,
        9,
        "twice by role or key, once without the password, each time"
    );
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}

#[tokio::test]
async fn the_next_call_and_the_other_instance_see_it_and_what_others_spend() {
    let (first, second) = testing::two_instances_with(with_models).await;
    let ana = person(&first, "ana", Role::Responder).await;
    reserve(&first, Agent::Routine, "large").await.unwrap();
    first.insert_settled(&[row(&first, 1, Agent::Routine, "large", 4.0)]).await.unwrap();
    second.poll_switches().await.unwrap();
    reserve(&second, Agent::Routine, "large").await.unwrap();

    first
        .set_degrade_policy(
            &ana,
            Agent::Routine,
            "30% any cheaper-model\n90% any throttle 60/min\n90% any kept-words-first 720min",
            "it burns",
            "",
        )
        .await
        .unwrap();
    let denied = reserve(&first, Agent::Routine, "large").await.unwrap_err();
    assert_eq!(denied.reason, "cost policy: cheaper model from 30 % of the agent's day");
    assert_eq!((denied.step, denied.detail.as_str()), ("cheaper-model", "the agent's day is at 40 %"));
    reserve(&first, Agent::Routine, "small").await.unwrap();
    reserve(&first, Agent::Nutrition, "large").await.unwrap();
    reserve(&second, Agent::Routine, "large").await.unwrap();
    second.poll_switches().await.unwrap();
    reserve(&second, Agent::Routine, "large").await.unwrap_err();

    // What the other instance spends is known here after its exchange and one poll.
    let spent = testing::caller("t", Tier::Free);
    let user = Some(UserId::parse("v").unwrap());
    let permit =
        second.admit(&spent, Admission { request_id: "q".into(), agent: Agent::Insights, user }).unwrap();
    let bound = MicroUsd::from_usd(8.5);
    let call =
        Estimate { model: "large", price_version: "v", bound, likely: MicroUsd(1), tokens: 0, size_class: 0 };
    let Reserve::Granted(hold) = permit.reserve(Agent::Insights, &call, Instant::now()).await.unwrap() else {
        panic!()
    };
    permit.settle_call(hold, bound, Default::default());
    permit.settle();
    reserve(&second, Agent::Insights, "large").await.unwrap_err();
    reserve(&first, Agent::Insights, "large").await.unwrap();
    second.return_leases().await.unwrap();
    first.poll_switches().await.unwrap();
    reserve(&first, Agent::Insights, "large").await.unwrap_err();
    // A new day has spent nothing.
    first.clock.advance(SignedDuration::from_hours(18));
    reserve(&first, Agent::Insights, "large").await.unwrap();
}

#[tokio::test]
async fn a_throttle_lets_through_as_many_as_it_says() {
    let ops = testing::ops_with(|config| {
        with_models(config);
        config.degrade.steps = vec!["50% agent throttle 3/min".to_owned()];
    })
    .await;
    ops.insert_settled(&[row(&ops, 1, Agent::Routine, "large", 5.0)]).await.unwrap();
    for _ in 0..2 {
        reserve(&ops, Agent::Routine, "large").await.unwrap();
    }
    // Let through by the policy, refused by a cap: no call left, so none is counted.
    let too_dear = MicroUsd::from_usd(1_000_000.0);
    let call = Estimate {
        model: "large",
        price_version: "v",
        bound: too_dear,
        likely: too_dear,
        tokens: 0,
        size_class: 0,
    };
    let user = Some(UserId::parse("v").unwrap());
    let admission = Admission { request_id: "q".into(), agent: Agent::Routine, user };
    let permit = ops.admit(&testing::caller("t", Tier::Free), admission).unwrap();
    for _ in 0..3 {
        let reserved = permit.reserve(Agent::Routine, &call, Instant::now()).await.unwrap();
        assert!(matches!(reserved, Reserve::Refused(_)), "{reserved:?}");
    }
    permit.settle();
    reserve(&ops, Agent::Routine, "large").await.unwrap();
    let denied = reserve(&ops, Agent::Routine, "small").await.unwrap_err();
    assert_eq!(denied.reason, "cost policy: at most 3 model calls a minute from 50 % of the agent's day");
    assert_eq!(denied.wait, Some(std::time::Duration::from_secs(60)));
    ops.clock.advance(SignedDuration::from_secs(60));
    reserve(&ops, Agent::Routine, "large").await.unwrap();
}

#[tokio::test]
async fn steps_begin_and_end_once_whoever_sees_it() {
    let (first, second) = testing::two_instances_with(with_models).await;
    let olga = person(&first, "olga", Role::Operator).await;
    let note = async || {
        for ops in [&first, &second] {
            ops.poll_switches().await.unwrap();
            ops.note_degrade_steps().await.unwrap();
        }
    };
    note().await;
    assert!(first.degrade_steps_now().await.unwrap().is_empty());
    first.insert_settled(&[row(&first, 1, Agent::Routine, "large", 8.3)]).await.unwrap();
    note().await;
    let now = second.degrade_steps_now().await.unwrap();
    assert_eq!(now.len(), 1, "{now:?}");
    assert_eq!(
        (now[0].agent, now[0].gives_up, now[0].scope.as_str()),
        (Agent::Routine, "cheaper-model", "agent:routine")
    );
    assert_eq!((now[0].percent, now[0].since), (83, first.clock.now()));
    assert_eq!(now[0].words, "from 80 % of any sum: cheaper model");
    first.clock.advance(SignedDuration::from_mins(5));
    note().await;
    assert_eq!(second.degrade_steps_now().await.unwrap(), now, "it goes on");

    let cap = Rule::parse("agent:routine:day").unwrap();
    let more = Amount::Most(MicroUsd::from_usd(20.0));
    first.set_cap(&olga, &cap, more, "room again", PASSWORD).await.unwrap();
    note().await;
    assert!(first.degrade_steps_now().await.unwrap().is_empty());
    let periods = first.degrade_periods(first.clock.now() - SignedDuration::from_hours(1), 10).await.unwrap();
    assert_eq!(periods.len(), 1);
    assert_eq!(periods[0].ended_at, Some(first.clock.now()));

    // The whole budget: every agent, until the day is over.
    first.insert_settled(&[row(&first, 1, Agent::Insights, "large", 42.0)]).await.unwrap();
    note().await;
    let all = first.degrade_steps_now().await.unwrap();
    let by_budget: Vec<_> =
        all.iter().filter(|step| step.scope == "global" && step.gives_up == "planner").collect();
    assert_eq!(by_budget.len(), 4, "{all:?}");
    first.clock.advance(SignedDuration::from_hours(24));
    note().await;
    assert!(first.degrade_steps_now().await.unwrap().is_empty());
    first.clock.advance(SignedDuration::from_hours(24 * 91));
    first.drop_old_degrade_periods().await.unwrap();
    let left = first.degrade_periods(jiff::Timestamp::UNIX_EPOCH, 100).await.unwrap();
    assert!(left.is_empty(), "kept for 90 days");
}

#[tokio::test]
async fn what_a_policy_would_have_done_is_counted_from_the_calls_there_were() {
    let ops = testing::ops_with(with_models).await;
    // Ten calls of a dollar each, and one of another agent between them.
    let mut rows: Vec<_> = (0..9).map(|n| row(&ops, 90 - n * 10, Agent::Routine, "large", 1.0)).collect();
    rows.push(row(&ops, 45, Agent::Nutrition, "large", 1.0));
    ops.insert_settled(&rows).await.unwrap();
    let try_out = async |steps: &str| ops.degrade_preview(Agent::Routine, Some(steps)).await.unwrap();
    let none = try_out("").await;
    assert_eq!(
        (none.calls, none.answers, none.answers_hit, none.spent_usd, none.saved_usd),
        (9, 9, 0, 9.0, 0.0)
    );
    assert!(none.weaker, "the default gives up more");
    // $5 of $10 are spent after five calls; what the planner answers adds nothing.
    let planner = try_out("50% agent planner").await;
    assert_eq!((planner.calls_hit.planner, planner.answers_hit, planner.saved_usd), (4, 4, 4.0));
    // The other agent's call does not count in the agent's sum, but in everybody's.
    let global = try_out("12% global planner").await;
    assert_eq!((global.calls_hit.planner, global.saved_usd), (4, 4.0));
    // Tokens of settled rows of the past are unknown here, so the cheaper model would have cost nothing.
    let cheaper = try_out("70% agent cheaper-model").await;
    assert_eq!((cheaper.calls_hit.cheaper, cheaper.answers_hit), (2, 2));
    let throttled = try_out("10% agent throttle 1/min").await;
    assert_eq!(throttled.calls_hit.throttled, 0, "ten minutes lie between them");
    let kept = try_out("50% agent kept-words-first 60min").await;
    assert_eq!((kept.calls_hit.kept_words_first, kept.saved_usd), (4, 0.0), "what nobody knows is not saved");
    ops.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(try_out("50% agent planner").await.calls, 0);
    let refused = ops.degrade_preview(Agent::Routine, Some("50% agent sleep")).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
}

/// What a decision costs on the request path; a figure for the documents, by `--nocapture`.
#[tokio::test]
async fn a_decision_takes_microseconds_and_nothing_where_no_policy_acts_early() {
    let ops = testing::ops_with(with_models).await;
    ops.insert_settled(&[row(&ops, 1, Agent::Routine, "large", 8.5)]).await.unwrap();
    let user = Some(UserId::parse("u").unwrap());
    let ask = |agent| Admission { request_id: "q".into(), agent, user: user.clone() };
    let caller = testing::caller("t", Tier::Premium);
    for agent in [Agent::Routine, Agent::Chat] {
        let permit = ops.admit(&caller, ask(agent)).unwrap();
        let began = Instant::now();
        let rounds = 10_000;
        for _ in 0..rounds {
            std::hint::black_box(permit.allowed(agent));
        }
        let each = began.elapsed() / rounds;
        eprintln!("{agent}: {} ns a decision", each.as_nanos());
        assert!(each.as_micros() < 1_000, "{each:?}");
        permit.settle();
    }
}

//! Shutoffs of one agent, one tier, one model: in force for the next admission, and for nobody else.

use domain::shutoff::Scope::{self, Agent as OfAgent, All, Model, Tier as OfTier};

use super::*;
use crate::telemetry::RequestEvent;
use crate::telemetry::testing::event;

const OF_AGENT: &str = "cost shutoff of the agent in force";
const OF_TIER: &str = "cost shutoff of the tier in force";
const OF_MODEL: &str = "cost shutoff of the model in force";

fn ask(ops: &Ops, agent: Agent, tier: Tier) -> Result<Permit> {
    let user = Some(UserId::parse("u").unwrap());
    ops.admit(&testing::caller("t", tier), Admission { request_id: "q1".into(), agent, user })
}

/// `Ok`: admitted, with why it must do without a model; `Err`: the scope that stopped it.
fn told(ops: &Ops, agent: Agent, tier: Tier) -> std::result::Result<Option<&'static str>, String> {
    match ask(ops, agent, tier) {
        Ok(permit) => {
            let degraded = permit.degraded();
            permit.settle();
            Ok(degraded)
        }
        Err(Error::Stopped(shutoff)) => Err(shutoff.scope.to_string()),
        Err(other) => panic!("{other:?}"),
    }
}

async fn with_models() -> Ops {
    testing::ops_with(|config| {
        config.limits.enabled = false;
        config.model.name = "first".to_owned();
        "http://127.0.0.1:9".clone_into(&mut config.model.base_url);
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        let mut second = config.model.clone();
        second.name = "second".to_owned();
        config.fallback_models = vec![second];
    })
    .await
}

async fn reserve(permit: &Permit, agent: Agent, model: &str) -> std::result::Result<(), &'static str> {
    let call = Estimate {
        model,
        price_version: "v",
        bound: MicroUsd(1),
        likely: MicroUsd(1),
        size_class: 0,
        tokens: 1,
    };
    match permit.reserve(agent, &call, Instant::now()).await.unwrap() {
        Reserve::Granted(hold) => {
            hold.settle(MicroUsd(1), Default::default());
            Ok(())
        }
        Reserve::Withheld(reason) => Err(reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_very_next_admission_is_refused_or_degraded_in_each_scope_and_no_other() {
    let ops = with_models().await;
    let (responder, operator) = (person(Role::Responder), person(Role::Operator));
    let pairs = Agent::ALL.into_iter().flat_map(|agent| Tier::ALL.map(|tier| (agent, tier)));
    let pairs: Vec<_> = pairs.collect();
    for scope in [All, OfAgent(Agent::Routine), OfAgent(Agent::Orchestrator), OfTier(Tier::Premium)] {
        for mode in [Degrade, Stop] {
            ops.set_shutoff_of(&responder, &scope, mode, "burning", None).await.unwrap();
            for (agent, tier) in &pairs {
                let expected = match (scope.covers(*agent, *tier), mode) {
                    (false, _) => Ok(None),
                    (true, Degrade) => Ok(Some(scope.taken_by())),
                    (true, Stop) => Err(scope.to_string()),
                };
                assert_eq!(told(&ops, *agent, *tier), expected, "{scope} {mode:?}: {agent} {tier:?}");
            }
        }
        ops.lift_shutoff_of(&operator, &scope, "over").await.unwrap();
        assert!(pairs.iter().all(|(agent, tier)| told(&ops, *agent, *tier) == Ok(None)), "{scope}");
    }
    ops.set_shutoff_of(&responder, &Model("first".into()), Degrade, "too dear", None).await.unwrap();
    assert!(
        pairs.iter().all(|(agent, tier)| told(&ops, *agent, *tier) == Ok(None)),
        "no request is a model's"
    );
    let permit = ask(&ops, Agent::Routine, Tier::Free).unwrap();
    assert_eq!(reserve(&permit, Agent::Routine, "first").await, Err(OF_MODEL));
    assert_eq!(reserve(&permit, Agent::Routine, "second").await, Ok(()));
    assert_eq!(permit.degraded(), None, "another model writes: the answer is whole");
    permit.settle();
}

#[tokio::test]
async fn several_are_in_force_one_of_each_scope_and_the_strictest_decides() {
    let ops = with_models().await;
    let (responder, operator) = (person(Role::Responder), person(Role::Operator));
    let routine = OfAgent(Agent::Routine);
    ops.set_shutoff_of(&responder, &routine, Stop, "it loops", Some(30)).await.unwrap();
    ops.set_shutoff_of(&responder, &OfTier(Tier::Free), Degrade, "free burns", None).await.unwrap();
    assert_eq!(told(&ops, Agent::Routine, Tier::Free), Err("agent:routine".to_owned()));
    assert_eq!(told(&ops, Agent::Insights, Tier::Free), Ok(Some(OF_TIER)));
    ops.set_shutoff(&responder, Degrade, "everything burns", None).await.unwrap();
    assert_eq!(
        told(&ops, Agent::Routine, Tier::Premium),
        Err("agent:routine".to_owned()),
        "stop is stricter"
    );
    assert_eq!(
        told(&ops, Agent::Insights, Tier::Free),
        Ok(Some("cost shutoff in force")),
        "the widest is told"
    );
    let scopes = |ops: &Ops| -> Vec<String> {
        ops.shutoffs().iter().map(|shutoff| shutoff.scope.to_string()).collect()
    };
    assert_eq!(scopes(&ops), ["all", "tier:free", "agent:routine"]);
    assert_eq!(ops.shutoff().unwrap().mode, Degrade);

    // Loosening one needs the senior role; the others do not matter.
    let looser = ops.set_shutoff_of(&responder, &routine, Degrade, "a little less", None).await;
    assert!(matches!(looser, Err(Error::Forbidden { .. })));
    ops.set_shutoff_of(&operator, &routine, Degrade, "a little less", None).await.unwrap();
    assert_eq!(ops.shutoffs().len(), 3, "replaced, not added");
    assert!(matches!(
        ops.lift_shutoff_of(&responder, &routine, "enough").await,
        Err(Error::Forbidden { .. })
    ));
    ops.lift_shutoff(&operator, "enough").await.unwrap();
    assert_eq!(scopes(&ops), ["tier:free", "agent:routine"]);
    assert_eq!(told(&ops, Agent::Routine, Tier::Free), Ok(Some(OF_TIER)));
    assert_eq!(told(&ops, Agent::Routine, Tier::Premium), Ok(Some(OF_AGENT)));
    let none = ops.lift_shutoff_of(&operator, &OfAgent(Agent::Insights), "not there").await.unwrap_err();
    assert_eq!(none.to_string(), "no shutoff of the agent Insights is in force");
    let restart = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    assert_eq!(scopes(&restart), ["tier:free", "agent:routine"], "a restart forgets none");
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}

#[tokio::test]
async fn a_model_is_skipped_not_stopped_and_must_exist() {
    let ops = with_models().await;
    let operator = person(Role::Operator);
    for (scope, mode, field) in [("first", Stop, "mode"), ("nobody", Degrade, "scope")] {
        let refused = ops.set_shutoff_of(&operator, &Model(scope.into()), mode, "burning", None).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == field), "{scope}");
    }
    assert!(ops.shutoff_history().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_runs_makes_no_further_call_of_what_is_cut_meanwhile() {
    let ops = with_models().await;
    let operator = person(Role::Operator);
    let single = ask(&ops, Agent::Routine, Tier::Free).unwrap();
    let run = ask(&ops, Agent::Orchestrator, Tier::Free).unwrap();
    assert_eq!(reserve(&single, Agent::Routine, "first").await, Ok(()));
    ops.set_shutoff_of(&operator, &OfAgent(Agent::Routine), Degrade, "burning", None).await.unwrap();
    assert_eq!(reserve(&single, Agent::Routine, "first").await, Err(OF_AGENT));
    assert_eq!(reserve(&run, Agent::Routine, "first").await, Err(OF_AGENT), "its part of a run too");
    assert_eq!(reserve(&run, Agent::Nutrition, "first").await, Ok(()), "and no other part");
    assert_eq!((single.degraded(), run.degraded()), (Some(OF_AGENT), None));
    ops.set_shutoff_of(&operator, &OfTier(Tier::Free), Stop, "burning", None).await.unwrap();
    assert_eq!(reserve(&run, Agent::Nutrition, "first").await, Err(OF_TIER));
    assert_eq!(run.degraded(), Some(OF_TIER));
    single.settle();
    run.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_instance_sees_each_scope_and_each_expiry_is_closed_once() {
    let (ops, other) = testing::two_instances().await;
    let responder = person(Role::Responder);
    ops.set_shutoff_of(&responder, &OfAgent(Agent::Routine), Stop, "for a while", Some(10)).await.unwrap();
    ops.set_shutoff_of(&responder, &OfTier(Tier::Free), Degrade, "for longer", Some(20)).await.unwrap();
    assert_eq!(told(&other, Agent::Routine, Tier::Free), Ok(None), "not polled yet");
    other.poll_switches().await.unwrap();
    assert_eq!(told(&other, Agent::Routine, Tier::Premium), Err("agent:routine".to_owned()));
    assert_eq!(told(&other, Agent::Insights, Tier::Free), Ok(Some(OF_TIER)));
    ops.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(told(&other, Agent::Routine, Tier::Free), Ok(Some(OF_TIER)), "before any task has run");
    for instance in [&ops, &other, &ops] {
        instance.poll_switches().await.unwrap();
    }
    let ended = |history: Vec<crate::gateway::ShutoffRecord>| -> Vec<_> {
        let mut ended: Vec<_> =
            history.into_iter().map(|record| (record.shutoff.scope.to_string(), record.ended)).collect();
        ended.sort_by(|a, b| a.0.cmp(&b.0));
        ended
    };
    let expired = Some(ShutoffEnd::Expired);
    assert_eq!(
        ended(ops.shutoff_history().await.unwrap()),
        [("agent:routine".to_owned(), expired), ("tier:free".to_owned(), None)]
    );
    ops.clock.advance(SignedDuration::from_mins(10));
    other.poll_switches().await.unwrap();
    assert!(ended(ops.shutoff_history().await.unwrap()).iter().all(|(_, ended)| *ended == expired));
    assert!(other.shutoffs().is_empty());
}

#[tokio::test]
async fn the_blast_radius_is_counted_from_rows_of_the_scope() {
    let ops = with_models().await;
    let asked = [
        ("ada", Agent::Routine, Tier::Free, "q1", "first", 2.0),
        ("ada", Agent::Routine, Tier::Premium, "q2", "second", 1.0),
        ("ben", Agent::Insights, Tier::Free, "q3", "first", 4.0),
        ("cleo", Agent::Orchestrator, Tier::Premium, "q4", "first", 8.0),
        ("old", Agent::Routine, Tier::Free, "q0", "first", 100.0),
    ];
    for (who, agent, tier, id, model, dollars) in asked {
        let (user, ago) = (UserId::parse(who).unwrap(), if who == "old" { 61 } else { 5 });
        let at = ops.clock.now() - SignedDuration::from_mins(ago);
        let event = event(&ops, Some(agent), 200, 40);
        ops.record(RequestEvent {
            request_id: id.into(),
            at,
            user: Some(user.clone()),
            tier: Some(tier),
            cost: MicroUsd::from_usd(dollars),
            ..event
        });
        // A run's calls are booked to the agents of its parts.
        let part = if agent == Agent::Orchestrator { Agent::Routine } else { agent };
        let row = crate::cost::LedgerRow {
            request_id: id.into(),
            at,
            tenant: caller().tenant,
            user: Some(user),
            agent: part,
            tier,
            key_prefix: "hk_1".into(),
            release: "r-1".into(),
            model: Some(model.into()),
            price_version: Some("v1".into()),
            reserved: MicroUsd::from_usd(dollars),
            settled: MicroUsd::from_usd(dollars),
        };
        ops.insert_settled(&[row]).await.unwrap();
    }
    ops.flush_telemetry().await.unwrap();
    let running = [ask(&ops, Agent::Routine, Tier::Free), ask(&ops, Agent::Orchestrator, Tier::Premium)];
    let seen = async |scope: &str| {
        let preview = ops.shutoff_preview(&Scope::parse(scope).unwrap()).await.unwrap();
        assert_eq!(preview.scope.to_string(), scope);
        (
            (preview.people_last_hour, preview.requests_last_hour, preview.runs_last_hour),
            (preview.in_flight, preview.runs_in_flight),
            preview.cost_per_hour_usd,
        )
    };
    assert_eq!(seen("all").await, ((3, 4, 1), (2, 1), 15.0));
    assert_eq!(seen("tier:free").await, ((2, 2, 0), (1, 0), 6.0));
    assert_eq!(seen("tier:premium").await, ((2, 2, 1), (1, 1), 9.0));
    assert_eq!(seen("tier:admin").await, ((0, 0, 0), (0, 0), 0.0));
    assert_eq!(seen("agent:routine").await, ((2, 2, 1), (1, 1), 11.0), "with its part of the run");
    assert_eq!(seen("agent:orchestrator").await, ((1, 1, 1), (1, 1), 8.0));
    assert_eq!(seen("model:first").await, ((3, 3, 1), (0, 1), 14.0));
    assert_eq!(seen("model:second").await, ((1, 1, 0), (0, 1), 1.0));
    for permit in running {
        permit.unwrap().settle();
    }
}

#[tokio::test]
async fn a_shutoff_from_before_scopes_is_of_everything_and_one_of_a_scope_is_open() {
    let ops = testing::ops().await;
    let old = "insert into shutoff (id, mode, reason, set_by, since, is_open) values ($1, 'degrade', 'old', 'ana', 0, 1)";
    sqlx::query(old).bind("s1").execute(ops.db.write()).await.unwrap();
    assert!(sqlx::query(old).bind("s2").execute(ops.db.write()).await.is_err(), "the store keeps it to one");
    ops.load_shutoffs().await.unwrap();
    assert_eq!(ops.shutoff().map(|shutoff| shutoff.reason).as_deref(), Some("old"));
    assert_eq!(told(&ops, Agent::Routine, Tier::Free), Ok(Some("cost shutoff in force")));
}

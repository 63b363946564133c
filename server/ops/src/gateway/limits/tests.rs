//! Limits with time passed in.

use domain::access::Tier;
use domain::agent::Agent;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::testing;

fn limits(change: impl FnOnce(&mut Config)) -> (Limits, Clock) {
    let mut config = Config::defaults();
    change(&mut config);
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    (Limits::new(&config, clock.clone()), clock)
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn refused(limits: &Limits, tier: Tier, agent: Agent, id: &str) -> (u64, String) {
    match limits.admit(&testing::caller("t", tier), agent, Some(&user(id))) {
        Err(Refused { error: Error::TooMany { retry_after_s, limit_source, .. }, .. }) => {
            (retry_after_s, limit_source)
        }
        Err(other) => panic!("{:?}", other.error),
        Ok(_) => panic!("admitted"),
    }
}

#[test]
fn each_person_has_a_minute_of_their_own_and_it_refills() {
    let (limits, clock) = limits(|config| config.agents.per_user_per_minute = 3);
    let ask = |id| {
        limits
            .admit(&testing::caller("t", Tier::Admin), Agent::Routine, Some(&user(id)))
            .map(drop)
            .map_err(|it| it.policy)
    };
    (0..3).for_each(|_| ask("ana").unwrap());
    let told = (20, "3 agent requests a minute for one person".to_owned());
    assert_eq!(refused(&limits, Tier::Admin, Agent::Routine, "ana"), told);
    ask("ben").unwrap();
    clock.advance(SignedDuration::from_secs(20));
    ask("ana").unwrap();
    assert!(ask("ana").is_err());
    clock.advance(SignedDuration::from_secs(3_600));
    limits.forget_idle();
    assert_eq!(lock(&limits.counts).used.len(), 0, "nobody idle is remembered");
}

#[test]
fn the_hourly_limits_are_those_of_the_first_system() {
    let table = [
        (Agent::Behavior, [3, 15, 500]),
        (Agent::Routine, [8, 30, 500]),
        (Agent::Nutrition, [8, 30, 500]),
        (Agent::Insights, [15, 75, 500]),
        (Agent::Circadian, [30, 150, 500]),
        (Agent::Memory, [30, 150, 500]),
        (Agent::Orchestrator, [30, 150, 500]),
    ];
    let (limits, _) = limits(|config| config.agents.per_user_per_minute = 0);
    for (agent, quotas) in table {
        for (tier, quota) in Tier::ALL.into_iter().zip(quotas) {
            let (caller, person) = (testing::caller("t", tier), user(tier.as_str()));
            for left in (0..quota).rev() {
                let (_, allowances) = limits.admit(&caller, agent, Some(&person)).ok().unwrap();
                assert_eq!(
                    (allowances[0].policy.as_str(), allowances[0].remaining),
                    (&*format!("person-{agent}"), left)
                );
            }
            let (wait, what) = refused(&limits, tier, agent, tier.as_str());
            let hour = u64::from(3_600 / quota) + u64::from(3_600 % quota > 0);
            assert_eq!(wait, hour, "{what}");
            assert_eq!(
                what,
                format!("{quota} {agent} requests an hour for one person of tier {}", tier.as_str())
            );
        }
    }
}

#[test]
fn what_runs_at_the_same_time_is_limited_and_given_back() {
    let (limits, _) = limits(|config| (config.limits.person_parallel, config.limits.key_parallel) = (2, 3));
    let caller = testing::caller("t", Tier::Admin);
    let ask = |id| {
        limits
            .admit(&caller, Agent::Memory, Some(&user(id)))
            .map(|(running, _)| running)
            .map_err(|it| it.policy)
    };
    let (first, _second) = (ask("ana").unwrap(), ask("ana").unwrap());
    let told = |whose, most| (1, format!("{most} agent requests at the same time for one {whose}"));
    assert_eq!(refused(&limits, Tier::Admin, Agent::Memory, "ana"), told("person", 2));
    let _third = ask("ben").unwrap();
    assert_eq!(refused(&limits, Tier::Admin, Agent::Memory, "eve"), told("key", 3));
    drop(first);
    drop(ask("ana").unwrap());
    drop(ask("ben").unwrap());
    let counts = lock(&limits.counts);
    assert_eq!(counts.running.values().sum::<u32>(), 4, "two for the people, two for the key");
}

#[test]
fn the_demo_is_exempt_and_a_switch_turns_all_off() {
    let (limits, _) = limits(|config| config.agents.per_user_per_minute = 1);
    limits.exempt("k1");
    for _ in 0..3 {
        limits.admit(&testing::caller("t", Tier::Free), Agent::Routine, Some(&user("u"))).ok().unwrap();
    }
    let (limits, _) = super::tests::limits(|config| {
        (config.limits.enabled, config.agents.per_user_per_minute) = (false, 1);
    });
    for _ in 0..3 {
        let (_, told) =
            limits.admit(&testing::caller("t", Tier::Free), Agent::Routine, Some(&user("u"))).ok().unwrap();
        assert_eq!(told, []);
    }
}

proptest! {
    /// Whatever is asked in whatever order: what is refused uses up nothing of any limit.
    #[test]
    fn a_refused_request_counts_nowhere(asks in prop::collection::vec((0_u8..3, 0_usize..3, 0_i64..200), 1..120)) {
        let (limits, clock) = limits(|config| {
            (config.agents.per_user_per_minute, config.limits.key_per_minute) = (4, 7);
            config.limits.admin.behavior_per_hour = 5;
        });
        let caller = testing::caller("t", Tier::Admin);
        for (id, agent, later) in asks {
            clock.advance(SignedDuration::from_secs(later));
            let before = lock(&limits.counts).used.clone();
            if limits.admit(&caller, Agent::ALL[agent], Some(&user(&id.to_string()))).is_err() {
                prop_assert_eq!(&lock(&limits.counts).used, &before);
            }
        }
        prop_assert!(lock(&limits.counts).running.is_empty());
    }
}

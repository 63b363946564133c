//! Limits with time passed in.

mod change;
mod places;
mod tokens;

use domain::access::Tier;
use domain::agent::Agent;
use domain::limit::book::Book;
use domain::limit::{Quota, Rule};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::error::Error;
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

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap()
}

fn ask(limits: &Limits, tier: Tier, agent: Agent, id: &str) -> Result<Admitted, Box<Refused>> {
    limits.admit(&testing::caller("t", tier), agent, Some(&user(id)), false)
}

fn refused(limits: &Limits, tier: Tier, agent: Agent, id: &str) -> (u64, String) {
    match ask(limits, tier, agent, id).map(|_| ()).unwrap_err().into_error() {
        Error::TooMany { retry_after_s, limit_source, .. } => (retry_after_s.unwrap(), limit_source),
        other => panic!("{other:?}"),
    }
}

/// Puts rules in force beside the defaults.
fn put(limits: &Limits, set: &[(&str, u32)]) {
    let defaults = limits.in_force.get().book.defaults.clone();
    let set = set.iter().map(|(text, quota)| (rule(text), Quota::of(*quota))).collect();
    assert!(limits.in_force.set(limits.in_force.epoch() + 1, InForce::of(Book { defaults, set })));
}

#[test]
fn each_person_has_a_minute_of_their_own_and_it_refills() {
    let (limits, clock) = limits(|config| config.agents.per_user_per_minute = 3);
    let ask = |id| ask(&limits, Tier::Admin, Agent::Routine, id).map(drop).map_err(|it| it.reached.rule);
    (0..3).for_each(|_| ask("ana").unwrap());
    let told = (20, "3 agent requests a minute for one person".to_owned());
    assert_eq!(refused(&limits, Tier::Admin, Agent::Routine, "ana"), told);
    ask("ben").unwrap();
    clock.advance(SignedDuration::from_secs(20));
    ask("ana").unwrap();
    assert_eq!(ask("ana").unwrap_err(), "requests:minute:person=*");
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
            let (tier_name, person) = (tier.as_str(), tier.as_str());
            let name = format!("requests:hour:tier={tier_name},agent={agent},person=*");
            for left in (0..quota).rev() {
                let allowances = ask(&limits, tier, agent, person).unwrap().allowances;
                assert_eq!((&*allowances[0].policy, allowances[0].remaining), (name.as_str(), left));
            }
            let (wait, what) = refused(&limits, tier, agent, person);
            let hour = u64::from(3_600 / quota) + u64::from(3_600 % quota > 0);
            assert_eq!(wait, hour, "{what}");
            assert_eq!(what, format!("{quota} {agent} requests an hour for one person of tier {tier_name}"));
        }
    }
}

#[test]
fn what_runs_at_the_same_time_is_limited_and_given_back() {
    let (limits, _) = limits(|config| (config.limits.person_parallel, config.limits.key_parallel) = (2, 3));
    let ask =
        |id| ask(&limits, Tier::Admin, Agent::Memory, id).map(|it| it.running).map_err(|it| it.reached.rule);
    let (first, _second) = (ask("ana").unwrap(), ask("ana").unwrap());
    let told = |whose, most| (1, format!("{most} agent requests at the same time for one {whose}"));
    assert_eq!(refused(&limits, Tier::Admin, Agent::Memory, "ana"), told("person", 2));
    let _third = ask("ben").unwrap();
    assert_eq!(refused(&limits, Tier::Admin, Agent::Memory, "eve"), told("key", 3));
    drop(first);
    drop(ask("ana").unwrap());
    drop(ask("ben").unwrap());
    let counts = lock(&limits.counts);
    assert_eq!(
        counts.running.values().map(|it| it.used).sum::<u32>(),
        4,
        "two for the people, two for the key"
    );
}

#[test]
fn the_demo_is_exempt_and_a_switch_turns_all_off() {
    let (one, _) = limits(|config| config.agents.per_user_per_minute = 1);
    one.exempt("k1");
    let (off, _) = limits(|config| (config.limits.enabled, config.agents.per_user_per_minute) = (false, 1));
    put(&off, &[("requests:day", 1), ("tokens:day", 1)]);
    for limits in [one, off] {
        for _ in 0..3 {
            assert_eq!(ask(&limits, Tier::Free, Agent::Routine, "u").unwrap().allowances, []);
        }
    }
}

#[test]
fn whoever_waits_as_told_passes_every_limit() {
    let (limits, clock) = limits(|config| {
        config.agents.per_user_per_minute = 1;
        config.limits.admin.behavior_per_hour = 1;
    });
    drop(ask(&limits, Tier::Admin, Agent::Behavior, "u").unwrap());
    let (wait, what) = refused(&limits, Tier::Admin, Agent::Behavior, "u");
    assert_eq!((wait, what.as_str()), (3_600, "1 behavior requests an hour for one person of tier admin"));
    clock.advance(SignedDuration::from_secs(i64::try_from(wait).unwrap()));
    drop(ask(&limits, Tier::Admin, Agent::Behavior, "u").unwrap());
}

#[test]
fn the_limit_that_said_no_tells_all_about_itself() {
    let (limits, _) = limits(|_| {});
    (0..3).for_each(|_| drop(ask(&limits, Tier::Free, Agent::Behavior, "u").unwrap()));
    let refused = ask(&limits, Tier::Free, Agent::Behavior, "u").map(|_| ()).unwrap_err();
    let expected = Reached {
        rule: "requests:hour:tier=free,agent=behavior,person=*".to_owned(),
        resource: "requests",
        quota: 3,
        window_s: Some(3_600),
        asked: 1,
        used: 3,
        free_in_s: Some(1_200),
        whole_in_s: Some(3_600),
        source: "default",
        change: "Somebody with the role operator or higher can raise it on the console's page Cost, Limits."
            .to_owned(),
        change_at: "/cost/limits/change?of=requests:hour:tier%3Dfree,agent%3Dbehavior,person%3D*".to_owned(),
    };
    assert_eq!((&refused.reached, refused.label.as_str()), (&expected, expected.rule.as_str()));
    put(&limits, &[("requests:minute:person=t/u", 1)]);
    let refused = ask(&limits, Tier::Free, Agent::Routine, "u").map(|_| ()).unwrap_err();
    assert_eq!((refused.label.as_str(), refused.reached.source), ("requests:minute:person=one", "set"));
    assert_eq!(refused.told, "1 agent requests a minute for one person");
    assert_eq!(refused.reached.used, 3, "what was used under the wider rule");
}

#[test]
fn a_narrower_rule_takes_the_place_of_a_wider_one_and_knows_what_was_used() {
    let (limits, _) = limits(|config| config.agents.per_user_per_minute = 4);
    let left = |id| ask(&limits, Tier::Premium, Agent::Memory, id).map(|it| it.allowances[0].remaining).ok();
    assert_eq!((left("u"), left("u"), left("v")), (Some(3), Some(2), Some(3)));
    put(&limits, &[("requests:minute:tier=premium,person=*", 10), ("requests:minute:person=t/v", 2)]);
    assert_eq!((left("u"), left("v"), left("v")), (Some(7), Some(0), None));
    put(&limits, &[("requests:minute:person=t/v", 0)]);
    assert_eq!(left("u"), Some(0), "the fourth of four again");
    let without = ask(&limits, Tier::Premium, Agent::Memory, "v").unwrap().allowances;
    assert!(without.iter().all(|it| !it.policy.starts_with("requests:minute")), "one person without a limit");
    put(&limits, &[("requests:minute", 5)]);
    assert_eq!(
        left("v"),
        Some(4),
        "what counts something else holds beside it: nobody was counted by it yet"
    );
}

#[test]
fn standings_say_who_is_nearest_and_what_another_quota_would_do() {
    let (limits, clock) = limits(|_| {});
    let ask = |tier, id| drop(ask(&limits, tier, Agent::Memory, id).unwrap());
    (0..5).for_each(|_| ask(Tier::Free, "ana"));
    (0..2).for_each(|_| ask(Tier::Premium, "ben"));
    ask(Tier::Free, "eve");
    let person = rule("requests:minute:person=*");
    let standing = limits.standings()[&*person.to_string()].clone();
    assert_eq!((standing.subjects, standing.most), (3, 5));
    assert_eq!(standing.nearest.unwrap().parts(), [("person", "t/ana".to_owned())]);
    let tried = |text: &str, quota| {
        let tried = limits.tried(&rule(text), Quota::of(quota));
        tried.map(|tried| (tried.subjects, tried.above, tried.most))
    };
    assert_eq!(tried("requests:minute:person=*", 2), Some((3, 2, 5)));
    assert_eq!(tried("requests:minute:tier=free,person=*", 2), Some((2, 1, 5)));
    assert_eq!(tried("requests:minute:tenant=t,person=*", 0), Some((3, 0, 5)));
    assert_eq!(tried("requests:minute:tenant=other,person=*", 1), Some((0, 0, 0)));
    assert_eq!(tried("requests:minute:person=t/ben", 2), Some((1, 1, 2)));
    assert_eq!(tried("requests:minute:key=hk_1,person=*", 2), None, "a person's key is not known");
    assert_eq!(tried("requests:day:person=*", 2), None, "nobody counts that yet");
    clock.advance(SignedDuration::from_secs(60));
    assert_eq!(tried("requests:minute:person=*", 2), Some((0, 0, 0)));
}

proptest! {
    /// Whatever is asked in whatever order, whatever rules come and go: what is refused uses up nothing of any limit, and an edit
    /// changes nobody's use.
    #[test]
    fn a_refused_request_counts_nowhere_and_an_edit_changes_no_use(
        asks in prop::collection::vec((0_u8..3, 0_usize..3, 0_i64..200, prop::option::weighted(0.2, (0_usize..4, 0_u32..6))), 1..120),
    ) {
        let (limits, clock) = limits(|config| {
            (config.agents.per_user_per_minute, config.limits.key_per_minute) = (4, 7);
            config.limits.admin.behavior_per_hour = 5;
        });
        let editable = ["requests:minute:person=*", "requests:minute:person=t/1", "requests:minute:key=hk_1", "requests:hour:agent=behavior,person=t/0"];
        let uses = || -> std::collections::HashMap<_, _> {
            lock(&limits.counts).used.iter().map(|(of, it)| (Arc::clone(of), it.used)).collect()
        };
        for (id, agent, later, edit) in asks {
            clock.advance(SignedDuration::from_secs(later));
            let before = uses();
            if let Some((which, quota)) = edit {
                put(&limits, &[(editable[which], quota)]);
                prop_assert_eq!(&uses(), &before);
            }
            match ask(&limits, Tier::Admin, Agent::ALL[agent], &id.to_string()) {
                Err(_) => prop_assert_eq!(&uses(), &before),
                Ok(admitted) => for allowance in admitted.allowances.iter().filter(|it| it.window.is_some()) {
                    prop_assert!(allowance.remaining < allowance.quota);
                },
            }
        }
        prop_assert!(lock(&limits.counts).running.is_empty());
    }
}

/// Not a test of anything: `cargo test -p ops admission_time -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn admission_time() {
    for rules in [0, 20, 500] {
        let (limits, _) = limits(|config| {
            (config.agents.per_user_per_minute, config.limits.key_per_minute) = (1_000_000, 1_000_000);
            (config.limits.admin.behavior_per_hour, config.limits.key_tokens_per_minute) =
                (1_000_000, 1_000_000);
        });
        let texts: Vec<String> = (0..rules)
            .map(|n| match n % 4 {
                0 => format!("requests:minute:person=t/p{n}"),
                1 => format!("requests:minute:key=hk_{n}"),
                2 => format!("requests:hour:agent=behavior,person=t/p{n}"),
                _ => format!("tokens:day:tenant=t{n}"),
            })
            .collect();
        put(&limits, &texts.iter().map(|text| (text.as_str(), 1_000_000)).collect::<Vec<_>>());
        let people: Vec<UserId> = (0..1_000).map(|n| user(&format!("p{n}"))).collect();
        let caller = testing::caller("t", Tier::Admin);
        let began = std::time::Instant::now();
        let rounds = 200_000;
        for n in 0..rounds {
            drop(limits.admit(&caller, Agent::Behavior, Some(&people[n % 1_000]), true).unwrap());
        }
        eprintln!("{rules} rules set: {} ns an admission", began.elapsed().as_nanos() / rounds as u128);
    }
}

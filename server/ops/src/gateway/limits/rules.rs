//! Which limits a request must pass, by configuration.

use std::time::Duration;

use domain::agent::Agent;
use domain::id::UserId;
use domain::rate::Rate;

use super::{Asked, Limit, Subject};
use crate::access::Caller;
use crate::config::Limits;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// In the order in which they are asked; the first that says no is named.
pub(super) fn of(
    config: &Limits,
    person_per_minute: u32,
    caller: &Caller,
    agent: Agent,
    user: Option<&UserId>,
) -> Vec<Asked> {
    if !config.enabled {
        return Vec::new();
    }
    let key = Subject::Key(caller.key_id.clone());
    let of_key = || {
        rate("key".to_owned(), &key, config.key_per_minute, MINUTE, |most| {
            format!("{most} agent requests a minute for one key")
        })
    };
    let key_parallel = || parallel("key-parallel", &key, config.key_parallel, "key");
    let Some(user) = user else {
        return [of_key(), key_parallel()].into_iter().flatten().collect();
    };
    let person = Subject::Person(caller.tenant.clone(), user.clone());
    let of_agent = Subject::PersonAgent(caller.tenant.clone(), user.clone(), agent);
    let tier = caller.tier.as_str();
    let hourly = config.tier(caller.tier).per_hour(agent);
    let asked = [
        rate("person".to_owned(), &person, person_per_minute, MINUTE, |most| {
            format!("{most} agent requests a minute for one person")
        }),
        rate(format!("person-{agent}"), &of_agent, hourly, HOUR, |most| {
            format!("{most} {agent} requests an hour for one person of tier {tier}")
        }),
        of_key(),
        parallel("person-parallel", &person, config.person_parallel, "person"),
        key_parallel(),
    ];
    asked.into_iter().flatten().collect()
}

fn rate(
    policy: String,
    subject: &Subject,
    quota: u32,
    window: Duration,
    what: impl Fn(u32) -> String,
) -> Option<Asked> {
    let rate = Rate::new(quota, window)?;
    Some(Asked { policy, subject: subject.clone(), limit: Limit::Rate(rate), what: what(quota) })
}

fn parallel(policy: &str, subject: &Subject, most: u32, whose: &str) -> Option<Asked> {
    (most > 0).then(|| Asked {
        policy: policy.to_owned(),
        subject: subject.clone(),
        limit: Limit::Parallel(most),
        what: format!("{most} agent requests at the same time for one {whose}"),
    })
}

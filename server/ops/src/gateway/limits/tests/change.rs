//! Limits that people set: who may, what it does to the next request, and what it never does: reset a use.

use domain::access::{Role, Scope as KeyScope};

use super::*;
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::AuditFilter;
use crate::gateway::{Admission, LimitSource};

const PASSWORD: &str = "a long enough sentence";
const MINUTE: &str = "requests:minute:person=*";

async fn person(ops: &Ops, name: &str, role: Role) -> Actor {
    let email = format!("{name}@example.org");
    let account = ops.create_user(&Actor::CommandLine, &email, role, PASSWORD).await.unwrap();
    Actor::Person { id: account.id, email, role }
}

fn key() -> Actor {
    Actor::Key { id: "k".into(), prefix: "hk_1".into(), scopes: vec![KeyScope::OpsAct] }
}

/// Asks once; what is left of the first limit, or which one said no.
fn ask(ops: &Ops, id: &str) -> Result<u32, String> {
    let admission = Admission { request_id: "q".into(), agent: Agent::Memory, user: Some(user(id)) };
    match ops.admit(&testing::caller("t", Tier::Premium), admission) {
        Ok(permit) => {
            let left = permit.allowances()[0].remaining;
            permit.settle();
            Ok(left)
        }
        Err(Error::TooMany { reached, .. }) => Err(reached.unwrap().rule),
        Err(other) => panic!("{other:?}"),
    }
}

async fn audited(ops: &Ops, action: &str) -> Vec<(String, String)> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    let entries = ops.audit_entries(&filter).await.unwrap();
    entries.into_iter().map(|entry| (entry.actor, entry.detail)).collect()
}

#[tokio::test]
async fn a_change_is_in_force_for_the_next_request_and_resets_no_use() {
    let ops = testing::ops().await;
    let (ana, olga) =
        (person(&ops, "ana", Role::Responder).await, person(&ops, "olga", Role::Operator).await);
    let each = rule(MINUTE);
    for left in (50..60).rev() {
        assert_eq!(ask(&ops, "u"), Ok(left));
    }
    ops.set_limit(&ana, &each, Quota::of(12), "a loop", "").await.unwrap();
    assert_eq!((ask(&ops, "u"), ask(&ops, "u"), ask(&ops, "u")), (Ok(1), Ok(0), Err(MINUTE.to_owned())));
    ops.set_limit(&olga, &each, Quota::of(13), "it is fixed", PASSWORD).await.unwrap();
    assert_eq!((ask(&ops, "u"), ask(&ops, "u")), (Ok(0), Err(MINUTE.to_owned())), "thirteen were used");
    ops.reset_limit(&olga, &each, "as it was", PASSWORD).await.unwrap();
    assert_eq!(ask(&ops, "u"), Ok(46));
    let history = ops.limit_history(&each).await.unwrap();
    let moves: Vec<_> = history.iter().map(|it| (it.before, it.quota, it.by.as_str())).collect();
    let (ana, olga) = ("ana@example.org", "olga@example.org");
    assert_eq!(moves, [(Some(13), None, olga), (Some(12), Some(13), olga), (Some(60), Some(12), ana)]);
    let set = audited(&ops, "limit.set").await;
    assert_eq!(
        set.last().unwrap(),
        &(ana.to_owned(), "agent requests a minute, each person: 60 to 12: a loop".to_owned())
    );
    assert_eq!(
        audited(&ops, "limit.reset").await[0].1,
        "agent requests a minute, each person: 13 to 60, the default: as it was"
    );
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}

#[tokio::test]
async fn letting_more_through_needs_an_operator_with_their_password_and_a_refusal_is_audited() {
    let ops = testing::ops().await;
    let (ana, olga) =
        (person(&ops, "ana", Role::Responder).await, person(&ops, "olga", Role::Operator).await);
    let vera = person(&ops, "vera", Role::Viewer).await;
    let (each, one) = (rule(MINUTE), rule("requests:minute:person=t/u"));
    assert!(matches!(
        ops.set_limit(&vera, &each, Quota::of(1), "less", "").await,
        Err(Error::Forbidden { .. })
    ));
    ops.set_limit(&key(), &each, Quota::of(50), "by a program", "").await.unwrap();
    // One person above all of them is more, too; so is no limit.
    let raises =
        [(&each, Quota::of(51)), (&each, Quota::NoLimit), (&one, Quota::of(51)), (&one, Quota::NoLimit)];
    for (rule, quota) in raises {
        let refused = async |actor: &Actor, password: &str| {
            ops.set_limit(actor, rule, quota, "more", password).await.unwrap_err()
        };
        assert!(matches!(refused(&key(), "").await, Error::Forbidden { needs } if needs.contains("console")));
        assert!(matches!(refused(&ana, PASSWORD).await, Error::Forbidden { .. }));
        let fault = refused(&olga, "").await;
        assert!(matches!(fault, Error::Invalid(faults) if faults[0].field == "password"));
    }
    let wrong = ops.set_limit(&olga, &each, Quota::of(51), "more", "not the password").await.unwrap_err();
    assert!(matches!(wrong, Error::Invalid(faults) if faults[0].field == "password"));
    assert!(matches!(ops.reset_limit(&key(), &each, "back", "").await, Err(Error::Forbidden { .. })));
    assert_eq!(audited(&ops, "limit.refused").await.len(), 3 * 4 + 1);
    assert_eq!(ops.limit_rule(&each, true).await.unwrap().quota, Some(50), "nothing was changed");
    // One person below all of them is less, and to let them go again is more.
    ops.set_limit(&ana, &one, Quota::of(2), "asks in a loop", "").await.unwrap();
    assert!(matches!(ops.reset_limit(&ana, &one, "enough", "").await, Err(Error::Forbidden { .. })));
    ops.reset_limit(&olga, &one, "enough", PASSWORD).await.unwrap();
    assert_eq!(ops.limit_rule(&one, true).await.unwrap().source, LimitSource::None);
    for (rule, quota) in [(&each, Some(Quota::of(50))), (&one, None)] {
        let again = match quota {
            Some(quota) => ops.set_limit(&olga, rule, quota, "the same", PASSWORD).await,
            None => ops.reset_limit(&olga, rule, "nothing there", PASSWORD).await,
        };
        assert!(matches!(again, Err(Error::Conflict(_))));
    }
    let fault = ops.set_limit(&ana, &each, Quota::of(1), "no", "").await.unwrap_err();
    assert!(matches!(fault, Error::Invalid(faults) if faults[0].field == "reason"));
}

#[tokio::test]
async fn another_instance_follows_an_edit_and_knows_what_this_one_refused() {
    let (ops, other) = testing::two_instances().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let one = rule("requests:minute:person=t/u");
    ops.set_limit(&ana, &one, Quota::of(1), "asks in a loop", "").await.unwrap();
    let mut watch = other.events.subscribe();
    assert_eq!((ask(&other, "u"), ask(&other, "u")), (Ok(59), Ok(58)), "not polled yet");
    other.poll_switches().await.unwrap();
    assert_eq!(watch.try_recv().unwrap().topic.as_str(), "limits");
    assert_eq!(
        (ask(&other, "u"), ask(&other, "u")),
        (Err(one.to_string()), Err(one.to_string())),
        "two were used"
    );
    assert_eq!((ask(&ops, "u"), ask(&ops, "u")), (Ok(0), Err(one.to_string())), "each counts for itself");
    for instance in [&ops, &other, &ops] {
        instance.flush_limit_refusals().await.unwrap();
    }
    for instance in [&ops, &other] {
        assert_eq!(instance.limit_rule(&one, true).await.unwrap().refused_last_hour, 3);
    }
    ops.clock.advance(SignedDuration::from_mins(61));
    let preview = other.limit_preview(&one, Quota::of(1)).await.unwrap();
    assert_eq!((preview.refused_last_hour, preview.refused_last_day), (0, 3));
    ops.clock.advance(SignedDuration::from_hours(9 * 24));
    ops.trim_limit_refusals().await.unwrap();
    let rows: i64 =
        sqlx::query_scalar("select count(*) from limit_refusal").fetch_one(ops.db.read()).await.unwrap();
    assert_eq!(rows, 0);
    // And so does one that starts later.
    let third = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    assert_eq!(third.limit_rule(&one, true).await.unwrap().quota, Some(1));
}

#[tokio::test]
async fn rules_are_read_with_where_they_are_from_and_who_is_nearest() {
    let ops = testing::ops_with(|config| {
        config.limits.rules = vec![crate::config::LimitRules {
            tenant: "t".to_owned(),
            tokens_per_day: Some(9),
            ..Default::default()
        }];
    })
    .await;
    let ana = person(&ops, "ana", Role::Responder).await;
    let one = rule("requests:minute:person=t/u");
    ops.set_limit(&ana, &one, Quota::of(4), "asks in a loop", "").await.unwrap();
    (0..4).for_each(|n| assert_eq!(ask(&ops, "u"), Ok(3 - n)));
    ask(&ops, "v").unwrap();
    let rules = ops.limit_rules(true).await.unwrap();
    assert_eq!(rules.len(), 5 + 3 * (8 + 2) + 2, "settings, one free rule, one set");
    let own = rules.iter().find(|it| it.rule == one.to_string()).unwrap();
    assert_eq!((own.source, own.nearest_used, own.nearest_share), (LimitSource::Set, 4, Some(1.0)));
    assert_eq!((own.nearest.as_deref(), own.wider.as_deref()), (Some("person t/u"), Some(MINUTE)));
    let free = rules.iter().find(|it| it.rule == "tokens:day:tenant=t").unwrap();
    assert_eq!((free.source, free.quota, free.default_quota), (LimitSource::Default, Some(9), Some(9)));
    let for_everybody = ops.limit_rules(false).await.unwrap();
    assert_eq!(for_everybody.len(), rules.len() - 1);
    let told = serde_json::to_string(&for_everybody).unwrap();
    assert!(!told.contains("t/u") && !told.contains("t/v"), "{told}");
    let preview =
        ops.limit_preview(&rule("requests:minute:tier=premium,person=*"), Quota::of(70)).await.unwrap();
    assert_eq!(
        (preview.subjects, preview.above, preview.loosens),
        (Some(1), Some(0), true),
        "one has a rule of their own"
    );
    assert_eq!(preview.instead_of.as_deref(), Some("agent requests a minute, each person: 60"));
}

#[tokio::test]
async fn a_set_quota_stands_in_place_of_a_changed_file() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    ops.set_limit(&ana, &rule(MINUTE), Quota::of(5), "a line", "").await.unwrap();
    let mut config = ops.config.clone();
    config.agents.per_user_per_minute = 7;
    let later = Ops::open(config, ops.clock.clone()).await.unwrap();
    let read = later.limit_rule(&rule(MINUTE), true).await.unwrap();
    assert_eq!(
        (read.quota, read.default_quota, read.set_by.as_deref()),
        (Some(5), Some(7), Some("ana@example.org"))
    );
}

//! What people read before they change a cap: computed from the sums and rows there are.

use super::*;

#[tokio::test]
async fn a_preview_says_who_would_be_hit() {
    let ops = testing::ops().await;
    let nutrition = rule("agent:nutrition:day");
    for user in ["a", "b", "c"] {
        spend(&ops, Agent::Nutrition, user, 0.8).await;
    }
    ops.clock.advance(SignedDuration::from_hours(2));
    spend(&ops, Agent::Nutrition, "d", 0.8).await;
    spend(&ops, Agent::Routine, "e", 0.5).await;
    let _under_way = hold(&ops, Agent::Nutrition, "d", 0.3).await.unwrap();
    ops.return_leases().await.unwrap();

    let low = ops.cap_preview(&nutrition, usd(3.0)).await.unwrap();
    assert_eq!((low.sums, low.full, low.minutes_left, low.raises), (1, 1, Some(0), false));
    assert_eq!((low.spent_usd, low.held_usd, low.people, low.people_last_hour), (3.2, 0.3, 4, 1));
    assert_eq!((low.calls_last_hour, low.last_hour_usd), (2, 0.8), "the one under way has cost nothing yet");
    let high = ops.cap_preview(&nutrition, usd(4.0)).await.unwrap();
    assert_eq!((high.full, high.minutes_left), (0, Some(60)));
    let none = ops.cap_preview(&nutrition, Amount::NoCap).await.unwrap();
    assert_eq!((none.amount_usd, none.full, none.minutes_left), (None, 0, None));

    let each = ops.cap_preview(&rule("agent:*:day"), usd(0.5)).await.unwrap();
    assert_eq!((each.sums, each.full, each.minutes_left), (2, 2, None));
    assert_eq!(each.full_names, ["nutrition", "routine"]);
    let people = ops.cap_preview(&rule("person:premium:day"), usd(0.8)).await.unwrap();
    assert_eq!((people.sums, people.full, people.full_names.len()), (5, 4, 0));
    assert_eq!(ops.cap_preview(&rule("person:free:day"), usd(0.8)).await.unwrap().sums, 0);
    let one = ops.cap_preview(&rule("person:t/e:month"), usd(0.5)).await.unwrap();
    assert_eq!((one.full, one.window.as_str(), one.people), (1, "2026-03", 1));
    let month = ops.cap_preview(&rule("global:month"), usd(10.0)).await.unwrap();
    assert_eq!((month.spent_usd, month.people, month.full), (3.7, 5, 0));
}

#[tokio::test]
async fn what_has_a_cap_of_its_own_is_not_hit_by_the_broader_one() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    spend(&ops, Agent::Nutrition, "a", 0.8).await;
    spend(&ops, Agent::Routine, "b", 0.8).await;
    ops.set_cap(&ana, &rule("agent:routine:day"), usd(9.0), "its own", "").await.unwrap();
    ops.set_cap(&ana, &rule("person:t/b:day"), usd(3.0), "their own", "").await.unwrap();
    assert_eq!(ops.cap_preview(&rule("agent:*:day"), usd(0.1)).await.unwrap().full_names, ["nutrition"]);
    assert_eq!(ops.cap_preview(&rule("person:premium:day"), usd(0.1)).await.unwrap().full, 1);
}

#[tokio::test]
async fn sums_and_rules_tell_where_a_cap_is_from() {
    let ops = testing::ops().await;
    let ana = person(&ops, "ana", Role::Responder).await;
    spend(&ops, Agent::Routine, "u", 0.4).await;
    ops.set_cap(&ana, &rule("agent:*:day"), usd(0.8), "a line", "").await.unwrap();
    let sums = ops.caps_now(true).await.unwrap();
    let of = |rule: &str| sums.iter().find(|sum| sum.rule == rule).unwrap();
    let routine = of("agent:routine:day");
    assert_eq!((routine.cap_usd, routine.share, routine.source), (Some(0.8), Some(0.5), CapSource::Set));
    assert_eq!((of("person:t/u:day").cap_usd, of("budget:day").source), (Some(5.0), CapSource::Default));

    ops.set_cap(&ana, &rule("person:t/u:day"), usd(0.5), "asks in a loop", "").await.unwrap();
    let all = ops.cap_rules(true).await.unwrap();
    let own = all.iter().find(|it| it.rule == "person:t/u:day").unwrap();
    assert_eq!(
        (own.amount_usd, own.default_usd, own.set_by.as_deref()),
        (Some(0.5), Some(5.0), Some("ana@example.org"))
    );
    assert!(ops.cap_rules(false).await.unwrap().iter().all(|it| it.rule != "person:t/u:day"));
    let from_each = ops.cap_rule(&rule("agent:memory:day")).await.unwrap();
    assert_eq!((from_each.amount_usd, from_each.from.as_str()), (Some(0.8), "agent:*:day"));
    assert_eq!((from_each.source, from_each.reason.as_deref()), (CapSource::Set, Some("a line")));
}

//! How people took it: each share has its own whole.

use domain::agent::Agent;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::profile::Profile;
use jiff::SignedDuration;

use super::{measure, report};
use crate::agent_quality::Span;
use crate::people::tests::{caller, user};
use crate::{Ops, testing};

/// An insight that was first shown `shown` and what became of it.
async fn insight(
    ops: &Ops,
    id: &str,
    shown: Option<i64>,
    rating: Option<i64>,
    helpful: Option<i64>,
    dismissed: bool,
) {
    let sql = "insert into insight (id, tenant, user_id, category, meaning, content_hash, body, created_at, first_shown_at,
                   acknowledged_at, rated_at, rating, helpful, dismissed_at)
               values ($1, 't', 'u', 'sleep', 'm', 'h', '{}', 0, $2, $2, $3, $4, $5, $6)";
    let now = ops.clock.now_ms();
    sqlx::query(sql)
        .bind(id.to_owned())
        .bind(shown)
        .bind(rating.or(helpful).map(|_| now))
        .bind(rating)
        .bind(helpful)
        .bind(dismissed.then_some(now))
        .execute(ops.db.write())
        .await
        .unwrap();
}

#[tokio::test]
async fn reactions_are_of_what_was_shown_in_the_window() {
    let ops = testing::ops().await;
    let now = ops.clock.now_ms();
    let two_days_ago = now - 2 * 86_400_000;
    insight(&ops, "a", Some(now), Some(5), Some(1), false).await;
    insight(&ops, "b", Some(now - 3_600_000), Some(2), Some(0), true).await;
    insight(&ops, "c", Some(now - 7_200_000), None, None, false).await;
    insight(&ops, "old", Some(two_days_ago), Some(1), Some(0), true).await;
    insight(&ops, "unseen", None, None, None, false).await;
    let day = report(&ops, Agent::Insights, Span::Day).await;
    let of = |name| (measure(&day, name).count, measure(&day, name).of);
    assert_eq!((of("insights-acknowledged"), of("insights-dismissed")), ((3, 3), (1, 3)));
    assert_eq!((of("insights-rated"), of("insights-helpful")), ((2, 3), (1, 2)));
    assert_eq!(measure(&day, "insights-rated").note.as_deref(), Some("mean rating 3.5 of 5, from 2"));
    let week = report(&ops, Agent::Insights, Span::Week).await;
    assert_eq!((measure(&week, "insights-rated").count, measure(&week, "insights-rated").of), (3, 4));
}

#[tokio::test]
async fn check_ins_of_meals_are_nutritions_and_the_others_routines() {
    let ops = testing::ops().await;
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    let today = jiff::tz::TimeZone::UTC.to_datetime(ops.clock.now()).date();
    let report_of = |task: String, status, rating| CheckIn {
        task_id: task,
        title: None,
        status,
        rating,
        date: today,
        note: None,
    };
    let done = [
        report_of(format!("{today}-easy-walk"), CheckInStatus::Done, Some(4)),
        report_of(format!("{today}-mindful-meal-pause"), CheckInStatus::Skipped, None),
        report_of(format!("{today}-stretch"), CheckInStatus::Partial, Some(5)),
        report_of(format!("{today}-meal-lunch"), CheckInStatus::Skipped, None),
    ];
    ops.add_check_ins(&caller("t"), &user("u"), done.to_vec()).await.unwrap();
    let shares = async |agent| {
        let found = report(&ops, agent, Span::Hour).await;
        ["check-ins-done", "check-ins-partial", "check-ins-skipped"]
            .map(|name| (measure(&found, name).count, measure(&found, name).of))
    };
    assert_eq!(shares(Agent::Routine).await, [(1, 3), (1, 3), (1, 3)]);
    assert_eq!(shares(Agent::Nutrition).await, [(0, 1), (0, 1), (1, 1)]);
    let found = report(&ops, Agent::Routine, Span::Hour).await;
    assert_eq!(measure(&found, "check-ins-done").note.as_deref(), Some("mean rating 4.5 of 5, from 2"));
    ops.clock.advance(SignedDuration::from_hours(3));
    assert_eq!(shares(Agent::Routine).await, [(0, 0); 3]);
}

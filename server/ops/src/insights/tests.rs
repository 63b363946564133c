use agents::insights::{KnownInsight, State};
use domain::agent::Agent;
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::profile::Profile;
use jiff::SignedDuration;
use serde_json::Value;

use super::{InsightFeedback, InsightFilter, store};
use crate::Ops;
use crate::answers::AgentRequest;
use crate::error::Error;
use crate::page::PageRequest;
use crate::people::tests::{caller, user};
use crate::testing;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// 30 days with short nights, always at the same time, and quiet weekends.
async fn someone(ops: &Ops) {
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    add_days(ops, 0, 30, 9_000.0).await;
}

/// Days that end `later` days after yesterday.
async fn add_days(ops: &Ops, later: i64, days: i64, steps: f64) {
    let midnight: jiff::Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    let mut batch = Vec::new();
    for back in 1..=days {
        let start = midnight + DAY * i32::try_from(later - back).unwrap();
        let free = jiff::tz::TimeZone::UTC.to_datetime(start).date().weekday().to_monday_zero_offset() >= 5;
        let mut push = |kind: BiomarkerKind, value: f64, minutes: i64| {
            batch.push(Biomarker {
                category: kind.category(),
                kind,
                value,
                unit: kind.unit().to_owned(),
                aggregation: None,
                periodicity: None,
                start,
                end: start + SignedDuration::from_mins(minutes),
                source: None,
            });
        };
        push(BiomarkerKind::Steps, if free { 3_000.0 } else { steps }, 1_400);
        push(BiomarkerKind::SleepDuration, 350.0, 370);
    }
    ops.add_biomarkers(&caller("t"), &user("u"), batch).await.unwrap();
}

fn request() -> AgentRequest {
    AgentRequest {
        request_id: "r".to_owned(),
        agent: Agent::Insights,
        user: user("u"),
        archetype: None,
        force_refresh: true,
        routine: agents::routine::RoutineWishes::default(),
        nutrition: agents::nutrition::NutritionWishes::default(),
        query: String::new(),
    }
}

async fn generate(ops: &Ops) -> Vec<Value> {
    let asked = ops.ask_agent(&caller("t"), &request()).await;
    asked.answer.unwrap().content["insights"].as_array().unwrap().clone()
}

async fn open() -> Ops {
    let ops = testing::ops_with(|config| config.limits.enabled = false).await;
    someone(&ops).await;
    ops
}

async fn latest(ops: &Ops) -> Vec<Value> {
    let all = InsightFilter::default();
    ops.latest_insights(&caller("t"), &user("u"), all, &PageRequest::default()).await.unwrap().items
}

async fn stored(ops: &Ops) -> Vec<Value> {
    ops.insights(&caller("t").tenant, &user("u"), &PageRequest::default()).await.unwrap().items
}

async fn known(ops: &Ops) -> Vec<KnownInsight> {
    store::known_insights(&ops.db, &caller("t").tenant, &user("u"), 0).await.unwrap()
}

fn id(insight: &Value) -> &str {
    insight["id"].as_str().unwrap()
}

fn ids(insights: &[Value]) -> Vec<String> {
    insights.iter().map(|insight| id(insight).to_owned()).collect()
}

fn of<'a>(insights: &'a [Value], wanted: &Value) -> &'a Value {
    insights.iter().find(|insight| insight["id"] == wanted["id"]).unwrap()
}

fn rating(rating: u8) -> InsightFeedback {
    InsightFeedback { rating: Some(rating), ..InsightFeedback::default() }
}

#[tokio::test]
async fn a_life_from_new_to_its_end() {
    let ops = open().await;
    let made = generate(&ops).await;
    assert!(made.len() >= 3, "{made:#?}");
    assert!(stored(&ops).await.iter().all(|it| it["state"] == "new" && it["first_shown_at"].is_null()));
    let shown = latest(&ops).await;
    assert_eq!(ids(&shown), ids(&made), "in the order of the run");
    assert!(shown.iter().all(|it| it["state"] == "surfaced" && it["shown_days"] == 1));
    ops.clock.advance(SignedDuration::from_hours(3));
    assert_eq!(latest(&ops).await, shown, "shown twice a day counts once");
    ops.clock.advance(DAY);
    let next = latest(&ops).await;
    assert_eq!(
        (&next[0]["shown_days"], &next[0]["first_shown_at"]),
        (&2.into(), &shown[0]["first_shown_at"])
    );
    assert_ne!(next[0]["last_shown_at"], shown[0]["last_shown_at"]);

    let one = &made[0];
    ops.acknowledge_insight(&caller("t"), id(one)).await.unwrap();
    let at = of(&stored(&ops).await, one)["acknowledged_at"].clone();
    assert_eq!(of(&stored(&ops).await, one)["state"], "acknowledged");
    ops.clock.advance(SignedDuration::from_hours(1));
    ops.acknowledge_insight(&caller("t"), id(one)).await.unwrap();
    assert_eq!(of(&stored(&ops).await, one)["acknowledged_at"], at, "the first time stays");
    ops.rate_insight(&caller("t"), &user("u"), id(one), rating(4)).await.unwrap();
    let comment = InsightFeedback { comment: Some("true".to_owned()), ..InsightFeedback::default() };
    ops.rate_insight(&caller("t"), &user("u"), id(one), comment).await.unwrap();
    let rated = of(&stored(&ops).await, one).clone();
    assert_eq!(
        (&rated["state"], &rated["rating"], &rated["comment"]),
        (&"rated".into(), &4.into(), &"true".into())
    );
    ops.acknowledge_insight(&caller("t"), id(one)).await.unwrap();
    latest(&ops).await;
    assert_eq!(of(&stored(&ops).await, one)["state"], "rated", "it never goes back");

    ops.dismiss_insight(&caller("t"), &user("u"), id(one)).await.unwrap();
    assert!(!ids(&latest(&ops).await).contains(&id(one).to_owned()));
    let gone = of(&stored(&ops).await, one).clone();
    assert_eq!(gone["state"], "dismissed");
    ops.rate_insight(&caller("t"), &user("u"), id(one), rating(1)).await.unwrap();
    ops.dismiss_insight(&caller("t"), &user("u"), id(one)).await.unwrap();
    let still = of(&stored(&ops).await, one).clone();
    assert_eq!(
        (&still["state"], &still["rating"]),
        (&"dismissed".into(), &1.into()),
        "kept, and it still teaches"
    );
    assert_eq!(still["dismissed_at"], gone["dismissed_at"]);
}

#[tokio::test]
async fn what_expired_is_not_shown_and_kept_and_the_sweep_works_in_batches() {
    let ops = open().await;
    let made = generate(&ops).await;
    let days = made.iter().map(|it| it["valid_days"].as_i64().unwrap()).max().unwrap();
    ops.clock.advance(DAY * i32::try_from(days).unwrap());
    assert!(latest(&ops).await.is_empty(), "before any sweep");
    assert_eq!(store::expire(&ops.db, ops.clock.now_ms(), 2).await.unwrap(), 2);
    ops.expire_insights().await.unwrap();
    let all = stored(&ops).await;
    assert_eq!(all.len(), made.len());
    assert!(all.iter().all(|it| it["state"] == "expired"));
    assert_eq!(store::expire(&ops.db, ops.clock.now_ms(), 500).await.unwrap(), 0, "again changes nothing");
}

#[tokio::test]
async fn bad_ratings_move_it_down_and_the_next_run_knows() {
    let ops = open().await;
    let made = generate(&ops).await;
    let before = latest(&ops).await;
    let first = before[0].clone();
    ops.rate_insight(&caller("t"), &user("u"), id(&first), rating(1)).await.unwrap();
    let after = latest(&ops).await;
    let score = |of: &Value| of["ranking"]["score"].as_f64().unwrap();
    assert!(score(of(&after, &first)) < score(&first));
    assert!(ids(&after).iter().position(|it| it == id(&first)) > Some(0), "{after:#?}");
    let reason = of(&after, &first)["ranking"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("1 of them bad"), "{reason}");
    let taught = known(&ops).await;
    assert_eq!(taught.iter().filter(|it| it.rating == Some(1) && it.state == State::Rated).count(), 1);
    assert!(generate(&ops).await.is_empty(), "nothing is said twice of {}", made.len());
}

#[tokio::test]
async fn a_changed_one_supersedes_the_old_and_history_stays() {
    let ops = open().await;
    let made = generate(&ops).await;
    // Two weeks of very different days.
    ops.clock.advance(DAY * 14);
    add_days(&ops, 14, 14, 1_500.0).await;
    let new = generate(&ops).await;
    let all = stored(&ops).await;
    assert_eq!(all.len(), made.len() + new.len());
    let replaced: Vec<&Value> = all.iter().filter(|it| it["state"] == "superseded").collect();
    assert!(!replaced.is_empty(), "{new:#?}");
    for old in replaced {
        let by = new.iter().find(|it| it["id"] == old["superseded_by"]).unwrap();
        let topic = |it: &Value| it["meaning"].as_str().unwrap().rsplit_once('/').unwrap().0.to_owned();
        assert!(topic(by) == topic(old) || by["evidence"]["metric"] == old["evidence"]["metric"]);
    }
    let shown = ids(&latest(&ops).await);
    assert!(new.iter().all(|it| shown.contains(&id(it).to_owned())));
}

#[tokio::test]
async fn two_processes_that_find_the_same_say_it_once() {
    let (first, second) = testing::two_instances_with(|config| config.limits.enabled = false).await;
    someone(&first).await;
    let (one, other) = (request(), request());
    let tenant = caller("t");
    let (a, b) = tokio::join!(first.ask_agent(&tenant, &one), second.ask_agent(&tenant, &other));
    assert!(a.answer.is_ok() && b.answer.is_ok());
    let all = stored(&first).await;
    let mut meanings: Vec<&str> = all.iter().map(|it| it["meaning"].as_str().unwrap()).collect();
    meanings.sort_unstable();
    meanings.dedup();
    assert_eq!(meanings.len(), all.len(), "{all:#?}");
    assert!(all.iter().all(|it| it["state"] == "new"));
    let (x, y) = tokio::join!(latest(&first), latest(&second));
    assert_eq!(ids(&x), ids(&y));
    assert!(stored(&first).await.iter().all(|it| it["shown_days"] == 1), "counted once by both");
}

#[tokio::test]
async fn rows_of_a_version_before_live_on() {
    let ops = open().await;
    let sql = "insert into insight (id, tenant, user_id, category, meaning, content_hash, body, created_at)
               values ('old', 't', 'u', 'sleep', 'sleep/steps per day/improve', 'h', $1, $2)";
    let body = r#"{"id":"old","title":"Sleep a little longer","meaning":"sleep/steps per day/improve"}"#;
    sqlx::query(sql).bind(body).bind(ops.clock.now_ms()).execute(ops.db.write()).await.unwrap();
    assert_eq!(latest(&ops).await[0]["title"], "Sleep a little longer");
    ops.rate_insight(&caller("t"), &user("u"), "old", rating(1)).await.unwrap();
    generate(&ops).await;
    ops.expire_insights().await.unwrap();
    assert_eq!(of(&stored(&ops).await, &serde_json::json!({"id": "old"}))["state"], "rated");
    ops.clock.advance(DAY * 30);
    ops.expire_insights().await.unwrap();
    assert_eq!(of(&stored(&ops).await, &serde_json::json!({"id": "old"}))["state"], "expired");
}

#[tokio::test]
async fn nobody_reaches_the_insights_of_others() {
    let ops = open().await;
    let made = generate(&ops).await;
    let other = caller("other");
    let missing = |result: crate::error::Result<()>| matches!(result, Err(Error::NotFound { .. }));
    assert!(missing(ops.acknowledge_insight(&other, id(&made[0])).await));
    assert!(missing(ops.dismiss_insight(&other, &user("u"), id(&made[0])).await));
    assert!(missing(ops.rate_insight(&other, &user("u"), id(&made[0]), rating(5)).await));
    ops.put_profile(&caller("t"), &user("v"), Profile::default()).await.unwrap();
    assert!(missing(ops.dismiss_insight(&caller("t"), &user("v"), id(&made[0])).await));
    assert!(stored(&ops).await.iter().all(|it| it["state"] == "new" && it["rating"].is_null()));
}

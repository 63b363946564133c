mod generate;

use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use domain::agent::Agent;
use domain::shutoff::ShutoffMode;
use jiff::SignedDuration;

use super::people::everybody;
use super::traffic::Crowd;
use super::{ACTOR, TENANT};
use crate::Ops;
use crate::answers::AgentRequest;
use crate::cost::{CostDimension, CostStep};
use crate::telemetry::{Filter, RequestFilter, Summary, Window};
use crate::testing;

async fn month(ops: &Ops) -> Summary {
    let window = Window::last(ops.clock.now(), SignedDuration::from_hours(24 * 31));
    ops.summary(window, &Filter::default()).await.unwrap()
}

async fn demo() -> Ops {
    testing::ops_with(|config| config.demo = true).await
}

/// The people with their data, without a history.
async fn crowd(ops: &Ops) -> Crowd {
    let (caller, began) = ops.demo_caller().await.unwrap();
    let people = everybody().unwrap();
    ops.make_people(&caller, &people, began).await.unwrap();
    Crowd { caller, people }
}

#[tokio::test]
async fn one_start_makes_a_month_and_the_next_adds_nothing() {
    let ops = demo().await;
    ops.make_demo().await.unwrap();
    let made = month(&ops).await;
    let state =
        |cost: f64, people: (i64, usize), releases: usize, keys: usize| (cost, people, releases, keys);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let now = ops.clock.now();
        let ledger =
            ops.cost_by(CostDimension::Agent, now - SignedDuration::from_hours(24 * 31), now).await.unwrap();
        let spent = (ledger.iter().map(|line| line.cost_usd).sum::<f64>() * 1e6).round();
        let (count, lines) = ops.people(500).await.unwrap();
        let readings = lines.iter().map(|line| usize::try_from(line.readings).unwrap()).sum();
        let (releases, keys) = (ops.releases().await.unwrap().len(), ops.keys().await.unwrap().len());
        seen.push(state(spent, (count, readings), releases, keys));
        ops.make_demo().await.unwrap();
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(month(&ops).await, made);

    assert!((50_000..100_000).contains(&made.requests), "{}", made.requests);
    let errors = made.error_rate.unwrap();
    assert!(errors > 0.0005 && errors < 0.02, "{errors}");
    assert!(made.degraded > 20 && made.refused > 100, "{made:?}");
    assert!(made.p95_us.unwrap() < 8_000_000, "{made:?}");
    let (spent, (people, readings), releases, keys) = seen[0];
    assert!((spent - made.cost.0 as f64).abs() < 1.0, "the ledger and the requests tell the same: {spent}");
    assert!((300.0..1_000.0).contains(&made.cost.usd()), "{}", made.cost);
    assert_eq!((people, releases, keys), (24, 3, 1));
    assert!(readings > 15_000, "{readings}");
}

#[tokio::test]
async fn every_day_costs_something_and_none_reaches_the_alert() {
    let ops = demo().await;
    ops.clock.advance(SignedDuration::from_hours(16));
    ops.make_demo().await.unwrap();
    let now = ops.clock.now();
    let days = ops.cost_series(CostStep::Day, now - SignedDuration::from_hours(24 * 29), now).await.unwrap();
    for day in &days[1..] {
        assert!((4.0..38.0).contains(&day.cost_usd), "{day:?}");
    }
    assert!(ops.cost_now().await.unwrap().spent_usd < ops.config.cost.alert_usd);
    let requests = ops.requests(&RequestFilter { limit: 500, ..RequestFilter::default() }).await.unwrap();
    assert_eq!(requests.len(), 500);
    assert!(requests.iter().all(|row| row.demo && row.tenant.as_deref() == Some(TENANT)));
    let newest = requests[0].at;
    assert!(newest <= now && now.duration_since(newest) < SignedDuration::from_secs(30), "{newest}");
}

#[tokio::test]
async fn living_people_are_answered_and_a_stop_is_told_as_one() {
    let ops = demo().await;
    let crowd = crowd(&ops).await;
    ops.clock.advance(SignedDuration::from_secs(60));
    let began = ops.clock.now();
    for _ in 0..20 {
        crowd.second(&ops).await;
        ops.clock.advance(SignedDuration::from_secs(1));
    }
    let filter = RequestFilter { from: Some(began), limit: 500, ..RequestFilter::default() };
    let answered = ops.requests(&filter).await.unwrap();
    assert!((25..150).contains(&answered.len()), "{}", answered.len());
    for row in &answered {
        assert!(row.status == 200 && row.demo && row.cost.0 == 0, "{row:?}");
        assert_eq!(row.agent.is_some(), row.engine.is_some(), "{row:?}");
    }

    ops.set_shutoff(&ACTOR, ShutoffMode::Stop, "a test of the stop", None).await.unwrap();
    let filter = RequestFilter { from: Some(ops.clock.now()), agents_only: true, ..filter };
    for _ in 0..5 {
        crowd.second(&ops).await;
        ops.clock.advance(SignedDuration::from_secs(1));
    }
    let stopped = ops.requests(&filter).await.unwrap();
    assert!(!stopped.is_empty());
    assert!(stopped.iter().all(|row| (row.status, row.error_type.as_deref()) == (503, Some("stopped"))));
}

#[tokio::test]
async fn every_person_gets_an_answer_of_every_agent() {
    let ops = demo().await;
    let Crowd { caller, people } = crowd(&ops).await;
    for person in &people {
        for agent in Agent::ALL {
            let ask = AgentRequest {
                request_id: ops.clock.new_id(),
                agent,
                user: person.id.clone(),
                archetype: None,
                force_refresh: false,
                routine: RoutineWishes::default(),
                nutrition: NutritionWishes::default(),
                query: String::new(),
            };
            let answer = ops.answer(&caller, &ask).await;
            let body = answer.unwrap_or_else(|error| panic!("{} {agent}: {error:?}", person.id)).body;
            assert_eq!(Some(body.archetype), person.profile.archetype);
        }
    }
}

#[tokio::test]
async fn people_left_half_made_by_a_start_that_broke_off_are_completed() {
    let ops = demo().await;
    let (caller, _) = ops.demo_caller().await.unwrap();
    let first = everybody().unwrap().remove(0);
    ops.put_profile(&caller, &first.id, first.profile).await.unwrap();
    ops.clock.advance(SignedDuration::from_hours(1));
    crowd(&ops).await;
    let (count, lines) = ops.people(500).await.unwrap();
    assert_eq!((count, lines.len()), (24, 24));
    assert!(lines.iter().all(|line| line.readings > 300), "{lines:?}");
}

#[tokio::test]
async fn traffic_ends_when_the_service_does() {
    let ops = demo().await;
    let Crowd { caller, people } = crowd(&ops).await;
    super::traffic::start(&ops, caller, people);
    assert!(ops.jobs.heartbeats().contains_key("demo-traffic"));
    ops.close().await.unwrap();
}

//! Weeks over what was given for today.

use std::path::Path;

use agents::nutrition::NutritionPlan;
use agents::routine::RoutinePlan;
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::profile::Profile;
use domain::shutoff::{Scope, ShutoffMode};
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use serde_json::json;

use super::changes::{change, swap, tasks};
use super::{ask, someone};
use crate::Ops;
use crate::access::Actor;
use crate::answers::{AgentRequest, ChangeRequest, PlanChange, PlannedWeek, WeekRequest};
use crate::error::{Error, Result};
use crate::people::tests::{caller, readings, user};
use crate::testing;

const TODAY: Date = date(2026, 3, 3);

async fn week_of(ops: &Ops, user: &UserId, from: Option<Date>) -> Result<PlannedWeek> {
    let ask = WeekRequest { request_id: "r".to_owned(), user: user.clone(), from };
    ops.plan_week(&caller("t"), &ask).await.answer
}

async fn week(ops: &Ops) -> Result<PlannedWeek> {
    week_of(ops, &user("u"), None).await
}

async fn plan(ops: &Ops, agent: Agent) {
    ops.answer(&caller("t"), &ask(agent)).await.unwrap();
}

#[tokio::test]
async fn a_week_begins_with_what_was_given_and_changed_today() {
    let ops = someone().await;
    assert!(matches!(week(&ops).await, Err(Error::NotFound { what: "plan of this day" })));
    plan(&ops, Agent::Routine).await;
    let half = week(&ops).await.unwrap();
    assert!(half.routine.is_some() && half.nutrition.is_none());
    assert!(
        half.left_out[0].agent == Agent::Nutrition && half.left_out[0].why.contains("/nutrition/generate")
    );
    plan(&ops, Agent::Nutrition).await;
    ops.clock.advance(SignedDuration::from_hours(3));
    let routine = ops.latest_plan(&caller("t"), &user("u"), Agent::Routine).await.unwrap();
    let task = tasks(&routine).into_iter().find(|task| !task.swaps.is_empty()).unwrap();
    let changed = change(&ops, swap(&task, None)).await.unwrap();
    // What is measured meanwhile changes the days after, not today.
    let new: Vec<_> = readings(&ops, 44).into_iter().skip(28).collect();
    ops.add_biomarkers(&caller("t"), &user("u"), new).await.unwrap();

    let whole = week(&ops).await.unwrap();
    let (routines, foods) = (whole.routine.unwrap(), whole.nutrition.unwrap());
    let as_given: RoutinePlan = serde_json::from_value(changed.body).unwrap();
    assert_eq!((whole.from, &routines.days[0]), (TODAY, &as_given));
    assert_eq!(whole.plans.routine.unwrap().id, changed.id);
    let eaten = ops.latest_plan(&caller("t"), &user("u"), Agent::Nutrition).await.unwrap();
    assert_eq!(foods.days[0], serde_json::from_value::<NutritionPlan>(eaten.body).unwrap());
    for ahead in 0..7 {
        let day = TODAY.checked_add(jiff::ToSpan::days(ahead)).unwrap();
        assert_eq!((routines.days[ahead as usize].date, foods.days[ahead as usize].date), (day, day));
    }
    assert!(foods.shopping.len() > 10 && foods.shopping.is_sorted_by_key(|item| item.aisle));
    assert_eq!(whole.left_out, []);
    // Asked again it is the same to the byte, and nothing was stored for it.
    assert_eq!(week(&ops).await.unwrap().routine.unwrap(), routines);
    let stored: i64 =
        sqlx::query_scalar("select count(*) from analysis").fetch_one(ops.db.read()).await.unwrap();
    assert_eq!(stored, 3, "two plans and one change");
}

#[tokio::test]
async fn a_week_may_begin_on_one_of_the_next_days() {
    let ops = someone().await;
    for agent in [Agent::Routine, Agent::Nutrition] {
        plan(&ops, agent).await;
    }
    let later = week_of(&ops, &user("u"), Some(date(2026, 3, 9))).await.unwrap();
    assert_eq!(later.routine.unwrap().days[6].date, date(2026, 3, 15));
    assert_eq!(later.nutrition.unwrap().start, date(2026, 3, 9));
    for day in [date(2026, 3, 2), date(2026, 3, 10), date(9999, 12, 31), date(-9999, 1, 1)] {
        let Err(Error::Invalid(faults)) = week_of(&ops, &user("u"), Some(day)).await else { panic!("{day}") };
        assert_eq!(faults[0].field, "from");
    }
    assert!(matches!(week_of(&ops, &user("v"), None).await, Err(Error::NotFound { what: "person" })));
}

async fn tell(ops: &Ops, key: &str, content: &str, about: &str) {
    let told = json!({"key": key, "content": content, "about": [about]});
    let telling = serde_json::from_value(told).unwrap();
    ops.remember(&caller("t"), &user("u"), telling).await.unwrap();
}

#[tokio::test]
async fn what_was_told_holds_for_the_days_after_whatever_it_was_filed_under() {
    let ops = someone().await;
    tell(&ops, "allergy.nuts", "Allergic to peanuts and eggs", "allergies").await;
    for agent in [Agent::Routine, Agent::Nutrition] {
        plan(&ops, agent).await;
    }
    for from in [None, Some(date(2026, 3, 4))] {
        let foods = week_of(&ops, &user("u"), from).await.unwrap().nutrition.unwrap();
        for day in &foods.days {
            let text = serde_json::to_string(&day.meals).unwrap().to_lowercase();
            assert!(!text.contains("peanut") && !text.contains("\"egg"), "{text}");
        }
    }
    ops.clock.advance(SignedDuration::from_secs(1));
    tell(&ops, "body", "Is pregnant", "body").await;
    let part = week(&ops).await.unwrap();
    assert!(part.routine.is_none() && part.nutrition.is_some(), "the routine of today knows nothing of it");
    assert!(part.left_out[0].why.contains("told has changed"), "{:?}", part.left_out);
}

#[tokio::test]
async fn a_part_that_is_stopped_or_of_another_person_is_left_out_and_named() {
    let ops = someone().await;
    for agent in [Agent::Routine, Agent::Nutrition] {
        plan(&ops, agent).await;
    }
    let scope = Scope::Agent(Agent::Nutrition);
    ops.set_shutoff_of(&Actor::CommandLine, &scope, ShutoffMode::Stop, "bad plans", None).await.unwrap();
    let part = week(&ops).await.unwrap();
    assert!(part.routine.is_some() && part.nutrition.is_none() && part.plans.nutrition.is_none());
    assert_eq!((part.left_out.len(), part.left_out[0].agent), (1, Agent::Nutrition));
    ops.lift_shutoff_of(&Actor::CommandLine, &scope, "good plans again").await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    let allergic = Profile { allergies: vec!["milk".to_owned()], ..Profile::default() };
    ops.put_profile(&caller("t"), &user("u"), allergic).await.unwrap();
    let Err(Error::Conflict(why)) = week(&ops).await else { panic!() };
    assert!(why.contains("the profile has changed"), "{why}");
    ops.clock.advance(SignedDuration::from_secs(1));
    plan(&ops, Agent::Nutrition).await;
    let part = week(&ops).await.unwrap();
    let milk =
        |food: &str| ["milk", "yoghurt", "cheese", "kefir"].iter().any(|word| food.to_lowercase() == *word);
    assert!(part.nutrition.unwrap().shopping.iter().all(|item| !milk(&item.food)));
    assert_eq!(part.left_out[0].agent, Agent::Routine);
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Stop, "all of them", None).await.unwrap();
    assert!(matches!(week(&ops).await, Err(Error::Stopped(_))));
}

/// Some of the real people, as every archetype: a week, changes of today, and the week after them.
#[tokio::test]
async fn real_people_get_weeks_and_change_their_days() {
    let ops = testing::ops_with(|config| config.limits.enabled = false).await;
    let people = import_some(&ops).await;
    assert_eq!(people.len(), 6);
    let mut changes = 0;
    let mut took = Vec::new();
    for (user, archetype) in people.iter().zip(Archetype::ALL) {
        for agent in [Agent::Routine, Agent::Nutrition] {
            let asked = AgentRequest { user: user.clone(), archetype: Some(archetype), ..ask(agent) };
            ops.answer(&caller("t"), &asked).await.unwrap();
        }
        let begun = std::time::Instant::now();
        let first = week_of(&ops, user, None).await.unwrap();
        took.push(begun.elapsed().as_millis());
        let routine = first.routine.unwrap();
        for task in routine.days[0].blocks.iter().flat_map(|block| &block.tasks).take(6) {
            let asked = match task.swaps.first() {
                Some(_) => swap(task, None),
                None => PlanChange::SmallerTask { task: task.id.clone() },
            };
            let asked = ChangeRequest { request_id: "r".to_owned(), user: user.clone(), change: asked };
            match ops.change_plan(&caller("t"), &asked, &|_| true).await.answer {
                Ok(_) => changes += 1,
                // No room for something new, or as small as it can be.
                Err(Error::Invalid(_) | Error::Conflict(_) | Error::NotFound { .. }) => {}
                Err(error) => panic!("{user} {archetype}: {error:?}"),
            }
        }
        let after = week_of(&ops, user, None).await.unwrap();
        assert_eq!((after.left_out.len(), after.routine.unwrap().days.len()), (0, 7), "{user} {archetype}");
        assert_eq!(after.nutrition, first.nutrition);
    }
    println!("{changes} changes; weeks took {took:?} ms");
    assert!(changes >= 12, "{changes}");
}

/// Every fifth person of the export, imported as an operator would.
async fn import_some(ops: &Ops) -> Vec<UserId> {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("../agents/tests/fitbit-2016");
    let some = tempfile::tempdir().unwrap();
    let mut chosen: Vec<String> = Vec::new();
    for (name, _) in agents::evidence::fitbit::FILES {
        let text = std::fs::read_to_string(whole.join(name)).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let id = |row: &str| row.split(',').next().unwrap_or_default().to_owned();
        if chosen.is_empty() {
            let mut all: Vec<String> = rows.lines().map(id).collect();
            all.dedup();
            chosen = all.into_iter().step_by(5).take(6).collect();
        }
        let kept: Vec<&str> = rows.lines().filter(|row| chosen.contains(&id(row))).collect();
        std::fs::write(some.path().join(name), format!("{header}\n{}\n", kept.join("\n"))).unwrap();
    }
    ops.import_fitbit(some.path(), TenantId::parse("t").unwrap(), &mut |_| {}).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    chosen.iter().map(|id| UserId::parse(id).unwrap()).collect()
}

//! What a person changes of today: stored beside what was given, for this person as they are now, once.

use agents::nutrition::{NutritionPlan, SwapChoice};
use agents::routine::{RoutinePlan, Task};
use domain::agent::{Agent, Engine};
use domain::check_in::CheckInStatus;
use domain::profile::Profile;
use domain::shutoff::ShutoffMode;
use domain::threshold::DecisionCase;
use jiff::SignedDuration;

use super::{ask, case, someone};
use crate::Ops;
use crate::access::Actor;
use crate::answers::{ChangeRequest, PlanChange};
use crate::error::{Error, Result};
use crate::memory::remembered_of;
use crate::people::Analysis;
use crate::people::check_ins::Report;
use crate::people::tests::{caller, readings, user};

async fn planned() -> Ops {
    let ops = someone().await;
    for agent in [Agent::Behavior, Agent::Routine, Agent::Nutrition] {
        ops.answer(&caller("t"), &ask(agent)).await.unwrap();
    }
    ops.clock.advance(SignedDuration::from_mins(5));
    ops
}

async fn stored(ops: &Ops, agent: Agent) -> Analysis {
    ops.latest_plan(&caller("t"), &user("u"), agent).await.unwrap()
}

pub(super) fn tasks(plan: &Analysis) -> Vec<Task> {
    let plan: RoutinePlan = serde_json::from_value(plan.body.clone()).unwrap();
    plan.blocks.into_iter().flat_map(|block| block.tasks).collect()
}

async fn change_as(ops: &Ops, tenant: &str, change: PlanChange) -> Result<Analysis> {
    let ask = ChangeRequest { request_id: "r".to_owned(), user: user("u"), change };
    ops.change_plan(&caller(tenant), &ask, &|_| true).await.answer
}

pub(super) async fn change(ops: &Ops, change: PlanChange) -> Result<Analysis> {
    change_as(ops, "t", change).await
}

pub(super) fn swap(task: &Task, with: Option<&str>) -> PlanChange {
    PlanChange::SwapTask { task: task.id.clone(), with: with.map(str::to_owned) }
}

fn named(error: &Error) -> &str {
    match error {
        Error::Invalid(faults) => &faults[0].field,
        Error::NotFound { what } => what,
        Error::Conflict(_) => "state",
        Error::Changed => "If-Match",
        other => panic!("{other:?}"),
    }
}

fn swappable(plan: &Analysis) -> Task {
    tasks(plan).into_iter().find(|task| !task.swaps.is_empty()).unwrap()
}

#[tokio::test]
async fn a_swap_is_the_newest_plan_of_the_day_and_the_one_before_is_kept() {
    let ops = planned().await;
    let before = stored(&ops, Agent::Routine).await;
    let task = swappable(&before);
    let given = change(&ops, swap(&task, Some(&task.swaps[0].slug))).await.unwrap();
    let after = stored(&ops, Agent::Routine).await;
    assert!(after == given && after.id > before.id, "the newest");
    let ids = |plan: &Analysis| tasks(plan).into_iter().map(|task| task.id).collect::<Vec<_>>();
    let (was, is) = (ids(&before), ids(&after));
    let moved: Vec<_> = was.iter().zip(&is).filter(|(was, is)| was != is).collect();
    assert_eq!(moved, [(&task.id, &format!("{}-{}", before.day, task.swaps[0].slug))], "one id, no other");
    assert_eq!(
        (after.created_at, &after.wishes, &after.release, after.engine),
        (before.created_at, &before.wishes, &before.release, before.engine)
    );
    assert_eq!(
        remembered_of(&ops.db, &after.id).await.unwrap(),
        remembered_of(&ops.db, &before.id).await.unwrap()
    );
    let sql = "select count(*) from analysis where agent = 'routine' and user_id = 'u'";
    let kept: i64 = sqlx::query_scalar(sql).fetch_one(ops.db.read()).await.unwrap();
    assert_eq!(kept, 2);
    // The agent itself answers with what the person made of it, and its threshold counts from when it planned.
    let again = ops.answer(&caller("t"), &ask(Agent::Routine)).await.unwrap().body;
    assert_eq!((again.meta.engine, &again.content["routine_plan"]), (Engine::Memory, &after.body));
    ops.clock.advance(SignedDuration::from_hours(2));
    let new: Vec<_> = readings(&ops, 44).into_iter().skip(28).collect();
    ops.add_biomarkers(&caller("t"), &user("u"), new).await.unwrap();
    change(&ops, PlanChange::SmallerTask { task: smaller(&after).id }).await.unwrap();
    assert_eq!(
        case(&ops, &ask(Agent::Routine)).await.0,
        DecisionCase::EnoughNewData,
        "a change hides no data"
    );
}

fn smaller(plan: &Analysis) -> Task {
    tasks(plan).into_iter().find(|task| task.minutes > task.scale_down_minutes).unwrap()
}

#[tokio::test]
async fn smaller_versions_and_other_foods_keep_their_ids() {
    let ops = planned().await;
    let before = stored(&ops, Agent::Routine).await;
    let task = smaller(&before);
    let small = PlanChange::SmallerTask { task: task.id.clone() };
    let given = tasks(&change(&ops, small.clone()).await.unwrap());
    let now = given.iter().find(|one| one.id == task.id).unwrap();
    assert_eq!((now.minutes, now.start), (task.scale_down_minutes, task.start));
    assert_eq!(named(&change(&ops, small).await.unwrap_err()), "state", "as small as it can be");

    let plan: NutritionPlan = serde_json::from_value(stored(&ops, Agent::Nutrition).await.body).unwrap();
    let offer = &plan.swaps[0];
    let meal = format!("{}-meal-{}", plan.date, offer.meal.to_lowercase().replace(' ', "-"));
    let choice = SwapChoice { food: Some(offer.food.clone()), instead: Some(offer.instead.clone()) };
    let of = |choice: &SwapChoice| PlanChange::SwapMeal { meal: meal.clone(), choice: choice.clone() };
    let given = change(&ops, of(&choice)).await.unwrap();
    let now: NutritionPlan = serde_json::from_value(given.body).unwrap();
    let eaten = now.meals.iter().find(|one| one.name == offer.meal).unwrap();
    assert!(eaten.foods.iter().any(|portion| portion.food == offer.instead));
    let listed = |food: &str| now.shopping.iter().any(|item| item.food == food);
    assert!(listed(&offer.instead) && now.targets == plan.targets);
    assert_eq!(named(&change(&ops, of(&choice)).await.unwrap_err()), "food", "it is not there any more");
    let gravel = SwapChoice { instead: Some("Gravel".to_owned()), ..SwapChoice::default() };
    assert_eq!(named(&change(&ops, of(&gravel)).await.unwrap_err()), "instead");
    let day = ops.tasks_of(&caller("t"), &user("u"), None).await.unwrap();
    assert!(day.meals.iter().any(|one| one.id == meal && one.title == eaten.title));
}

#[tokio::test]
async fn what_cannot_be_changed_is_named_and_nothing_is_stored() {
    let ops = planned().await;
    let before = stored(&ops, Agent::Routine).await;
    let task = swappable(&before);
    let of = |id: &str| PlanChange::SwapTask { task: id.to_owned(), with: None };
    for (change_of, field) in [
        (swap(&task, Some("never-heard-of")), "with"),
        (of("2026-03-03-never-heard-of"), "task"),
        (of("2026-03-02-easy-walk"), "task_id"),
        (of("2026-03-04-easy-walk"), "task_id"),
        (of("easy-walk"), "task_id"),
        (PlanChange::SmallerTask { task: "2026-03-03-never".to_owned() }, "task"),
        (
            PlanChange::SwapMeal { meal: "2026-03-03-meal-supper".to_owned(), choice: SwapChoice::default() },
            "meal",
        ),
    ] {
        assert_eq!(named(&change(&ops, change_of.clone()).await.unwrap_err()), field, "{change_of:?}");
    }
    assert!(matches!(change_as(&ops, "other", of(&task.id)).await, Err(Error::NotFound { what: "person" })));
    let read_something_else =
        ChangeRequest { request_id: "r".to_owned(), user: user("u"), change: swap(&task, None) };
    let refused = ops.change_plan(&caller("t"), &read_something_else, &|_| false).await.answer;
    assert!(matches!(refused, Err(Error::Changed)));
    ops.set_shutoff(&Actor::CommandLine, ShutoffMode::Stop, "bad plans", None).await.unwrap();
    assert!(matches!(change(&ops, swap(&task, None)).await, Err(Error::Stopped(_))));
    assert_eq!(stored(&ops, Agent::Routine).await, before);
}

#[tokio::test]
async fn what_was_reported_on_stays_as_it_is_until_the_report_is_taken_back() {
    let ops = planned().await;
    let task = swappable(&stored(&ops, Agent::Routine).await);
    let (caller, user) = (caller("t"), user("u"));
    let day = jiff::civil::date(2026, 3, 3);
    let report = Report { status: CheckInStatus::Done, rating: None, title: None, note: None };
    ops.put_check_in(&caller, &user, (day, task.id.clone()), report).await.unwrap();
    assert_eq!(named(&change(&ops, swap(&task, None)).await.unwrap_err()), "state");
    ops.undo_check_ins(&caller, &user, day, vec![task.id.clone()]).await.unwrap();
    change(&ops, swap(&task, None)).await.unwrap();
    let tasks = ops.tasks_of(&caller, &user, None).await.unwrap();
    assert!(tasks.time_blocks.iter().flat_map(|block| &block.tasks).all(|one| one.id != task.id));
}

#[tokio::test]
async fn a_plan_for_whom_the_person_is_not_any_more_is_made_anew_first() {
    let ops = planned().await;
    let task = swappable(&stored(&ops, Agent::Routine).await);
    let hurt = Profile { injuries: vec!["knee".to_owned()], ..Profile::default() };
    ops.put_profile(&caller("t"), &user("u"), hurt).await.unwrap();
    let Err(Error::Conflict(why)) = change(&ops, swap(&task, None)).await else { panic!() };
    assert!(why.contains("the profile has changed") && why.contains("/routine/generate"), "{why}");
    ops.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(case(&ops, &ask(Agent::Routine)).await.0, DecisionCase::InputsChanged);
    let task = swappable(&stored(&ops, Agent::Routine).await);
    change(&ops, swap(&task, None)).await.unwrap();
}

#[tokio::test]
async fn two_changes_at_once_are_both_done_one_after_the_other() {
    let ops = planned().await;
    let before = stored(&ops, Agent::Routine).await;
    let other = smaller(&before);
    let mut all = tasks(&before).into_iter().filter(|task| task.id != other.id);
    let one = all.find(|task| !task.swaps.is_empty()).unwrap();
    let small = PlanChange::SmallerTask { task: other.id.clone() };
    let (first, second) = tokio::join!(change(&ops, swap(&one, None)), change(&ops, small));
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    let now = tasks(&stored(&ops, Agent::Routine).await);
    assert!(now.iter().all(|task| task.id != one.id));
    assert_eq!(now.iter().find(|task| task.id == other.id).unwrap().minutes, other.scale_down_minutes);
}

/// Two processes on one store have no turn in common: the store has the last word.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_that_change_the_same_plan_one_is_told() {
    let ops = planned().await;
    let task = swappable(&stored(&ops, Agent::Routine).await);
    let ask = ChangeRequest { request_id: "r".to_owned(), user: user("u"), change: swap(&task, None) };
    // Another process stores its change after this one has read the plan.
    let store = async |newer: Analysis| {
        let mut tx = ops.db.begin_write().await.unwrap();
        crate::people::history::store::insert(&mut tx, &caller("t").tenant, &user("u"), &newer)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    let knows = |read: &Analysis| {
        let newer = Analysis { id: ops.clock.new_id(), ..read.clone() };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(store(newer)));
        true
    };
    let answer = ops.change_plan(&caller("t"), &ask, &knows).await.answer;
    assert!(matches!(answer, Err(Error::Changed)), "{answer:?}");
}

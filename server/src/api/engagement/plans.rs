//! Tasks and plans of a day by their old paths.

use axum::Json;
use axum::extract::{Path, State};
use domain::access::Scope;
use jiff::Timestamp;
use jiff::civil::Date;
use ops::Ops;
use ops::people::tasks::{CheckInState, TaskState, TasksOfDay};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::CompletionStatus;
use super::journal::{DateQuery, profile_id};
use crate::api::extract::{Key, QueryOf};
use crate::api::pages::day_named;
use crate::api::plans::{DayPlans, plans_of_day};
use crate::problem::{ApiResult, Problem};

/// A task as the first system told it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OldTask {
    id: String,
    item_id: String,
    title: String,
    description: String,
    /// Local, HH:MM.
    scheduled_time: String,
    scheduled_end_time: String,
    estimated_duration_minutes: u32,
    task_type: String,
    time_block: String,
    /// Reported on as completed.
    is_completed: bool,
    completion_status: Option<CompletionStatus>,
    satisfaction_rating: Option<u8>,
    /// When it was last reported on.
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OldBlock {
    name: String,
    tasks: Vec<OldTask>,
}

/// The plans' ids.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanInfo {
    routine_plan: Option<String>,
    nutrition_plan: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OldTasks {
    #[schema(value_type = String, format = Date)]
    date: Date,
    plan_info: PlanInfo,
    time_blocks: Vec<OldBlock>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OldCurrentPlan {
    #[schema(value_type = String, format = Date)]
    date: Date,
    #[schema(value_type = Option<Object>)]
    routine_plan: Option<Value>,
    #[schema(value_type = Option<Object>)]
    nutrition_plan: Option<Value>,
    items: Vec<OldTask>,
}

fn old_task(block: &str, task: TaskState) -> OldTask {
    let report: Option<CheckInState> = task.check_in;
    let completion_status = report.as_ref().map(|report| CompletionStatus::from(report.status));
    OldTask {
        item_id: task.id.clone(),
        id: task.id,
        title: task.title,
        description: task.why,
        scheduled_time: task.start.to_string(),
        scheduled_end_time: task.end.to_string(),
        estimated_duration_minutes: task.minutes,
        task_type: task.kind,
        time_block: block.to_owned(),
        is_completed: completion_status == Some(CompletionStatus::Completed),
        completion_status,
        satisfaction_rating: report.as_ref().and_then(|report| report.rating),
        completed_at: report.map(|report| report.received_at),
    }
}

fn old_blocks(day: TasksOfDay) -> Vec<OldBlock> {
    let blocks = day.time_blocks.into_iter().map(|block| OldBlock {
        tasks: block.tasks.into_iter().map(|task| old_task(&block.name, task)).collect(),
        name: block.name,
    });
    blocks.collect()
}

/// The tasks of a day, by the old path
///
/// Of the routine. New apps: `GET /api/user/{user_id}/tasks`, which has meals as well.
#[utoipa::path(get, path = "/api/v1/engagement/tasks/{profile_id}", tag = "First system", params(("profile_id" = String, Path), DateQuery),
    responses((status = 200, body = OldTasks), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn v1_tasks(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(profile): Path<String>,
    QueryOf(DateQuery { date }): QueryOf<DateQuery>,
) -> ApiResult<Json<OldTasks>> {
    caller.require(Scope::Agents)?;
    caller.require(Scope::Data)?;
    let date = date.map(|date| day_named("date", &date)).transpose()?;
    let day = ops.tasks_of(&caller, &profile_id(&profile)?, date).await?;
    let plan_info = PlanInfo {
        routine_plan: day.plans.routine.as_ref().map(|plan| plan.id.clone()),
        nutrition_plan: day.plans.nutrition.as_ref().map(|plan| plan.id.clone()),
    };
    Ok(Json(OldTasks { date: day.date, plan_info, time_blocks: old_blocks(day) }))
}

/// The plans of a day with their tasks, by the old path
///
/// Of the day that is asked for, not of the latest. New apps: `GET /api/user/{user_id}/plans/{date}` and `/tasks`.
#[utoipa::path(get, path = "/api/v1/engagement/plans/{profile_id}/current", tag = "First system",
    params(("profile_id" = String, Path), DateQuery),
    responses((status = 200, body = OldCurrentPlan), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn v1_current_plan(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(profile): Path<String>,
    QueryOf(DateQuery { date }): QueryOf<DateQuery>,
) -> ApiResult<Json<OldCurrentPlan>> {
    caller.require(Scope::Agents)?;
    caller.require(Scope::Data)?;
    let user = profile_id(&profile)?;
    let date = date.map(|date| day_named("date", &date)).transpose()?;
    let day = ops.tasks_of(&caller, &user, date).await?;
    let date = day.date;
    let DayPlans { routine_plan, nutrition_plan, .. } = plans_of_day(&ops, &caller, user, date).await?;
    let items = old_blocks(day).into_iter().flat_map(|block| block.tasks).collect();
    Ok(Json(OldCurrentPlan { date, routine_plan, nutrition_plan, items }))
}

//! The calendar: which tasks of a day a person means to do.

use axum::Json;
use axum::extract::{Path, State};
use domain::access::Scope;
use jiff::civil::Date;
use ops::Ops;
use ops::people::calendar::{CalendarDay, Removed, Selected, Selection};
use serde::Deserialize;
use utoipa::ToSchema;

use super::check_ins::TasksOfDate;
use super::extract::{Body, Key, PathUser};
use super::pages::{DaysOf, DaysParams, Listed, day_named};
use crate::problem::{ApiResult, Problem};

/// Tasks to put into the calendar of a day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SelectTasks {
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// 1 to 1,000 ids of tasks planned for this day, none twice.
    task_ids: Vec<String>,
    /// The person's own words, kept with each. At most 500 characters.
    #[serde(default)]
    note: Option<String>,
}

/// Put tasks of a day into the calendar
///
/// All or none: one that is not planned for this day refuses all. One that is there already stays as it is.
#[utoipa::path(post, path = "/api/user/{user_id}/calendar", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = SelectTasks, example = json!({"date": "2026-03-03", "task_ids": ["2026-03-03-meal-lunch"]})),
    responses((status = 200, body = Selected), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn select_tasks(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(SelectTasks { date, task_ids, note }): Body<SelectTasks>,
) -> ApiResult<Json<Selected>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.select_tasks(&caller, &user, date, task_ids, note).await?))
}

/// Take tasks of a day out of the calendar
///
/// Check-ins stay. Says what was removed.
#[utoipa::path(delete, path = "/api/user/{user_id}/calendar", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = TasksOfDate, example = json!({"date": "2026-03-03", "task_ids": ["2026-03-03-meal-lunch"]})),
    responses((status = 200, body = Removed), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn remove_selections(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(TasksOfDate { date, task_ids }): Body<TasksOfDate>,
) -> ApiResult<Json<Removed>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.remove_selections(&caller, &user, date, task_ids).await?))
}

/// The calendar of some days, newest day first
#[utoipa::path(get, path = "/api/user/{user_id}/calendar", tag = "Data", params(("user_id" = String, Path), DaysParams),
    responses((status = 200, body = Listed<Selection>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_calendar(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    asked: DaysOf,
) -> ApiResult<Listed<Selection>> {
    caller.require(Scope::Data)?;
    Ok(Listed::of(ops.calendar(&caller, &user, &asked.days, &asked.page).await?, &asked.address))
}

/// The calendar of a day, with counts
///
/// What is planned, selected, reported on and left open.
#[utoipa::path(get, path = "/api/user/{user_id}/calendar/{date}", tag = "Data",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the person's local day")),
    responses((status = 200, body = CalendarDay), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn calendar_of_day(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date)): Path<(String, String)>,
) -> ApiResult<Json<CalendarDay>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.calendar_of(&caller, &user, day_named("date", &date)?).await?))
}

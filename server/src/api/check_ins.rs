//! Check-ins: what people did with the tasks of their plans. A batch is stored whole or not at all.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::access::Scope;
use domain::check_in::CheckIn;
use jiff::civil::Date;
use ops::Ops;
use ops::people::Accepted;
use ops::people::check_ins::{Report, StoredCheckIn, Undone};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Body, Key, PathUser};
use super::pages::{DaysOf, DaysParams, Listed, day_named};
use crate::problem::{ApiResult, Problem};

/// A batch of one kind; at most 1,000 items.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckIns {
    items: Vec<CheckIn>,
}

/// Tasks of one day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TasksOfDate {
    /// The day the tasks were planned for. Check-ins of other days stay.
    #[schema(value_type = String, format = Date)]
    pub(super) date: Date,
    /// 1 to 1,000, none twice.
    pub(super) task_ids: Vec<String>,
}

/// Report on tasks of a plan
///
/// Each item has its own status. A second check-in for the same task and day replaces the first.
#[utoipa::path(post, path = "/api/user/{user_id}/check-ins", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = CheckIns, example = json!({"items": [{"task_id": "2026-03-03-morning-walk", "status": "done",
        "rating": 4, "date": "2026-03-03"}]})),
    responses((status = 200, body = Accepted), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn add_check_ins(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(check_ins): Body<CheckIns>,
) -> ApiResult<Json<Accepted>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.add_check_ins(&caller, &user, check_ins.items).await?))
}

/// Report on one task
///
/// Replaces what was reported before. Without a `title` that of the day's plan is kept with it.
#[utoipa::path(put, path = "/api/user/{user_id}/check-ins/{date}/{task_id}", tag = "Data",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the day the task was planned for"),
        ("task_id" = String, Path, description = "The `id` of the task: GET /api/user/{user_id}/tasks")),
    request_body(content = Report, example = json!({"status": "partial", "rating": 3, "note": "stopped after 6 min"})),
    responses((status = 200, body = StoredCheckIn), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_check_in(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date, task)): Path<(String, String, String)>,
    Body(report): Body<Report>,
) -> ApiResult<Json<StoredCheckIn>> {
    caller.require(Scope::Data)?;
    let of = (day_named("date", &date)?, task);
    Ok(Json(ops.put_check_in(&caller, &user, of, report).await?))
}

/// Take one check-in back
#[utoipa::path(delete, path = "/api/user/{user_id}/check-ins/{date}/{task_id}", tag = "Data",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the day the task was planned for"),
        ("task_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_check_in(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date, task)): Path<(String, String, String)>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Data)?;
    let undone = ops.undo_check_ins(&caller, &user, day_named("date", &date)?, vec![task]).await?;
    if undone.undone.is_empty() {
        return Err(ops::Error::NotFound { what: "check-in" }.into());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Undo check-ins of a day
///
/// Only those of this day and these tasks; what was remembered of them is taken back, too. Says what was undone.
#[utoipa::path(delete, path = "/api/user/{user_id}/check-ins", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = TasksOfDate, example = json!({"date": "2026-03-03", "task_ids": ["2026-03-03-morning-walk"]})),
    responses((status = 200, body = Undone), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn undo_check_ins(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(TasksOfDate { date, task_ids }): Body<TasksOfDate>,
) -> ApiResult<Json<Undone>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.undo_check_ins(&caller, &user, date, task_ids).await?))
}

/// Check-ins of some days, newest day first
#[utoipa::path(get, path = "/api/user/{user_id}/check-ins", tag = "Data", params(("user_id" = String, Path), DaysParams),
    responses((status = 200, body = Listed<StoredCheckIn>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_check_ins(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    asked: DaysOf,
) -> ApiResult<Listed<StoredCheckIn>> {
    caller.require(Scope::Data)?;
    Ok(Listed::of(ops.check_ins(&caller, &user, &asked.days, &asked.page).await?, &asked.address))
}

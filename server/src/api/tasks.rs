//! The tasks of a day, with what was reported on them.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use ops::Ops;
use ops::people::tasks::TasksOfDay;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Key, PathUser, QueryOf};
use super::pages::day_named;
use crate::problem::{ApiResult, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct DateParams {
    /// YYYY-MM-DD, the person's local day; today where they live when absent.
    date: Option<String>,
}

/// The tasks of a day, with their check-ins
///
/// From the newest routine of that day and the meals of its nutrition plan. Times are local; `starts_at` is the same as an instant. Scopes
/// `agents` and `data`.
#[utoipa::path(get, path = "/api/user/{user_id}/tasks", tag = "Plans", params(("user_id" = String, Path), DateParams),
    responses((status = 200, body = TasksOfDay), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn tasks_of_day(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(DateParams { date }): QueryOf<DateParams>,
) -> ApiResult<Json<TasksOfDay>> {
    caller.require(Scope::Agents)?;
    caller.require(Scope::Data)?;
    let date = date.map(|date| day_named("date", &date)).transpose()?;
    Ok(Json(ops.tasks_of(&caller, &user, date).await?))
}

//! What people change of today's plans by themselves: swaps and smaller versions.

use agents::nutrition::SwapChoice;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::id::UserId;
use ops::Ops;
use ops::answers::{ChangeRequest, PlanChange};
use ops::people::Analysis;
use serde::Deserialize;
use utoipa::ToSchema;

use super::agents::to_the_end;
use super::extract::{Body, Key, PathUser};
use super::plans::StoredPlan;
use crate::middleware::etags::IfMatch;
use crate::middleware::request_log::RequestStart;
use crate::problem::{ApiResult, Problem};

/// Which task comes instead.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TaskSwap {
    /// The `slug` of one of the task's `swaps`; the first that fits the day when absent.
    with: Option<String>,
}

/// Nothing is asked for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Nothing {}

/// Swap a task of today
///
/// Another task for the same need in its place, no harder and no longer. The answer is the whole plan as it is now; other tasks keep their
/// ids. 409 when the task was reported on already. With `If-Match` (the `ETag` of `…/routine/latest`) only the plan that it names.
#[utoipa::path(post, path = "/api/user/{user_id}/routine/tasks/{task_id}/swap", tag = "Plans",
    params(("user_id" = String, Path), ("task_id" = String, Path, description = "The `id` of the task: GET /api/user/{user_id}/tasks")),
    request_body(content = TaskSwap, example = json!({"with": "gentle-yoga"})),
    responses((status = 200, body = StoredPlan), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn swap_task(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Path((_, task)): Path<(String, String)>,
    headers: HeaderMap,
    Body(TaskSwap { with }): Body<TaskSwap>,
) -> ApiResult<Response> {
    change(&ops, caller, start, user, &headers, PlanChange::SwapTask { task, with }).await
}

/// Make a task of today smaller
///
/// Its smallest version that still counts, at the same time of day; the rest of the time is free. Its id stays. Otherwise as a swap.
#[utoipa::path(post, path = "/api/user/{user_id}/routine/tasks/{task_id}/smaller", tag = "Plans",
    params(("user_id" = String, Path), ("task_id" = String, Path, description = "The `id` of the task: GET /api/user/{user_id}/tasks")),
    request_body(content = Nothing, example = json!({})),
    responses((status = 200, body = StoredPlan), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn make_task_smaller(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Path((_, task)): Path<(String, String)>,
    headers: HeaderMap,
    Body(Nothing {}): Body<Nothing>,
) -> ApiResult<Response> {
    change(&ops, caller, start, user, &headers, PlanChange::SmallerTask { task }).await
}

/// Swap a food of a meal of today
///
/// One of the plan's `swaps`, carried out: the day keeps its targets and limits, and figures, swaps and shopping follow. Without a food the
/// first swap of the meal. With `If-Match` (the `ETag` of `…/nutrition/latest`) only the plan that it names.
#[utoipa::path(post, path = "/api/user/{user_id}/nutrition/meals/{meal_id}/swap", tag = "Plans",
    params(("user_id" = String, Path), ("meal_id" = String, Path, description = "The `id` of the meal: GET /api/user/{user_id}/tasks")),
    request_body(content = SwapChoice, example = json!({"food": "Salmon", "instead": "Tofu"})),
    responses((status = 200, body = StoredPlan), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn swap_food(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Path((_, meal)): Path<(String, String)>,
    headers: HeaderMap,
    Body(choice): Body<SwapChoice>,
) -> ApiResult<Response> {
    change(&ops, caller, start, user, &headers, PlanChange::SwapMeal { meal, choice }).await
}

async fn change(
    ops: &Ops,
    caller: ops::access::Caller,
    start: RequestStart,
    user: UserId,
    headers: &HeaderMap,
    change: PlanChange,
) -> ApiResult<Response> {
    let expected = IfMatch::of(headers);
    let of = (change.agent(), user.clone());
    let asked = ChangeRequest { request_id: start.id.clone(), user, change };
    to_the_end(ops, start, caller, of, async move |ops: Ops, caller| {
        let read = |stored: &Analysis| StoredPlan::new(asked.user.clone(), stored.clone());
        let told = ops.change_plan(&caller, &asked, &|stored| expected.knows(Some(&read(stored)))).await;
        let answer = told.answer.map(|changed| StoredPlan::new(asked.user.clone(), changed));
        (answer, told.facts)
    })
    .await
}

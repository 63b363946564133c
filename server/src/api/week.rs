//! The week that goes on after today's plans.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use domain::agent::Agent;
use ops::Ops;
use ops::answers::{PlannedWeek, WeekRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use super::agents::to_the_end;
use super::extract::{Key, PathUser, QueryOf};
use super::pages::day_named;
use crate::middleware::request_log::RequestStart;
use crate::problem::{ApiResult, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct FromParams {
    /// YYYY-MM-DD, the first of the seven days: today where the person lives (when absent), or one of the six days after it.
    from: Option<String>,
}

/// Plan seven days
///
/// Routine and food, with what to buy by aisle. Today is as it was given and changed; the days after follow from it and from what is known
/// now, and each is planned anew on its day. No model writes for it and nothing is stored. Counts as a workflow for the limits; an agent
/// that is stopped, or has no plan of today, is named in `left_out`.
#[utoipa::path(get, path = "/api/user/{user_id}/plans/week", tag = "Plans", params(("user_id" = String, Path), FromParams),
    responses((status = 200, body = PlannedWeek), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn plans_of_week(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    QueryOf(FromParams { from }): QueryOf<FromParams>,
) -> ApiResult<Response> {
    let from = from.map(|from| day_named("from", &from)).transpose()?;
    let asked = WeekRequest { request_id: start.id.clone(), user: user.clone(), from };
    to_the_end(&ops, start, caller, (Agent::Orchestrator, user), async move |ops: Ops, caller| {
        let told = ops.plan_week(&caller, &asked).await;
        (told.answer, told.facts)
    })
    .await
}

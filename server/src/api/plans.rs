//! Reading what the agents planned.

use axum::Json;
use axum::extract::{Path, State};
use domain::access::Scope;
use domain::agent::Agent;
use domain::id::UserId;
use jiff::civil::Date;
use ops::Ops;
use ops::access::Caller;
use ops::people::Analysis;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::{Key, PathUser};
use super::pages::day_named;
use crate::problem::{ApiResult, Problem};

/// A stored plan as it was answered.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredPlan {
    user_id: UserId,
    #[schema(value_type = String, format = Date)]
    date: Date,
    archetype: String,
    agent: Agent,
    release: String,
    #[schema(value_type = String, format = DateTime)]
    computed_at: jiff::Timestamp,
    /// What the agent's own endpoint answered.
    #[schema(value_type = Object)]
    plan: Value,
}

impl StoredPlan {
    pub(super) fn new(user: UserId, stored: Analysis) -> Self {
        Self {
            user_id: user,
            date: stored.day,
            archetype: stored.archetype.to_string(),
            agent: stored.agent,
            release: stored.release,
            computed_at: stored.created_at,
            plan: stored.body,
        }
    }

    fn of(user: UserId, stored: Analysis) -> Json<Self> {
        Json(Self::new(user, stored))
    }
}

/// The newest routine
#[utoipa::path(get, path = "/api/user/{user_id}/routine/latest", tag = "Plans", params(("user_id" = String, Path)),
    responses((status = 200, body = StoredPlan), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn latest_routine(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<StoredPlan>> {
    caller.require(Scope::Agents)?;
    Ok(StoredPlan::of(user.clone(), ops.latest_plan(&caller, &user, Agent::Routine).await?))
}

/// The newest nutrition plan
#[utoipa::path(get, path = "/api/user/{user_id}/nutrition/latest", tag = "Plans", params(("user_id" = String, Path)),
    responses((status = 200, body = StoredPlan), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn latest_nutrition(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<StoredPlan>> {
    caller.require(Scope::Agents)?;
    Ok(StoredPlan::of(user.clone(), ops.latest_plan(&caller, &user, Agent::Nutrition).await?))
}

/// The routine of a day
#[utoipa::path(get, path = "/api/user/{user_id}/routine/{date}", tag = "Plans",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the person's local day")),
    responses((status = 200, body = StoredPlan), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn routine_of_date(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date)): Path<(String, String)>,
) -> ApiResult<Json<StoredPlan>> {
    caller.require(Scope::Agents)?;
    Ok(StoredPlan::of(
        user.clone(),
        ops.plan_of(&caller, &user, Agent::Routine, day_named("date", &date)?).await?,
    ))
}

/// Everything planned for a day; what was not planned is absent.
#[derive(Serialize, ToSchema)]
pub(super) struct DayPlans {
    user_id: UserId,
    #[schema(value_type = String, format = Date)]
    date: Date,
    #[schema(value_type = Option<Object>)]
    pub(super) routine_plan: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub(super) nutrition_plan: Option<Value>,
}

/// Everything planned for a day
#[utoipa::path(get, path = "/api/user/{user_id}/plans/{date}", tag = "Plans",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the person's local day")),
    responses((status = 200, body = DayPlans), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn plans_of_date(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date)): Path<(String, String)>,
) -> ApiResult<Json<DayPlans>> {
    caller.require(Scope::Agents)?;
    Ok(Json(plans_of_day(&ops, &caller, user, day_named("date", &date)?).await?))
}

/// # Errors
/// `NotFound` when nothing was planned.
pub(super) async fn plans_of_day(
    ops: &Ops,
    caller: &Caller,
    user: UserId,
    date: Date,
) -> ops::Result<DayPlans> {
    let body = |found: ops::Result<Analysis>| match found {
        Ok(stored) => Ok(Some(stored.body)),
        Err(ops::Error::NotFound { what: "plan" }) => Ok(None),
        Err(error) => Err(error),
    };
    let routine_plan = body(ops.plan_of(caller, &user, Agent::Routine, date).await)?;
    let nutrition_plan = body(ops.plan_of(caller, &user, Agent::Nutrition, date).await)?;
    if routine_plan.is_none() && nutrition_plan.is_none() {
        return Err(ops::Error::NotFound { what: "plan" });
    }
    Ok(DayPlans { user_id: user, date, routine_plan, nutrition_plan })
}

//! Reading what the agents made, and saying what one thinks of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Scope;
use domain::agent::Agent;
use domain::id::UserId;
use jiff::civil::Date;
use ops::Ops;
use ops::access::Caller;
use ops::people::{Analysis, InsightFeedback};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::{Body, Key, PathUser};
use super::pages::{Listed, PageOf, PageParams, day_named, link};
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
    fn of(user: UserId, stored: Analysis) -> Json<Self> {
        Json(Self {
            user_id: user,
            date: stored.day,
            archetype: stored.archetype.to_string(),
            agent: stored.agent,
            release: stored.release,
            computed_at: stored.created_at,
            plan: stored.body,
        })
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

#[derive(Serialize, ToSchema)]
pub(super) struct Insights {
    #[schema(value_type = Vec<Object>)]
    insights: Vec<Value>,
    /// Where the next page is, also as `Link` with `rel="next"`; `null`: this is the last.
    next: Option<String>,
}

/// The last insights, newest first
#[utoipa::path(get, path = "/api/user/{user_id}/insights/latest", tag = "Plans", params(("user_id" = String, Path), PageParams),
    responses((status = 200, body = Insights), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn latest_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    asked: PageOf,
) -> ApiResult<Response> {
    caller.require(Scope::Agents)?;
    let page = ops.insights(&caller.tenant, &user, &asked.page).await?;
    let (insights, next) = Listed::of(page, &asked.address).into_parts();
    let link = link(next.as_deref());
    let mut response = Json(Insights { insights, next }).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Say what one thinks of an insight
#[utoipa::path(post, path = "/api/user/{user_id}/insights/{insight_id}/feedback", tag = "Plans",
    params(("user_id" = String, Path), ("insight_id" = String, Path)),
    request_body(content = InsightFeedback, example = json!({"helpful": true, "rating": 4})),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn give_insight_feedback(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, insight)): Path<(String, String)>,
    Body(feedback): Body<InsightFeedback>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Agents)?;
    ops.rate_insight(&caller, &user, &insight, feedback).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark an insight as seen
#[utoipa::path(patch, path = "/api/insights/{insight_id}/acknowledge", tag = "Plans", params(("insight_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn acknowledge_insight(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(insight): Path<String>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Agents)?;
    ops.acknowledge_insight(&caller, &insight).await?;
    Ok(StatusCode::NO_CONTENT)
}

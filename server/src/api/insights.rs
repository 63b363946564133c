//! Insights: the live ones in rank order, all of them, and what a person says of one.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Scope;
use ops::Ops;
use ops::insights::{InsightFeedback, InsightFilter};
use ops::page::{Page, PageRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Key, PathUser, QueryOf};
use super::pages::{Address, Listed};
use crate::problem::{ApiResult, Problem};

/// Which insights.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct Asked {
    /// `sleep`, `activity`, `nutrition`, `energy`, `routine`, `recovery` or `motivation`.
    category: Option<String>,
    /// `new`, `surfaced`, `acknowledged`, `rated`, `expired`, `superseded` or `dismissed`.
    state: Option<String>,
    /// Items of a page, 1 to 200; 50 when absent.
    limit: Option<String>,
    /// Where the page begins: as the page before said. Opaque.
    cursor: Option<String>,
}

impl Asked {
    fn read(&self) -> ops::Result<(InsightFilter, PageRequest)> {
        let filter = InsightFilter::parse(self.category.as_deref(), self.state.as_deref())?;
        Ok((filter, PageRequest::parse(self.limit.as_deref(), self.cursor.as_deref())?))
    }
}

/// A page of insights, each with its life: `state`, `created_at`, `expires_at`, `first_shown_at`, `last_shown_at`, `shown_days`,
/// `acknowledged_at`, `rated_at`, `dismissed_at`, `superseded_by`, `rating`, `helpful`, `comment`.
#[derive(Serialize, ToSchema)]
pub(super) struct Insights {
    #[schema(value_type = Vec<Object>)]
    insights: Vec<Value>,
    /// Where the next page is, also as `Link` with `rel="next"`; `null`: this is the last.
    next: Option<String>,
}

impl Insights {
    fn of(page: Page<Value>, path: &str, filter: InsightFilter, asked: &PageRequest) -> Response {
        let chosen = [
            ("category", filter.category.map(agents::insights::Category::as_str)),
            ("state", filter.state.map(agents::insights::State::as_str)),
        ];
        let listed = Listed::of(page, &Address::of(path, asked, &chosen));
        listed.named(|insights, next| Self { insights, next })
    }
}

/// The live insights, best first
///
/// Of each one on the page it is kept that it was shown, once a day. Ratings and dismissals change the order; `ranking` says why each
/// stands where it does.
#[utoipa::path(get, path = "/api/user/{user_id}/insights/latest", tag = "Plans", params(("user_id" = String, Path), Asked),
    responses((status = 200, body = Insights), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn latest_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(asked): QueryOf<Asked>,
) -> ApiResult<Response> {
    caller.require(Scope::Agents)?;
    let (filter, page) = asked.read()?;
    let found = ops.latest_insights(&caller, &user, filter, &page).await?;
    Ok(Insights::of(found, &format!("/api/user/{user}/insights/latest"), filter, &page))
}

/// All insights, newest first
///
/// Those that have ended too: expired, superseded and dismissed ones are kept.
#[utoipa::path(get, path = "/api/user/{user_id}/insights", tag = "Plans", params(("user_id" = String, Path), Asked),
    responses((status = 200, body = Insights), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(asked): QueryOf<Asked>,
) -> ApiResult<Response> {
    caller.require(Scope::Agents)?;
    let (filter, page) = asked.read()?;
    let found = ops.list_insights(&caller.tenant, &user, filter, &page).await?;
    Ok(Insights::of(found, &format!("/api/user/{user}/insights"), filter, &page))
}

/// Say what one thinks of an insight
///
/// What is absent stays as it was said before. Insights like it rank higher or lower from now on.
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

/// Do not want an insight
///
/// It is not shown any more, and its topic is not told again for 30 days; what is for a professional comes back when it changes.
#[utoipa::path(post, path = "/api/user/{user_id}/insights/{insight_id}/dismiss", tag = "Plans",
    params(("user_id" = String, Path), ("insight_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn dismiss_insight(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, insight)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Agents)?;
    ops.dismiss_insight(&caller, &user, &insight).await?;
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

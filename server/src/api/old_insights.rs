//! The first system's `/api/v1/insights` and `/api/v2/insights` for apps that still call them: the same services under the old names.
//!
//! `generate` asks the agent there as here; what never worked there (`latest`, `feedback` and `acknowledge` of v2) does.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use domain::access::Scope;
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::id::UserId;
use ops::Ops;
use ops::access::Caller;
use ops::answers::{AgentAnswer, AgentRequest, AnalysisType, Asked};
use ops::insights::{InsightFeedback, InsightFilter};
use ops::page::PageRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::agents::{request, to_the_end};
use super::extract::{Body, Key, PathUser, QueryOf};

use crate::middleware::request_log::RequestStart;
use crate::problem::{ApiResult, Problem};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OldGenerate {
    user_id: UserId,
    #[serde(default)]
    archetype: Option<Archetype>,
    #[serde(default)]
    force_refresh: bool,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct OldGenerate2 {
    archetype: Option<Archetype>,
    force_refresh: bool,
    /// 1 to 14. Not needed: each insight names the days that it is from.
    timeframe_days: Option<u8>,
}

/// Insights as the first system told them.
#[derive(Serialize, ToSchema)]
pub(super) struct OldInsights {
    success: bool,
    insights: Vec<OldInsight>,
    /// `fresh`: made for this request; `cached`: before.
    source: &'static str,
    count: usize,
}

#[derive(Serialize, ToSchema)]
pub(super) struct OldInsight {
    #[schema(value_type = String)]
    id: Value,
    #[schema(value_type = String)]
    title: Value,
    #[schema(value_type = String)]
    content: Value,
    /// The category.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Value,
    /// 1 high, 2 medium, 3 low.
    priority: u8,
    /// 0–1.
    #[schema(value_type = f64)]
    actionability_score: Value,
    #[schema(value_type = String, format = DateTime)]
    created_at: Value,
}

impl OldInsights {
    /// `made`: when, of insights that do not say it themselves.
    fn of(insights: Vec<Value>, source: &'static str, made: &Value) -> Self {
        let old = |insight: Value| OldInsight {
            id: insight["id"].clone(),
            title: insight["title"].clone(),
            content: insight["content"].clone(),
            kind: insight["category"].clone(),
            priority: match insight["priority"].as_str() {
                Some("high") => 1,
                Some("medium") => 2,
                _ => 3,
            },
            actionability_score: insight["actionability"].clone(),
            created_at: insight.get("created_at").unwrap_or(made).clone(),
        };
        let insights: Vec<OldInsight> = insights.into_iter().map(old).collect();
        Self { success: true, count: insights.len(), insights, source }
    }

    fn answered(mut answer: AgentAnswer) -> Self {
        let insights = match answer.content.remove("insights") {
            Some(Value::Array(insights)) => insights,
            _ => Vec::new(),
        };
        let source = if answer.analysis_type == AnalysisType::Fresh { "fresh" } else { "cached" };
        Self::of(insights, source, &json!(answer.meta.computed_at))
    }
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct OldList {
    /// 1 to 200; 10 when absent.
    limit: Option<String>,
    /// `sleep`, `activity`, `nutrition`, `energy`, `routine`, `recovery` or `motivation`.
    category: Option<String>,
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct OldRate {
    /// 1 (bad) to 5 (good).
    rating: Option<String>,
    /// At most 500 characters.
    feedback: Option<String>,
}

/// Find insights, by the old path
///
/// New apps: `POST /api/user/{user_id}/insights/generate`.
#[utoipa::path(post, path = "/api/v1/insights/generate", tag = "First system",
    request_body(content = OldGenerate, example = json!({"user_id": "u-1042", "archetype": "Peak Performer"})),
    responses((status = 200, body = OldInsights), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v1_generate_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    Body(sent): Body<OldGenerate>,
) -> ApiResult<Response> {
    generate(&ops, caller, start, sent.user_id, (sent.archetype, sent.force_refresh)).await
}

/// Find insights, by the second old path
///
/// New apps: `POST /api/user/{user_id}/insights/generate`.
#[utoipa::path(post, path = "/api/v2/insights/{user_id}/generate", tag = "First system", params(("user_id" = String, Path)),
    request_body(content = OldGenerate2, example = json!({"archetype": "Peak Performer", "timeframe_days": 3})),
    responses((status = 200, body = OldInsights), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v2_generate_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Body(sent): Body<OldGenerate2>,
) -> ApiResult<Response> {
    if sent.timeframe_days.is_some_and(|days| !(1..=14).contains(&days)) {
        return Err(ops::Error::invalid("timeframe_days", "must be 1 to 14").into());
    }
    generate(&ops, caller, start, user, (sent.archetype, sent.force_refresh)).await
}

async fn generate(
    ops: &Ops,
    caller: Caller,
    start: RequestStart,
    user: UserId,
    (archetype, force_refresh): (Option<Archetype>, bool),
) -> ApiResult<Response> {
    let asked = request(&start, Agent::Insights, user.clone());
    let asked = AgentRequest { archetype, force_refresh, ..asked };
    to_the_end(ops, start, caller, (Agent::Insights, user), async move |ops: Ops, caller| {
        let Asked { answer, facts } = ops.ask_agent(&caller, &asked).await;
        (answer.map(OldInsights::answered), facts)
    })
    .await
}

/// The live insights, best first, by the old path
///
/// New apps: `GET /api/user/{user_id}/insights/latest`.
#[utoipa::path(get, path = "/api/v1/insights/{user_id}", tag = "First system", params(("user_id" = String, Path), OldList),
    responses((status = 200, body = OldInsights), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v1_list_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(asked): QueryOf<OldList>,
) -> ApiResult<Json<OldInsights>> {
    live(&ops, &caller, &user, &asked).await
}

/// The live insights, best first, by the second old path
///
/// New apps: `GET /api/user/{user_id}/insights/latest`.
#[utoipa::path(get, path = "/api/v2/insights/{user_id}/latest", tag = "First system", params(("user_id" = String, Path), OldList),
    responses((status = 200, body = OldInsights), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v2_latest_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(asked): QueryOf<OldList>,
) -> ApiResult<Json<OldInsights>> {
    live(&ops, &caller, &user, &asked).await
}

async fn live(ops: &Ops, caller: &Caller, user: &UserId, asked: &OldList) -> ApiResult<Json<OldInsights>> {
    caller.require(Scope::Agents)?;
    let filter = InsightFilter::parse(asked.category.as_deref(), None)?;
    let page = PageRequest::parse(asked.limit.as_deref().or(Some("10")), None)?;
    let found = ops.latest_insights(caller, user, filter, &page).await?;
    Ok(Json(OldInsights::of(found.items, "cached", &Value::Null)))
}

/// Mark an insight as seen, by the old path
///
/// New apps: `PATCH /api/insights/{insight_id}/acknowledge`.
#[utoipa::path(patch, path = "/api/v1/insights/{insight_id}/acknowledge", tag = "First system", params(("insight_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v1_acknowledge_insight(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(insight): Path<String>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Agents)?;
    ops.acknowledge_insight(&caller, &insight).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rate an insight, by the old path
///
/// New apps: `POST /api/user/{user_id}/insights/{insight_id}/feedback`.
#[utoipa::path(post, path = "/api/v1/insights/{insight_id}/rate", tag = "First system", params(("insight_id" = String, Path), OldRate),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v1_rate_insight(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(insight): Path<String>,
    QueryOf(OldRate { rating, feedback }): QueryOf<OldRate>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Agents)?;
    let wrong = |_| ops::Error::invalid("rating", "must be 1 to 5");
    let rating = rating.map(|rating| rating.parse().map_err(wrong)).transpose()?;
    let user = ops.whose_insight(&caller, &insight).await?;
    let said = InsightFeedback { helpful: None, rating, comment: feedback };
    ops.rate_insight(&caller, &user, &insight, said).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark an insight as seen, by the second old path
///
/// New apps: `PATCH /api/insights/{insight_id}/acknowledge`.
#[utoipa::path(patch, path = "/api/v2/insights/{user_id}/{insight_id}/acknowledge", tag = "First system",
    params(("user_id" = String, Path), ("insight_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v2_acknowledge_insight(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, insight)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Agents)?;
    if ops.whose_insight(&caller, &insight).await? != user {
        return Err(ops::Error::NotFound { what: "insight" }.into());
    }
    ops.acknowledge_insight(&caller, &insight).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say what one thinks of an insight, by the second old path
///
/// New apps: `POST /api/user/{user_id}/insights/{insight_id}/feedback`.
#[utoipa::path(post, path = "/api/v2/insights/{user_id}/{insight_id}/feedback", tag = "First system",
    params(("user_id" = String, Path), ("insight_id" = String, Path)),
    request_body(content = InsightFeedback, example = json!({"helpful": true, "rating": 4})),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v2_insight_feedback(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, insight)): Path<(String, String)>,
    Body(said): Body<InsightFeedback>,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Agents)?;
    ops.rate_insight(&caller, &user, &insight, said).await?;
    Ok(StatusCode::NO_CONTENT)
}

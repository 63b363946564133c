//! A person at a glance: for an app's first screen, for judging the data, and for a chat model of the app.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use ops::Ops;
use ops::people::context::ChatContext;
use ops::people::summary::{PersonSummary, QualityReport};

use super::extract::{Key, PathUser};
use crate::problem::{ApiResult, Problem};

/// A person's summary
///
/// Latest scores, counts, freshness, archetype, which plans there are, and what each agent can say with the data there is.
#[utoipa::path(get, path = "/api/user/{user_id}/summary", tag = "Data", params(("user_id" = String, Path)),
    responses((status = 200, body = PersonSummary), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn summary(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<PersonSummary>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.person_summary(&caller, &user).await?))
}

/// How much the data can carry, and what would help
#[utoipa::path(get, path = "/api/user/{user_id}/data-quality", tag = "Data", params(("user_id" = String, Path)),
    responses((status = 200, body = QualityReport), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn data_quality(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<QualityReport>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.data_quality(&caller, &user).await?))
}

/// What a chat model of an app should know
///
/// One document of at most 24 KiB: profile, behavior, today's tasks with their state, the last insights, what matters of what is
/// remembered, the figures of the last week's journals. All of it is data and says so; no words of notes and journals are in it. Scopes
/// `agents` and `data`.
#[utoipa::path(get, path = "/api/user/{user_id}/chat-context", tag = "Plans", params(("user_id" = String, Path)),
    responses((status = 200, body = ChatContext), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn chat_context(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<ChatContext>> {
    caller.require(Scope::Agents)?;
    caller.require(Scope::Data)?;
    Ok(Json(ops.chat_context(&caller, &user).await?))
}

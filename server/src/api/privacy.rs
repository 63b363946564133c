//! All of a person in one document, and nothing of a person any more.

use axum::Json;
use axum::body::Body as Answer;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::access::Scope;
use ops::Ops;
use ops::privacy::Erased;
use serde::Deserialize;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use super::extract::{Key, PathUser, QueryOf};
use crate::problem::{ApiResult, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct Confirmation {
    /// The person's id once more: an erasure cannot be undone.
    confirm: String,
}

/// Export everything that is stored of a person
///
/// One JSON document: profile, scores, readings, check-ins, analyses, memories, insights, and what the service's books say of their
/// requests. It is whole when it ends in `"complete":true`; one that is read for longer than five minutes ends before. Two at a time are
/// made by one process: more get 429. That it was exported is audited.
#[utoipa::path(get, path = "/api/user/{user_id}/export", tag = "Data", params(("user_id" = String, Path)),
    responses((status = 200, body = Object, description = "sections of rows"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn export_person(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Response> {
    caller.require(Scope::Data)?;
    // Plans, memories and insights are in it.
    caller.require(Scope::Agents)?;
    let parts = ops.export_person(&caller, &user).await?;
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{user}.json\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Answer::from_stream(ReceiverStream::new(parts))).into_response())
}

/// Erase a person
///
/// Deletes all health data and everything that was made of it, at once and for good; the service's books keep their rows under a
/// pseudonym, the audit keeps that it happened. The answer is the receipt.
#[utoipa::path(delete, path = "/api/user/{user_id}", tag = "Data", params(("user_id" = String, Path), Confirmation),
    responses((status = 200, body = Erased), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn erase_person(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(Confirmation { confirm }): QueryOf<Confirmation>,
) -> ApiResult<Json<Erased>> {
    caller.require(Scope::Data)?;
    if confirm != user.as_str() {
        let fault = "must be the person's id once more; nothing was erased";
        return Err(ops::Error::invalid("confirm", fault).into());
    }
    Ok(Json(ops.erase_person(&caller, &user).await?))
}

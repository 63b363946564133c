//! Journals: one entry a day. What a person writes is data: it is stored and given back, never logged and never taken for
//! instructions.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::access::Scope;
use domain::journal::JournalEntry;
use ops::Ops;
use ops::people::journal::JournalDay;

use super::extract::{Body, Key, PathUser};
use super::pages::{DaysOf, DaysParams, Listed, day_named};
use crate::middleware::etags::IfMatch;
use crate::problem::{ApiResult, Problem};

/// Write or replace a day's journal
///
/// The whole entry: what is absent is gone. With `If-Match` only the version that it names: 412 when it was changed meanwhile.
#[utoipa::path(put, path = "/api/user/{user_id}/journal/{date}", tag = "Data",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the person's local day")),
    request_body(content = JournalEntry, example = json!({"energy_level": 4, "mood_rating": 3, "sleep_quality": 4, "stress_level": 2,
        "hydration_glasses": 6, "sunlight_exposure_completed": true, "what_went_well": "walk before lunch",
        "tomorrow_intentions": "screens off at 21:30", "gratitude_notes": ["quiet morning"]})),
    responses((status = 200, body = JournalDay), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_journal(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date)): Path<(String, String)>,
    headers: HeaderMap,
    Body(entry): Body<JournalEntry>,
) -> ApiResult<Json<JournalDay>> {
    caller.require(Scope::Data)?;
    let expected = IfMatch::of(&headers);
    let knows = |current: Option<&JournalDay>| expected.knows(current);
    Ok(Json(ops.put_journal(&caller, &user, day_named("date", &date)?, entry, &knows).await?))
}

/// The journal of a day
#[utoipa::path(get, path = "/api/user/{user_id}/journal/{date}", tag = "Data",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the person's local day")),
    responses((status = 200, body = JournalDay), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_journal(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date)): Path<(String, String)>,
) -> ApiResult<Json<JournalDay>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.journal_of(&caller, &user, day_named("date", &date)?).await?))
}

/// Delete the journal of a day
#[utoipa::path(delete, path = "/api/user/{user_id}/journal/{date}", tag = "Data",
    params(("user_id" = String, Path), ("date" = String, Path, description = "YYYY-MM-DD, the person's local day")),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_journal(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, date)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    caller.require(Scope::Data)?;
    let expected = IfMatch::of(&headers);
    let knows = |current: Option<&JournalDay>| expected.knows(current);
    ops.delete_journal(&caller, &user, day_named("date", &date)?, &knows).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Journals of some days, newest first
#[utoipa::path(get, path = "/api/user/{user_id}/journal", tag = "Data", params(("user_id" = String, Path), DaysParams),
    responses((status = 200, body = Listed<JournalDay>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_journal(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    asked: DaysOf,
) -> ApiResult<Listed<JournalDay>> {
    caller.require(Scope::Data)?;
    Ok(Listed::of(ops.journals(&caller, &user, &asked.days, &asked.page).await?, &asked.address))
}

//! What is remembered of a person: to look at page by page, to add to, and to have forgotten.

use agents::memory::{MemoryLayer, Telling};
use axum::Json;
use axum::extract::{Path, State};
use domain::access::Scope;
use ops::Ops;
use ops::memory::{Forget, Forgotten, ForgottenKey, KnownMemory, MemoryFilter, MemoryState};
use ops::page::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Key, PathUser, QueryOf};
use super::pages::{Address, Listed};
use crate::problem::{ApiResult, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ListQuery {
    /// `working`, `episodic`, `semantic` or `procedural`; absent: all.
    layer: Option<String>,
    /// A topic, such as `sleep`, `food` or a task's slug.
    about: Option<String>,
    /// `current` (default) or `past`.
    state: Option<String>,
    /// Items of a page, 1 to 200; 50 when absent.
    limit: Option<String>,
    /// Where the page begins: as the page before said. Opaque.
    cursor: Option<String>,
}

/// Which memories, or tombstones, are meant.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct WhichQuery {
    /// `working`, `episodic`, `semantic` or `procedural`.
    layer: Option<String>,
    /// Exactly this key.
    key: Option<String>,
    /// Everything: must be `true` when neither layer nor key is named.
    all: bool,
}

impl WhichQuery {
    fn parse(self) -> ops::Result<Forget> {
        Ok(Forget { layer: layer(self.layer.as_deref())?, key: self.key, all: self.all })
    }
}

/// Absent is no choice; a word that is none is refused.
fn layer(text: Option<&str>) -> ops::Result<Option<MemoryLayer>> {
    let wrong = || ops::Error::invalid("layer", "must be working, episodic, semantic or procedural");
    text.map(|text| MemoryLayer::parse(text).ok_or_else(wrong)).transpose()
}

/// List what is remembered
///
/// Newest first, page by page. Each with its evidence, today's confidence, why it is kept and what it replaced; `state=past` lists what is no
/// longer held, with when and why.
#[utoipa::path(get, path = "/api/user/{user_id}/memories", tag = "Memory", params(("user_id" = String, Path), ListQuery),
    responses((status = 200, body = Listed<KnownMemory>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_memories(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(query): QueryOf<ListQuery>,
) -> ApiResult<Listed<KnownMemory>> {
    caller.require(Scope::Agents)?;
    let state = match query.state.as_deref() {
        None | Some("current") => MemoryState::Current,
        Some("past") => MemoryState::Past,
        Some(_) => return Err(ops::Error::invalid("state", "must be current or past").into()),
    };
    let filter = MemoryFilter { layer: layer(query.layer.as_deref())?, about: query.about, state };
    let asked = PageRequest::parse(query.limit.as_deref(), query.cursor.as_deref())?;
    let found = ops.memories(&caller, &user, &filter, &asked).await?;
    let chosen = [
        ("layer", filter.layer.map(MemoryLayer::as_str)),
        ("about", filter.about.as_deref()),
        ("state", query.state.as_deref()),
    ];
    Ok(Listed::of(found, &Address::of(&format!("/api/user/{user}/memories"), &asked, &chosen)))
}

/// Look at one memory
///
/// Current or past, with the last answers that named it.
#[utoipa::path(get, path = "/api/user/{user_id}/memories/{memory_id}", tag = "Memory",
    params(("user_id" = String, Path), ("memory_id" = String, Path)),
    responses((status = 200, body = KnownMemory), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn show_memory(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, id)): Path<(String, String)>,
) -> ApiResult<Json<KnownMemory>> {
    caller.require(Scope::Agents)?;
    Ok(Json(ops.known_memory(&caller, &user, &id).await?))
}

/// Remember what the person said
///
/// It holds against data for a month at least, and replaces what the person said before under the same key; an allergy it must name again
/// (409 otherwise). Plans heed it and name it. It is data: no agent or model ever takes it as an instruction.
#[utoipa::path(post, path = "/api/user/{user_id}/memories", tag = "Memory", params(("user_id" = String, Path)),
    request_body(content = Telling, example = json!({"key": "dislike.greens", "content": "Does not like broccoli",
        "about": ["food"], "claim": {"kind": "dislikes", "foods": ["broccoli"]}})),
    responses((status = 200, body = KnownMemory), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn remember_fact(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(telling): Body<Telling>,
) -> ApiResult<Json<KnownMemory>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.remember(&caller, &user, telling).await?))
}

/// Forget one memory
///
/// It and what was held of its key before are gone, and the key is not learned again until it is lifted.
#[utoipa::path(delete, path = "/api/user/{user_id}/memories/{memory_id}", tag = "Memory",
    params(("user_id" = String, Path), ("memory_id" = String, Path)),
    responses((status = 200, body = Forgotten), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn forget_memory(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Path((_, id)): Path<(String, String)>,
) -> ApiResult<Json<Forgotten>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.forget_memory(&caller, &user, &id).await?))
}

/// Forget a key, a layer or everything
///
/// Current and past; each key that there was is not learned again until it is lifted. Analyses and plans are not memories: they stay.
#[utoipa::path(delete, path = "/api/user/{user_id}/memories", tag = "Memory", params(("user_id" = String, Path), WhichQuery),
    responses((status = 200, body = Forgotten), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn forget_memories(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(which): QueryOf<WhichQuery>,
) -> ApiResult<Json<Forgotten>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.forget_memories(&caller, &user, &which.parse()?).await?))
}

/// Keys that are not learned again.
#[derive(Serialize, ToSchema)]
pub(super) struct ForgottenKeys {
    /// Newest first, at most 500.
    forgotten: Vec<ForgottenKey>,
}

/// List what must not be learned again
#[utoipa::path(get, path = "/api/user/{user_id}/memories/forgotten", tag = "Memory", params(("user_id" = String, Path)),
    responses((status = 200, body = ForgottenKeys), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_forgotten(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<ForgottenKeys>> {
    caller.require(Scope::Agents)?;
    Ok(Json(ForgottenKeys { forgotten: ops.forgotten_keys(&caller, &user).await? }))
}

/// Let forgotten keys be learned again
///
/// What was forgotten does not come back: it is observed anew, or not.
#[utoipa::path(delete, path = "/api/user/{user_id}/memories/forgotten", tag = "Memory",
    params(("user_id" = String, Path), WhichQuery),
    responses((status = 200, body = Forgotten), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn lift_forgotten(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(which): QueryOf<WhichQuery>,
) -> ApiResult<Json<Forgotten>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.lift_forgotten(&caller, &user, &which.parse()?).await?))
}

//! The six archetypes, and which one a person has.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use domain::archetype::Archetype;
use ops::Ops;
use ops::people::archetypes::{self, ArchetypeMeaning, PersonArchetype, Switch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key, PathUser};
use crate::problem::{ApiResult, Problem};

#[derive(Serialize, ToSchema)]
pub(super) struct Archetypes {
    archetypes: Vec<ArchetypeMeaning>,
}

/// Which archetype to choose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChooseArchetype {
    archetype: Archetype,
}

/// The six archetypes and what they mean
#[utoipa::path(get, path = "/api/archetypes", tag = "Data",
    responses((status = 200, body = Archetypes), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_archetypes(Key(_): Key) -> Json<Archetypes> {
    Json(Archetypes { archetypes: archetypes::meanings() })
}

/// A person's archetype, the change under way and the changes before
#[utoipa::path(get, path = "/api/user/{user_id}/archetype", tag = "Data", params(("user_id" = String, Path)),
    responses((status = 200, body = PersonArchetype), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_archetype(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<PersonArchetype>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.archetype_of(&caller, &user).await?))
}

/// Choose an archetype
///
/// Says how near it is to the one before and how the change is best brought to the person: at once, over 3 days, or over 7 with a seventh
/// more of the new each day. Agents take the new one with their next answer.
#[utoipa::path(post, path = "/api/user/{user_id}/archetype", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = ChooseArchetype, example = json!({"archetype": "Systematic Improver"})),
    responses((status = 200, body = Switch), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn switch_archetype(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(ChooseArchetype { archetype }): Body<ChooseArchetype>,
) -> ApiResult<Json<Switch>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.switch_archetype(&caller, &user, archetype).await?))
}

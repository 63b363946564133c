//! What apps tell about people: profile, scores, biomarkers. All or nothing: one fault refuses the batch.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::access::Scope;
use domain::health_data::{Biomarker, Score};
use domain::id::UserId;
use domain::profile::Profile;
use ops::Ops;
use ops::people::Accepted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key, PathUser};
use crate::middleware::etags::IfMatch;
use crate::problem::{ApiResult, Problem};

/// A batch of one kind; at most 1,000 items.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scores {
    items: Vec<Score>,
}

/// A batch of one kind; at most 1,000 items.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Biomarkers {
    items: Vec<Biomarker>,
}

/// The profile as it is stored now.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredProfile {
    user_id: UserId,
    profile: Profile,
}

/// The stored profile
///
/// Its `ETag` in `If-Match` of a PUT says that only this version may be replaced.
#[utoipa::path(get, path = "/api/user/{user_id}/profile", tag = "Data", params(("user_id" = String, Path)),
    responses((status = 200, body = StoredProfile), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_profile(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<StoredProfile>> {
    caller.require(Scope::Data)?;
    let profile = ops.profile(&caller.tenant, &user).await?;
    Ok(Json(StoredProfile { user_id: user, profile }))
}

/// Create a person, or replace their profile
///
/// With `If-Match` only the version that it names: 412 when it was changed meanwhile.
#[utoipa::path(put, path = "/api/user/{user_id}/profile", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = Profile, example = json!({"age": 41, "sex": "female", "height_cm": 168.0, "weight_kg": 63.5,
        "time_zone": "Europe/Berlin", "archetype": "Systematic Improver", "goal": "sleep-better", "diet": "vegetarian",
        "allergies": ["peanut"], "wake_time": "06:45", "bed_time": "22:45"})),
    responses((status = 200, body = StoredProfile), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_profile(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    headers: HeaderMap,
    Body(profile): Body<Profile>,
) -> ApiResult<Json<StoredProfile>> {
    caller.require(Scope::Data)?;
    let expected = IfMatch::of(&headers);
    let read = |profile: &Profile| StoredProfile { user_id: user.clone(), profile: profile.clone() };
    let knows = |current: Option<&Profile>| expected.knows(current.map(read).as_ref());
    let profile = ops.put_profile_if(&caller, &user, profile, &knows).await?;
    Ok(Json(StoredProfile { user_id: user, profile }))
}

/// Add scores
#[utoipa::path(post, path = "/api/user/{user_id}/scores", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = Scores, example = json!({"items": [{"type": "readiness", "score": 0.68, "scale": "unit",
        "state": "medium", "at": "2026-03-03T07:00:00-05:00"}]})),
    responses((status = 200, body = Accepted), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn add_scores(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(scores): Body<Scores>,
) -> ApiResult<Json<Accepted>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.add_scores(&caller, &user, scores.items).await?))
}

/// Add biomarker readings
#[utoipa::path(post, path = "/api/user/{user_id}/biomarkers", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = Biomarkers, example = json!({"items": [{"category": "activity", "type": "steps", "value": 7214,
        "unit": "count", "start": "2026-03-03T00:00:00-05:00", "end": "2026-03-03T23:59:59-05:00"}]})),
    responses((status = 200, body = Accepted), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn add_biomarkers(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(readings): Body<Biomarkers>,
) -> ApiResult<Json<Accepted>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.add_biomarkers(&caller, &user, readings.items).await?))
}

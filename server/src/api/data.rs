//! What apps tell about people: profile, scores, biomarkers, check-ins. All or nothing: one fault refuses the batch.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use domain::check_in::CheckIn;
use domain::health_data::{Biomarker, Score};
use domain::profile::Profile;
use ops::Ops;
use ops::people::Accepted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key, PathUser};
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

/// A batch of one kind; at most 1,000 items.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckIns {
    items: Vec<CheckIn>,
}

/// The profile as it is stored now.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredProfile {
    user_id: String,
    profile: Profile,
}

/// Create a person, or replace their profile
#[utoipa::path(put, path = "/api/user/{user_id}/profile", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = Profile, example = json!({"age": 41, "sex": "female", "height_cm": 168.0, "weight_kg": 63.5,
        "time_zone": "Europe/Berlin", "archetype": "Systematic Improver", "goal": "sleep-better", "diet": "vegetarian",
        "allergies": ["peanut"], "wake_time": "06:45", "bed_time": "22:45"})),
    responses((status = 200, body = StoredProfile), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_profile(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(profile): Body<Profile>,
) -> ApiResult<Json<StoredProfile>> {
    caller.require(Scope::Data)?;
    let profile = ops.put_profile(&caller, &user, profile).await?;
    Ok(Json(StoredProfile { user_id: user.into(), profile }))
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

/// Report on tasks of a plan
#[utoipa::path(post, path = "/api/user/{user_id}/check-ins", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = CheckIns, example = json!({"items": [{"task_id": "2026-03-03-morning-walk", "status": "done",
        "rating": 4, "date": "2026-03-03"}]})),
    responses((status = 200, body = Accepted), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn add_check_ins(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(check_ins): Body<CheckIns>,
) -> ApiResult<Json<Accepted>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.add_check_ins(&caller, &user, check_ins.items).await?))
}

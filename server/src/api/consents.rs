//! Consent to staff who look at a person's data, and who did.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use ops::Ops;
use ops::support::{Access, Consent, Grant};

use super::extract::{Body, Key, PathUser};
use super::pages::{Listed, PageOf, PageParams};
use crate::problem::{ApiResult, Problem};

/// Look at the consent to support
///
/// The newest one, whatever became of it: `in-force`, `expired` or `withdrawn`. 404: there never was one.
#[utoipa::path(get, path = "/api/user/{user_id}/consents/support-access", tag = "Data", params(("user_id" = String, Path)),
    responses((status = 200, body = Consent), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn show_support_consent(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<Consent>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.support_consent(&caller, &user).await?))
}

/// Let staff look at a person's data
///
/// Only with the person's own agreement: for this purpose, until `expires_at` (7 days from now when absent, 30 at most). It takes the
/// place of the consent before. Each look is noted: `GET /api/user/{user_id}/accesses`.
#[utoipa::path(put, path = "/api/user/{user_id}/consents/support-access", tag = "Data", params(("user_id" = String, Path)),
    request_body(content = Grant, example = json!({"purpose": "Why are my evenings empty?"})),
    responses((status = 200, body = Consent), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_support_consent(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    Body(grant): Body<Grant>,
) -> ApiResult<Json<Consent>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.consent_to_support(&caller, &user, &grant).await?))
}

/// Withdraw the consent to support
///
/// Staff see nothing from the next look on. That there was a consent, and who looked, is kept. 404: none is in force.
#[utoipa::path(delete, path = "/api/user/{user_id}/consents/support-access", tag = "Data", params(("user_id" = String, Path)),
    responses((status = 200, body = Consent), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_support_consent(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
) -> ApiResult<Json<Consent>> {
    caller.require(Scope::Data)?;
    Ok(Json(ops.withdraw_support_consent(&caller, &user).await?))
}

/// Who of the service's staff looked at a person
///
/// Newest first: when, which role, what section, on what ground and why. Looks of one member of staff at one section within an hour are
/// one entry. `viewer` tells one member of staff from another; who it was the service says on request, by the entry's `id`.
#[utoipa::path(get, path = "/api/user/{user_id}/accesses", tag = "Data", params(("user_id" = String, Path), PageParams),
    responses((status = 200, body = Listed<Access>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_accesses(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    PageOf { page, address }: PageOf,
) -> ApiResult<Listed<Access>> {
    caller.require(Scope::Data)?;
    Ok(Listed::of(ops.accesses(&caller, &user, &page).await?, &address))
}

//! Operations for machines: the same facts and acts as the console's pages. Scopes `ops:read` and `ops:act`.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use domain::shutoff::{self, Shutoff, ShutoffMode};
use ops::Ops;
use ops::cost::CostNow;
use ops::deployments::Deployment;
use ops::incidents::Incident;
use ops::overview::Overview;
use ops::releases::{ReleaseInfo, RolledBack};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key};
use crate::problem::{ApiResult, Problem};

/// The verdict and the figures behind it
#[utoipa::path(get, path = "/api/ops/overview", tag = "Operations",
    responses((status = 200, body = Overview), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn overview(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Overview>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(ops.overview().await?))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Incidents {
    incidents: Vec<Incident>,
}

/// Incidents, open ones first
#[utoipa::path(get, path = "/api/ops/incidents", tag = "Operations",
    responses((status = 200, body = Incidents), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn incidents(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Incidents>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(Incidents { incidents: ops.incidents(100).await? }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Deployments {
    deployments: Vec<Deployment>,
}

/// Which build served when, the newest first
#[utoipa::path(get, path = "/api/ops/deployments", tag = "Operations",
    responses((status = 200, body = Deployments), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn deployments(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Deployments>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(Deployments { deployments: ops.deployments(100).await? }))
}

/// Today's spend against its caps
#[utoipa::path(get, path = "/api/ops/cost", tag = "Operations",
    responses((status = 200, body = CostNow), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cost(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<CostNow>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(ops.cost_now().await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetShutoff {
    /// What for: `all`, `agent:routine`, `tier:free`, `model:NAME`; absent: all. Of a model only `degrade`: it is skipped.
    #[serde(default)]
    scope: Option<String>,
    mode: ShutoffMode,
    /// 3–500 characters; everybody on call sees it.
    reason: String,
    /// Ends by itself after so many minutes; absent: until lifted.
    #[serde(default)]
    expires_in_minutes: Option<u32>,
}

/// Cut cost
///
/// In force for the very next request. `degrade`: no model calls; `stop`: agents refuse. Of everything, or of one agent, one
/// tier or one model; several may be in force, one of each, and the strictest that covers a request decides.
#[utoipa::path(post, path = "/api/ops/cost/shutoff", tag = "Operations",
    request_body(content = SetShutoff, example = json!({"scope": "agent:routine", "mode": "degrade", "reason": "its spend doubles every 10 minutes"})),
    responses((status = 200, body = Shutoff), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set_shutoff(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<SetShutoff>,
) -> ApiResult<Json<Shutoff>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let scope = scope(ask.scope.as_deref())?;
    let minutes = ask.expires_in_minutes;
    Ok(Json(ops.set_shutoff_of(&caller.actor(), &scope, ask.mode, &ask.reason, minutes).await?))
}

/// Absent: everything.
fn scope(text: Option<&str>) -> ops::Result<shutoff::Scope> {
    Ok(text.map_or(Ok(shutoff::Scope::All), shutoff::Scope::parse)?)
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LiftShutoff {
    /// As it was set; absent: all. What is in force of other scopes stays.
    scope: Option<String>,
    /// 3–500 characters; everybody on call sees it.
    reason: Option<String>,
}

/// What is in force.
#[derive(Serialize, ToSchema)]
pub(super) struct Shutoffs {
    /// Of everything; null when there is none.
    shutoff: Option<Shutoff>,
    /// All of them, the widest first.
    shutoffs: Vec<Shutoff>,
}

impl Shutoffs {
    fn of(ops: &Ops) -> Self {
        Self { shutoff: ops.shutoff(), shutoffs: ops.shutoffs() }
    }
}

/// Shutoffs in force
#[utoipa::path(get, path = "/api/ops/cost/shutoff", tag = "Operations",
    responses((status = 200, body = Shutoffs), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn shutoffs(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Shutoffs>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(Shutoffs::of(&ops)))
}

/// Restore spending
#[utoipa::path(delete, path = "/api/ops/cost/shutoff", tag = "Operations", request_body(content = LiftShutoff),
    responses((status = 200, body = Shutoffs), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn lift_shutoff(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<LiftShutoff>,
) -> ApiResult<Json<Shutoffs>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let reason = ask.reason.as_deref().unwrap_or("lifted through the API");
    ops.lift_shutoff_of(&caller.actor(), &scope(ask.scope.as_deref())?, reason).await?;
    Ok(Json(Shutoffs::of(&ops)))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Releases {
    releases: Vec<ReleaseInfo>,
}

/// Releases, newest first
#[utoipa::path(get, path = "/api/ops/releases", tag = "Operations",
    responses((status = 200, body = Releases), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn releases(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Releases>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(Releases { releases: ops.releases().await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RollBack {
    /// 3–500 characters; everybody on call sees it.
    reason: String,
}

/// Roll back to the release served before this one
#[utoipa::path(post, path = "/api/ops/releases/rollback", tag = "Operations",
    request_body(content = RollBack, example = json!({"reason": "p95 of routine doubled since 03:12"})),
    responses((status = 200, body = RolledBack), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn roll_back(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<RollBack>,
) -> ApiResult<Json<RolledBack>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    Ok(Json(ops.rollback(&caller.actor(), &ask.reason).await?))
}

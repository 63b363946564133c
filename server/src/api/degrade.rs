//! Degrade policies for machines: what each agent gives up and why now, and the way to make it give up more. Less is a
//! person's, on the console.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use jiff::SignedDuration;
use ops::Ops;
use ops::cost::{DegradePeriod, DegradePolicy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key};
use crate::problem::{ApiResult, Problem};

/// Periods told.
const SINCE: SignedDuration = SignedDuration::from_hours(24);
const MOST: u32 = 200;

#[derive(Serialize, ToSchema)]
pub(super) struct Degrade {
    /// Every agent that asks models, and apps' chats.
    policies: Vec<DegradePolicy>,
    /// When which step was in force because of a sum of the service, the last 24 hours; newest first.
    periods: Vec<DegradePeriod>,
}

/// What agents give up while sums fill, and which steps are in force
///
/// Steps that single people's sums put in force are told by their answers only.
#[utoipa::path(get, path = "/api/ops/cost/degrade", tag = "Operations",
    responses((status = 200, body = Degrade), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn degrade(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Degrade>> {
    caller.require(Scope::OpsRead)?;
    let since = ops.clock.now() - SINCE;
    Ok(Json(Degrade {
        policies: ops.degrade_policies().await?,
        periods: ops.degrade_periods(since, MOST).await?,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetDegrade {
    /// `behavior`, `routine`, `nutrition`, `insights` or `chat`.
    #[schema(example = "routine")]
    agent: String,
    /// The lowest percentage first. That the planner answers at 100 % is added.
    #[schema(example = json!(["70% any cheaper-model", "90% person throttle 30/min"]))]
    steps: Vec<String>,
    /// 3–500 characters; everybody on call sees it.
    reason: String,
}

/// Make an agent give up more
///
/// In force for the very next call. A key may make a policy stricter at every share of every sum; anything else is a person's,
/// on the console.
#[utoipa::path(put, path = "/api/ops/cost/degrade", tag = "Operations",
    request_body(content = SetDegrade, example = json!({"agent": "routine", "steps": ["60% any cheaper-model", "80% any kept-words-first 720min", "80% any throttle 30/min"], "reason": "spend doubles every 10 minutes"})),
    responses((status = 200, body = DegradePolicy), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set_degrade(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<SetDegrade>,
) -> ApiResult<Json<DegradePolicy>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let agent = ops.degrade_agent(&ask.agent)?;
    // A line break inside a step would make two of one.
    if let Some(at) = ask.steps.iter().position(|step| step.contains(['\n', '\r'])) {
        return Err(ops::Error::invalid(format!("steps[{at}]"), "must be one line").into());
    }
    ops.set_degrade_policy(&caller.actor(), agent, &ask.steps.join("\n"), &ask.reason, "").await?;
    Ok(Json(ops.degrade_policy(agent).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetDegrade {
    #[schema(example = "routine")]
    agent: String,
    /// 3–500 characters; everybody on call sees it.
    reason: String,
}

/// Set an agent's policy back to what the configuration says
///
/// Where that gives up less it is a person's, on the console.
#[utoipa::path(delete, path = "/api/ops/cost/degrade", tag = "Operations",
    request_body(content = ResetDegrade, example = json!({"agent": "routine", "reason": "cause found"})),
    responses((status = 200, body = DegradePolicy), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reset_degrade(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<ResetDegrade>,
) -> ApiResult<Json<DegradePolicy>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let agent = ops.degrade_agent(&ask.agent)?;
    ops.reset_degrade_policy(&caller.actor(), agent, &ask.reason, "").await?;
    Ok(Json(ops.degrade_policy(agent).await?))
}

//! Limits for machines: what holds, who is near, what was refused, and the way to lower one. Raising is a person's, on the console.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use domain::limit::{Quota, Rule};
use ops::Ops;
use ops::gateway::LimitRule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key};
use crate::problem::{ApiResult, Problem};

#[derive(Serialize, ToSchema)]
pub(super) struct Limits {
    /// False: the configuration turns all limits off (`limits.enabled`).
    enabled: bool,
    /// Every rule. Of those that count the same (resource, window, for each person, key, … ) the most specific holds.
    rules: Vec<LimitRule>,
}

/// Every limit, where it is from, who is near it, and how often it said no
///
/// Without those of single people, and without their names.
#[utoipa::path(get, path = "/api/ops/cost/limits", tag = "Operations",
    responses((status = 200, body = Limits), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn limits(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Limits>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(Limits { enabled: ops.limits_enabled(), rules: ops.limit_rules(false).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetLimit {
    /// `RESOURCE:WINDOW:SCOPE`: requests or tokens a second, minute, hour or day, or `parallel:SCOPE`; the scope a list of `tenant=`,
    /// `key=`, `tier=`, `agent=`, `model=` (tokens only), `person=TENANT/USER`; `*` counts each by itself.
    #[schema(example = "tokens:minute:key=*")]
    rule: String,
    /// Below what holds now; 1 to 1,000,000,000, 0 for no limit.
    quota: u64,
    /// 3–500 characters; everybody on call sees it.
    reason: String,
}

/// Lower a limit, or add a rule
///
/// In force for the very next request; no use is reset. A key may lower a limit or set one where none was; to let more through is a
/// person's, on the console.
#[utoipa::path(put, path = "/api/ops/cost/limits", tag = "Operations",
    request_body(content = SetLimit, example = json!({"rule": "tokens:minute:key=*", "quota": 50000, "reason": "one app asks in a loop"})),
    responses((status = 200, body = LimitRule), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set_limit(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<SetLimit>,
) -> ApiResult<Json<LimitRule>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let rule = Rule::parse(&ask.rule).map_err(ops::Error::from)?;
    let quota = Quota::parse("quota", ask.quota).map_err(ops::Error::from)?;
    ops.set_limit(&caller.actor(), &rule, quota, &ask.reason, "").await?;
    Ok(Json(ops.limit_rule(&rule, false).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetLimit {
    #[schema(example = "tokens:minute:key=*")]
    rule: String,
    /// 3–500 characters; everybody on call sees it.
    reason: String,
}

/// Set a limit back to its default, or remove a rule
///
/// Where that lets more through it is a person's, on the console.
#[utoipa::path(delete, path = "/api/ops/cost/limits", tag = "Operations",
    request_body(content = ResetLimit, example = json!({"rule": "tokens:minute:key=*", "reason": "cause found"})),
    responses((status = 200, body = LimitRule), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reset_limit(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<ResetLimit>,
) -> ApiResult<Json<LimitRule>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let rule = Rule::parse(&ask.rule).map_err(ops::Error::from)?;
    ops.reset_limit(&caller.actor(), &rule, &ask.reason, "").await?;
    Ok(Json(ops.limit_rule(&rule, false).await?))
}

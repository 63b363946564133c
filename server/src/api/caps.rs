//! Caps for machines: what holds and why, and the way to lower one. Raising is a person's, on the console.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use domain::cap::{Amount, Rule};
use ops::Ops;
use ops::cost::{CapNow, CapOverride, CapRule, OverrideState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key};
use crate::problem::{ApiResult, Problem};

#[derive(Serialize, ToSchema)]
pub(super) struct Caps {
    /// Every cap and where its amount is from.
    rules: Vec<CapRule>,
    /// Every sum of today and this month, and how full its cap is; the fullest first.
    sums: Vec<CapNow>,
    /// Overrides that wait for approval or are in force.
    overrides: Vec<CapOverride>,
}

/// Every cap, where it is from, and how full it is
///
/// Without those of single people.
#[utoipa::path(get, path = "/api/ops/cost/caps", tag = "Operations",
    responses((status = 200, body = Caps), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn caps(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Caps>> {
    caller.require(Scope::OpsRead)?;
    let overrides = ops.cap_overrides(None).await?.into_iter().filter(|it| {
        let open = matches!(it.state, OverrideState::Waiting | OverrideState::InForce);
        open && Rule::parse(&it.rule).is_ok_and(|rule| !rule.is_of_a_person())
    });
    Ok(Json(Caps {
        rules: ops.cap_rules(false).await?,
        sums: ops.caps_now(false).await?,
        overrides: overrides.collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetCap {
    /// What the cap is of, and its window. `*` stands for each agent, model or key without a cap of its own.
    #[schema(example = "agent:routine:day")]
    rule: String,
    /// US dollars, below what holds now.
    amount_usd: f64,
    /// 3–500 characters; everybody on call sees it.
    reason: String,
}

/// Lower a cap
///
/// In force for the very next call; no sum is reset, and an override of the cap ends. A key may lower a cap or set one where
/// none was; to raise or to take one away (0) is a person's, on the console.
#[utoipa::path(put, path = "/api/ops/cost/caps", tag = "Operations",
    request_body(content = SetCap, example = json!({"rule": "agent:routine:day", "amount_usd": 3.0, "reason": "spend doubles every 10 minutes"})),
    responses((status = 200, body = CapRule), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set_cap(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<SetCap>,
) -> ApiResult<Json<CapRule>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let rule = Rule::parse(&ask.rule).map_err(ops::Error::from)?;
    let amount = Amount::parse("amount_usd", ask.amount_usd).map_err(ops::Error::from)?;
    ops.set_cap(&caller.actor(), &rule, amount, &ask.reason, "").await.map_err(in_body)?;
    Ok(Json(ops.cap_rule(&rule).await?))
}

/// The amount by its name in the body.
fn in_body(error: ops::Error) -> ops::Error {
    let ops::Error::Invalid(mut faults) = error else { return error };
    for fault in &mut faults {
        if fault.field == "amount" {
            "amount_usd".clone_into(&mut fault.field);
        }
    }
    ops::Error::Invalid(faults)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetCap {
    #[schema(example = "agent:routine:day")]
    rule: String,
    /// 3–500 characters; everybody on call sees it.
    reason: String,
}

/// Set a cap back to its default
///
/// Where the default is higher this raises the cap, which is a person's, on the console.
#[utoipa::path(delete, path = "/api/ops/cost/caps", tag = "Operations",
    request_body(content = ResetCap, example = json!({"rule": "agent:routine:day", "reason": "cause found"})),
    responses((status = 200, body = CapRule), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reset_cap(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(ask): Body<ResetCap>,
) -> ApiResult<Json<CapRule>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    let rule = Rule::parse(&ask.rule).map_err(ops::Error::from)?;
    ops.reset_cap(&caller.actor(), &rule, &ask.reason, "").await?;
    Ok(Json(ops.cap_rule(&rule).await?))
}

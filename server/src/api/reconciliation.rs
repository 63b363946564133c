//! Reconciliation for machines: the ledger beside what providers billed, and the way to ask them now.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use ops::Ops;
use ops::cost::{Reconciled, ReconciledLine, ReconciliationSource};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Key;
use crate::problem::{ApiResult, Problem};

#[derive(Serialize, ToSchema)]
pub(super) struct Reconciliation {
    /// Every provider of a configured model, and whether it tells what it billed.
    sources: Vec<ReconciliationSource>,
    /// The last 31 days in UTC, the newest first; the line `*` of a day is all of its models.
    lines: Vec<ReconciledLine>,
}

/// The ledger beside what providers say that they counted and billed
#[utoipa::path(get, path = "/api/ops/cost/reconciliation", tag = "Operations",
    responses((status = 200, body = Reconciliation), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reconciliation(
    State(ops): State<Ops>,
    Key(caller): Key,
) -> ApiResult<Json<Reconciliation>> {
    caller.require(Scope::OpsRead)?;
    Ok(Json(Reconciliation {
        sources: ops.reconciliation_sources().await?,
        lines: ops.reconciliation_now().await?,
    }))
}

/// Ask every provider now what it counted and billed
///
/// It is asked once a day without this.
#[utoipa::path(post, path = "/api/ops/cost/reconciliation", tag = "Operations",
    responses((status = 200, body = Reconciled), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reconcile(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Reconciled>> {
    ops.allow_scope(&caller, Scope::OpsAct).await?;
    Ok(Json(ops.reconcile_now(&caller.actor()).await?))
}

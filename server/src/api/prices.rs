//! Prices for machines: the lists, what was used by class of tokens, and what a period would have cost at another version.

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use jiff::ToSpan;
use ops::Ops;
use ops::cost::{PriceComparison, PriceList, PriceRun, PriceUsage, Recompute};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Key, QueryOf};
use crate::problem::{ApiResult, Problem};

#[derive(Serialize, ToSchema)]
pub(super) struct Prices {
    /// Every version of every model's prices that calls were ever booked under.
    lists: Vec<PriceList>,
    /// Of the last 31 cost days, by model and version.
    usage: Vec<PriceUsage>,
    /// Corrections of periods, the newest first.
    runs: Vec<PriceRun>,
}

/// What models charge and charged, and what was used by class of tokens
#[utoipa::path(get, path = "/api/ops/cost/prices", tag = "Operations",
    responses((status = 200, body = Prices), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn prices(State(ops): State<Ops>, Key(caller): Key) -> ApiResult<Json<Prices>> {
    caller.require(Scope::OpsRead)?;
    let today = ops.cost_today();
    let from = today.checked_sub(30.days()).unwrap_or(today);
    Ok(Json(Prices {
        lists: ops.price_lists().await?,
        usage: ops.price_usage(from, today).await?,
        runs: ops.price_runs().await?,
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AskedComparison {
    /// First cost day.
    #[param(example = "2026-03-01")]
    #[serde(default)]
    from: String,
    /// Last cost day, included.
    #[param(example = "2026-03-03")]
    #[serde(default)]
    to: String,
    /// Only calls of this model; without it, of every model that has a list of this version.
    #[serde(default)]
    model: Option<String>,
    /// A version of a price list.
    #[param(example = "2026-04")]
    #[serde(default)]
    version: String,
}

/// What a period would have cost at another version of the prices
///
/// Computed call by call from the tokens as the provider counted them; changes nothing. To correct the ledger is a person's, on
/// the console's page Prices or with `holisticos prices recompute --apply`.
#[utoipa::path(get, path = "/api/ops/cost/prices/comparison", tag = "Operations", params(AskedComparison),
    responses((status = 200, body = PriceComparison), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn compare_prices(
    State(ops): State<Ops>,
    Key(caller): Key,
    QueryOf(asked): QueryOf<AskedComparison>,
) -> ApiResult<Json<PriceComparison>> {
    caller.require(Scope::OpsRead)?;
    let ask = Recompute::parse(&asked.from, &asked.to, &asked.model.unwrap_or_default(), &asked.version)?;
    Ok(Json(ops.compare_prices(&ask).await?))
}

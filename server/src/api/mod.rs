//! The JSON APIs: agents, data and models for apps, operations for machines. Thin: parse, call the service, answer.

pub(crate) mod document;
pub(crate) mod extract;
pub(crate) mod reference;

mod agents;
mod answers;
mod caps;
mod chat;
mod data;
mod degrade;
mod insights;
mod limits;
mod monitoring;
mod operations;
mod plans;
mod prices;
mod reconciliation;

pub(crate) use document::openapi_document;

use axum::Router;
use ops::Ops;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every endpoint once: what is served is what is documented.
pub(crate) struct Apis {
    /// What apps wait for, and what load balancers ask.
    pub(crate) apps: Router<Ops>,
    /// What machines ask for whoever runs the service.
    pub(crate) operations: Router<Ops>,
    pub(crate) document: OpenApi,
}

pub(crate) fn apis() -> Apis {
    let (apps, mut document) = apps().split_for_parts();
    let (operations, rest) = operations().split_for_parts();
    document.merge(rest);
    Apis { apps, operations, document }
}

fn apps() -> OpenApiRouter<Ops> {
    OpenApiRouter::with_openapi(document::outline())
        .routes(routes!(agents::analyze_everything))
        .routes(routes!(agents::analyze_behavior))
        .routes(routes!(agents::analyze_circadian))
        .routes(routes!(agents::generate_routine))
        .routes(routes!(agents::generate_nutrition))
        .routes(routes!(agents::generate_insights))
        .routes(routes!(agents::recall_memory))
        .routes(routes!(plans::latest_routine))
        .routes(routes!(plans::routine_of_date))
        .routes(routes!(plans::latest_nutrition))
        .routes(routes!(plans::plans_of_date))
        .routes(routes!(insights::list_insights))
        .routes(routes!(insights::latest_insights))
        .routes(routes!(insights::give_insight_feedback))
        .routes(routes!(insights::dismiss_insight))
        .routes(routes!(insights::acknowledge_insight))
        .routes(routes!(data::put_profile))
        .routes(routes!(data::add_scores))
        .routes(routes!(data::add_biomarkers))
        .routes(routes!(data::add_check_ins))
        .routes(routes!(chat::complete_chat))
        .routes(routes!(chat::list_models))
        .routes(routes!(monitoring::livez))
        .routes(routes!(monitoring::readyz))
        .routes(routes!(monitoring::health))
}

fn operations() -> OpenApiRouter<Ops> {
    OpenApiRouter::new()
        .routes(routes!(monitoring::monitoring_health))
        .routes(routes!(monitoring::stats))
        .routes(routes!(monitoring::alert_history))
        .routes(routes!(monitoring::metrics))
        .routes(routes!(operations::overview))
        .routes(routes!(operations::incidents))
        .routes(routes!(operations::cost))
        .routes(routes!(operations::deployments))
        .routes(routes!(caps::caps, caps::set_cap, caps::reset_cap))
        .routes(routes!(degrade::degrade, degrade::set_degrade, degrade::reset_degrade))
        .routes(routes!(limits::limits, limits::set_limit, limits::reset_limit))
        .routes(routes!(prices::prices))
        .routes(routes!(prices::compare_prices))
        .routes(routes!(reconciliation::reconciliation, reconciliation::reconcile))
        .routes(routes!(operations::shutoffs, operations::set_shutoff, operations::lift_shutoff))
        .routes(routes!(operations::releases))
        .routes(routes!(operations::roll_back))
}

#[cfg(test)]
mod tests;

//! For load balancers, Prometheus and humans in a hurry. Status codes tell the truth; no key is needed, so nothing here
//! names a person or a tenant.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::health::Status;
use jiff::SignedDuration;
use ops::Ops;
use ops::alerts::AlertTransition;
use ops::health::HealthReport;
use ops::lifecycle::Phase;
use ops::telemetry::{Filter, HostNow, Summary, Window};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::QueryOf;
use crate::problem::{ApiResult, Problem};

/// Whether the process runs
///
/// Restart it when this does not answer. It says nothing about the store.
#[utoipa::path(get, path = "/livez", tag = "Monitoring", security(()), responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// Whether requests should be sent here
///
/// 503 when the store does not answer, and as soon as the process was asked to stop: what is sent all the same is answered
/// until it stops accepting.
#[utoipa::path(get, path = "/readyz", tag = "Monitoring", security(()),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 503, body = String, content_type = "text/plain")))]
pub(super) async fn readyz(State(ops): State<Ops>) -> Response {
    if ops.lifecycle.phase() == Phase::Draining {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    match ops.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {error}\n")).into_response(),
    }
}

/// One word of health, as the first system's apps ask for it
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    status: Status,
    /// The last round of checks; absent before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_at: Option<jiff::Timestamp>,
    /// Names of the components that are not well.
    not_well: Vec<String>,
}

/// Health in one word
///
/// 200 while people are served (healthy, degraded), 503 when they are not or nobody knows.
#[utoipa::path(get, path = "/api/health", tag = "Monitoring", security(()), responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(super) async fn health(State(ops): State<Ops>) -> Response {
    let report = ops.health_now();
    let not_well = report.components.iter().filter(|part| part.status != Status::Ok);
    let not_well = not_well.map(|part| part.name.clone()).collect();
    let body = Health { status: report.status, checked_at: report.checked_at, not_well };
    (status_of(&report), Json(body)).into_response()
}

/// Every component with its last check
#[utoipa::path(get, path = "/api/monitoring/health", tag = "Monitoring", security(()),
    responses((status = 200, body = HealthReport), (status = 503, body = HealthReport)))]
pub(super) async fn monitoring_health(State(ops): State<Ops>) -> Response {
    let report = ops.health_now();
    (status_of(&report), Json(report)).into_response()
}

fn status_of(report: &HealthReport) -> StatusCode {
    match report.status {
        Status::Ok | Status::Degraded => StatusCode::OK,
        Status::Failing | Status::Unknown => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The last five minutes.
#[derive(Serialize, ToSchema)]
pub(super) struct Stats {
    /// Requests to agents.
    requests: Summary,
    in_flight: u64,
    /// This process; absent until it was measured.
    host: Option<HostNow>,
}

/// Traffic, errors, latency, cost and memory of the last five minutes
#[utoipa::path(get, path = "/api/monitoring/stats", tag = "Monitoring", security(()), responses((status = 200, body = Stats)))]
pub(super) async fn stats(State(ops): State<Ops>) -> ApiResult<Json<Stats>> {
    let window = Window::last(ops.clock.now(), SignedDuration::from_mins(5));
    let requests = ops.summary(window, &Filter::default()).await?;
    Ok(Json(Stats { requests, in_flight: ops.in_flight(), host: ops.host_now() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// How far back, 1–720.
    #[serde(default = "one_day")]
    hours: u32,
}

fn one_day() -> u32 {
    24
}

#[derive(Serialize, ToSchema)]
pub(super) struct AlertHistory {
    hours: u32,
    transitions: Vec<AlertTransition>,
}

/// What alerted, when, and when it ended
#[utoipa::path(get, path = "/api/monitoring/alerts/history", tag = "Monitoring", security(()), params(HistoryQuery),
    responses((status = 200, body = AlertHistory), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn alert_history(
    State(ops): State<Ops>,
    QueryOf(HistoryQuery { hours }): QueryOf<HistoryQuery>,
) -> ApiResult<Json<AlertHistory>> {
    if !(1..=720).contains(&hours) {
        return Err(ops::Error::invalid("hours", "must be 1 to 720").into());
    }
    Ok(Json(AlertHistory { hours, transitions: ops.alert_history(hours).await? }))
}

/// Metrics in Prometheus' text format
#[utoipa::path(get, path = "/metrics", tag = "Monitoring", security(()), responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(ops): State<Ops>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], ops.metrics_text()).into_response()
}

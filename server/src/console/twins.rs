//! The twins of tables: every table of the console as CSV or JSON, at its page's own address.
//!
//! `?format=csv` or `Accept: text/csv` asks for one, `table` names it where a page has several. Who may not see the page
//! may not have its twin.

use app::pages::{Asked, AskedAgent, AskedCap, AskedLedger, AskedLimit, AskedPolicy, AskedPrices};
use app::visitor::Visitor;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::Action;
use domain::id::{TenantId, UserId};
use jiff::{SignedDuration, ToSpan};
use ops::access::Actor;
use ops::access::audit::AuditFilter;
use ops::agent_quality::Span;
use ops::cost::{CostDimension, CostStep};
use ops::page::PageRequest;
use ops::telemetry::{RequestFilter, StepRow, Window};
use ops::{Error, Ops};
use serde::{Deserialize, Serialize};

use super::csv;
use crate::problem::Problem;

/// The tables of each page; the first is meant when none is named. `*` is an id. What is looked at with a person's consent has none: it
/// is seen, not taken along.
const TABLES: [(&str, &[&str]); 24] = [
    ("/", &["agents", "signals", "system"]),
    ("/agents", &["agents"]),
    ("/agents/*", &["traffic", "quality", "rules", "reasons", "drift", "releases"]),
    ("/health", &["components", "deployments"]),
    ("/requests", &["requests"]),
    ("/requests/*", &["steps"]),
    ("/cost", &["days", "hours", "agents", "releases", "tiers", "models", "by-model", "degraded", "people"]),
    ("/cost/ledger", &["ledger", "leases"]),
    ("/cost/caps", &["caps", "rules"]),
    ("/cost/caps/change", &["history", "overrides"]),
    ("/cost/limits", &["limits"]),
    ("/cost/limits/change", &["history"]),
    ("/cost/models", &["models", "breakers", "time"]),
    ("/cost/policies", &["policies", "periods"]),
    ("/cost/policies/change", &["history"]),
    ("/cost/prices", &["lists", "usage", "comparison", "runs"]),
    ("/cost/reconciliation", &["days", "sources"]),
    ("/incidents", &["incidents"]),
    ("/incidents/*", &["timeline", "deliveries"]),
    ("/alerts", &["rules", "history", "deliveries"]),
    ("/releases", &["releases", "moves"]),
    ("/people", &["people", "keys", "sessions"]),
    ("/persons/*/*", &["requests", "consents", "accesses"]),
    ("/audit", &["audit"]),
];
/// Rows of one request; older ones by `before`, as on the page.
const MOST: u32 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    Json,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    format: Option<Format>,
    table: Option<String>,
}

/// Answers with a twin when one is asked for, else lets the page answer.
pub(crate) async fn serve_twin(State(ops): State<Ops>, request: Request, next: Next) -> Response {
    let wanted = Query::<Wanted>::try_from_uri(request.uri());
    let (format, table) = match wanted {
        Ok(Query(wanted)) => (wanted.format.or_else(|| accepted(request.headers())), wanted.table),
        Err(_) => return Problem::from(Error::invalid("format", "must be csv or json")).into_response(),
    };
    let person = request.extensions().get::<Visitor>().and_then(|visitor| visitor.0.clone());
    let (Some(format), Some(person), &Method::GET) = (format, person, request.method()) else {
        return next.run(request).await;
    };
    let Some((tables, id)) = page(request.uri().path()) else { return next.run(request).await };
    let table = table.as_deref().unwrap_or(tables[0]);
    let Some(table) = tables.iter().copied().find(|name| *name == table) else {
        let detail = format!("must be one of {}", tables.join(", "));
        return Problem::from(Error::invalid("table", detail)).into_response();
    };
    match rows(&ops, &person.actor(), request.uri(), table, id.as_deref()).await {
        Ok(rows) => answer(&ops, format, table, &rows),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// What a program asks for by header; a browser asks for HTML and gets the page.
fn accepted(headers: &HeaderMap) -> Option<Format> {
    let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
    match accept {
        accept if accept.contains("text/html") => None,
        accept if accept.contains("text/csv") => Some(Format::Csv),
        accept if accept.contains("application/json") => Some(Format::Json),
        _ => None,
    }
}

/// The tables of a page, and the id in its path; `tenant/id` of a person.
fn page(path: &str) -> Option<(&'static [&'static str], Option<String>)> {
    TABLES.iter().find_map(|(pattern, tables)| match pattern.split_once('*') {
        None => (path == *pattern).then_some((*tables, None)),
        Some((parent, rest)) => {
            let id = path.strip_prefix(parent)?;
            let (parts, filled) = (id.split('/').count(), id.split('/').all(|part| !part.is_empty()));
            (filled && parts == rest.matches('*').count() + 1).then(|| (*tables, Some(id.to_owned())))
        }
    })
}

/// A JSON array.
async fn rows(ops: &Ops, actor: &Actor, uri: &Uri, table: &str, id: Option<&str>) -> ops::Result<String> {
    match (uri.path(), id) {
        ("/", _) => {
            let overview = ops.overview().await?;
            match table {
                "signals" => json(&overview.signals),
                "system" => json(&overview.system),
                _ => json(&overview.agents),
            }
        }
        ("/agents", _) => json(&ops.by_agent(span(uri)?.window(ops.clock.now())).await?),
        ("/health", _) if table == "deployments" => json(&ops.deployments(MOST).await?),
        ("/health", _) => json(&ops.health_now().components),
        ("/requests", _) => {
            let asked = Query::<Asked>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
            json(&ops.requests(&asked.filter(MOST)).await?)
        }
        ("/cost", _) => cost(ops, actor, table).await,
        ("/cost/ledger", _) if table == "leases" => {
            json(&ops.leases_now(actor.require(Action::SeeAudit).is_ok()).await?)
        }
        ("/cost/ledger", _) => {
            let asked = Query::<AskedLedger>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
            json(&ops.ledger(&asked.filter(MOST)).await?)
        }
        ("/cost/caps", _) if table == "rules" => {
            json(&ops.cap_rules(actor.require(Action::SeeAudit).is_ok()).await?)
        }
        ("/cost/caps/change", _) => cap(ops, actor, uri, table).await,
        ("/cost/caps", _) => json(&ops.caps_now(actor.require(Action::SeeAudit).is_ok()).await?),
        ("/cost/limits", _) => json(&ops.limit_rules(actor.require(Action::SeeAudit).is_ok()).await?),
        ("/cost/limits/change", _) => limit(ops, actor, uri).await,
        ("/cost/models", _) if table == "breakers" => {
            json(&ops.breaker_changes(ops.clock.now() - app::pages::models::KEPT, MOST).await?)
        }
        ("/cost/models", _) if table == "time" => {
            let hour = Window::last(ops.clock.now(), SignedDuration::from_hours(1));
            json(&ops.by_agent(hour).await?)
        }
        ("/cost/models", _) => json(&ops.models()),
        ("/cost/policies", _) if table == "periods" => {
            json(&ops.degrade_periods(ops.clock.now() - app::pages::policies::KEPT, MOST).await?)
        }
        ("/cost/policies", _) => json(&ops.degrade_policies().await?),
        ("/cost/policies/change", _) => {
            let asked = Query::<AskedPolicy>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
            json(&ops.degrade_history(ops.degrade_agent(&asked.agent)?).await?)
        }
        ("/cost/prices", _) => prices(ops, uri, table).await,
        ("/cost/reconciliation", _) if table == "sources" => json(&ops.reconciliation_sources().await?),
        ("/cost/reconciliation", _) => json(&ops.reconciliation_now().await?),
        ("/incidents", _) => json(&ops.incidents(MOST).await?),
        ("/alerts", _) => match table {
            "history" => json(&ops.alert_history(24 * 30).await?),
            "deliveries" => json(&ops.deliveries(MOST).await?),
            _ => json(&ops.alert_rules().await?),
        },
        ("/releases", _) if table == "moves" => json(&ops.release_history().await?),
        ("/releases", _) => json(&ops.releases().await?),
        ("/people", _) => {
            actor.require(Action::ManagePeople)?;
            match table {
                "keys" => json(&ops.keys().await?),
                "sessions" => json(&ops.sessions().await?),
                _ => json(&ops.users().await?),
            }
        }
        ("/audit", _) => {
            actor.require(Action::SeeAudit)?;
            json(&ops.audit_entries(&audit_filter(uri)).await?)
        }
        (path, Some(name)) if path.starts_with("/agents/") => {
            let report = ops.agent_report(ops.agent_named(name)?, span(uri)?).await?;
            match table {
                "quality" => json(&report.measures),
                "rules" => json(&report.broken),
                "reasons" => json(&report.reasons),
                "drift" => json(&report.drift),
                "releases" => json(&report.releases),
                _ => json(&[report.traffic]),
            }
        }
        (path, Some(id)) if path.starts_with("/persons/") => person_table(ops, actor, uri, table, id).await,
        (path, Some(id)) if path.starts_with("/incidents/") => {
            let detail = ops.incident(id).await?;
            if table == "deliveries" { json(&detail.deliveries) } else { json(&detail.timeline) }
        }
        (_, Some(id)) => {
            let request = ops.request(id).await?.ok_or(Error::NotFound { what: "request" })?;
            let steps = request.steps.into_iter().map(StepRow::without_reasons);
            json(&steps.collect::<Vec<_>>())
        }
        (_, None) => Err(Error::NotFound { what: "table" }),
    }
}

/// How a person's requests went, what they allowed and who looked.
async fn person_table(ops: &Ops, actor: &Actor, uri: &Uri, table: &str, id: &str) -> ops::Result<String> {
    #[derive(Default, Deserialize)]
    struct Asked {
        cursor: Option<String>,
    }
    let nobody = || Error::NotFound { what: "person" };
    let (tenant, user) = id.split_once('/').ok_or_else(nobody)?;
    let (tenant, user) = (TenantId::parse(tenant)?, UserId::parse(user)?);
    ops.profile(&tenant, &user).await?;
    let Asked { cursor } = Query::<Asked>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
    let page = || PageRequest::parse(Some(&ops::page::MOST.to_string()), cursor.as_deref());
    match table {
        "consents" => json(&ops.support_consents(actor, (&tenant, &user), &page()?).await?.items),
        "accesses" => json(&ops.named_accesses(actor, (&tenant, &user), &page()?).await?.items),
        _ => {
            let filter = RequestFilter {
                tenant: Some(tenant.to_string()),
                user: Some(user.to_string()),
                before: cursor,
                limit: MOST,
                ..RequestFilter::default()
            };
            json(&ops.requests(&filter).await?)
        }
    }
}

/// The windows of the Cost page: a day by hours, else thirty days.
async fn cost(ops: &Ops, actor: &Actor, table: &str) -> ops::Result<String> {
    let now = ops.clock.now();
    let day = now - SignedDuration::from_hours(24);
    let month = ops::cost::whole_hour(now - SignedDuration::from_hours(24 * 30));
    let dimension = match table {
        "hours" => return json(&ops.cost_series(CostStep::Hour, day, now).await?),
        "agents" => CostDimension::Agent,
        "releases" => CostDimension::Release,
        "tiers" => CostDimension::Tier,
        "by-model" => CostDimension::Model,
        "models" => return json(&ops.models()),
        "degraded" => return json(&ops.degraded_by(Window::new(day, now)).await?),
        "people" => {
            actor.require(Action::SeeAudit)?;
            return json(&ops.cost_by_person().await?);
        }
        _ => return json(&ops.cost_series(CostStep::Day, month, now).await?),
    };
    json(&ops.cost_by(dimension, month, now).await?)
}

/// The tables of the page Prices; the comparison is of the period that the address names.
async fn prices(ops: &Ops, uri: &Uri, table: &str) -> ops::Result<String> {
    let today = ops.cost_today();
    match table {
        "usage" => {
            let from = today.checked_sub((app::pages::prices::USAGE_DAYS - 1).days()).unwrap_or(today);
            json(&ops.price_usage(from, today).await?)
        }
        "runs" => json(&ops.price_runs().await?),
        "comparison" => {
            let asked = Query::<AskedPrices>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
            let ask = asked.recompute().unwrap_or_else(|| {
                Err(Error::invalid("from", "must be a day, such as 2026-03-01: name the period to compare"))
            })?;
            json(&ops.compare_prices(&ask).await?.days)
        }
        _ => json(&ops.price_lists().await?),
    }
}

/// What became of one cap.
async fn cap(ops: &Ops, actor: &Actor, uri: &Uri, table: &str) -> ops::Result<String> {
    let asked = Query::<AskedCap>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
    let rule = asked.rule()?;
    if rule.is_of_a_person() {
        actor.require(Action::SeeAudit)?;
    }
    match table {
        "overrides" => json(&ops.cap_overrides(Some(&rule)).await?),
        _ => json(&ops.cap_history(&rule).await?),
    }
}

/// What became of one limit.
async fn limit(ops: &Ops, actor: &Actor, uri: &Uri) -> ops::Result<String> {
    let asked = Query::<AskedLimit>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
    let rule = asked.rule()?;
    if rule.is_of_a_person() {
        actor.require(Action::SeeAudit)?;
    }
    json(&ops.limit_history(&rule).await?)
}

/// The window of the pages of agents.
fn span(uri: &Uri) -> ops::Result<Span> {
    Query::<AskedAgent>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default().span()
}

fn audit_filter(uri: &Uri) -> AuditFilter {
    #[derive(Default, Deserialize)]
    struct Asked {
        action: Option<String>,
        before: Option<i64>,
    }
    let asked = Query::<Asked>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
    let action = asked.action.filter(|action| !action.is_empty());
    AuditFilter { action, before: asked.before, limit: MOST }
}

fn json(rows: &impl Serialize) -> ops::Result<String> {
    serde_json::to_string(rows).map_err(|error| Error::internal("writing a table", error))
}

fn answer(ops: &Ops, format: Format, table: &str, rows: &str) -> Response {
    match format {
        Format::Json => ([(header::CONTENT_TYPE, "application/json")], rows.to_owned()).into_response(),
        Format::Csv => {
            let day = ops.clock.now().strftime("%Y-%m-%d");
            let name = format!("attachment; filename=\"holisticos-{table}-{day}.csv\"");
            let mut response =
                ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv::write(rows)).into_response();
            if let Ok(name) = HeaderValue::from_str(&name) {
                response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
            }
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_tables() {
        assert_eq!(page("/").unwrap().0[0], "agents");
        assert_eq!(page("/requests/r-1"), Some((["steps"].as_slice(), Some("r-1".to_owned()))));
        assert_eq!(page("/incidents/i-1").unwrap().1.as_deref(), Some("i-1"));
        assert_eq!(page("/persons/t/u").unwrap().1.as_deref(), Some("t/u"));
        for path in [
            "/sign-in",
            "/requests/",
            "/requests/a/b",
            "/cost/shutoff",
            "/events",
            "/persons/t",
            "/persons/t/",
            "/persons//u",
            "/persons/t/u/v",
        ] {
            assert_eq!(page(path), None, "{path}");
        }
    }

    #[test]
    fn a_browser_gets_the_page_and_a_program_what_it_accepts() {
        let of = |accept: &'static str| {
            accepted(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert_eq!(of("text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"), None);
        assert_eq!(of("*/*"), None);
        assert_eq!(of("text/csv"), Some(Format::Csv));
        assert_eq!(of("application/json"), Some(Format::Json));
    }
}

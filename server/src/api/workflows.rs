//! Workflows that no app waits for: ask, look, follow, cancel.

use std::convert::Infallible;
use std::time::Duration;

use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use axum::{Extension, Json};
use domain::access::Scope;
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::field_error::FieldError;
use domain::id::UserId;
use futures::{Stream, StreamExt};
use ops::Ops;
use ops::access::Caller;
use ops::answers::AgentRequest;
use ops::telemetry::RequestEvent;
use ops::workflows::{Change, Changes, Workflow, WorkflowPage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Key, PathUser, QueryOf};
use crate::middleware::request_log::{RequestFacts, RequestStart};
use crate::problem::{ApiResult, Problem};
use crate::rate_limit_headers;

/// As many as one page shows when it is not said.
const PAGE: u32 = 20;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWorkflow {
    user_id: UserId,
    /// The person's own when absent.
    #[serde(default)]
    archetype: Option<Archetype>,
    /// Compute every part afresh. Not honoured while cost is cut.
    #[serde(default)]
    force_refresh: bool,
    #[serde(default)]
    preferences: Preferences,
}

/// As the agents' own endpoints take them.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = WorkflowPreferences)]
struct Preferences {
    routine: RoutineWishes,
    nutrition: NutritionWishes,
}

impl Preferences {
    /// Faults are named from the top of the body.
    fn check(&self) -> Result<(), Vec<FieldError>> {
        let within = |faults: Result<(), Vec<FieldError>>, place: &str| {
            let faults = faults.err().unwrap_or_default().into_iter();
            faults.map(|fault| fault.within(place).within("preferences")).collect::<Vec<_>>()
        };
        let mut faults = within(self.routine.check(), "routine");
        faults.extend(within(self.nutrition.check(), "nutrition"));
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct PageQuery {
    /// The `next` of the page before.
    before: Option<String>,
    /// 1 to 100.
    limit: u32,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { before: None, limit: PAGE }
    }
}

/// Whose request it is, for the Requests page. The run itself is told as a request of its own, under the workflow's id.
fn facts(caller: &Caller, user: UserId) -> RequestFacts {
    let caller = caller.clone();
    RequestFacts::new(move |event: &mut RequestEvent| {
        event.user = Some(user.clone());
        event.tenant = Some(caller.tenant.clone());
        event.key_prefix = Some(caller.key_prefix.clone());
        event.tier = Some(caller.tier);
    })
}

/// Ask all agents, and do not wait
///
/// The run goes on whatever becomes of this connection or of the process. One person has one at a time: who asks for the same again
/// gets the one under way; who asks for something else meanwhile gets 409.
#[utoipa::path(post, path = "/api/workflows", tag = "Agents",
    request_body(content = NewWorkflow, example = json!({"user_id": "u-1042", "archetype": "Systematic Improver",
        "preferences": {"nutrition": {"diet": "vegetarian"}}})),
    responses((status = 202, body = Workflow, headers(("location" = String, description = "Where to look at it"))), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn start_workflow(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    Body(body): Body<NewWorkflow>,
) -> ApiResult<Response> {
    caller.require(Scope::Agents)?;
    body.preferences.check().map_err(ops::Error::from)?;
    let asked = AgentRequest {
        request_id: start.id.clone(),
        agent: Agent::Orchestrator,
        user: body.user_id,
        archetype: body.archetype,
        force_refresh: body.force_refresh,
        routine: body.preferences.routine,
        nutrition: body.preferences.nutrition,
        query: String::new(),
    };
    let started = ops.start_workflow(&caller, &asked).await?;
    let location = HeaderValue::from_str(&format!("/api/workflows/{}", started.workflow.id));
    let mut response = (StatusCode::ACCEPTED, Json(started.workflow)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    rate_limit_headers::add(response.headers_mut(), &started.allowances);
    response.extensions_mut().insert(facts(&caller, asked.user));
    Ok(response)
}

/// Look at a workflow
///
/// Its status with every step; its answer when it has ended.
#[utoipa::path(get, path = "/api/workflows/{id}", tag = "Agents", params(("id" = String, Path)),
    responses((status = 200, body = Workflow), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn show_workflow(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(id): Path<String>,
) -> ApiResult<Json<Workflow>> {
    caller.require(Scope::Agents)?;
    Ok(Json(ops.workflow(&caller, &id).await?))
}

/// Follow a workflow
///
/// Server-sent events: `workflow` (where it is, and when its status changes), `step` (one that changed), `end`. Each has an id; with it
/// as `Last-Event-ID` one goes on after what was seen, and gets 204 when nothing more comes.
#[utoipa::path(get, path = "/api/workflows/{id}/events", tag = "Agents",
    params(("id" = String, Path)),
    responses((status = 200, description = "Events until its end", content_type = "text/event-stream", body = String), (status = 204, description = "It has ended, and its end was seen"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn follow_workflow(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    caller.require(Scope::Agents)?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let Some(changes) = ops.follow_workflow(&caller, &id, seen).await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    // A deployment never waits for it; clients open it again where it is served then.
    let events = events(changes).take_until(ops.lifecycle.leaving());
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(20));
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

fn events(changes: Changes) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    futures::stream::unfold(changes, |mut changes| async move {
        let change = changes.next().await?;
        Some((Ok(event(&change)), changes))
    })
}

fn event(change: &Change) -> Event {
    fn told(name: &str, revision: i64, data: &impl Serialize) -> Event {
        let event = Event::default().event(name).id(revision.to_string());
        // What is served as JSON elsewhere is JSON here.
        event.json_data(data).unwrap_or_default()
    }
    match change {
        Change::Workflow(revision, workflow) => told("workflow", *revision, workflow),
        Change::Step(revision, step) => told("step", *revision, step),
        Change::End(revision, workflow) => told("end", *revision, workflow),
    }
}

/// Cancel a workflow
///
/// At once, wherever it runs. What its steps stored stays; what was being asked of a model is booked in its worst case.
#[utoipa::path(post, path = "/api/workflows/{id}/cancel", tag = "Agents", params(("id" = String, Path)),
    responses((status = 200, body = Workflow), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cancel_workflow(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(id): Path<String>,
) -> ApiResult<Json<Workflow>> {
    caller.require(Scope::Agents)?;
    Ok(Json(ops.cancel_workflow(&caller, &id).await?))
}

/// A person's workflows, newest first
///
/// Without their answers. Those that apps waited for (`/api/analyze`) are among them.
#[utoipa::path(get, path = "/api/user/{user_id}/workflows", tag = "Agents", params(("user_id" = String, Path), PageQuery),
    responses((status = 200, body = WorkflowPage), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_workflows(
    State(ops): State<Ops>,
    Key(caller): Key,
    PathUser(user): PathUser,
    QueryOf(PageQuery { before, limit }): QueryOf<PageQuery>,
) -> ApiResult<Json<WorkflowPage>> {
    caller.require(Scope::Agents)?;
    Ok(Json(ops.workflows_of(&caller, &user, before.as_deref(), limit).await?))
}

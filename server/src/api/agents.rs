//! The agents' endpoints. Paths are those that the first system's apps call.

use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::access::Scope;
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::field_error::FieldError;
use domain::id::UserId;
use ops::Ops;
use ops::access::Caller;
use ops::answers::{AgentRequest, AnswerFacts, Asked};
use ops::telemetry::RequestEvent;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};

use super::answers::{
    BehaviorAnswer, CircadianAnswer, InsightsAnswer, MemoryAnswer, NutritionAnswer, RoutineAnswer,
    WorkflowAnswer,
};
use super::extract::{Body, Key, PathUser, QueryOf};
use crate::middleware::request_log::{RequestFacts, RequestStart};
use crate::problem::{ApiResult, Problem};
use crate::rate_limit_headers;

/// What every analysis takes. An empty body asks for the defaults.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AnalysisRequest {
    /// The person's own when absent.
    archetype: Option<Archetype>,
    /// Compute afresh whatever the threshold says. Not honoured while cost is cut.
    force_refresh: bool,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RoutineRequest {
    archetype: Option<Archetype>,
    force_refresh: bool,
    preferences: RoutineWishes,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NutritionRequest {
    archetype: Option<Archetype>,
    force_refresh: bool,
    preferences: NutritionWishes,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowRequest {
    user_id: UserId,
    #[serde(default)]
    archetype: Option<Archetype>,
    #[serde(default)]
    force_refresh: bool,
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct RecallQuery {
    /// Words to recall by; the most important memories when absent.
    q: String,
}

/// Faults of the wishes, named from the top of the body.
fn in_preferences(faults: Vec<FieldError>) -> ops::Error {
    ops::Error::Invalid(faults.into_iter().map(|fault| fault.within("preferences")).collect())
}

pub(super) fn request(start: &RequestStart, agent: Agent, user: UserId) -> AgentRequest {
    AgentRequest {
        request_id: start.id.clone(),
        agent,
        user,
        archetype: None,
        force_refresh: false,
        routine: RoutineWishes::default(),
        nutrition: NutritionWishes::default(),
        query: String::new(),
    }
}

async fn ask(ops: &Ops, start: RequestStart, caller: Caller, asked: AgentRequest) -> ApiResult<Response> {
    let (agent, user) = (asked.agent, asked.user.clone());
    let work = async move |ops: Ops, caller: Caller| {
        let Asked { answer, facts } = ops.ask_agent(&caller, &asked).await;
        (answer, facts)
    };
    to_the_end(ops, start, caller, (agent, user), work).await
}

/// Does it, and leaves for telemetry what only the answer knows. It goes on for a client that has gone away: what was begun may have been
/// paid, and is stored for the next time.
pub(super) async fn to_the_end<T: Serialize + Send + 'static, W>(
    ops: &Ops,
    start: RequestStart,
    caller: Caller,
    (agent, user): (Agent, UserId),
    work: impl FnOnce(Ops, Caller) -> W,
) -> ApiResult<Response>
where
    W: Future<Output = (ops::Result<T>, AnswerFacts)> + Send + 'static,
{
    caller.require(Scope::Agents)?;
    let known = facts_of_caller(&caller, agent, user);
    start.known(known.clone());
    let (tell, told) = oneshot::channel();
    let work = work(ops.clone(), caller);
    ops.jobs.spawn(async move {
        let (answer, facts) = work.await;
        let allowances = facts.allowances.clone();
        let fill = move |event: &mut RequestEvent| {
            known(event);
            facts.tell(event);
        };
        start.known(fill.clone());
        // Without anybody who waits, this was the last of it.
        let _ = tell.send((answer, RequestFacts::new(fill), allowances));
    });
    let Ok((answer, facts, allowances)) = told.await else { return Err(Problem::panicked()) };
    let mut response = match answer {
        Ok(body) => Json(body).into_response(),
        Err(error) => Problem::from(error).into_response(),
    };
    response.extensions_mut().insert(facts);
    if response.status().is_success() {
        rate_limit_headers::add(response.headers_mut(), &allowances);
    }
    Ok(response)
}

fn facts_of_caller(
    caller: &Caller,
    agent: Agent,
    user: UserId,
) -> impl Fn(&mut RequestEvent) + Clone + Send + Sync + 'static {
    let caller = caller.clone();
    move |event| {
        event.agent = Some(agent);
        event.user = Some(user.clone());
        event.tenant = Some(caller.tenant.clone());
        event.key_prefix = Some(caller.key_prefix.clone());
        event.tier = Some(caller.tier);
    }
}

/// Ask all agents in one workflow
///
/// memory → behavior, circadian → routine, nutrition → insights → adaptation → memory; those between two arrows at the same time. A
/// step that fails degrades its own part only. The run is kept as a workflow: `workflow.id` names it.
#[utoipa::path(post, path = "/api/analyze", tag = "Agents",
    request_body(content = WorkflowRequest, example = json!({"user_id": "u-1042", "archetype": "Systematic Improver"})),
    responses((status = 200, body = WorkflowAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn analyze_everything(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    Body(body): Body<WorkflowRequest>,
) -> ApiResult<Response> {
    let asked = AgentRequest {
        archetype: body.archetype,
        force_refresh: body.force_refresh,
        ..request(&start, Agent::Orchestrator, body.user_id)
    };
    ask(&ops, start, caller, asked).await
}

/// Analyse behavior
///
/// Patterns, trends, readiness, archetype fit and up to three priorities, each with its evidence.
#[utoipa::path(post, path = "/api/user/{user_id}/behavior/analyze", tag = "Agents", params(("user_id" = String, Path)),
    request_body(content = AnalysisRequest, example = json!({"archetype": "Systematic Improver", "force_refresh": false})),
    responses((status = 200, body = BehaviorAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn analyze_behavior(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Body(body): Body<AnalysisRequest>,
) -> ApiResult<Response> {
    analyse(&ops, caller, start, Agent::Behavior, user, body).await
}

/// Analyse the circadian rhythm
///
/// Chronotype, wake and bed time, and the day's energy in 96 slots of 15 minutes.
#[utoipa::path(post, path = "/api/user/{user_id}/circadian/analyze", tag = "Agents", params(("user_id" = String, Path)),
    request_body(content = AnalysisRequest, example = json!({})),
    responses((status = 200, body = CircadianAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn analyze_circadian(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Body(body): Body<AnalysisRequest>,
) -> ApiResult<Response> {
    analyse(&ops, caller, start, Agent::Circadian, user, body).await
}

/// Find insights
///
/// Up to five, each against what is usual for this person, best first. The same thing is not said again until it changes or has
/// expired. None is an answer, and says why.
#[utoipa::path(post, path = "/api/user/{user_id}/insights/generate", tag = "Agents", params(("user_id" = String, Path)),
    request_body(content = AnalysisRequest, example = json!({})),
    responses((status = 200, body = InsightsAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn generate_insights(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Body(body): Body<AnalysisRequest>,
) -> ApiResult<Response> {
    analyse(&ops, caller, start, Agent::Insights, user, body).await
}

async fn analyse(
    ops: &Ops,
    caller: Caller,
    start: RequestStart,
    agent: Agent,
    user: UserId,
    body: AnalysisRequest,
) -> ApiResult<Response> {
    let asked = AgentRequest {
        archetype: body.archetype,
        force_refresh: body.force_refresh,
        ..request(&start, agent, user)
    };
    ask(ops, start, caller, asked).await
}

/// Plan a day
///
/// Five blocks with tasks that fit the waking hours, readiness, injuries and minutes of the person.
#[utoipa::path(post, path = "/api/user/{user_id}/routine/generate", tag = "Agents", params(("user_id" = String, Path)),
    request_body(content = RoutineRequest, example = json!({"archetype": "Peak Performer",
        "preferences": {"exercise_timing": "evening", "equipment": ["kettlebell"], "max_minutes": 75}})),
    responses((status = 200, body = RoutineAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn generate_routine(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Body(body): Body<RoutineRequest>,
) -> ApiResult<Response> {
    body.preferences.check().map_err(in_preferences)?;
    let asked = AgentRequest {
        archetype: body.archetype,
        force_refresh: body.force_refresh,
        routine: body.preferences,
        ..request(&start, Agent::Routine, user)
    };
    ask(&ops, start, caller, asked).await
}

/// Plan a day of meals
///
/// Energy and macronutrients by cited formulas, meals from a food table, allergies never violated.
#[utoipa::path(post, path = "/api/user/{user_id}/nutrition/generate", tag = "Agents", params(("user_id" = String, Path)),
    request_body(content = NutritionRequest, example = json!({"archetype": "Resilience Rebuilder",
        "preferences": {"diet": "vegetarian", "allergies": ["peanut"], "meals_per_day": 4}})),
    responses((status = 200, body = NutritionAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn generate_nutrition(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    Body(body): Body<NutritionRequest>,
) -> ApiResult<Response> {
    body.preferences.check().map_err(in_preferences)?;
    let asked = AgentRequest {
        archetype: body.archetype,
        force_refresh: body.force_refresh,
        nutrition: body.preferences,
        ..request(&start, Agent::Nutrition, user)
    };
    ask(&ops, start, caller, asked).await
}

/// Recall what is remembered of a person
///
/// A summary of the four layers, and the memories that matter now, each with the reason it was recalled.
#[utoipa::path(get, path = "/api/user/{user_id}/memory", tag = "Agents", params(("user_id" = String, Path), RecallQuery),
    responses((status = 200, body = MemoryAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn recall_memory(
    State(ops): State<Ops>,
    Key(caller): Key,
    Extension(start): Extension<RequestStart>,
    PathUser(user): PathUser,
    QueryOf(RecallQuery { q }): QueryOf<RecallQuery>,
) -> ApiResult<Response> {
    let query: String = q.chars().take(200).collect();
    let asked = AgentRequest { query, ..request(&start, Agent::Memory, user) };
    ask(&ops, start, caller, asked).await
}

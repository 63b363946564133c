//! One agent request from admission to answer: decide, plan, validate, store, tell.
//!
//! A fresh answer is stored with its memories in one transaction before it is given; an answer with a violation is never
//! given. Identical requests of one person wait for each other, so that work is done once.

mod adapting;
mod asked;
mod basis;
pub mod body;
mod changes;
mod draft;
mod flights;
mod fresh;
mod probe;
mod today;
mod trace;
mod week;
mod words;
mod workflow;
mod writing;

use std::time::Instant;

use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use domain::agent::{Agent, AnswerMeta, Engine};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::profile::Profile;
use domain::threshold::{self, Decision, MemoryQuality, Situation};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::access::Caller;
use crate::error::{Error, Result};
use crate::gateway::{Admission, Permit};
use crate::memory::Remembered;
use crate::people::history::{self, Analysis};
use crate::people::store;
use crate::telemetry::DECIDE;
use crate::workflows::Book;

pub use asked::{AnswerFacts, Asked};
pub use body::{AgentAnswer, AnalysisType, field_of};
pub use changes::{ChangeRequest, PlanChange};
pub use flights::FlightsCount;
pub(crate) use flights::{Flight, Flights};
pub use today::Told;
pub(crate) use trace::Trace;
pub use week::{LeftOut, PlannedWeek, WeekRequest};
pub(crate) use words::Words;
pub use words::WordsKept;
pub(crate) use workflow::Conducted;

/// As long as the threshold's rule calls an answer too recent to be made anew.
const ASK_MODEL_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What is asked of an agent.
#[derive(Clone, Debug)]
pub struct AgentRequest {
    pub request_id: String,
    pub agent: Agent,
    pub user: UserId,
    /// `None`: the person's own, else Foundation Builder. Never a bypass of the threshold.
    pub archetype: Option<Archetype>,
    pub force_refresh: bool,
    pub routine: RoutineWishes,
    pub nutrition: NutritionWishes,
    /// Words to recall memories by; empty: the most important ones.
    pub query: String,
}

/// One agent's result, fresh or from memory.
pub(crate) struct Outcome {
    pub(crate) body: Value,
    pub(crate) engine: Engine,
    /// Which model wrote.
    pub(crate) model: Option<String>,
    pub(crate) decision: Option<Decision>,
    pub(crate) computed_at: Timestamp,
    /// Why it is less than it would normally be, beyond what admission took away.
    pub(crate) degraded: Option<String>,
    /// Where it is stored; `None`: it is no analysis.
    pub(crate) analysis: Option<String>,
    /// Memories that were recalled for it.
    pub(crate) remembered: Vec<Remembered>,
}

/// What a run knows before any agent works.
pub(crate) struct Run<'a> {
    pub(crate) ask: &'a AgentRequest,
    pub(crate) permit: &'a Permit,
    pub(crate) profile: Profile,
    pub(crate) profile_at: Timestamp,
    pub(crate) archetype: Archetype,
    pub(crate) now: Timestamp,
    /// Of this person.
    pub(crate) flight: &'a Flight,
    /// Of a workflow: where its steps are written down.
    pub(crate) book: Option<&'a Book>,
}

impl<'a> Run<'a> {
    fn new(
        ask: &'a AgentRequest,
        permit: &'a Permit,
        (profile, profile_at): (Profile, Timestamp),
        flight: &'a Flight,
        now: Timestamp,
    ) -> Self {
        let archetype = ask.archetype.or(profile.archetype).unwrap_or(Archetype::FoundationBuilder);
        Self { ask, permit, profile, profile_at, archetype, now, flight, book: None }
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.permit.caller().tenant
    }

    pub(crate) fn user(&self) -> &UserId {
        &self.ask.user
    }

    /// What the caller wished for, of the agents that take wishes.
    pub(crate) fn wishes(&self, agent: Agent) -> Result<Value> {
        let wishes = match agent {
            Agent::Routine => serde_json::to_value(&self.ask.routine),
            Agent::Nutrition => serde_json::to_value(&self.ask.nutrition),
            _ => Ok(Value::Null),
        };
        wishes.map_err(|error| Error::internal("writing wishes", error))
    }
}

impl crate::Ops {
    /// The one way to an agent's answer.
    ///
    /// Errors in `answer`: what admission refuses; `NotFound` for an unknown person; `Unmet` when no safe plan can be made of what
    /// was asked.
    pub async fn ask_agent(&self, caller: &Caller, ask: &AgentRequest) -> Asked {
        let begun = Instant::now();
        let mut trace = Trace::new();
        let admission =
            Admission { request_id: ask.request_id.clone(), agent: ask.agent, user: Some(ask.user.clone()) };
        let permit = match trace.step("admission", |_| self.admit(caller, admission)) {
            Ok(permit) => permit,
            Err(error) => {
                let facts = AnswerFacts { steps: trace.into_steps(), ..AnswerFacts::default() };
                return Asked { answer: Err(error), facts };
            }
        };
        let answer = self.answer_admitted(caller, ask, &permit, begun, &mut trace).await;
        let facts = AnswerFacts {
            release: Some(permit.release().to_owned()),
            allowances: permit.allowances(),
            used: permit.settle(),
            steps: trace.into_steps(),
            meta: answer.as_ref().ok().map(|answer| answer.meta.clone()),
        };
        Asked { answer, facts }
    }

    async fn answer_admitted(
        &self,
        caller: &Caller,
        ask: &AgentRequest,
        permit: &Permit,
        begun: Instant,
        trace: &mut Trace,
    ) -> Result<AgentAnswer> {
        if ask.agent == Agent::Orchestrator {
            return Box::pin(self.analyze(caller, ask, permit, begun, trace)).await;
        }
        let profile = self.load_profile(ask, permit, trace).await?;
        let flight = self.flights.of(&caller.tenant, &ask.user);
        let run = Run::new(ask, permit, profile, &flight, self.clock.now());
        let waiting = trace.begin();
        let turn = flight.turn().await;
        trace.end_if_long("wait for the same person's request", waiting);
        // A run of one step: no limit is below.
        let _ = permit.begin_step();
        let outcome = self.outcome(&run, ask.agent, trace).await?;
        self.flights.answered(&flight, &turn, &[ask.agent], outcome.engine == Engine::Memory);
        let degraded = permit.degraded().map(str::to_owned).or_else(|| outcome.degraded.clone());
        let meta = meta(&run, &outcome, degraded, begun);
        Ok(AgentAnswer::single(&run, outcome, meta))
    }

    /// Whom it is for, and since when they are as they are.
    ///
    /// # Errors
    /// `NotFound` for an unknown person.
    async fn load_profile(
        &self,
        ask: &AgentRequest,
        permit: &Permit,
        trace: &mut Trace,
    ) -> Result<(Profile, Timestamp)> {
        let loading = trace.begin();
        let found = store::profile(&self.db, &permit.caller().tenant, &ask.user).await?;
        let found = found.ok_or(Error::NotFound { what: "person" })?;
        trace.end("load profile", loading, "ok", None);
        Ok(found)
    }

    /// One agent's part: from memory by the threshold's rule, else computed, validated and stored.
    pub(crate) async fn outcome(&self, run: &Run<'_>, agent: Agent, trace: &mut Trace) -> Result<Outcome> {
        if agent == Agent::Memory {
            let recalling = trace.begin();
            let body = self.recall(run).await?;
            trace.end("recall", recalling, "ok", None);
            return Ok(Outcome {
                body,
                engine: Engine::Memory,
                model: None,
                decision: None,
                computed_at: run.now,
                degraded: None,
                analysis: None,
                remembered: Vec::new(),
            });
        }
        let deciding = trace.begin();
        let (decision, stored) = self.decide(run, agent).await?;
        // A run decides for each of its agents.
        let whose = if run.ask.agent == agent { String::new() } else { format!("{agent}: ") };
        trace.end(DECIDE, deciding, "ok", Some(format!("{whose}{}", decision.reason)));
        match stored.filter(|_| !decision.fresh) {
            Some(stored) => Ok(Outcome {
                remembered: crate::memory::remembered_of(&self.db, &stored.id).await?,
                body: stored.body,
                engine: Engine::Memory,
                model: None,
                decision: Some(decision),
                computed_at: stored.created_at,
                degraded: part_degraded(run, agent),
                analysis: Some(stored.id),
            }),
            None => {
                let outcome = self.compute(run, agent, &decision, trace).await?;
                run.flight.made_one(agent);
                Ok(Outcome { decision: Some(decision), ..outcome })
            }
        }
    }

    /// The 50-item rule on what is stored, with the answer that memory would give.
    async fn decide(&self, run: &Run<'_>, agent: Agent) -> Result<(Decision, Option<Analysis>)> {
        let (tenant, user) = (run.tenant(), run.user());
        let own = history::store::newest(&self.db, tenant, user, agent, Some(run.archetype)).await?;
        // Memory answers for its own archetype only; one made for an incompatible other says why this one is fresh.
        let stored = match own {
            Some(analysis) => Some(analysis),
            None => history::store::newest(&self.db, tenant, user, agent, None)
                .await?
                .filter(|other| !other.archetype.compatible_with(run.archetype)),
        };
        let new_data_points = match &stored {
            Some(last) => {
                store::points_received_since(&self.db, tenant, user, last.created_at.as_millisecond()).await?
            }
            None => 0,
        };
        let (behavior, circadian) = history::store::history_counts(&self.db, tenant, user).await?;
        let living = behavior > 0
            && stored
                .as_ref()
                .is_some_and(|last| run.now.duration_since(last.created_at) < SignedDuration::from_hours(24));
        let decision = threshold::decide(&Situation {
            now: run.now,
            archetype: run.archetype,
            force_refresh: run.ask.force_refresh && run.permit.degraded_for(agent).is_none(),
            inputs_changed: match &stored {
                Some(last) => match changed_inputs(run, agent, last)? {
                    Some(why) => Some(why),
                    None => self
                        .changed_basis((run.tenant(), run.user()), last)
                        .await?
                        .or_else(|| self.missing_words(run, agent, last)),
                },
                None => None,
            },
            last: stored.as_ref().map(history::store::last_analysis),
            new_data_points,
            memory: MemoryQuality::from_history(behavior, circadian, living),
            base: run.permit.settings().threshold_base,
        });
        Ok((decision, stored))
    }
}

impl crate::Ops {
    /// The planner's words stand in for a model's that did not answer; some time later it is asked again.
    fn missing_words(&self, run: &Run<'_>, agent: Agent, last: &Analysis) -> Option<&'static str> {
        let missing = last.engine == Engine::Planner
            && run.now.duration_since(last.created_at) >= ASK_MODEL_AGAIN_AFTER;
        let wanted = missing
            && self.may_ask_model()
            && agents::model::writes_for(agent, &last.body)
            && run.permit.degraded_for(agent).is_none()
            && run.permit.allowed(agent).planner().is_none();
        wanted.then_some("the last answer was written without the model")
    }
}

/// Why this part of a run had to do without a model.
fn part_degraded(run: &Run<'_>, agent: Agent) -> Option<String> {
    run.permit.degraded_for(agent).map(str::to_owned)
}

/// What else an answer rests on, when it differs from what the stored one rested on.
fn changed_inputs(run: &Run<'_>, agent: Agent, last: &Analysis) -> Result<Option<&'static str>> {
    let today = run.profile.zone().to_datetime(run.now).date();
    let dated = matches!(agent, Agent::Routine | Agent::Nutrition);
    Ok(if let Some(why) = outdated(last, run.profile_at, run.permit.release()) {
        Some(why)
    } else if run.wishes(agent)? != last.wishes {
        Some("other wishes than those of the last answer")
    } else if dated && last.day != today {
        Some("no plan exists for this day yet")
    } else {
        None
    })
}

/// What a stored answer rested on and that is otherwise now.
fn outdated(last: &Analysis, profile_at: Timestamp, release: &str) -> Option<&'static str> {
    if profile_at > last.created_at {
        Some("the profile has changed since the last answer")
    } else if release != last.release {
        Some("the last answer was made under another release")
    } else {
        None
    }
}

/// What an answer says about itself.
fn meta(run: &Run<'_>, outcome: &Outcome, degraded_reason: Option<String>, begun: Instant) -> AnswerMeta {
    let used = run.permit.used();
    AnswerMeta {
        request_id: run.ask.request_id.clone(),
        agent: run.ask.agent,
        archetype: run.archetype,
        engine: outcome.engine,
        model: outcome.model.clone(),
        degraded: degraded_reason.is_some(),
        degraded_reason,
        decision: outcome.decision.clone(),
        release: run.permit.release().to_owned(),
        cost_usd: used.cost.usd(),
        attempts: used.attempts,
        tokens: used.tokens,
        computed_at: outcome.computed_at,
        duration_ms: (begun.elapsed().as_secs_f64() * 1e6).round() / 1e3,
    }
}

#[cfg(test)]
mod tests;

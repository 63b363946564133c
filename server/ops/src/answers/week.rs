//! Seven days of both plans, going on after what was given for today: planned when they are asked for, validated, never stored.
//!
//! The days after today are planned anew on their day, so a stored week would be a second truth
//! (docs/decisions/0023-a-week-is-planned-when-asked.md). No model writes for it.

use agents::nutrition::{self, NutritionPlan, NutritionWeek, NutritionWishes};
use agents::routine::{self, Context, RoutinePlan, RoutineWeek, RoutineWishes};
use agents::{behavior, circadian};
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::id::UserId;
use jiff::Unit;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::Trace;
use super::today::{Today, Told};
use crate::access::Caller;
use crate::error::{Error, Result};
use crate::gateway::{Admission, Permit};
use crate::people::tasks::{PlanSource, PlansOfDay};

#[derive(Clone, Debug)]
pub struct WeekRequest {
    pub request_id: String,
    pub user: UserId,
    /// The first of the seven days: today where the person lives, or one of the six after it. `None`: today.
    pub from: Option<Date>,
}

/// Seven days of routine and food.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PlannedWeek {
    pub user_id: UserId,
    /// The first of the seven days.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The plans of today that the week goes on after.
    pub plans: PlansOfDay,
    /// `null`: see `left_out`.
    pub routine: Option<RoutineWeek>,
    /// With what to buy for all seven days, by aisle. `null`: see `left_out`.
    pub nutrition: Option<NutritionWeek>,
    /// What the week is without, and why.
    pub left_out: Vec<LeftOut>,
}

/// A part that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    pub agent: Agent,
    /// In words, with what to do.
    pub why: String,
}

/// How many days after today a week may begin.
const LAST_START: i64 = 6;

impl crate::Ops {
    /// One request of the orchestrator: a part whose agent is stopped, or has no plan of today, is left out and named.
    ///
    /// Errors in `answer`: what admission refuses; `Invalid` names `from`; `NotFound` for an unknown person and without any plan of
    /// today; `Conflict` when neither part can be planned.
    pub async fn plan_week(&self, caller: &Caller, ask: &WeekRequest) -> Told<PlannedWeek> {
        let admission = Admission {
            request_id: ask.request_id.clone(),
            agent: Agent::Orchestrator,
            user: Some(ask.user.clone()),
        };
        self.admitted(caller, admission, async |permit, trace| self.week(permit, ask, trace).await).await
    }

    async fn week(
        &self,
        permit: &Permit,
        ask: &WeekRequest,
        trace: &mut Trace,
    ) -> Result<(PlannedWeek, Archetype)> {
        let today = self.local_today(permit, &ask.user).await?;
        let from = ask.from.unwrap_or(today);
        let first = days_between(today, from).filter(|days| (0..=LAST_START).contains(days));
        let first = first.and_then(|days| u8::try_from(days).ok()).ok_or_else(|| {
            Error::invalid(
                "from",
                "must be today where the person lives, or one of the six days after it; what was planned before is at \
                 /plans/{date}",
            )
        })?;
        let mut left_out = Vec::new();
        let mut nothing = None;
        let mut archetype = None;
        let mut plans = PlansOfDay::default();
        let mut routine = None;
        let mut nutrition = None;
        for agent in [Agent::Routine, Agent::Nutrition] {
            let planned = self.part_of_week(permit, &ask.user, (agent, first), trace).await;
            let (source, part) = match planned {
                Ok(planned) => planned,
                Err(error) => {
                    let why = in_words(agent, error)?;
                    nothing = nothing.or(why.1);
                    left_out.push(LeftOut { agent, why: why.0 });
                    continue;
                }
            };
            archetype = archetype.or(Some(source.archetype));
            match part {
                Part::Routine(week) => (plans.routine, routine) = (Some(source), Some(*week)),
                Part::Nutrition(week) => (plans.nutrition, nutrition) = (Some(source), Some(*week)),
            }
        }
        let Some(archetype) = archetype else {
            return Err(nothing.unwrap_or(Error::NotFound { what: "plan of this day" }));
        };
        let week = PlannedWeek { user_id: ask.user.clone(), from, plans, routine, nutrition, left_out };
        Ok((week, archetype))
    }

    async fn part_of_week(
        &self,
        permit: &Permit,
        user: &UserId,
        (agent, first): (Agent, u8),
        trace: &mut Trace,
    ) -> Result<(PlanSource, Part)> {
        if let Some(why) = self.part_stopped(agent) {
            return Err(Error::Conflict(why.to_owned()));
        }
        let today = self.today_of(permit, user, agent, trace).await?;
        let source = PlanSource::from(&today.stored);
        let planning = trace.begin();
        // Seven linear programmes: not on a thread that answers others.
        let work = tokio::task::spawn_blocking(move || match agent {
            Agent::Routine => routine_week(&today, first),
            _ => nutrition_week(&today, first),
        });
        let planned = work.await.map_err(|error| Error::internal("planning a week", error))?;
        let status = if planned.is_ok() { "ok" } else { "failed" };
        trace.end("plan and validate", planning, status, Some(agent.to_string()));
        Ok((source, planned?))
    }
}

enum Part {
    Routine(Box<RoutineWeek>),
    Nutrition(Box<NutritionWeek>),
}

fn routine_week(today: &Today, first: u8) -> Result<Part> {
    let (plan, wishes): (RoutinePlan, RoutineWishes) = today.read()?;
    let evidence = &today.evidence;
    let context = Context::new(&behavior::analyse(evidence), &circadian::analyse(evidence));
    let week = routine::continue_week(&plan, first, evidence, &context, &wishes);
    let found = routine::validate_continued(&week, (&plan, first), evidence, &context, &wishes);
    today.judge(&found, &routine::validate_changed(&plan, &plan, evidence, &context, &wishes))?;
    Ok(Part::Routine(Box::new(week)))
}

fn nutrition_week(today: &Today, first: u8) -> Result<Part> {
    let (plan, wishes): (NutritionPlan, NutritionWishes) = today.read()?;
    let evidence = &today.evidence;
    let week = nutrition::continue_week(&plan, first, evidence, &wishes)
        .map_err(|refusal| Error::Unmet(refusal.to_string()))?;
    let found = nutrition::validate_continued(&week, (&plan, first), evidence, &wishes);
    today.judge(&found, &nutrition::validate_changed(&plan, &plan, evidence, &wishes))?;
    Ok(Part::Nutrition(Box::new(week)))
}

fn days_between(from: Date, to: Date) -> Option<i64> {
    from.until((Unit::Day, to)).ok().map(|span| i64::from(span.get_days()))
}

/// Why a part is left out, and what is answered when the other is, too; absent: the person has no plan.
///
/// # Errors
/// What is no reason to go on without it.
fn in_words(agent: Agent, error: Error) -> Result<(String, Option<Error>)> {
    match error {
        Error::NotFound { what: "plan of this day" } => {
            let why = format!(
                "there is no {agent} plan of today: make one with POST /api/user/{{user_id}}/{agent}/generate"
            );
            Ok((why, None))
        }
        Error::Conflict(why) => Ok((why.clone(), Some(Error::Conflict(why)))),
        Error::Unmet(why) => Ok((why.clone(), Some(Error::Unmet(why)))),
        error => Err(error),
    }
}

//! What a person changes of today's plan by themselves: a task or a food for another, a task in its smallest version.
//!
//! The changed plan is validated, stored as the newest of the day and given; the one before stays in the history. It counts as computed
//! when the plan was: a change brings no new data, so it moves no threshold.

use agents::nutrition::{self, NutritionPlan, NutritionWishes, SwapChoice};
use agents::routine::{self, Context, RoutinePlan, RoutineWishes};
use agents::{behavior, circadian};
use domain::agent::Agent;
use domain::id::UserId;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::Trace;
use super::today::{Today, Told};
use crate::access::Caller;
use crate::error::{Error, Result};
use crate::gateway::{Admission, Permit};
use crate::memory;
use crate::people::check_ins;
use crate::people::history::{self, Analysis};
use crate::people::store::hold_person;
use crate::people::tasks::meal_id;

/// What to change. Tasks and meals by the ids that check-ins refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanChange {
    /// `with`: a slug of the task's `swaps`; `None`: the first that fits the day.
    SwapTask {
        task: String,
        with: Option<String>,
    },
    SmallerTask {
        task: String,
    },
    SwapMeal {
        meal: String,
        choice: SwapChoice,
    },
}

#[derive(Clone, Debug)]
pub struct ChangeRequest {
    pub request_id: String,
    pub user: UserId,
    pub change: PlanChange,
}

impl PlanChange {
    pub fn agent(&self) -> Agent {
        match self {
            Self::SwapTask { .. } | Self::SmallerTask { .. } => Agent::Routine,
            Self::SwapMeal { .. } => Agent::Nutrition,
        }
    }

    /// What is changed, and as what a fault names it.
    fn item(&self) -> (&'static str, &str) {
        match self {
            Self::SwapTask { task, .. } | Self::SmallerTask { task } => ("task_id", task),
            Self::SwapMeal { meal, .. } => ("meal_id", meal),
        }
    }

    fn check_day(&self, today: Date) -> Result<()> {
        let (field, id) = self.item();
        let day: Option<Date> = id.get(..10).and_then(|day| day.parse().ok());
        match day {
            Some(day) if day == today => Ok(()),
            Some(_) => Err(Error::invalid(
                field,
                "must be of today where the person lives: other days are not changed",
            )),
            None => Err(Error::invalid(field, "must be an id of GET /api/user/{user_id}/tasks")),
        }
    }
}

impl crate::Ops {
    /// Today's plan with the change, as it is stored now. `knows`: whether the caller has read what would be changed.
    ///
    /// Errors in `answer`: what admission refuses; `NotFound` for an unknown person, task or meal, and without a plan of today;
    /// `Invalid` names what cannot be had; `Conflict` when the task was reported on, or the plan is not for this person as they are now;
    /// `Changed`.
    pub async fn change_plan(
        &self,
        caller: &Caller,
        ask: &ChangeRequest,
        knows: &(dyn Fn(&Analysis) -> bool + Send + Sync),
    ) -> Told<Analysis> {
        let admission = Admission {
            request_id: ask.request_id.clone(),
            agent: ask.change.agent(),
            user: Some(ask.user.clone()),
        };
        let work = async |permit: &Permit, trace: &mut Trace| {
            // Nobody else answers this person meanwhile, as far as this process goes; the store looks once more.
            let changed = self.change_admitted(permit, ask, knows, trace);
            let changed = self.when_alone(&permit.caller().tenant, &ask.user, changed).await?;
            let archetype = changed.archetype;
            Ok((changed, archetype))
        };
        self.admitted(caller, admission, work).await
    }

    async fn change_admitted(
        &self,
        permit: &Permit,
        ask: &ChangeRequest,
        knows: &(dyn Fn(&Analysis) -> bool + Send + Sync),
        trace: &mut Trace,
    ) -> Result<Analysis> {
        ask.change.check_day(self.local_today(permit, &ask.user).await?)?;
        let today = self.today_of(permit, &ask.user, ask.change.agent(), trace).await?;
        if !knows(&today.stored) {
            return Err(Error::Changed);
        }
        self.refuse_reported(permit, ask, today.stored.day).await?;
        let body = trace.step("plan and validate", |_| changed_body(&today, &ask.change))?;
        let storing = trace.begin();
        let changed = Analysis { id: self.clock.new_id(), body, ..today.stored.clone() };
        self.store_change(permit, ask, &today.stored, &changed).await?;
        trace.end("store", storing, "ok", None);
        Ok(changed)
    }

    async fn store_change(
        &self,
        permit: &Permit,
        ask: &ChangeRequest,
        before: &Analysis,
        changed: &Analysis,
    ) -> Result<()> {
        let (tenant, user) = (&permit.caller().tenant, &ask.user);
        let mut tx = self.db.begin_write().await?;
        hold_person(&mut tx, tenant, user, None).await?;
        let newest = history::store::of_day(&self.db, tenant, user, before.agent, before.day).await?;
        if newest.is_none_or(|newest| newest.id != before.id) {
            return Err(Error::Changed);
        }
        self.refuse_reported(permit, ask, before.day).await?;
        history::store::insert(&mut tx, tenant, user, changed).await?;
        memory::name_again(&mut tx, (tenant, user), &before.id, &changed.id).await?;
        Ok(tx.commit().await?)
    }
}

impl crate::Ops {
    /// # Errors
    /// `Conflict`: what was done, or not, is not changed any more.
    async fn refuse_reported(&self, permit: &Permit, ask: &ChangeRequest, day: Date) -> Result<()> {
        let (_, item) = ask.change.item();
        let reports = check_ins::store::of_day(&self.db, &permit.caller().tenant, &ask.user, day).await?;
        if reports.iter().all(|report| report.task_id != item) {
            return Ok(());
        }
        let why = "it was reported on already, so nothing was changed: take the check-in back first (DELETE \
                   /api/user/{user_id}/check-ins/{date}/{task_id})";
        Err(Error::Conflict(why.to_owned()))
    }
}

fn changed_body(today: &Today, change: &PlanChange) -> Result<Value> {
    match change {
        PlanChange::SwapTask { task, with } => {
            changed_routine(today, |plan| swapped(plan, task, with.as_deref()))
        }
        PlanChange::SmallerTask { task } => {
            changed_routine(today, |plan| routine::scale_down(plan, task).map_err(|error| refused(&error)))
        }
        PlanChange::SwapMeal { meal, choice } => changed_nutrition(today, meal, choice),
    }
}

fn changed_routine(today: &Today, change: impl FnOnce(&RoutinePlan) -> Result<RoutinePlan>) -> Result<Value> {
    let (plan, wishes): (RoutinePlan, RoutineWishes) = today.read()?;
    let evidence = &today.evidence;
    let changed = change(&plan)?;
    let context = Context::new(&behavior::analyse(evidence), &circadian::analyse(evidence));
    let judge = |changed| routine::validate_changed(changed, &plan, evidence, &context, &wishes);
    today.judge(&judge(&changed), &judge(&plan))?;
    written(&changed)
}

fn changed_nutrition(today: &Today, meal: &str, choice: &SwapChoice) -> Result<Value> {
    let (plan, wishes): (NutritionPlan, NutritionWishes) = today.read()?;
    let evidence = &today.evidence;
    let named = plan.meals.iter().find(|one| meal_id(plan.date, &one.name) == meal);
    let name = &named.ok_or(Error::NotFound { what: "meal" })?.name;
    let judge = |changed| nutrition::validate_changed(changed, &plan, evidence, &wishes);
    let of_plan = judge(&plan);
    // Before anything else: what is not for this person any more offers nothing either.
    today.judge(&of_plan, &of_plan)?;
    let changed = nutrition::swap_food(&plan, name, choice, evidence, &wishes).map_err(|error| {
        use nutrition::SwapError::{NoSuchFood, NoSuchMeal, NoSwap, NotOffered};
        let field = match error {
            NoSuchMeal | NoSwap => "meal_id",
            NoSuchFood => "food",
            NotOffered => "instead",
        };
        Error::invalid(field, error.to_string())
    })?;
    today.judge(&judge(&changed), &of_plan)?;
    written(&changed)
}

fn swapped(plan: &RoutinePlan, task: &str, with: Option<&str>) -> Result<RoutinePlan> {
    if let Some(with) = with {
        return routine::swap(plan, task, with).map_err(|error| refused(&error));
    }
    let mut tasks = plan.blocks.iter().flat_map(|block| &block.tasks);
    let offers = &tasks.find(|one| one.id == task).ok_or(Error::NotFound { what: "task" })?.swaps;
    let fits = offers.iter().find_map(|offer| routine::swap(plan, task, &offer.slug).ok());
    fits.ok_or_else(|| {
        Error::invalid("task_id", "no other task is safe and fits here today: nothing was changed")
    })
}

fn refused(error: &routine::SwapError) -> Error {
    use routine::SwapError::{AlreadySmallest, NoSuchTask, NotOffered, TooManyNew};
    match error {
        NoSuchTask => Error::NotFound { what: "task" },
        NotOffered | TooManyNew => Error::invalid("with", error.to_string()),
        AlreadySmallest => Error::Conflict(error.to_string()),
    }
}

fn written(plan: &impl Serialize) -> Result<Value> {
    serde_json::to_value(plan).map_err(|error| Error::internal("writing an answer", error))
}

//! The plan of today that was given, as the ground for a week after it and for what a person changes of it.

use std::time::Instant;

use agents::evidence::Evidence;
use agents::violation::Violation;
use domain::agent::{Agent, AnswerMeta, Engine};
use domain::archetype::Archetype;
use domain::id::UserId;
use domain::local_day;
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use super::{AnswerFacts, Trace, outdated};
use crate::access::Caller;
use crate::error::{Error, Result};
use crate::gateway::{Admission, Permit};
use crate::people;
use crate::people::history::{self, Analysis};

/// What became of a request that no model writes for, and what telemetry is told of it.
#[derive(Debug)]
pub struct Told<T> {
    pub answer: Result<T>,
    pub facts: AnswerFacts,
}

/// What was given, and what is known of the person now.
pub(super) struct Today {
    pub(super) stored: Analysis,
    pub(super) evidence: Evidence,
}

/// How many days the planners look at closely: a week, as for a first answer.
const WINDOW_DAYS: u32 = 7;

impl crate::Ops {
    /// Does `work` under a permit, and settles it. `work` also says for which archetype it was.
    pub(super) async fn admitted<T>(
        &self,
        caller: &Caller,
        admission: Admission,
        work: impl AsyncFnOnce(&Permit, &mut Trace) -> Result<(T, Archetype)>,
    ) -> Told<T> {
        let begun = Instant::now();
        let mut trace = Trace::new();
        let permit = match trace.step("admission", |_| self.admit(caller, admission)) {
            Ok(permit) => permit,
            Err(error) => {
                let facts = AnswerFacts { steps: trace.into_steps(), ..AnswerFacts::default() };
                return Told { answer: Err(error), facts };
            }
        };
        let done = work(&permit, &mut trace).await;
        let meta = done.as_ref().ok().map(|(_, archetype)| AnswerMeta {
            request_id: permit.request_id().to_owned(),
            agent: permit.agent(),
            archetype: *archetype,
            engine: Engine::Planner,
            model: None,
            degraded: false,
            degraded_reason: None,
            decision: None,
            release: permit.release().to_owned(),
            cost_usd: 0.0,
            attempts: 0,
            tokens: Default::default(),
            computed_at: self.clock.now(),
            duration_ms: (begun.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        });
        let facts = AnswerFacts {
            release: Some(permit.release().to_owned()),
            allowances: permit.allowances(),
            used: permit.settle(),
            steps: trace.into_steps(),
            meta,
        };
        Told { answer: done.map(|(answer, _)| answer), facts }
    }

    /// The day where the person lives.
    ///
    /// # Errors
    /// `NotFound` for an unknown person.
    pub(super) async fn local_today(&self, permit: &Permit, user: &UserId) -> Result<Date> {
        let profile = self.profile(&permit.caller().tenant, user).await?;
        Ok(local_day::today(&profile.zone(), self.clock.now()))
    }

    /// # Errors
    /// `NotFound` without a plan of today; `Conflict` when the person is not any more who it was made for.
    pub(super) async fn today_of(
        &self,
        permit: &Permit,
        user: &UserId,
        agent: Agent,
        trace: &mut Trace,
    ) -> Result<Today> {
        let loading = trace.begin();
        let tenant = &permit.caller().tenant;
        let found = people::store::profile(&self.db, tenant, user).await?;
        let (profile, profile_at) = found.ok_or(Error::NotFound { what: "person" })?;
        let now = self.clock.now();
        let day = local_day::today(&profile.zone(), now);
        let stored = history::store::of_day(&self.db, tenant, user, agent, day).await?;
        let stored = stored.ok_or(Error::NotFound { what: "plan of this day" })?;
        if let Some(why) = outdated(&stored, profile_at, permit.release()) {
            return Err(make_anew(agent, why));
        }
        // Also an injury or an allergy that they told since: nothing is planned on top of what does not know of it.
        if let Some(why) = self.changed_basis((tenant, user), &stored).await? {
            return Err(make_anew(agent, why));
        }
        let data = self.person_data(tenant, user, profile).await?;
        let settings = (**permit.settings()).clone();
        let evidence = Evidence::from_data(data, stored.archetype, settings, now, WINDOW_DAYS);
        trace.end("load data", loading, "ok", None);
        Ok(Today { stored, evidence })
    }
}

impl Today {
    /// The plan and the wishes it was made for.
    ///
    /// # Errors
    /// `Conflict` when a version before ours wrote it.
    pub(super) fn read<P: DeserializeOwned, W: DeserializeOwned>(&self) -> Result<(P, W)> {
        let plan = serde_json::from_value(self.stored.body.clone());
        let wishes = serde_json::from_value(self.stored.wishes.clone());
        match (plan, wishes) {
            (Ok(plan), Ok(wishes)) => Ok((plan, wishes)),
            _ => {
                Err(make_anew(self.stored.agent, "today's plan was made by another version of this service"))
            }
        }
    }

    /// Nothing with a violation is given. When the plan of today breaks rules itself, the person has changed; else the planner is at fault.
    ///
    /// # Errors
    /// `Conflict` or `Internal`.
    pub(super) fn judge(&self, found: &[Violation], of_plan: &[Violation]) -> Result<()> {
        let Some(first) = found.first() else { return Ok(()) };
        let agent = self.stored.agent;
        if !of_plan.is_empty() {
            return Err(make_anew(agent, "today's plan does not fit any more what is known of the person"));
        }
        let rules: Vec<&str> = found.iter().map(|violation| violation.rule).collect();
        tracing::error!(%agent, ?rules, "what follows from a plan broke its rules and was not given");
        Err(Error::internal("planning", first.rule))
    }
}

fn make_anew(agent: Agent, why: &str) -> Error {
    Error::Conflict(format!(
        "{why}: nothing was changed, and nothing planned on top of it; make a new one with POST \
         /api/user/{{user_id}}/{agent}/generate and `force_refresh`"
    ))
}

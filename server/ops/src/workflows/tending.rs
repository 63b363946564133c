//! What every process does for workflows once a second: say that its own are run, and take up those that nobody runs.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use domain::access::Scope;
use domain::agent::Agent;
use domain::backoff::full_jitter;
use futures::FutureExt as _;
use jiff::SignedDuration;

use super::claims::store as claims;
use super::running::Room;
use super::{Claimed, Holding, store};
use crate::access::Caller;
use crate::answers::{AgentRequest, AnswerFacts, Conducted, Trace};
use crate::error::{Error, Result};
use crate::gateway::{Admission, Permit};
use crate::lifecycle::Phase;
use crate::telemetry::RequestEvent;

const EVERY: Duration = Duration::from_secs(1);
/// Ids of one statement.
const AT_A_TIME: usize = 200;
/// Before one that may not begin now is looked at again.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(15);
/// How a run stands among the requests: no route of the API, and no app waited for it.
const ROUTE: &str = "/api/workflows/{id}/run";
const TOO_LATE: &str = "the deadline passed before it was done";

impl crate::Ops {
    pub(crate) fn start_workflow_jobs(&self) {
        let tend = |ops: crate::Ops| async move { ops.tend_workflows().await };
        self.jobs.every("workflows", EVERY, self.clock.clone(), tend, self);
        let drop_old = |ops: crate::Ops| async move { ops.drop_old_workflows().await.map(drop) };
        self.jobs.every_on_duty(
            "workflow-retention",
            Duration::from_secs(3_600),
            self.clock.clone(),
            drop_old,
            self,
        );
    }

    /// One activation of the task `workflows`.
    pub(crate) async fn tend_workflows(&self) -> Result<()> {
        self.renew_workflows().await?;
        if self.lifecycle.phase() != Phase::Serving {
            return Ok(());
        }
        let rooms = i64::try_from(self.workflows.rooms_left()).unwrap_or(i64::MAX);
        if rooms == 0 {
            return Ok(());
        }
        for id in store::free(&self.db, self.clock.now_ms(), rooms).await? {
            let Some(room) = self.workflows.room() else { break };
            if let Some(claimed) = self.claim_workflow(&id).await? {
                self.run_in_background(claimed, room, None);
            }
        }
        Ok(())
    }

    /// Says that this process runs what it runs, and ends what is not its own any more.
    pub(crate) async fn renew_workflows(&self) -> Result<()> {
        // Taken before the store is asked: what is claimed meanwhile is not missed.
        let held = self.workflows.ids();
        for some in held.chunks(AT_A_TIME) {
            let until = self.claim_until();
            let ids: Vec<String> = some.iter().map(|(id, _)| id.clone()).collect();
            match claims::renew(&self.db, &self.telemetry.process, until, &ids).await {
                Ok(ours) => {
                    for (id, attempt) in some {
                        if ours.iter().any(|(one, count)| one == id && count == attempt) {
                            self.workflows.renewed(id, until);
                        } else {
                            self.workflows.gone(id, Some(*attempt));
                        }
                    }
                }
                Err(error) => {
                    self.workflows.run_out(self.clock.now_ms());
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// One that was just admitted: at once where there is room, else when its turn comes.
    pub(super) async fn begin_in_background(&self, id: &str, permit: Permit) -> Result<()> {
        let room = self.workflows.room().filter(|_| self.lifecycle.phase() == Phase::Serving);
        let claimed = match &room {
            Some(_) => self.claim_workflow(id).await,
            None => Ok(None),
        };
        match (claimed, room) {
            (Ok(Some(claimed)), Some(room)) => self.run_in_background(claimed, room, Some(permit)),
            (others, _) => {
                permit.settle();
                others?;
            }
        }
        Ok(())
    }

    fn run_in_background(&self, claimed: Claimed, room: Room, permit: Option<Permit>) {
        let holding = self.hold_workflow(&claimed.claim, Some(room));
        let ops = self.clone();
        // Where apps are answered: an app may be following it, and the connections to models that it opens are theirs.
        self.jobs.spawn(async move {
            let run = Box::pin(ops.carry_out(&claimed, &holding, permit));
            let carried = match AssertUnwindSafe(run).catch_unwind().await {
                Ok(carried) => carried,
                Err(_) => {
                    let broke = "it broke on our side, which is logged; ask for a new one";
                    ops.fail_workflow(&claimed.claim, broke).await.map(drop)
                }
            };
            // Its claim runs out by itself, and somebody goes on.
            if let Err(error) = carried {
                tracing::error!(
                    workflow.id = claimed.claim.workflow,
                    error = &error as &dyn std::error::Error,
                    "a workflow could not be written down"
                );
            }
        });
    }

    /// Runs one that nobody waits for, to its end or until this process leaves.
    async fn carry_out(&self, claimed: &Claimed, holding: &Holding, permit: Option<Permit>) -> Result<()> {
        let (at, begun) = (self.clock.now(), Instant::now());
        if at >= claimed.deadline_at {
            if let Some(permit) = permit {
                permit.settle();
            }
            return self.fail_workflow(&claimed.claim, TOO_LATE).await.map(drop);
        }
        let mut trace = Trace::new();
        let admitting = trace.begin();
        let permit = match permit {
            Some(permit) => permit,
            None => match self.readmit(claimed).await {
                Ok(permit) => permit,
                Err(error) => return self.not_now(claimed, &error).await,
            },
        };
        let attempt = format!("workflow {}, attempt {}", claimed.claim.workflow, claimed.claim.attempt);
        trace.end("admission", admitting, "ok", Some(attempt));
        let caller = permit.caller().clone();
        let ask = self.asked_for(claimed, permit.request_id());
        let conducted =
            Box::pin(self.conduct_workflow(&ask, &permit, claimed, holding, begun, &mut trace)).await;
        let answer = match &conducted {
            Ok(Conducted::Answered(answer)) => Some(answer.meta.clone()),
            _ => None,
        };
        let facts = AnswerFacts {
            release: Some(permit.release().to_owned()),
            allowances: Vec::new(),
            used: permit.settle(),
            steps: trace.into_steps(),
            meta: answer,
        };
        let (status, kind) = match &conducted {
            Ok(Conducted::Answered(_)) => (200, None),
            // Nobody was there to be answered, as where a client goes away.
            Ok(Conducted::HandedOver) => (499, Some("handed-over")),
            Ok(Conducted::Lost) => (499, Some("not-ours")),
            Err(error) => {
                let (status, kind) = error.as_told();
                (status, Some(kind))
            }
        };
        let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut event = RequestEvent::of(
            ask.request_id.clone(),
            at,
            "POST".to_owned(),
            ROUTE.to_owned(),
            status,
            duration_us,
        );
        event.error_type = kind.map(str::to_owned);
        tell_caller(&mut event, &caller, &ask);
        facts.tell(&mut event);
        self.record(event);
        match conducted {
            Ok(Conducted::HandedOver) => self.release_workflow(&claimed.claim, None, None).await.map(drop),
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!(
                    request.id = ask.request_id,
                    workflow.id = claimed.claim.workflow,
                    error = &error as &dyn std::error::Error,
                    "a workflow failed"
                );
                self.not_now(claimed, &error).await
            }
        }
    }

    /// Under the key that asked for it, as that is now: shutoffs, limits of what runs at once, tier and release are today's.
    async fn readmit(&self, claimed: &Claimed) -> Result<Permit> {
        let caller = self.caller_by_key_id(&claimed.key_id).await?;
        caller.require(Scope::Agents)?;
        if caller.tenant != claimed.tenant {
            return Err(Error::NotFound { what: "person" });
        }
        // The first run of one that waited is the request that its id names; a later one is a request of its own.
        let request_id = match claimed.claim.attempt {
            1 => claimed.claim.workflow.clone(),
            _ => self.clock.new_id(),
        };
        let user = Some(claimed.user.clone());
        self.admit_again(&caller, Admission { request_id, agent: Agent::Orchestrator, user })
    }

    /// What may go away by itself is waited for until the deadline; what does not ends the workflow.
    async fn not_now(&self, claimed: &Claimed, error: &Error) -> Result<()> {
        let now = self.clock.now();
        let passes = error.is_passing() || matches!(error, Error::Stopped(_) | Error::TooMany { .. });
        let attempt = u32::try_from(claimed.claim.attempt).unwrap_or(u32::MAX);
        let pause = FIRST_PAUSE + full_jitter(FIRST_PAUSE, LONGEST_PAUSE, attempt, rand::random());
        let (why, again) = (in_words(error), now + pause);
        if passes && now < claimed.deadline_at {
            let again = again.min(claimed.deadline_at);
            return self.release_workflow(&claimed.claim, Some(again), Some(&why)).await.map(drop);
        }
        self.fail_workflow(&claimed.claim, &why).await.map(drop)
    }

    fn asked_for(&self, claimed: &Claimed, request_id: &str) -> AgentRequest {
        AgentRequest {
            request_id: request_id.to_owned(),
            agent: Agent::Orchestrator,
            user: claimed.user.clone(),
            archetype: claimed.archetype,
            force_refresh: claimed.force_refresh,
            routine: claimed.wishes.routine.clone(),
            nutrition: claimed.wishes.nutrition.clone(),
            query: String::new(),
        }
    }
}

fn tell_caller(event: &mut RequestEvent, caller: &Caller, ask: &AgentRequest) {
    event.agent = Some(Agent::Orchestrator);
    event.user = Some(ask.user.clone());
    event.tenant = Some(caller.tenant.clone());
    event.key_prefix = Some(caller.key_prefix.clone());
    event.tier = Some(caller.tier);
}

/// For the record: what happened, without a value of anybody's. Why no safe plan can be made is said as the agent says it: it may be
/// that somebody should see a doctor.
pub(crate) fn in_words(error: &Error) -> String {
    match error {
        Error::Invalid(faults) => {
            let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            format!("what was asked for is not valid: {}", fields.join(", "))
        }
        Error::Stopped(shutoff) => format!("{} (shutoff of {})", error, shutoff.scope),
        Error::TooMany { limit_source, .. } => format!("{error}: {limit_source}"),
        other => other.to_string(),
    }
}

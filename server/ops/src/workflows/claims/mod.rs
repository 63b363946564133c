//! Who runs a workflow: one process at a time, told by a claim that it renews.
//!
//! The claim is taken by a conditional update and counted. Every write of a run names that count, so that what a process
//! writes that was thought dead is refused; and before a model call leaves, the claim is asked again.

pub(crate) mod store;

use agents::orchestrator::Step;
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use domain::run_limit::Run;
use jiff::{SignedDuration, Timestamp};

use super::store::{Wishes, broken};
use super::{Origin, Status};
use crate::clock::at;
use crate::error::Result;
use crate::gateway::Permit;
use crate::people::store::from_json;

/// One holding of one workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) workflow: String,
    /// The process.
    pub(crate) by: String,
    /// How often it had been claimed, this time included.
    pub(crate) attempt: i64,
}

/// A workflow that this process may run, as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) claim: Claim,
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) key_id: String,
    pub(crate) origin: Origin,
    pub(crate) archetype: Option<Archetype>,
    pub(crate) force_refresh: bool,
    pub(crate) wishes: Wishes,
    pub(crate) deadline_at: Timestamp,
    /// What it had used when it was left, in the worst case.
    pub(crate) before: Run,
}

impl crate::Ops {
    /// Takes a workflow; `None`: it has ended, or somebody holds it.
    pub(crate) async fn claim_workflow(&self, id: &str) -> Result<Option<Claimed>> {
        let (by, now) = (&self.telemetry.process, self.clock.now_ms());
        let mut tx = self.db.begin_write().await?;
        let Some(attempt) = store::claim(&mut tx, id, by, now, self.claim_until()).await? else {
            return Ok(None);
        };
        tx.commit().await?;
        self.claimed(id, attempt).await.map(Some)
    }

    /// What this process has just claimed.
    pub(super) async fn claimed(&self, id: &str, attempt: i64) -> Result<Claimed> {
        let claim = Claim { workflow: id.to_owned(), by: self.telemetry.process.clone(), attempt };
        self.workflows.changed(id);
        let row = super::store::row(&self.db, id).await?.ok_or_else(|| broken("it is gone"))?;
        let (mut calls, mut steps, mut spent) = (0, 0, MicroUsd::ZERO);
        if attempt > 1 {
            for step in super::store::steps(&self.db, id).await? {
                calls += u32::try_from(step.calls).unwrap_or(0);
                steps += u32::try_from(step.attempts).unwrap_or(0);
                spent += MicroUsd(step.cost + step.held);
            }
        }
        Ok(Claimed {
            claim,
            tenant: TenantId::parse(&row.tenant)?,
            user: UserId::parse(&row.user_id)?,
            origin: Origin::parse(&row.origin).ok_or_else(|| broken("unknown origin"))?,
            archetype: row.archetype()?,
            force_refresh: row.force_refresh != 0,
            wishes: from_json(&row.wishes)?,
            deadline_at: at(row.deadline_at),
            before: Run::resumed(calls, steps, spent),
            key_id: row.key_id,
        })
    }

    /// Until when a claim holds that is taken or renewed now, ms.
    pub(crate) fn claim_until(&self) -> i64 {
        let lease = SignedDuration::try_from(self.config.workflows.lease()).unwrap_or(SignedDuration::ZERO);
        (self.clock.now() + lease).as_millisecond()
    }

    /// Gives it back, for any process to go on with. False: it was not ours any more.
    pub(crate) async fn release_workflow(
        &self,
        claim: &Claim,
        not_before: Option<Timestamp>,
        why: Option<&str>,
    ) -> Result<bool> {
        let mut tx = self.db.begin_write().await?;
        let not_before = not_before.map(Timestamp::as_millisecond);
        let released = store::release(&mut tx, claim, not_before, why).await?;
        tx.commit().await?;
        self.workflows.changed(&claim.workflow);
        Ok(released)
    }

    /// Ends one without an answer. False: it was not ours any more.
    pub(crate) async fn fail_workflow(&self, claim: &Claim, error: &str) -> Result<bool> {
        let mut tx = self.db.begin_write().await?;
        if store::fence(&mut tx, claim).await?.is_none() {
            return Ok(false);
        }
        let end =
            store::End { status: Status::Failed, error: Some(error), degraded_reason: None, meta: None };
        store::end(&mut tx, &claim.workflow, &end, self.clock.now_ms()).await?;
        tx.commit().await?;
        self.workflows.changed(&claim.workflow);
        Ok(true)
    }

    /// A model call for `agent` is about to leave. False: the workflow that it is for is not this process's any more.
    pub(crate) async fn note_call(&self, permit: &Permit, agent: Agent, bound: MicroUsd) -> Result<bool> {
        match (permit.workflow(), Step::of(agent)) {
            (Some(claim), Some(step)) => store::note_call(&self.db, claim, step, bound).await,
            _ => Ok(true),
        }
    }
}

//! Asking for workflows, looking at them, cancelling them.

use domain::access::Tier;
use domain::agent::Agent;
use domain::id::UserId;
use jiff::SignedDuration;

use super::claims::store as claims;
use super::store::{NewRow, Wishes};
use super::{Claimed, Origin, Status, Workflow, WorkflowPage, store};
use crate::access::Caller;
use crate::answers::AgentRequest;
use crate::error::{Error, Result};
use crate::gateway::{Admission, Allowance};
use crate::people::store::hold_person;

/// Workflows of one page, at most.
const PAGE: u32 = 100;

/// A workflow that was asked for.
#[derive(Debug)]
pub struct Started {
    pub workflow: Workflow,
    /// Absent when the same one was under way already.
    pub allowances: Vec<Allowance>,
}

fn wishes_of(ask: &AgentRequest) -> Wishes {
    Wishes { routine: ask.routine.clone(), nutrition: ask.nutrition.clone() }
}

impl crate::Ops {
    /// Asks for a workflow that nobody waits for. One person has one at a time: who asks for the same again is told of the one
    /// under way.
    ///
    /// # Errors
    /// What admission refuses; `NotFound` for an unknown person; `Conflict` when one is under way that was asked for otherwise;
    /// `TooMany` when a tenant has as many under way as it may.
    pub async fn start_workflow(&self, caller: &Caller, ask: &AgentRequest) -> Result<Started> {
        self.profile(&caller.tenant, &ask.user).await?;
        // Counted before: one that comes in between is found, and its place is not held against who asks for the same.
        let open = store::open_of_tenant(&self.db, &caller.tenant).await?;
        if let Some(workflow) = self.same_under_way(caller, ask).await? {
            return Ok(Started { workflow, allowances: Vec::new() });
        }
        let most = self.config.workflows.open_per_tenant;
        if open >= i64::from(most) {
            return Err(Error::TooMany {
                retry_after_s: Some(5),
                limit_source: format!("{most} workflows of one tenant under way"),
                allowances: Vec::new(),
                reached: None,
            });
        }
        let id = self.clock.new_id();
        let admission =
            Admission { request_id: id.clone(), agent: Agent::Orchestrator, user: Some(ask.user.clone()) };
        let permit = self.admit(caller, admission)?;
        let allowances = permit.allowances();
        let stored = self.store_new(&id, caller, ask, Origin::Background).await;
        if !matches!(stored, Ok(true)) {
            permit.settle();
            stored?;
            // Another one of the same person came first in this very moment.
            let workflow = self.same_under_way(caller, ask).await?;
            let ended =
                || Error::Conflict("another workflow of this person has just ended; ask again".to_owned());
            return Ok(Started { workflow: workflow.ok_or_else(ended)?, allowances });
        }
        self.begin_in_background(&id, permit).await?;
        Ok(Started { workflow: self.workflow(caller, &id).await?, allowances })
    }

    /// The one under way, if it was asked for in the same words.
    async fn same_under_way(&self, caller: &Caller, ask: &AgentRequest) -> Result<Option<Workflow>> {
        let Some(open) = store::open_of_person(&self.db, &caller.tenant, &ask.user).await? else {
            return Ok(None);
        };
        let wishes: Wishes = crate::people::store::from_json(&open.wishes)?;
        let same_archetype = ask.archetype.is_none() || ask.archetype == open.archetype()?;
        let same =
            same_archetype && wishes == wishes_of(ask) && (open.force_refresh != 0) == ask.force_refresh;
        if !same {
            return Err(Error::Conflict(format!(
                "a workflow of this person is under way that was asked for otherwise ({}); wait for its end, or cancel it first",
                open.id
            )));
        }
        Ok(store::workflow(&self.db, &caller.tenant, &open.id).await?.map(|(workflow, _)| workflow))
    }

    async fn store_new(&self, id: &str, caller: &Caller, ask: &AgentRequest, origin: Origin) -> Result<bool> {
        let mut tx = self.db.begin_write().await?;
        let stored = self.insert_new(&mut tx, id, caller, ask, origin).await?;
        tx.commit().await?;
        Ok(stored)
    }

    async fn insert_new(
        &self,
        tx: &mut crate::db::WriteTx,
        id: &str,
        caller: &Caller,
        ask: &AgentRequest,
        origin: Origin,
    ) -> Result<bool> {
        hold_person(tx, &caller.tenant, &ask.user, None).await?;
        let now = self.clock.now();
        let deadline = match origin {
            Origin::Analyze => self.config.agents.workflow_deadline_ms,
            Origin::Background => self.config.workflows.deadline_seconds * 1_000,
        };
        let deadline = SignedDuration::from_millis(i64::try_from(deadline).unwrap_or(i64::MAX));
        let row = NewRow {
            id,
            tenant: &caller.tenant,
            user: &ask.user,
            key_id: &caller.key_id,
            key_prefix: &caller.key_prefix,
            tier: Tier::as_str(caller.tier),
            origin,
            archetype: ask.archetype,
            force_refresh: ask.force_refresh,
            wishes: &wishes_of(ask),
            request_id: &ask.request_id,
            created_at: now.as_millisecond(),
            deadline_at: (now + deadline).as_millisecond(),
        };
        store::insert(tx, &row).await
    }

    /// Stores one whose app waits for the answer, as this process's.
    pub(crate) async fn claim_new(&self, caller: &Caller, ask: &AgentRequest) -> Result<Claimed> {
        let (id, now) = (self.clock.new_id(), self.clock.now_ms());
        // In one transaction, or another process might take it up in between.
        let mut tx = self.db.begin_write().await?;
        self.insert_new(&mut tx, &id, caller, ask, Origin::Analyze).await?;
        let attempt = claims::claim(&mut tx, &id, &self.telemetry.process, now, self.claim_until()).await?;
        tx.commit().await?;
        let attempt = attempt.ok_or_else(|| Error::internal("claiming a new workflow", "it is not there"))?;
        self.claimed(&id, attempt).await
    }

    /// One workflow; with its answer when it has ended.
    ///
    /// # Errors
    /// `NotFound`, also for one of another tenant.
    pub async fn workflow(&self, caller: &Caller, id: &str) -> Result<Workflow> {
        let found = store::workflow(&self.db, &caller.tenant, id).await?;
        let (workflow, meta) = found.ok_or(Error::NotFound { what: "workflow" })?;
        self.with_answer(&caller.tenant, workflow, meta).await
    }

    /// A person's workflows, the newest first, without their answers. `before`: the id of the last one seen. `limit`: 1 to 100.
    pub async fn workflows_of(
        &self,
        caller: &Caller,
        user: &UserId,
        before: Option<&str>,
        limit: u32,
    ) -> Result<WorkflowPage> {
        self.profile(&caller.tenant, user).await?;
        let limit = limit.clamp(1, PAGE);
        let (before, more) = (before.unwrap_or_default(), i64::from(limit) + 1);
        let mut workflows = store::of_person(&self.db, &caller.tenant, user, before, more).await?;
        let follows = workflows.len() > limit as usize;
        workflows.truncate(limit as usize);
        let next = workflows.last().filter(|_| follows).map(|last| last.id.clone());
        Ok(WorkflowPage { workflows, next })
    }

    /// Ends one at once, wherever it runs: no further step begins, and what is under way is cut off. What was stored stays.
    /// Who cancels twice changes nothing.
    ///
    /// # Errors
    /// `NotFound`, also for one of another tenant; `Conflict` when it has ended by itself.
    pub async fn cancel_workflow(&self, caller: &Caller, id: &str) -> Result<Workflow> {
        let mut tx = self.db.begin_write().await?;
        if claims::lock_open(&mut tx, &caller.tenant, id).await? {
            let end = claims::End {
                status: Status::Cancelled,
                error: Some("cancelled"),
                degraded_reason: None,
                meta: None,
            };
            claims::end(&mut tx, id, &end, self.clock.now_ms()).await?;
            tx.commit().await?;
            self.workflows.gone(id, None);
            self.workflows.changed(id);
            return self.workflow(caller, id).await;
        }
        drop(tx);
        let workflow = self.workflow(caller, id).await?;
        match workflow.status {
            Status::Cancelled => Ok(workflow),
            status => Err(Error::Conflict(format!(
                "this workflow has ended already ({}); its answer is kept",
                status.as_str()
            ))),
        }
    }

    /// Ends all runs for a person, whoever waits for them.
    pub(crate) async fn cancel_workflows_of(&self, caller: &Caller, user: &UserId) -> Result<()> {
        for id in store::open_ids_of_person(&self.db, &caller.tenant, user).await? {
            match self.cancel_workflow(caller, &id).await {
                // It has ended meanwhile.
                Ok(_) | Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

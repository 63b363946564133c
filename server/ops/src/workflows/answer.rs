//! The answer of a workflow that has ended, put together from what its steps stored.

use std::collections::BTreeMap;

use agents::orchestrator::{Step, StepStatus};
use domain::agent::{AnswerMeta, Engine};
use domain::id::TenantId;
use serde_json::{Map, Value};

use super::{Workflow, store};
use crate::answers::{AgentAnswer, body};
use crate::error::Result;

/// The field of an answer's parts that a step fills; `None`: it fills none.
pub(crate) fn part_of(step: Step) -> Option<&'static str> {
    match step {
        Step::Adaptation => Some("adaptation"),
        Step::Remember => None,
        _ => Some(body::field_of(step.agent())),
    }
}

/// What apps get of what a step stored.
pub(crate) fn content(step: Step, stored: Value) -> Value {
    body::content(step.agent(), stored)
}

impl crate::Ops {
    /// Fills in the answer. What was erased since has no part in it.
    pub(super) async fn with_answer(
        &self,
        tenant: &TenantId,
        mut workflow: Workflow,
        meta: Option<AnswerMeta>,
    ) -> Result<Workflow> {
        let Some(meta) = meta else { return Ok(workflow) };
        let done = || workflow.steps.iter().filter(|step| step.status == StepStatus::Ok);
        let ids: Vec<&str> = done().filter_map(|step| step.analysis_id.as_deref()).collect();
        let bodies: BTreeMap<String, Value> =
            store::bodies(&self.db, tenant, &ids).await?.into_iter().collect();
        let mut own: BTreeMap<Step, Value> = BTreeMap::new();
        for row in store::steps(&self.db, &workflow.id).await? {
            if let Some(body) = row.body()? {
                own.insert(row.step()?, body);
            }
        }
        let mut parts = Map::new();
        for step in done() {
            let stored =
                step.analysis_id.as_ref().and_then(|id| bodies.get(id)).or_else(|| own.get(&step.step));
            if let Some((part, stored)) = part_of(step.step).zip(stored) {
                parts.insert(part.to_owned(), content(step.step, stored.clone()));
            }
        }
        let fresh = meta.engine != Engine::Memory;
        let parts = Value::Object(parts);
        let id = workflow.id.clone();
        let remembered = self.remembered_in(&ids).await?;
        let answer = AgentAnswer::whole(&workflow.user_id, fresh, parts, &id, &workflow.steps, meta);
        workflow.answer = Some(AgentAnswer { remembered, ..answer });
        Ok(workflow)
    }
}

//! What came of a request: its answer or its error, and what telemetry is told of either.

use domain::agent::{AnswerMeta, Usage};

use super::AgentAnswer;
use crate::error::Result;
use crate::gateway::Allowance;
use crate::telemetry::{RequestEvent, Step};

/// A request, whatever came of it.
#[derive(Debug)]
pub struct Asked {
    pub answer: Result<AgentAnswer>,
    pub facts: AnswerFacts,
}

/// What telemetry and the app are told, also of a request that failed.
#[derive(Clone, Debug, Default)]
pub struct AnswerFacts {
    /// In force when it was admitted; `None`: it was not.
    pub release: Option<String>,
    pub used: Usage,
    pub steps: Vec<Step>,
    /// What is left of the limits that the request passed.
    pub allowances: Vec<Allowance>,
    /// What the answer says about itself; `None`: there is none.
    pub meta: Option<AnswerMeta>,
}

impl AnswerFacts {
    pub fn tell(&self, event: &mut RequestEvent) {
        event.release.clone_from(&self.release);
        event.cost = self.used.cost;
        event.attempts = self.used.attempts;
        event.tokens = self.used.tokens;
        event.provider_us = self.used.provider_us;
        event.steps.clone_from(&self.steps);
        let Some(meta) = &self.meta else { return };
        event.archetype = Some(meta.archetype);
        event.engine = Some(meta.engine);
        event.decision = meta.decision.as_ref().map(|decision| decision.case);
        event.degraded = meta.degraded;
        event.degraded_reason.clone_from(&meta.degraded_reason);
    }
}

/// An answer, where a test expects one.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) body: AgentAnswer,
    pub(crate) steps: Vec<Step>,
}

#[cfg(test)]
impl crate::Ops {
    pub(crate) async fn answer(
        &self,
        caller: &crate::access::Caller,
        ask: &super::AgentRequest,
    ) -> Result<Answered> {
        let Asked { answer, facts } = Box::pin(self.ask_agent(caller, ask)).await;
        answer.map(|body| Answered { body, steps: facts.steps })
    }
}

//! The bodies that apps get. Field names are those of the first HolisticOS where it had them.

use agents::orchestrator::StepRecord;
use domain::agent::{Agent, AnswerMeta, Engine};
use domain::archetype::Archetype;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Outcome, Run};
use crate::memory::Remembered;

/// An agent's answer. Beside these fields it has one of its own: `behavior_analysis`, `circadian_analysis`,
/// `routine_plan`, `nutrition_plan`, `insights`, `memory`, or `analysis` and `workflow`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgentAnswer {
    /// Always `success`; a failure is a problem document.
    pub status: &'static str,
    pub user_id: String,
    pub archetype: Archetype,
    pub analysis_type: AnalysisType,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub content: Map<String, Value>,
    /// Memories that it went by, at most twenty, then others that were recalled for it, up to five in all.
    pub remembered: Vec<Remembered>,
    pub meta: AnswerMeta,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnalysisType {
    Fresh,
    Memory,
}

impl AgentAnswer {
    pub(super) fn single(run: &Run<'_>, outcome: Outcome, meta: AnswerMeta) -> Self {
        let agent = run.ask.agent;
        let mut fields = Map::new();
        if let Some(why) = outcome.body.get("none_because").filter(|_| agent == Agent::Insights) {
            fields.insert("none_because".to_owned(), why.clone());
        }
        fields.insert(field_of(agent).to_owned(), content(agent, outcome.body));
        let fresh = outcome.engine != Engine::Memory;
        Self { remembered: outcome.remembered, ..Self::new(run.ask.user.to_string(), fresh, fields, meta) }
    }

    /// `id`: of the workflow.
    pub(crate) fn whole(
        user: &str,
        fresh: bool,
        parts: Value,
        id: &str,
        steps: &[StepRecord],
        meta: AnswerMeta,
    ) -> Self {
        let mut fields = Map::new();
        fields.insert("analysis".to_owned(), parts);
        fields.insert("workflow".to_owned(), json!({ "id": id, "steps": steps }));
        Self::new(user.to_owned(), fresh, fields, meta)
    }

    fn new(user_id: String, fresh: bool, content: Map<String, Value>, meta: AnswerMeta) -> Self {
        Self {
            status: "success",
            user_id,
            archetype: meta.archetype,
            analysis_type: if fresh { AnalysisType::Fresh } else { AnalysisType::Memory },
            content,
            remembered: Vec::new(),
            meta,
        }
    }
}

/// The field that carries an agent's own result.
pub fn field_of(agent: Agent) -> &'static str {
    match agent {
        Agent::Orchestrator => "analysis",
        Agent::Behavior => "behavior_analysis",
        Agent::Circadian => "circadian_analysis",
        Agent::Memory => "memory",
        Agent::Routine => "routine_plan",
        Agent::Nutrition => "nutrition_plan",
        Agent::Insights => "insights",
        // Not answered by an agent; never asked for here.
        Agent::Chat => "choices",
    }
}

/// Apps get the insights themselves; what was considered and left out stays in the store.
pub(crate) fn content(agent: Agent, body: Value) -> Value {
    match (agent, body) {
        (Agent::Insights, Value::Object(mut run)) => run.remove("insights").unwrap_or(json!([])),
        (_, body) => body,
    }
}

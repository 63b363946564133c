//! What an agent has written, by planner or model, in its own type: judged by its own validator, stored with what follows.

use agents::behavior::BehaviorAnalysis;
use agents::circadian::CircadianAnalysis;
use agents::evidence::Evidence;
use agents::insights::{Insight, InsightRun, KnownInsight};
use agents::memory::{self, Memory, MemoryUsed};
use agents::nutrition::NutritionPlan;
use agents::routine::RoutinePlan;
use agents::violation::Violation;
use agents::{behavior, circadian, insights, nutrition, routine};
use domain::agent::Agent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Run;
use crate::error::{Error, Result};

/// One agent's answer and what judging it needs.
pub(super) enum Draft {
    Behavior(BehaviorAnalysis),
    Circadian(CircadianAnalysis),
    Routine(RoutinePlan, Box<routine::Context>),
    Nutrition(NutritionPlan),
    Insights(InsightRun),
}

impl Draft {
    /// The planner's answer.
    ///
    /// # Errors
    /// `Unmet` when no safe plan can be made of what was asked.
    pub(super) fn plan(
        run: &Run<'_>,
        agent: Agent,
        evidence: &Evidence,
        known: &[KnownInsight],
    ) -> Result<Self> {
        Ok(match agent {
            Agent::Behavior => Self::Behavior(behavior::analyse(evidence)),
            Agent::Circadian => Self::Circadian(circadian::analyse(evidence)),
            Agent::Routine => {
                let behavior = behavior::analyse(evidence);
                let context = routine::Context::new(&behavior, &circadian::analyse(evidence));
                Self::Routine(routine::plan(evidence, &context, &run.ask.routine), Box::new(context))
            }
            Agent::Nutrition => {
                let plan = nutrition::plan(evidence, &run.ask.nutrition);
                Self::Nutrition(plan.map_err(|refusal| Error::Unmet(refusal.to_string()))?)
            }
            Agent::Insights => {
                let mut found = insights::extract(evidence, &behavior::analyse(evidence), known);
                // The same words to two people, or again when they have expired, are two insights.
                for insight in &mut found.insights {
                    insight.id = own_id(run, evidence, &insight.meaning);
                }
                Self::Insights(found)
            }
            Agent::Orchestrator | Agent::Memory | Agent::Chat => {
                return Err(Error::internal("planning", "not an agent that plans"));
            }
        })
    }

    /// Another answer of the same agent; `None` when it has not its shape.
    pub(super) fn rewritten(&self, body: Value) -> Option<Self> {
        fn read<T: DeserializeOwned>(body: Value) -> Option<T> {
            serde_json::from_value(body).ok()
        }
        Some(match self {
            Self::Behavior(_) => Self::Behavior(read(body)?),
            Self::Circadian(_) => Self::Circadian(read(body)?),
            Self::Routine(_, context) => Self::Routine(read(body)?, context.clone()),
            Self::Nutrition(_) => Self::Nutrition(read(body)?),
            Self::Insights(_) => Self::Insights(read(body)?),
        })
    }

    pub(super) fn violations(&self, run: &Run<'_>, evidence: &Evidence) -> Vec<Violation> {
        match self {
            Self::Behavior(analysis) => behavior::validate(analysis, evidence),
            Self::Circadian(day) => circadian::validate(day, evidence),
            Self::Routine(plan, context) => routine::validate(plan, evidence, context, &run.ask.routine),
            Self::Nutrition(plan) => nutrition::validate(plan, evidence, &run.ask.nutrition),
            Self::Insights(found) => insights::validate(found, evidence),
        }
    }

    pub(super) fn body(&self) -> Result<Value> {
        fn write(value: &impl Serialize) -> Result<Value> {
            serde_json::to_value(value).map_err(|error| Error::internal("writing an answer", error))
        }
        match self {
            Self::Behavior(analysis) => write(analysis),
            Self::Circadian(day) => write(day),
            Self::Routine(plan, _) => write(plan),
            Self::Nutrition(plan) => write(plan),
            Self::Insights(found) => write(found),
        }
    }

    /// What is remembered of it. `analysis` is the id it is stored by.
    pub(super) fn memories(&self, run: &Run<'_>, analysis: &str, evidence: &Evidence) -> Vec<Memory> {
        let (agent, mut learned) = match self {
            Self::Behavior(found) => {
                (Agent::Behavior, memory::from_behavior(found, analysis, evidence, run.now))
            }
            Self::Circadian(day) => {
                (Agent::Circadian, memory::from_circadian(day, analysis, evidence, run.now))
            }
            Self::Routine(..) => (Agent::Routine, vec![memory::from_plan(Agent::Routine, analysis, run.now)]),
            Self::Nutrition(_) => {
                (Agent::Nutrition, vec![memory::from_plan(Agent::Nutrition, analysis, run.now)])
            }
            Self::Insights(found) => {
                let event = memory::from_insights(found.insights.len(), analysis, run.now);
                (Agent::Insights, event.into_iter().collect())
            }
        };
        learned.push(memory::asked(agent, run.archetype, analysis, run.now));
        learned
    }

    /// Memories that it went by.
    pub(super) fn used(&self) -> &[MemoryUsed] {
        match self {
            Self::Behavior(analysis) => &analysis.memories,
            Self::Circadian(day) => &day.memories,
            Self::Routine(plan, _) => &plan.memories,
            Self::Nutrition(plan) => &plan.memories,
            Self::Insights(_) => &[],
        }
    }

    pub(super) fn insights(&self) -> &[Insight] {
        match self {
            Self::Insights(found) => &found.insights,
            _ => &[],
        }
    }
}

/// Of a person, a meaning and a day: two processes that say the same at once say it once.
fn own_id(run: &Run<'_>, evidence: &Evidence, meaning: &str) -> String {
    let owner = format!("{}/{}/{}/{meaning}", run.tenant(), run.user(), evidence.today);
    hex::encode(&Sha256::digest(owner.as_bytes())[..12])
}

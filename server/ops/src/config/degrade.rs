//! `[degrade]` and `[run_limits]`: what agents give up before a cap stops them, and what one run may use.

use domain::agent::Agent;
use domain::degrade::{AGENTS, Policy};
use domain::field_error::FieldError;
use domain::money::MicroUsd;
use domain::run_limit::RunLimits as Limits;
use serde::Deserialize;

/// Steps as text, see [`domain::degrade::Step`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Degrade {
    /// Of every agent of ours without steps of its own, where there are two models or more.
    pub steps: Vec<String>,
    /// Likewise, where there is one.
    pub single_model_steps: Vec<String>,
    pub behavior: Vec<String>,
    pub routine: Vec<String>,
    pub nutrition: Vec<String>,
    pub insights: Vec<String>,
    /// Of apps' chats: throttles only.
    pub chat: Vec<String>,
}

impl Degrade {
    /// The setting that an agent's default is from, and its steps.
    fn given(&self, agent: Agent, models: usize) -> (&'static str, &[String]) {
        let own = match agent {
            Agent::Behavior => ("degrade.behavior", self.behavior.as_slice()),
            Agent::Routine => ("degrade.routine", self.routine.as_slice()),
            Agent::Nutrition => ("degrade.nutrition", self.nutrition.as_slice()),
            Agent::Insights => ("degrade.insights", self.insights.as_slice()),
            _ => return ("degrade.chat", &self.chat),
        };
        match () {
            () if !own.1.is_empty() => own,
            () if models > 1 => ("degrade.steps", &self.steps),
            () => ("degrade.single_model_steps", &self.single_model_steps),
        }
    }

    /// # Errors
    /// What is wrong with its steps.
    pub(crate) fn policy(&self, agent: Agent, models: usize) -> Result<Policy, FieldError> {
        Policy::parse(agent, self.given(agent, models).1.iter().map(String::as_str))
    }

    /// What is wrong: a setting, and what it must be. Lists that nobody uses now are read too.
    pub(super) fn faults(&self, models: &[&str]) -> Vec<(&'static str, String)> {
        let mut faults: Vec<(&'static str, String)> = Vec::new();
        let all = AGENTS.into_iter().flat_map(|agent| [1, 2].map(|models| (agent, models)));
        for (agent, count) in all {
            let (key, _) = self.given(agent, count);
            let fault = match self.policy(agent, count) {
                Err(fault) if fault.field == "steps" => fault.detail,
                Err(fault) => format!("({}) {}", fault.field, fault.detail),
                Ok(policy) => {
                    let unknown = policy.named_models().find(|name| !models.contains(name));
                    let Some(name) = unknown else { continue };
                    format!("names the model {name:?}, but must name one of [model] and [[fallback_models]]")
                }
            };
            if !faults.contains(&(key, fault.clone())) {
                faults.push((key, fault));
            }
        }
        faults
    }
}

/// What one run may use, by the agent that is asked; 0: no such limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunLimits {
    pub orchestrator: RunLimit,
    pub behavior: RunLimit,
    pub circadian: RunLimit,
    pub memory: RunLimit,
    pub routine: RunLimit,
    pub nutrition: RunLimit,
    pub insights: RunLimit,
    pub chat: RunLimit,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunLimit {
    /// Of models, attempts and repairs included.
    pub calls: u32,
    /// Parts of a workflow and uses of tools.
    pub steps: u32,
    pub usd: f64,
}

impl RunLimits {
    fn given(&self, agent: Agent) -> &RunLimit {
        match agent {
            Agent::Orchestrator => &self.orchestrator,
            Agent::Behavior => &self.behavior,
            Agent::Circadian => &self.circadian,
            Agent::Memory => &self.memory,
            Agent::Routine => &self.routine,
            Agent::Nutrition => &self.nutrition,
            Agent::Insights => &self.insights,
            Agent::Chat => &self.chat,
        }
    }

    pub fn of(&self, agent: Agent) -> Limits {
        let RunLimit { calls, steps, usd } = *self.given(agent);
        // A limit so small that it would be rounded to 0 is still a limit.
        let cost = if usd > 0.0 { MicroUsd::from_usd(usd).max(MicroUsd(1)) } else { MicroUsd::ZERO };
        Limits { calls, steps, cost }
    }

    /// Amounts with their keys.
    pub(super) fn amounts(&self) -> impl Iterator<Item = (String, f64)> + '_ {
        Agent::BOOKED.into_iter().map(|agent| (format!("run_limits.{agent}.usd"), self.given(agent).usd))
    }
}

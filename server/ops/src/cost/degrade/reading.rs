//! What people read of the policies: each agent's steps, where they are from, which are in force, and what was changed when.

use std::collections::BTreeMap;

use domain::agent::Agent;
use domain::degrade::{AGENTS, Policy};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ActiveStep, InForce, change};
use crate::Ops;
use crate::clock::at;
use crate::cost::CapSource;
use crate::error::{Error, Result};
use crate::settings::HISTORY;
use crate::settings::store::{SetRow, history};

/// What one agent gives up while sums fill.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DegradePolicy {
    pub agent: Agent,
    /// For people: `Routine`.
    pub title: &'static str,
    /// `80% any cheaper-model`, the earliest first.
    pub steps: Vec<String>,
    /// Likewise, for people.
    pub words: Vec<String>,
    /// `default`: the configuration's, `set`: somebody's.
    pub source: CapSource,
    /// What the configuration says.
    pub default_steps: Vec<String>,
    /// Keeps a model until the ceiling.
    pub essential: bool,
    /// In force because of a sum of the service.
    pub active: Vec<ActiveStep>,
    /// Who set it, when and why; absent for defaults.
    pub set_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub set_at: Option<Timestamp>,
    pub reason: Option<String>,
}

/// One change of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DegradeChange {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub agent: String,
    pub before: Vec<String>,
    /// Absent: back to what the configuration says.
    pub steps: Option<Vec<String>>,
    pub by: String,
    pub reason: String,
}

impl Ops {
    /// Every agent that asks models, and apps' chats.
    pub async fn degrade_policies(&self) -> Result<Vec<DegradePolicy>> {
        let policies = InForce::clone(&self.gateway.policies.get());
        let rows = self.policies_set().await?.into_iter().map(|row| (row.subject.clone(), row));
        let rows: BTreeMap<String, SetRow> = rows.collect();
        let active = self.degrade_steps_now().await?;
        let told = AGENTS.into_iter().map(|agent| {
            let policy = policies.of(agent).cloned().unwrap_or_default();
            let set = rows.get(agent.as_str()).filter(|_| policies.set.contains_key(&agent));
            DegradePolicy {
                agent,
                title: agent.title(),
                words: policy.steps().iter().map(domain::degrade::Step::words).collect(),
                steps: texts(&policy),
                source: if set.is_some() { CapSource::Set } else { CapSource::Default },
                default_steps: policies.defaults.get(&agent).map(texts).unwrap_or_default(),
                essential: self.gateway.today.essential.is(agent),
                active: active.iter().filter(|step| step.agent == agent).cloned().collect(),
                set_by: set.map(|row| row.made_by.clone()),
                set_at: set.map(|row| at(row.at)),
                reason: set.map(|row| row.reason.clone()),
            }
        });
        Ok(told.collect())
    }

    /// # Errors
    /// `Invalid` names `agent`: it asks no model.
    pub async fn degrade_policy(&self, agent: Agent) -> Result<DegradePolicy> {
        let all = self.degrade_policies().await?;
        let of = all.into_iter().find(|policy| policy.agent == agent);
        of.ok_or_else(|| Error::invalid("agent", "asks no model"))
    }

    /// The last 200 changes of an agent's policy, newest first.
    pub async fn degrade_history(&self, agent: Agent) -> Result<Vec<DegradeChange>> {
        let rows = history(self.db.read(), change::KIND.name, agent.as_str(), HISTORY).await?;
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        let told = rows.into_iter().map(|row| DegradeChange {
            before: row.before.as_deref().map(lines).unwrap_or_default(),
            steps: row.value.as_deref().map(lines),
            id: row.id,
            at: at(row.at),
            agent: row.subject,
            by: row.made_by,
            reason: row.reason,
        });
        Ok(told.collect())
    }
}

fn texts(policy: &Policy) -> Vec<String> {
    policy.steps().iter().map(ToString::to_string).collect()
}

//! The degrade policies in force: configuration gives the defaults, people set others in their place, agent by agent, and
//! admission reads them in memory.
//!
//! A change raises the switch's epoch in its transaction, as a cap's does: in force for the next call here, and by the poll
//! of the switches a quarter of a second later everywhere.

mod change;
mod periods;
mod preview;
mod reading;
mod store;

#[cfg(test)]
mod tests;

pub use periods::{ActiveStep, DegradePeriod};
pub use preview::{DegradePreview, GivenUp};
pub use reading::{DegradeChange, DegradePolicy};

use std::collections::BTreeMap;

use domain::agent::Agent;
use domain::degrade::{AGENTS, Policy};
use domain::field_error::FieldError;

use crate::Ops;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::store::epoch;
use crate::gateway::switch;
use crate::settings::store::{SetRow, set};

/// What admission reads.
#[derive(Clone)]
pub(crate) struct InForce {
    pub(crate) defaults: BTreeMap<Agent, Policy>,
    pub(crate) set: BTreeMap<Agent, Policy>,
}

impl InForce {
    /// Before the store was read.
    ///
    /// # Errors
    /// `Config`: a step that cannot be.
    pub(crate) fn defaults(config: &Config) -> Result<Self> {
        let models = config.model_names().len();
        let policy = |agent| {
            let policy = config.degrade.policy(agent, models);
            Ok((agent, policy.map_err(|fault| config.fault("degrade", fault))?))
        };
        Ok(Self { defaults: AGENTS.into_iter().map(policy).collect::<Result<_>>()?, set: BTreeMap::new() })
    }

    /// `None`: not an agent that asks models.
    pub(crate) fn of(&self, agent: Agent) -> Option<&Policy> {
        self.set.get(&agent).or_else(|| self.defaults.get(&agent))
    }

    /// The oldest words that any of them lets stand in, minutes.
    fn oldest_words(&self) -> u32 {
        AGENTS.into_iter().filter_map(|agent| self.of(agent)).map(Policy::oldest_words).max().unwrap_or(0)
    }
}

/// A stored policy is ours: one that cannot be read must not be taken for none.
fn read(agent: &str, steps: &str) -> Result<(Agent, Policy)> {
    let fault = |fault: FieldError| Error::internal("reading a degrade policy", fault);
    let agent = named(agent).map_err(fault)?;
    Ok((agent, Policy::parse(agent, steps.lines()).map_err(fault)?))
}

/// An agent that can have a policy.
fn named(agent: &str) -> std::result::Result<Agent, FieldError> {
    let known = Agent::parse(agent).filter(|agent| AGENTS.contains(agent));
    known.ok_or_else(|| FieldError::new("agent", "must be behavior, routine, nutrition, insights or chat"))
}

impl Ops {
    /// The agent of this name, when it can have a policy.
    ///
    /// # Errors
    /// `Invalid` names `agent`.
    pub fn degrade_agent(&self, name: &str) -> Result<Agent> {
        Ok(named(name)?)
    }

    /// Reads from the store what people set.
    pub async fn load_degrade_policies(&self) -> Result<()> {
        let epoch = epoch(self.db.read(), switch::DEGRADE).await?;
        if self.put_policies(epoch, self.assemble(&self.policies_set().await?)?) {
            self.events.publish(Topic::Caps, None);
        }
        Ok(())
    }

    /// What people set.
    async fn policies_set(&self) -> Result<Vec<SetRow>> {
        set(self.db.read(), change::KIND.name).await
    }

    fn assemble(&self, rows: &[SetRow]) -> Result<InForce> {
        let set = rows.iter().filter_map(|row| Some(read(&row.subject, row.value.as_deref()?)));
        let set = set.collect::<Result<_>>()?;
        Ok(InForce { defaults: self.gateway.policies.get().defaults.clone(), set })
    }

    /// False: something newer is in force already.
    fn put_policies(&self, epoch: i64, policies: InForce) -> bool {
        let oldest = policies.oldest_words();
        let newer = self.gateway.policies.set(epoch, policies);
        if newer {
            self.words.keep_for(oldest);
        }
        newer
    }
}

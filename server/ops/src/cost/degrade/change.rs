//! Changing a policy, as every setting is changed: one that gives up less lets more be spent.

use std::sync::Arc;

use domain::agent::Agent;
use domain::degrade::Policy;
use domain::degrade::decide::is_weaker;

use super::InForce;
use crate::Ops;
use crate::access::Actor;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::switch;
use crate::settings::store::set;
use crate::settings::{Judgement, Kind, Setting};

pub(super) const KIND: Kind = Kind {
    name: "degrade",
    words: "degrade policy",
    switch: switch::DEGRADE,
    because: "it lets more be spent: the console's page Degrade",
    without_password: "is needed for a policy that gives up less than the one before",
    loosening: "a weaker policy",
};

impl Ops {
    /// Sets an agent's policy in place of the configuration's, in force for the next call: one step a line. `reason` 3–500
    /// characters; `password` of the person, only where it allows anything that the one before did not.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`], for a weaker one without [`Action::RestoreSpending`] or by a key; `Invalid`
    /// names `steps`, `reason` or `password`; `Conflict` when it is so already.
    ///
    /// [`Action::CutCost`]: domain::access::Action::CutCost
    /// [`Action::RestoreSpending`]: domain::access::Action::RestoreSpending
    pub async fn set_degrade_policy(
        &self,
        actor: &Actor,
        agent: Agent,
        steps: &str,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        let policy = self.parse_policy(agent, steps)?;
        self.change_setting(actor, &Asked { agent, to: Some(policy) }, reason, password).await
    }

    /// Back to what the configuration says.
    ///
    /// # Errors
    /// As [`Ops::set_degrade_policy`]; `Conflict` when nobody set it.
    pub async fn reset_degrade_policy(
        &self,
        actor: &Actor,
        agent: Agent,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        self.change_setting(actor, &Asked { agent, to: None }, reason, password).await
    }

    /// Steps as somebody wrote them; a model they name must be there.
    pub(super) fn parse_policy(&self, agent: Agent, steps: &str) -> Result<Policy> {
        let policy = Policy::parse(agent, steps.lines())?;
        let known = self.config.model_names();
        if policy.named_models().all(|name| known.contains(&name)) {
            return Ok(policy);
        }
        Err(if known.is_empty() {
            Error::invalid("steps", "must name no model: none is configured")
        } else {
            Error::invalid("steps", format!("must name one of {}", known.join(", ")))
        })
    }
}

struct Asked {
    agent: Agent,
    to: Option<Policy>,
}

impl Setting for Asked {
    type InForce = InForce;

    const KIND: &'static Kind = &KIND;

    fn subject(&self) -> String {
        self.agent.to_string()
    }

    fn words(&self) -> String {
        self.agent.to_string()
    }

    fn judge(&self, ops: &Ops, policies: &InForce) -> Result<Judgement> {
        let agent = self.agent;
        let unknown = || Error::invalid("agent", "asks no model");
        let before = policies.of(agent).ok_or_else(unknown)?;
        let after = match &self.to {
            Some(policy) if policy == before => {
                return Err(Error::Conflict(format!("{agent} has these steps already")));
            }
            Some(policy) => policy,
            None if policies.set.contains_key(&agent) => policies.defaults.get(&agent).ok_or_else(unknown)?,
            None => {
                let why = format!(
                    "the steps of {agent} were not set by anybody: those of the configuration are in force"
                );
                return Err(Error::Conflict(why));
            }
        };
        let essential = ops.gateway.today.essential.is(agent);
        let loosens = is_weaker(after, before, essential, &ops.gateway.models.priced());
        let back = if self.to.is_none() { ", the configuration's" } else { "" };
        Ok(Judgement {
            loosens,
            value: self.to.as_ref().map(Policy::to_string),
            before: Some(before.to_string()),
            moved: format!("{} to {}{back}", on_a_line(before), on_a_line(after)),
            verb: if loosens { "weaker" } else { "stricter" },
        })
    }

    fn known(&self, ops: &Ops) -> Arc<InForce> {
        Arc::clone(&ops.gateway.policies.get())
    }

    async fn stored(&self, ops: &Ops, tx: &mut WriteTx) -> Result<InForce> {
        ops.assemble(&set(&mut **tx, KIND.name).await?)
    }

    fn put(&self, ops: &Ops, epoch: i64, policies: InForce) {
        ops.put_policies(epoch, policies);
        ops.events.publish(Topic::Caps, Some(self.subject()));
    }
}

/// `80% any cheaper-model, 100% any planner`.
pub(super) fn on_a_line(policy: &Policy) -> String {
    let steps: Vec<String> = policy.steps().iter().map(ToString::to_string).collect();
    if steps.is_empty() { "no steps".to_owned() } else { steps.join(", ") }
}

//! Changing a policy: giving up more is open to whoever may cut cost, giving up less asks an operator for their password again.

use domain::access::Action;
use domain::agent::Agent;
use domain::degrade::Policy;
use domain::degrade::decide::is_weaker;

use super::InForce;
use super::store::{self, ChangeRow};
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::gateway::store::raise_epoch;
use crate::gateway::switch;

impl Ops {
    /// Sets an agent's policy in place of the configuration's, in force for the next call: one step a line. `reason` 3–500
    /// characters; `password` of the person, only where it allows anything that the one before did not.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`], for a weaker one without [`Action::RestoreSpending`] or by a key; `Invalid`
    /// names `steps`, `reason` or `password`; `Conflict` when it is so already.
    pub async fn set_degrade_policy(
        &self,
        actor: &Actor,
        agent: Agent,
        steps: &str,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        let policy = self.parse_policy(agent, steps)?;
        self.change_policy(actor, agent, Some(policy), reason, password).await
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
        self.change_policy(actor, agent, None, reason, password).await
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

    async fn change_policy(
        &self,
        actor: &Actor,
        agent: Agent,
        to: Option<Policy>,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        actor.require(Action::CutCost)?;
        let reason = domain::reason::parse("reason", reason)?;
        let known = InForce::clone(&self.gateway.policies.get());
        let weaker = self.change_of(&known, agent, to.as_ref())?.weaker;
        if weaker {
            self.confirm_weaker(actor, agent, password).await?;
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::DEGRADE).await?;
        let stored = self.assemble(&store::set(&mut *tx).await?)?;
        let change = self.change_of(&stored, agent, to.as_ref())?;
        if change.weaker && !weaker {
            let why = "somebody made this policy stricter a moment ago: look at it again";
            return Err(Error::Conflict(why.to_owned()));
        }
        self.write_policy_change(&mut tx, actor, agent, to.as_ref(), &change, &reason).await?;
        self.put_policies_in_force(tx, epoch, agent).await
    }

    fn change_of(&self, policies: &InForce, agent: Agent, to: Option<&Policy>) -> Result<Change> {
        let unknown = || Error::invalid("agent", "asks no model");
        let before = policies.of(agent).ok_or_else(unknown)?.clone();
        let after = match to {
            Some(policy) if *policy == before => {
                return Err(Error::Conflict(format!("{agent} has these steps already")));
            }
            Some(policy) => policy.clone(),
            None if policies.set.contains_key(&agent) => {
                policies.defaults.get(&agent).ok_or_else(unknown)?.clone()
            }
            None => {
                let why = format!(
                    "the steps of {agent} were not set by anybody: those of the configuration are in force"
                );
                return Err(Error::Conflict(why));
            }
        };
        let weaker = is_weaker(&after, &before, &self.gateway.models.priced());
        Ok(Change { before, after, weaker })
    }

    /// Writes it down wherever people look: row, audit log, open incidents.
    async fn write_policy_change(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        agent: Agent,
        to: Option<&Policy>,
        change: &Change,
        reason: &str,
    ) -> Result<()> {
        let by = actor.label();
        let row = ChangeRow {
            id: self.clock.new_id(),
            agent: agent.to_string(),
            steps: to.map(Policy::to_string),
            before_steps: change.before.to_string(),
            at: self.clock.now_ms(),
            made_by: by.clone(),
            reason: reason.to_owned(),
        };
        store::insert(tx, &row).await?;
        let back = if to.is_none() { ", the configuration's" } else { "" };
        let moved = format!("{} to {}{back}", on_a_line(&change.before), on_a_line(&change.after));
        let action = if to.is_some() { "degrade.set" } else { "degrade.reset" };
        let entry = Entry { actor, action, subject: agent.as_str(), detail: &format!("{moved}: {reason}") };
        audit::append(tx, &self.clock, &entry).await?;
        let verb = if change.weaker { "weaker" } else { "stricter" };
        let note = format!("degrade policy of {agent} {verb}: {moved}: {reason}");
        crate::incidents::note_on_open(tx, self, &note, &by).await
    }

    /// A refusal is written down.
    async fn confirm_weaker(&self, actor: &Actor, agent: Agent, password: &str) -> Result<()> {
        let refused = match actor {
            Actor::Person { email, .. } => match actor.require(Action::RestoreSpending) {
                Ok(()) if password.is_empty() => Error::invalid(
                    "password",
                    "is needed for a policy that gives up less than the one before",
                ),
                // A wrong one is audited as a failed sign-in.
                Ok(()) => return self.confirm_password(email, password).await,
                Err(refused) => refused,
            },
            _ => Error::Forbidden {
                needs:
                    "a person with a fresh sign-in, because it lets more be spent: the console's page Degrade"
                        .to_owned(),
            },
        };
        let detail = format!("{agent}: a weaker policy was refused");
        self.audit_alone(actor, "degrade.refused", agent.as_str(), &detail).await?;
        Err(refused)
    }
}

/// What a change does to the policies known.
struct Change {
    before: Policy,
    after: Policy,
    /// It allows something, at whatever share of whatever sum, that was not.
    weaker: bool,
}

/// `80% any cheaper-model, 100% any planner`.
pub(super) fn on_a_line(policy: &Policy) -> String {
    let steps: Vec<String> = policy.steps().iter().map(ToString::to_string).collect();
    if steps.is_empty() { "no steps".to_owned() } else { steps.join(", ") }
}

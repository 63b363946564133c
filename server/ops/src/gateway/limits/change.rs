//! Changing a limit: lowering is open to whoever may cut cost, letting more through asks an operator for their password again.

use domain::access::Action;
use domain::limit::book::Book;
use domain::limit::{Quota, Rule};

use super::in_force::InForce;
use super::store::{self, ChangeRow};
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::store::raise_epoch;
use crate::gateway::switch;

/// Set by people; admission's memory and the page stay small.
const MOST_SET: usize = 500;

impl Ops {
    /// Sets a quota in place of the default, or adds a rule: in force for the next request, and no use is reset.
    /// [`Quota::NoLimit`] lifts the limit, also a wider rule's for those the rule is of. `reason` 3–500 characters; `password` of the
    /// person, only to let more through.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`], to let more through without [`Action::RestoreSpending`] or by a key; `Invalid` names
    /// `reason` or `password`; `Conflict` when it is so already, or when 500 rules are set.
    pub async fn set_limit(
        &self,
        actor: &Actor,
        rule: &Rule,
        quota: Quota,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        self.change_limit(actor, rule, Some(quota), reason, password).await
    }

    /// Back to the default; a rule without one is gone, and a wider one holds.
    ///
    /// # Errors
    /// As [`Ops::set_limit`]; `Conflict` when nobody set it.
    pub async fn reset_limit(&self, actor: &Actor, rule: &Rule, reason: &str, password: &str) -> Result<()> {
        self.change_limit(actor, rule, None, reason, password).await
    }

    async fn change_limit(
        &self,
        actor: &Actor,
        rule: &Rule,
        to: Option<Quota>,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        actor.require(Action::CutCost)?;
        let reason = domain::reason::parse("reason", reason)?;
        let known = self.gateway.limits.in_force.get().book.clone();
        let loosens = judged(&known, rule, to)?;
        if loosens {
            self.confirm_loosening(actor, rule, password).await?;
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::LIMITS).await?;
        let book = self.limits_in(&mut tx).await?.book;
        if judged(&book, rule, to)? && !loosens {
            let why = "somebody changed the limits a moment ago: look at them again";
            return Err(Error::Conflict(why.to_owned()));
        }
        self.write_limit_change(&mut tx, actor, &book, rule, to, &reason).await?;
        let in_force: InForce = self.limits_in(&mut tx).await?;
        tx.commit().await?;
        self.gateway.limits.in_force.set(epoch, in_force);
        self.events.publish(Topic::Limits, Some(rule.to_string()));
        Ok(())
    }

    /// Writes it down wherever people look: row, audit log, open incidents.
    async fn write_limit_change(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        book: &Book,
        rule: &Rule,
        to: Option<Quota>,
        reason: &str,
    ) -> Result<()> {
        let (by, before) = (actor.label(), book.given(rule));
        let row = ChangeRow {
            id: self.clock.new_id(),
            rule: rule.to_string(),
            quota: to.map(|quota| i64::from(quota.number())),
            before_quota: before.map(|quota| i64::from(quota.number())),
            at: self.clock.now_ms(),
            made_by: by.clone(),
            reason: reason.to_owned(),
        };
        store::insert(tx, &row).await?;
        let words =
            |quota: Option<Quota>| quota.map_or_else(|| "no rule".to_owned(), |quota| quota.to_string());
        let after = to.or_else(|| book.defaults.get(rule).copied());
        let back = if to.is_none() && after.is_some() { ", the default" } else { "" };
        let moved = format!("{} to {}{back}", words(before), words(after));
        let detail = format!("{}: {moved}: {reason}", rule.words());
        let action = if to.is_some() { "limit.set" } else { "limit.reset" };
        audit::append(tx, &self.clock, &Entry { actor, action, subject: &row.rule, detail: &detail }).await?;
        let verb = match (before, after) {
            (Some(before), Some(after)) if after > before => "raised",
            (Some(before), Some(after)) if after < before => "lowered",
            (None, Some(_)) => "added",
            (_, None) => "removed",
            _ => "set",
        };
        // The timeline of an incident is for everybody: it names no person.
        let note = format!("limit {verb}: {}, {moved}: {reason}", told(rule));
        crate::incidents::note_on_open(tx, self, &note, &by).await
    }

    /// Letting more through asks for more than lowering, and a refusal is written down.
    async fn confirm_loosening(&self, actor: &Actor, rule: &Rule, password: &str) -> Result<()> {
        let refused = match actor {
            Actor::Person { email, .. } => match actor.require(Action::RestoreSpending) {
                Ok(()) if password.is_empty() => {
                    Error::invalid("password", "is needed to raise or take away a limit")
                }
                // A wrong one is audited as a failed sign-in.
                Ok(()) => return self.confirm_password(email, password).await,
                Err(refused) => refused,
            },
            _ => Error::Forbidden {
                needs:
                    "a person with a fresh sign-in, because it lets more through: the console's page Limits"
                        .to_owned(),
            },
        };
        let detail = format!("{}: raising it was refused", rule.words());
        self.audit_alone(actor, "limit.refused", &rule.to_string(), &detail).await?;
        Err(refused)
    }
}

/// Whether the change may let more through; a change that changes nothing is refused.
fn judged(book: &Book, rule: &Rule, to: Option<Quota>) -> Result<bool> {
    let conflict = |why: String| Err(Error::Conflict(why));
    match to {
        Some(quota) if book.given(rule) == Some(quota) => {
            return conflict(format!("{} has the quota {quota} already", rule.words()));
        }
        Some(_) if book.set.len() >= MOST_SET && !book.set.contains_key(rule) => {
            return conflict(format!("{MOST_SET} rules are set already: remove one first"));
        }
        None if !book.set.contains_key(rule) => {
            return conflict(format!("{} was not set by anybody", rule.words()));
        }
        _ => {}
    }
    Ok(book.loosened_by(rule, to))
}

/// In words that name no person.
pub(super) fn told(rule: &Rule) -> String {
    if rule.is_of_a_person() { rule.nameless() } else { rule.words() }
}

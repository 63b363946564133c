//! Changing a limit, as every setting is changed: a higher quota lets more through.

use std::sync::Arc;

use domain::limit::{Quota, Rule};

use super::in_force::InForce;
use crate::Ops;
use crate::access::Actor;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::switch;
use crate::settings::{Judgement, Kind, Setting};

pub(super) const KIND: Kind = Kind {
    name: "limit",
    words: "limit",
    switch: switch::LIMITS,
    because: "it lets more through: the console's page Limits",
    without_password: "is needed to raise or take away a limit",
    loosening: "raising it",
};

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
    ///
    /// [`Action::CutCost`]: domain::access::Action::CutCost
    /// [`Action::RestoreSpending`]: domain::access::Action::RestoreSpending
    pub async fn set_limit(
        &self,
        actor: &Actor,
        rule: &Rule,
        quota: Quota,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        self.change_setting(actor, &Asked { rule, to: Some(quota) }, reason, password).await
    }

    /// Back to the default; a rule without one is gone, and a wider one holds.
    ///
    /// # Errors
    /// As [`Ops::set_limit`]; `Conflict` when nobody set it.
    pub async fn reset_limit(&self, actor: &Actor, rule: &Rule, reason: &str, password: &str) -> Result<()> {
        self.change_setting(actor, &Asked { rule, to: None }, reason, password).await
    }
}

struct Asked<'a> {
    rule: &'a Rule,
    to: Option<Quota>,
}

impl Setting for Asked<'_> {
    type InForce = InForce;

    const KIND: &'static Kind = &KIND;

    fn subject(&self) -> String {
        self.rule.to_string()
    }

    fn words(&self) -> String {
        self.rule.words()
    }

    fn told(&self) -> String {
        told(self.rule)
    }

    fn judge(&self, _ops: &Ops, limits: &InForce) -> Result<Judgement> {
        let (rule, book) = (self.rule, &limits.book);
        let conflict = |why: String| Err(Error::Conflict(why));
        match self.to {
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
        let before = book.given(rule);
        let after = self.to.or_else(|| book.defaults.get(rule).copied());
        let words = |quota: Option<Quota>| quota.map_or("no rule".to_owned(), |quota| quota.to_string());
        let back = if self.to.is_none() && after.is_some() { ", the default" } else { "" };
        let number = |quota: Option<Quota>| quota.map(|quota| quota.number().to_string());
        Ok(Judgement {
            loosens: book.loosened_by(rule, self.to),
            value: number(self.to),
            before: number(before),
            moved: format!("{} to {}{back}", words(before), words(after)),
            verb: match (before, after) {
                (Some(before), Some(after)) if after > before => "raised",
                (Some(before), Some(after)) if after < before => "lowered",
                (None, Some(_)) => "added",
                (_, None) => "removed",
                _ => "set",
            },
        })
    }

    fn known(&self, ops: &Ops) -> Arc<InForce> {
        Arc::clone(&ops.gateway.limits.in_force.get())
    }

    async fn stored(&self, ops: &Ops, tx: &mut WriteTx) -> Result<InForce> {
        ops.limits_in(tx).await
    }

    fn put(&self, ops: &Ops, epoch: i64, limits: InForce) {
        ops.gateway.limits.in_force.set(epoch, limits);
        ops.events.publish(Topic::Limits, Some(self.subject()));
    }
}

/// In words that name no person.
pub(super) fn told(rule: &Rule) -> String {
    if rule.is_of_a_person() { rule.nameless() } else { rule.words() }
}

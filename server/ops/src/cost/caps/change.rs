//! Changing a cap, as every setting is changed: raising it lets more be spent.

use std::cmp::Ordering;
use std::sync::Arc;

use domain::access::Tier;
use domain::cap::{Amount, Rule};

use super::{InForce, told};
use crate::Ops;
use crate::access::Actor;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::gateway::switch;
use crate::settings::{Judgement, Kind, Setting};

pub(super) const KIND: Kind = Kind {
    name: "cap",
    words: "cap",
    switch: switch::CAPS,
    because: "it lets more be spent: the console's page Caps",
    without_password: "is needed to raise or take away a cap",
    loosening: "raising it",
};

impl Ops {
    /// Sets a cap in place of its default, in force for the next call; [`Amount::NoCap`] takes it away. No sum is reset. An
    /// override of the same cap ends. `reason` 3–500 characters; `password` of the person, only to raise.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`], to raise without [`Action::RestoreSpending`] or by a key; `Invalid` names
    /// `amount` (out of order with the day's steps), `reason` or `password`; `Conflict` when it is so already.
    ///
    /// [`Action::CutCost`]: domain::access::Action::CutCost
    /// [`Action::RestoreSpending`]: domain::access::Action::RestoreSpending
    pub async fn set_cap(
        &self,
        actor: &Actor,
        rule: &Rule,
        amount: Amount,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        let asked = Asked { rule, to: Some(amount), tiers: self.tiers_of(rule).await? };
        self.change_setting(actor, &asked, reason, password).await
    }

    /// Back to the default, or to the broader rule. Raises where that is higher.
    ///
    /// # Errors
    /// As [`Ops::set_cap`]; `Conflict` when nobody set it.
    pub async fn reset_cap(&self, actor: &Actor, rule: &Rule, reason: &str, password: &str) -> Result<()> {
        let asked = Asked { rule, to: None, tiers: self.tiers_of(rule).await? };
        self.change_setting(actor, &asked, reason, password).await
    }
}

struct Asked<'a> {
    rule: &'a Rule,
    to: Option<Amount>,
    /// Under which the rule is asked, the latest last.
    tiers: Vec<Tier>,
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

    fn judge(&self, _ops: &Ops, caps: &InForce) -> Result<Judgement> {
        let (rule, book) = (self.rule, &caps.book);
        let mut changed = book.clone();
        match self.to {
            Some(amount) if book.given(rule) == Some(amount) => {
                return Err(Error::Conflict(format!("{} has {amount} already", rule.words())));
            }
            Some(amount) => {
                changed.set.insert(rule.clone(), amount);
            }
            None => {
                if changed.set.remove(rule).is_none() {
                    let why = format!("{} was not set by anybody: its default is in force", rule.words());
                    return Err(Error::Conflict(why));
                }
            }
        }
        let latest = self.tiers.last().copied().unwrap_or(Tier::Free);
        let (before, after) = (book.base(rule, latest), changed.base(rule, latest));
        book.check(rule, after)?;
        let back = if self.to.is_none() { ", the default" } else { "" };
        Ok(Judgement {
            // For any tier it is asked under.
            loosens: self.tiers.iter().any(|tier| changed.base(rule, *tier) > book.base(rule, *tier)),
            value: self.to.map(|amount| amount.micro().to_string()),
            before: Some(before.micro().to_string()),
            moved: format!("{before} to {after}{back}"),
            verb: match after.cmp(&before) {
                Ordering::Greater => "raised",
                Ordering::Equal => "set",
                Ordering::Less => "lowered",
            },
        })
    }

    fn known(&self, ops: &Ops) -> Arc<InForce> {
        Arc::clone(&ops.gateway.today.caps.get())
    }

    async fn stored(&self, ops: &Ops, tx: &mut WriteTx) -> Result<InForce> {
        ops.caps_in(tx).await
    }

    async fn ends(&self, ops: &Ops, tx: &mut WriteTx, by: &str, at: i64) -> Result<&'static str> {
        let ended = ops.replace_override(tx, self.rule, by, at).await?;
        Ok(if ended { "; its override has ended" } else { "" })
    }

    fn put(&self, ops: &Ops, epoch: i64, caps: InForce) {
        ops.put_caps(epoch, caps, self.rule);
    }
}

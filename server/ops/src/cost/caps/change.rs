//! Changing a cap: lowering is open to whoever may cut cost, raising asks an operator for their password again.

use std::cmp::Ordering;

use domain::access::{Action, Tier};
use domain::cap::book::Book;
use domain::cap::{Amount, Rule};

use super::store::{self, ChangeRow};
use super::told;
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::gateway::store::raise_epoch;
use crate::gateway::switch;

impl Ops {
    /// Sets a cap in place of its default, in force for the next call; [`Amount::NoCap`] takes it away. No sum is reset. An
    /// override of the same cap ends. `reason` 3–500 characters; `password` of the person, only to raise.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`], to raise without [`Action::RestoreSpending`] or by a key; `Invalid` names
    /// `amount` (out of order with the day's steps), `reason` or `password`; `Conflict` when it is so already.
    pub async fn set_cap(
        &self,
        actor: &Actor,
        rule: &Rule,
        amount: Amount,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        self.change_cap(actor, rule, Some(amount), reason, password).await
    }

    /// Back to the default, or to the broader rule. Raises where that is higher.
    ///
    /// # Errors
    /// As [`Ops::set_cap`]; `Conflict` when nobody set it.
    pub async fn reset_cap(&self, actor: &Actor, rule: &Rule, reason: &str, password: &str) -> Result<()> {
        self.change_cap(actor, rule, None, reason, password).await
    }

    async fn change_cap(
        &self,
        actor: &Actor,
        rule: &Rule,
        to: Option<Amount>,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        actor.require(Action::CutCost)?;
        let reason = domain::reason::parse("reason", reason)?;
        let tiers = self.tiers_of(rule).await?;
        let known = self.gateway.today.caps.get().book.clone();
        let raises = Change::of(&known, rule, to, &tiers)?.raises;
        if raises {
            self.confirm_raise(actor, rule, password).await?;
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::CAPS).await?;
        let book = self.caps_in(&mut tx).await?.book;
        let change = Change::of(&book, rule, to, &tiers)?;
        if change.raises && !raises {
            let why = "somebody lowered this cap a moment ago: look at it again";
            return Err(Error::Conflict(why.to_owned()));
        }
        self.write_change(&mut tx, actor, rule, to, &change, &reason).await?;
        self.put_caps_in_force(tx, epoch, rule).await
    }

    /// Writes it down wherever people look: row, audit log, open incidents.
    async fn write_change(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        rule: &Rule,
        to: Option<Amount>,
        change: &Change,
        reason: &str,
    ) -> Result<()> {
        let (by, at) = (actor.label(), self.clock.now_ms());
        let row = ChangeRow {
            id: self.clock.new_id(),
            rule: rule.to_string(),
            amount_micro: to.map(Amount::micro),
            before_micro: change.before.micro(),
            at,
            made_by: by.clone(),
            reason: reason.to_owned(),
        };
        store::insert(tx, &row).await?;
        let ended = self.replace_override(tx, rule, &by, at).await?;
        let moved = format!("{} to {}", change.before, change.after);
        let back = if to.is_none() { ", the default" } else { "" };
        let ended = if ended { "; its override has ended" } else { "" };
        let detail = format!("{}: {moved}{back}{ended}: {reason}", rule.words());
        let action = if to.is_some() { "cap.set" } else { "cap.reset" };
        let entry = Entry { actor, action, subject: &row.rule, detail: &detail };
        audit::append(tx, &self.clock, &entry).await?;
        let verb = match change.after.cmp(&change.before) {
            Ordering::Greater => "raised",
            Ordering::Equal => "set",
            Ordering::Less => "lowered",
        };
        let note = format!("cap {verb}: {}, {moved}{back}: {reason}", told(rule));
        crate::incidents::note_on_open(tx, self, &note, &by).await
    }

    /// Raising asks for more than lowering, and a refusal is written down.
    pub(super) async fn confirm_raise(&self, actor: &Actor, rule: &Rule, password: &str) -> Result<()> {
        let refused = match actor {
            Actor::Person { email, .. } => match actor.require(Action::RestoreSpending) {
                Ok(()) if password.is_empty() => {
                    Error::invalid("password", "is needed to raise or take away a cap")
                }
                // A wrong one is audited as a failed sign-in.
                Ok(()) => return self.confirm_password(email, password).await,
                Err(refused) => refused,
            },
            _ => Error::Forbidden {
                needs:
                    "a person with a fresh sign-in, because it lets more be spent: the console's page Caps"
                        .to_owned(),
            },
        };
        let detail = format!("{}: raising it was refused", rule.words());
        self.audit_alone(actor, "cap.refused", &rule.to_string(), &detail).await?;
        Err(refused)
    }
}

/// What a change does to the caps known.
struct Change {
    before: Amount,
    after: Amount,
    /// For any tier it is asked under: lets more be spent.
    raises: bool,
}

impl Change {
    fn of(book: &Book, rule: &Rule, to: Option<Amount>, tiers: &[Tier]) -> Result<Self> {
        let mut changed = book.clone();
        match to {
            Some(amount) => {
                if book.given(rule) == Some(amount) {
                    return Err(Error::Conflict(format!("{} has {amount} already", rule.words())));
                }
                changed.set.insert(rule.clone(), amount);
            }
            None => {
                if changed.set.remove(rule).is_none() {
                    let why = format!("{} was not set by anybody: its default is in force", rule.words());
                    return Err(Error::Conflict(why));
                }
            }
        }
        let latest = tiers.last().copied().unwrap_or(Tier::Free);
        book.check(rule, changed.base(rule, latest))?;
        Ok(Self {
            before: book.base(rule, latest),
            after: changed.base(rule, latest),
            raises: tiers.iter().any(|tier| changed.base(rule, *tier) > book.base(rule, *tier)),
        })
    }
}

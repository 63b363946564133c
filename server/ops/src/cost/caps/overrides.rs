//! More than a cap for a while: asked for by one person, approved by another, over by itself.

use domain::access::Action;
use domain::cap::{Amount, Rule};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::change::KIND;
use super::store::{self, OverrideRow};
use super::{read, told};
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::clock::at;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::gateway::store::raise_epoch;
use crate::gateway::switch;

/// From the request on, so that who approves knows until when.
const MINUTES: std::ops::RangeInclusive<u32> = 15..=24 * 60;
/// Shown; older ones stay in the store.
const SHOWN: i64 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideState {
    /// For somebody else to approve.
    Waiting,
    InForce,
    /// Its time was over.
    Expired,
    /// Its time was over before anybody approved it.
    Lapsed,
    Withdrawn,
    /// The cap itself was changed.
    Replaced,
}

/// More than a cap for a while, as it was asked for and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CapOverride {
    pub id: String,
    /// `agent:routine:day`.
    pub rule: String,
    pub amount_usd: f64,
    pub state: OverrideState,
    pub reason: String,
    pub requested_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    /// Its end, whether it was approved or not.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    pub approved_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub approved_at: Option<Timestamp>,
    pub ended_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    pub ended_reason: Option<String>,
}

impl Ops {
    /// Asks for more than a cap, until `minutes` (15–1440) from now. Nothing changes until another person approves it.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`] and for keys; `Invalid` names `amount` (not above the cap, or out of order with
    /// the day's steps), `minutes` or `reason`; `Conflict` when there is no cap, or an override of it already.
    pub async fn request_cap_override(
        &self,
        actor: &Actor,
        rule: &Rule,
        amount: Amount,
        minutes: u32,
        reason: &str,
    ) -> Result<CapOverride> {
        self.allow(actor, Action::CutCost).await?;
        person(actor)?;
        let reason = domain::reason::parse("reason", reason)?;
        if !MINUTES.contains(&minutes) {
            let detail = format!("must be {} to {}", MINUTES.start(), MINUTES.end());
            return Err(Error::invalid("minutes", detail));
        }
        let Amount::Most(amount) = amount else {
            return Err(Error::invalid(
                "amount",
                "must be above 0: an override is more than the cap, not none",
            ));
        };
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::CAPS).await?;
        let now = at(self.clock.now_ms());
        self.end_overrides_in(&mut tx, now).await?;
        self.must_raise(&mut tx, rule, amount, now).await?;
        let text = rule.to_string();
        if store::open(&mut *tx).await?.iter().any(|row| row.rule == text) {
            let why = "an override of this cap waits or is in force: withdraw that first";
            return Err(Error::Conflict(why.to_owned()));
        }
        let row = OverrideRow {
            id: self.clock.new_id(),
            rule: text,
            amount_micro: amount.0,
            reason,
            requested_by: actor.label(),
            requested_at: now.as_millisecond(),
            expires_at: (now + SignedDuration::from_mins(i64::from(minutes))).as_millisecond(),
            approved_by: None,
            approved_at: None,
            is_open: 1,
            ended_at: None,
            ended_by: None,
            ended_how: None,
            ended_reason: None,
        };
        store::insert_override(&mut tx, &row).await?;
        let detail = format!("{}: {amount} until {}: {}", rule.words(), at(row.expires_at), row.reason);
        self.write_override(&mut tx, actor, "cap.override-requested", &row.rule, &detail).await?;
        self.put_caps_in_force(tx, epoch, rule).await?;
        Ok(shown(row, now))
    }

    /// In force for the next call when this returns, until its end. By somebody else than who asked, with their password.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::RestoreSpending`], for keys, and for who asked; `Invalid` for the password, or when it no
    /// longer fits the caps; `Conflict` when it is approved or over.
    pub async fn approve_cap_override(&self, actor: &Actor, id: &str, password: &str) -> Result<CapOverride> {
        person(actor)?;
        let row = store::find_override(self.db.read(), id).await?;
        let row = row.ok_or(Error::NotFound { what: "override" })?;
        let rule = read(&row.rule)?;
        waits(&row, self.clock.now())?;
        if row.requested_by == actor.label() {
            let detail = format!("{}: who asked for it cannot approve it", rule.words());
            self.audit_alone(actor, "cap.refused", &row.rule, &detail).await?;
            let needs = "a second person with the role operator or higher: who asks for an override cannot approve it";
            return Err(Error::Forbidden { needs: needs.to_owned() });
        }
        self.confirm_loosening(actor, &KIND, &row.rule, &rule.words(), password).await?;
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::CAPS).await?;
        let now = at(self.clock.now_ms());
        waits(&row, now)?;
        let amount = MicroUsd(row.amount_micro);
        self.must_raise(&mut tx, &rule, amount, now).await?;
        if !store::approve(&mut tx, id, &actor.label(), now.as_millisecond()).await? {
            return Err(Error::Conflict("somebody approved or withdrew it a moment ago".to_owned()));
        }
        let until = at(row.expires_at);
        let detail = format!(
            "{}: {amount} until {until}, asked for by {}: {}",
            rule.words(),
            row.requested_by,
            row.reason
        );
        self.write_override(&mut tx, actor, "cap.override-approved", &row.rule, &detail).await?;
        let note = format!("cap raised for a while: {}, {amount} until {until}: {}", told(&rule), row.reason);
        crate::incidents::note_on_open(&mut tx, self, &note, &actor.label()).await?;
        self.put_caps_in_force(tx, epoch, &rule).await?;
        let approved =
            OverrideRow { approved_by: Some(actor.label()), approved_at: Some(now.as_millisecond()), ..row };
        Ok(shown(approved, now))
    }

    /// Ends it before its time: lowers risk, so whoever may cut cost may.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`]; `Invalid` names `reason`; `Conflict` when it is over.
    pub async fn withdraw_cap_override(&self, actor: &Actor, id: &str, reason: &str) -> Result<()> {
        self.allow(actor, Action::CutCost).await?;
        let reason = domain::reason::parse("reason", reason)?;
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::CAPS).await?;
        let row = store::find_override(&mut *tx, id).await?.ok_or(Error::NotFound { what: "override" })?;
        let now = self.clock.now_ms();
        if row.expires_at <= now
            || !store::close(&mut tx, id, now, &actor.label(), "withdrawn", &reason).await?
        {
            return Err(Error::Conflict("it is over already".to_owned()));
        }
        let rule = read(&row.rule)?;
        let detail = format!("{}: {}", rule.words(), reason);
        self.write_override(&mut tx, actor, "cap.override-withdrawn", &row.rule, &detail).await?;
        if row.approved_at.is_some() {
            let note = format!("override of a cap withdrawn: {}: {reason}", told(&rule));
            crate::incidents::note_on_open(&mut tx, self, &note, &actor.label()).await?;
        }
        self.put_caps_in_force(tx, epoch, &rule).await
    }

    /// The last hundred of a cap, or of all, newest first.
    pub async fn cap_overrides(&self, rule: Option<&Rule>) -> Result<Vec<CapOverride>> {
        let rule = rule.map(ToString::to_string).unwrap_or_default();
        let now = self.clock.now();
        let rows = store::overrides(self.db.read(), &rule, SHOWN).await?;
        Ok(rows.into_iter().map(|row| shown(row, now)).collect())
    }

    /// Who else than `who` may approve an override.
    pub async fn approvers_beside(&self, who: &str) -> Result<Vec<String>> {
        let others = self.users().await?.into_iter().filter(|account| {
            !account.disabled && account.role.may(Action::RestoreSpending) && account.email != who
        });
        Ok(others.map(|account| account.email).collect())
    }

    /// Admission needs no help to see an end; this closes the rows and writes it down, once over all instances.
    pub(crate) async fn end_expired_overrides(&self) -> Result<()> {
        let now = at(self.clock.now_ms());
        if !self.gateway.today.caps.get().open.iter().any(|(_, end)| *end <= now) {
            return Ok(());
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::CAPS).await?;
        let ended = self.end_overrides_in(&mut tx, now).await?;
        match ended.last() {
            Some(rule) => self.put_caps_in_force(tx, epoch, rule).await,
            // Somebody was first: that change raised the epoch, the next poll reads it.
            None => Ok(()),
        }
    }

    /// The rules of those that were ended.
    async fn end_overrides_in(&self, tx: &mut WriteTx, now: Timestamp) -> Result<Vec<Rule>> {
        let actor = Actor::System("switches");
        let mut ended = Vec::new();
        for row in store::open(&mut **tx).await? {
            if at(row.expires_at) > now {
                continue;
            }
            let (how, action) = match row.approved_at {
                Some(_) => ("expired", "cap.override-expired"),
                None => ("lapsed", "cap.override-lapsed"),
            };
            if store::close(tx, &row.id, row.expires_at, &actor.label(), how, "its time was over").await? {
                let rule = read(&row.rule)?;
                let detail = format!("{}: {how} by itself", rule.words());
                self.write_override(tx, &actor, action, &row.rule, &detail).await?;
                ended.push(rule);
            }
        }
        Ok(ended)
    }

    /// The cap itself is changed: whatever was allowed above it is over. Whether there was one.
    pub(super) async fn replace_override(
        &self,
        tx: &mut WriteTx,
        rule: &Rule,
        by: &str,
        now: i64,
    ) -> Result<bool> {
        let text = rule.to_string();
        let mut ended = false;
        for row in store::open(&mut **tx).await?.into_iter().filter(|row| row.rule == text) {
            let ends_at = now.min(row.expires_at);
            ended |= store::close(tx, &row.id, ends_at, by, "replaced", "the cap was changed").await?;
        }
        Ok(ended)
    }

    /// An override must be above the cap, and keep the day's steps in order.
    async fn must_raise(
        &self,
        tx: &mut WriteTx,
        rule: &Rule,
        amount: MicroUsd,
        now: Timestamp,
    ) -> Result<()> {
        let tiers = self.tiers_of(rule).await?;
        let book = self.caps_in(tx).await?.book;
        let lowest = tiers.iter().map(|tier| book.base(rule, *tier)).min().unwrap_or(Amount::NoCap);
        match lowest {
            Amount::NoCap => Err(Error::Conflict(format!("{} has no cap to go above", rule.words()))),
            Amount::Most(cap) if amount <= cap => {
                Err(Error::invalid("amount", format!("must be above the cap, which is {cap}")))
            }
            Amount::Most(_) => Ok(book.check_override(rule, amount, now)?),
        }
    }

    async fn write_override(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        action: &str,
        rule: &str,
        detail: &str,
    ) -> Result<()> {
        audit::append(tx, &self.clock, &Entry { actor, action, subject: rule, detail }).await
    }
}

fn person(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Person { .. } => Ok(()),
        _ => Err(Error::Forbidden { needs: "a person, on the console's page Caps".to_owned() }),
    }
}

fn waits(row: &OverrideRow, now: Timestamp) -> Result<()> {
    let why = match row {
        row if row.is_open == 0 || at(row.expires_at) <= now => "it is over already",
        row if row.approved_at.is_some() => "it is in force already",
        _ => return Ok(()),
    };
    Err(Error::Conflict(why.to_owned()))
}

fn shown(row: OverrideRow, now: Timestamp) -> CapOverride {
    let state = match (row.ended_how.as_deref(), row.approved_at) {
        (Some("withdrawn"), _) => OverrideState::Withdrawn,
        (Some("replaced"), _) => OverrideState::Replaced,
        (_, Some(_)) if at(row.expires_at) <= now => OverrideState::Expired,
        (_, None) if at(row.expires_at) <= now => OverrideState::Lapsed,
        (_, Some(_)) => OverrideState::InForce,
        (_, None) => OverrideState::Waiting,
    };
    CapOverride {
        id: row.id,
        rule: row.rule,
        amount_usd: MicroUsd(row.amount_micro).usd(),
        state,
        reason: row.reason,
        requested_by: row.requested_by,
        requested_at: at(row.requested_at),
        expires_at: at(row.expires_at),
        approved_by: row.approved_by,
        approved_at: row.approved_at.map(at),
        ended_by: row.ended_by,
        ended_at: row.ended_at.map(at),
        ended_reason: row.ended_reason,
    }
}

//! The cost shutoff: set, lifted, expired, followed from other instances.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::access::Action;
use domain::shutoff::{Shutoff, ShutoffMode};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::access::{Actor, audit};
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::releases::checked_reason;

/// A shutoff that is over, or the one in force, for the history on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PastShutoff {
    pub shutoff: Shutoff,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lifted_at: Option<Timestamp>,
    pub lifted_by: Option<String>,
    pub lifted_reason: Option<String>,
}

impl crate::Ops {
    /// The shutoff in force now; read on every admission, from memory.
    pub fn shutoff(&self) -> Option<Arc<Shutoff>> {
        let now = self.clock.now();
        self.gateway.shutoff.load_full().filter(|shutoff| shutoff.in_force(now))
    }

    /// Cuts cost. In force for the next admission when this returns. Needs `CutCost`; replacing a stop by the weaker
    /// degrade raises risk and needs `RestoreSpending`.
    ///
    /// # Errors
    /// `Invalid` for a reason outside 3–500 characters, or an expiry outside 1–10,080 minutes.
    pub async fn set_shutoff(
        &self,
        actor: &Actor,
        mode: ShutoffMode,
        reason: &str,
        expires_in_minutes: Option<u32>,
    ) -> Result<Shutoff> {
        actor.require(Action::CutCost)?;
        if mode == ShutoffMode::Degrade && self.shutoff().is_some_and(|now| now.mode == ShutoffMode::Stop) {
            actor.require(Action::RestoreSpending)?;
        }
        let reason = checked_reason("reason", reason)?;
        if expires_in_minutes.is_some_and(|minutes| !(1..=10_080).contains(&minutes)) {
            return Err(Error::invalid("expires_in_minutes", "must be 1 to 10080 (a week)"));
        }
        let since = self.clock.now();
        let expires_at =
            expires_in_minutes.map(|minutes| since + SignedDuration::from_mins(i64::from(minutes)));
        let shutoff = Shutoff { mode, reason, by: actor.label(), since, expires_at };
        let until = expires_at.map_or_else(
            || "until lifted".to_owned(),
            |end| format!("until {}", end.strftime("%Y-%m-%d %H:%M UTC")),
        );
        let detail = format!("cost cut to {} {until}: {}", mode.as_str(), shutoff.reason);

        let mut tx = self.db.begin_write().await?;
        store::close_open(&mut tx, since.as_millisecond(), &shutoff.by, "replaced").await?;
        store::insert_shutoff(&mut tx, &self.clock.new_id(), &shutoff).await?;
        let entry = audit::Entry { actor, action: "shutoff.set", subject: mode.as_str(), detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        crate::incidents::note_on_open(&mut tx, &self.clock, &detail, &shutoff.by).await?;
        tx.commit().await?;
        self.gateway.shutoff.store(Some(Arc::new(shutoff.clone())));
        self.telemetry.metrics().set_shutoff(Some(mode));
        self.events.publish(Topic::Shutoff, None);
        Ok(shutoff)
    }

    /// Restores spending. Needs `RestoreSpending`.
    ///
    /// # Errors
    /// `Conflict` when no shutoff is in force.
    pub async fn lift_shutoff(&self, actor: &Actor, reason: &str) -> Result<()> {
        actor.require(Action::RestoreSpending)?;
        let reason = checked_reason("reason", reason)?;
        self.end_shutoff(actor, &reason).await
    }

    /// Ends a shutoff whose time is over, once, with its audit entry.
    pub(crate) async fn end_expired_shutoff(&self) -> Result<()> {
        let held = self.gateway.shutoff.load_full();
        match held.filter(|shutoff| !shutoff.in_force(self.clock.now())) {
            Some(_) => match self.end_shutoff(&Actor::System("shutoff-expiry"), "its time was over").await {
                // Another instance was first.
                Err(Error::Conflict(_)) => self.load_shutoff().await,
                outcome => outcome,
            },
            None => Ok(()),
        }
    }

    async fn end_shutoff(&self, actor: &Actor, reason: &str) -> Result<()> {
        let mut tx = self.db.begin_write().await?;
        let ended = store::close_open(&mut tx, self.clock.now_ms(), &actor.label(), reason).await?;
        if ended == 0 {
            return Err(Error::Conflict("no cost shutoff is in force".to_owned()));
        }
        let detail = format!("spending restored: {reason}");
        let entry = audit::Entry { actor, action: "shutoff.lifted", subject: "cost", detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        crate::incidents::note_on_open(&mut tx, &self.clock, &detail, &actor.label()).await?;
        tx.commit().await?;
        self.gateway.shutoff.store(None);
        self.telemetry.metrics().set_shutoff(None);
        self.events.publish(Topic::Shutoff, None);
        Ok(())
    }

    /// Reads the shutoff in force from the store.
    pub async fn load_shutoff(&self) -> Result<()> {
        let shutoff = store::open_shutoff(&self.db).await?;
        self.telemetry.metrics().set_shutoff(shutoff.as_ref().map(|shutoff| shutoff.mode));
        self.gateway.shutoff.store(shutoff.map(Arc::new));
        Ok(())
    }

    /// The last shutoffs, newest first; at most 50.
    pub async fn shutoff_history(&self) -> Result<Vec<PastShutoff>> {
        store::shutoffs(&self.db, 50).await
    }

    /// Takes over what another instance switched: one cheap read, and more only when something changed.
    pub async fn follow_switches(&self) -> Result<()> {
        let epoch = store::epoch(&self.db).await?;
        if self.gateway.epoch.swap(epoch, Ordering::SeqCst) == epoch {
            return Ok(());
        }
        self.load_shutoff().await?;
        if let Some(release) = crate::releases::store::served(&self.db).await?
            && *self.release() != release
        {
            self.serve(release);
        }
        self.events.publish(Topic::Shutoff, None);
        Ok(())
    }
}

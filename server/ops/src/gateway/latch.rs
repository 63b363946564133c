//! The ceiling's latch: when nine tenths of it are spent and a call no longer fits, no model is called until a person re-arms, also after midnight.
//!
//! It is a shutoff of everything that the ladder sets. What ends it is a fresh sign-in of somebody who may restore spending: a session left
//! open on a desk must not let a hundred dollars more be spent.

use domain::access::Action;
use domain::shutoff::{Scope, Shutoff, ShutoffMode};

use super::shutoff::{End, nothing_latched};
use super::{store, switch};
use crate::Ops;
use crate::access::Actor;
use crate::error::{Error, Result};
use crate::events::Topic;

/// Of the ceiling, what must be spent: further below, a worst case that does not fit says more of the worst case than of the day,
/// and smaller calls still fit.
const NEARLY: f64 = 0.9;

const LADDER: Actor = Actor::System("cost-ladder");

impl Ops {
    /// A call did not fit below what is left of the day, of which `spent_usd` is settled. Keeps the mode in force, if any. Does
    /// nothing where it is latched already, here or by another instance.
    pub(crate) async fn latch_at_ceiling(&self, spent_usd: f64) -> Result<()> {
        let ceiling = self.gateway.today.ladder(self.clock.now()).ceiling;
        if spent_usd < NEARLY * ceiling.usd() || self.shutoff().is_some_and(|shutoff| shutoff.latched) {
            return Ok(());
        }
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        let epoch = store::raise_epoch(&mut tx, switch::SHUTOFF).await?;
        let mut mode = ShutoffMode::Degrade;
        if let Some(old) = super::shutoff::open_of(&mut tx, &Scope::All).await? {
            if old.shutoff.latched {
                return Ok(());
            }
            if old.shutoff.in_force(now) {
                mode = old.shutoff.mode;
            }
            let (at, by) = (now.as_millisecond(), LADDER.label());
            store::close(&mut tx, &old.id, at, &by, "replaced", "the ceiling was reached").await?;
        }
        let reason =
            format!("the daily ceiling of {ceiling} is reached: no model is called until somebody re-arms");
        let (scope, by) = (Scope::All, LADDER.label());
        let shutoff = Shutoff { scope, mode, reason, by, since: now, expires_at: None, latched: true };
        let open = self.put_in_force(&mut tx, &LADDER, shutoff, "").await?;
        let all = super::shutoff::read_all(store::open(&mut *tx).await?)?;
        tx.commit().await?;
        tracing::error!(ceiling = ceiling.0, "the cost ceiling is reached: latched");
        self.gateway.shutoffs.set(epoch, all);
        self.events.publish(Topic::Shutoff, Some(open.id));
        Ok(())
    }

    /// Ends the latch. Below a ceiling that is still full, the next call that does not fit latches again.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::RestoreSpending`], `Unauthenticated` for a wrong password, `TooMany` after too many,
    /// `Conflict` when nothing is latched.
    pub async fn rearm(&self, actor: &Actor, password: &str, reason: &str) -> Result<()> {
        self.allow(actor, Action::RestoreSpending).await?;
        let reason = domain::reason::parse("reason", reason)?;
        let Actor::Person { email, .. } = actor else {
            return Err(Error::Forbidden {
                needs: "a person with a fresh sign-in, on the console".to_owned(),
            });
        };
        if !self.shutoff().is_some_and(|shutoff| shutoff.latched) {
            return Err(nothing_latched());
        }
        self.confirm_password(email, password).await?;
        self.end_shutoff(actor, &Scope::All, End::Rearm, &reason).await
    }
}

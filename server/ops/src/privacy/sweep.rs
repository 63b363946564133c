//! After an erasure: what other processes still wrote into the books is renamed, too; then its row names nobody.

use std::time::Duration;

use jiff::SignedDuration;

use super::erase::{Renaming, rename};
use super::registry::tables;
use super::store::{self, Open};
use crate::error::Result;

/// Longer than a request may take and a buffer may wait.
const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_mins(10);

impl crate::Ops {
    pub(crate) fn start_privacy_jobs(&self) {
        let sweep = |ops: crate::Ops| async move { ops.confirm_erasures().await };
        self.jobs.every_on_duty("erasures", Duration::from_secs(60), self.clock.clone(), sweep, self);
    }

    /// One activation of the task `erasures`.
    pub(crate) async fn confirm_erasures(&self) -> Result<()> {
        let mut confirmed = false;
        for open in store::open_erasures(&self.db).await? {
            let Open { id, tenant, user, pseudonym, erased_at } = open;
            let age = self.clock.now().duration_since(crate::clock::at(erased_at));
            let until = erased_at + CONFIRMED_AFTER.as_millis() as i64;
            let mut tx = self.db.begin_write().await?;
            rename(&mut tx, &Renaming { tenant: &tenant, user: &user, pseudonym: &pseudonym, until }).await?;
            let held = store::is_held(&mut tx, &format!("user:{tenant}/{user}")).await?;
            if age >= CONFIRMED_AFTER && !held {
                store::confirm(&mut tx, &id, self.clock.now_ms()).await?;
                confirmed = true;
            }
            tx.commit().await?;
        }
        if confirmed { self.db.overwrite_deleted(&tables()).await } else { Ok(()) }
    }
}

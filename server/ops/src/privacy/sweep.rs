//! After an erasure: what other processes still wrote into the books is renamed, too; then its row names nobody.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;

use super::erase::{Renaming, rename_books, rename_counts};
use super::registry::tables;
use super::store::{self, Open};
use crate::error::Result;

const EVERY: Duration = Duration::from_secs(60);
/// Longer than a request may take and a buffer may wait.
const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_mins(10);

impl crate::Ops {
    pub(crate) fn start_privacy_jobs(&self) {
        let sweep = |ops: crate::Ops| async move { ops.confirm_erasures().await };
        self.jobs.every_on_duty("erasures", EVERY, self.clock.clone(), sweep, self);
        let forget = |ops: crate::Ops| async move { ops.forget_erased_words().await };
        self.jobs.every("erased-words", EVERY, self.clock.clone(), forget, self);
    }

    /// What a model wrote to people whom another process has erased goes from this process's memory, too.
    pub(crate) async fn forget_erased_words(&self) -> Result<()> {
        for open in store::open_erasures(&self.db).await? {
            self.words.forget_person(&open.tenant, &open.user);
        }
        Ok(())
    }

    /// One activation of the task `erasures`. One that fails does not keep the others open.
    ///
    /// # Errors
    /// Of the last that failed; it is tried again.
    pub(crate) async fn confirm_erasures(&self) -> Result<()> {
        let (mut confirmed, mut failed) = (false, None);
        for open in store::open_erasures(&self.db).await? {
            match self.confirm_erasure(&open).await {
                Ok(done) => confirmed |= done,
                Err(error) => failed = Some(error),
            }
        }
        if confirmed || self.privacy.log_stands.load(Ordering::Relaxed) {
            self.overwrite_erased().await?;
        }
        failed.map_or(Ok(()), Err)
    }

    /// What the store's files still have of what is deleted goes, too: now, or when nobody reads it any more.
    pub(super) async fn overwrite_erased(&self) -> Result<()> {
        let done = self.db.overwrite_deleted(&tables()).await?;
        self.privacy.log_stands.store(!done, Ordering::Relaxed);
        Ok(())
    }

    /// Whether nothing more can come of it.
    async fn confirm_erasure(&self, open: &Open) -> Result<bool> {
        let Open { id, tenant, user, pseudonym, erased_at } = open;
        let age = self.clock.now().duration_since(crate::clock::at(*erased_at));
        let mut tx = self.db.begin_write().await?;
        // Who comes back under the same id is somebody else: what is of then is theirs, and so are sums and refusals.
        let back = store::here_since(&mut tx, tenant, user).await?;
        let last = erased_at + CONFIRMED_AFTER.as_millis() as i64;
        let until = back.map_or(last, |since| last.min(since - 1));
        let renaming = Renaming { tenant, user, pseudonym, until };
        rename_books(&mut tx, &renaming).await?;
        if back.is_none() {
            rename_counts(&mut tx, &renaming).await?;
        }
        let held = back.is_none() && store::is_held(&mut tx, &format!("user:{tenant}/{user}")).await?;
        let done = age >= CONFIRMED_AFTER && !held;
        if done {
            store::confirm(&mut tx, id, self.clock.now_ms()).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}

//! Records of workflows that ended long ago are deleted, a few at a time: what waits for the store waits for a few only.

use jiff::SignedDuration;

use super::store;
use crate::error::Result;

/// Workflows of one transaction.
const BATCH: i64 = 200;

impl crate::Ops {
    /// One activation of the task `workflow-retention`: how many are gone.
    pub(crate) async fn drop_old_workflows(&self) -> Result<u64> {
        let kept = SignedDuration::from_hours(24 * i64::from(self.config.workflows.keep_days));
        let before = (self.clock.now() - kept).as_millisecond();
        let mut dropped = 0;
        loop {
            let mut tx = self.db.begin_write().await?;
            let gone = store::delete_ended(&mut tx, before, BATCH).await?;
            tx.commit().await?;
            dropped += gone;
            if gone < BATCH.unsigned_abs() || self.jobs.stopping().is_cancelled() {
                return Ok(dropped);
            }
        }
    }
}

//! How often each rule said no: counted here, written every second, read over all instances.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::store;
use crate::Ops;
use crate::error::Result;

const MINUTE_MS: i64 = 60_000;
/// Longer than anybody asks back.
const KEEP_MINUTES: i64 = 8 * 24 * 60;
/// Rules and minutes that wait to be written; while the store does not take them, further ones are not counted.
const MOST_WAITING: usize = 20_000;

/// Not yet written, by rule and minute since the epoch.
#[derive(Default)]
pub(super) struct Refusals(Mutex<BTreeMap<(String, i64), u64>>);

impl Refusals {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, i64), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, rule: &str, now_ms: i64) {
        let mut waiting = self.lock();
        if waiting.len() < MOST_WAITING {
            *waiting.entry((rule.to_owned(), now_ms / MINUTE_MS)).or_default() += 1;
        }
    }

    fn put_back(&self, rows: Vec<((String, i64), u64)>) {
        let mut waiting = self.lock();
        for (of, count) in rows {
            *waiting.entry(of).or_default() += count;
        }
    }
}

impl Ops {
    /// One activation of the task `limits`: writes down what was refused.
    pub(crate) async fn flush_limit_refusals(&self) -> Result<()> {
        let rows: Vec<_> = std::mem::take(&mut *self.gateway.limits.refusals.lock()).into_iter().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let written = self.write_refusals(&rows).await;
        if written.is_err() {
            self.gateway.limits.refusals.put_back(rows);
        }
        written
    }

    async fn write_refusals(&self, rows: &[((String, i64), u64)]) -> Result<()> {
        let mut tx = self.db.begin_write().await?;
        store::add_refusals(&mut tx, rows).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets what is older than eight days.
    pub(crate) async fn trim_limit_refusals(&self) -> Result<()> {
        let oldest = self.clock.now_ms() / MINUTE_MS - KEEP_MINUTES;
        store::delete_refusals(self.db.write(), oldest).await
    }

    /// Refusals by rule in the last so many minutes, this one included, of all instances; of others as they last wrote.
    pub(super) async fn limit_refusals(&self, minutes: i64) -> Result<BTreeMap<String, u64>> {
        let since = self.clock.now_ms() / MINUTE_MS - minutes;
        let mut sums = BTreeMap::<String, u64>::new();
        for (rule, count) in store::refusals(self.db.read(), since).await? {
            *sums.entry(rule).or_default() += u64::try_from(count).unwrap_or(0);
        }
        for ((rule, minute), count) in self.gateway.limits.refusals.lock().iter() {
            if *minute > since {
                *sums.entry(rule.clone()).or_default() += count;
            }
        }
        Ok(sums)
    }
}

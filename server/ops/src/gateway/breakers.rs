//! What the breakers of the models did: every change becomes a row, written behind the requests that caused it.
//!
//! A full queue drops its oldest change and counts it. A trial that was not made (no room for its money) leaves no row, and
//! one that was is told when it has ended.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::breaker::{Breaker, BreakerState};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::Ops;
use crate::clock::at;
use crate::error::{Error, Result};
use crate::events::Topic;

/// Changes that wait to be written, at most: a breaker moves every few seconds at worst.
const WAITING: usize = 1_000;
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Its pause was over, and one call tried.
const PAUSE_OVER: &str = "pause-over";
/// The provider answered.
pub(super) const ANSWERED: &str = "answered";

/// One breaker went from one state to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BreakerChange {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub model: String,
    pub from: BreakerState,
    pub to: BreakerState,
    /// The kind of failure that opened it, `pause-over` for a trial, `answered` when it closed.
    pub cause: String,
    /// Failures in a row that led to it, or that its closing ended.
    pub failures_in_row: u32,
    /// How long it then stayed so, milliseconds. Absent: it still does, or the end was not seen (a restart closes it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lasted_ms: Option<i64>,
}

/// What waits to be written.
#[derive(Default)]
pub(super) struct Changes {
    waiting: Mutex<VecDeque<BreakerChange>>,
    dropped: AtomicU64,
}

impl Changes {
    pub(super) fn record(
        &self,
        model: &str,
        (before, after): (&Breaker, &Breaker),
        cause: &'static str,
        now: Timestamp,
    ) {
        if before.state() == after.state() {
            return;
        }
        let change = |at, from, to, cause: &str| BreakerChange {
            at,
            model: model.to_owned(),
            from,
            to,
            cause: cause.to_owned(),
            failures_in_row: before.failures().max(after.failures()),
            lasted_ms: None,
        };
        if before.state() == BreakerState::HalfOpen {
            let trial = change(before.since(), BreakerState::Open, BreakerState::HalfOpen, PAUSE_OVER);
            self.push(BreakerChange { failures_in_row: before.failures(), ..trial });
        }
        self.push(change(now, before.state(), after.state(), cause));
    }

    fn push(&self, change: BreakerChange) {
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING {
            waiting.pop_front();
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        waiting.push_back(change);
    }

    fn take(&self) -> Vec<BreakerChange> {
        self.waiting().drain(..).collect()
    }

    /// What could not be written waits on, before what came meanwhile.
    fn put_back(&self, changes: Vec<BreakerChange>) {
        let newer = self.take();
        for change in changes.into_iter().chain(newer) {
            self.push(change);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<BreakerChange>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ops {
    /// One activation of the task `breakers`.
    pub(crate) async fn flush_breaker_changes(&self) -> Result<()> {
        let queue = &self.gateway.models.changes;
        let changes = queue.take();
        if changes.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = changes.iter().map(|change| (self.clock.new_id(), change)).collect();
        let written = async {
            let mut tx = self.db.begin_write().await?;
            store::insert_breaker_changes(&mut tx, &rows).await?;
            Ok(tx.commit().await?)
        };
        let written: Result<()> = written.await;
        if written.is_err() {
            queue.put_back(changes);
        } else {
            self.events.publish(Topic::Health, None);
        }
        written
    }

    /// Since then, newest first, at most `most`; what happened in the last second may be missing.
    pub async fn breaker_changes(&self, since: Timestamp, most: u32) -> Result<Vec<BreakerChange>> {
        let rows = store::breaker_changes(self.db.read(), since.as_millisecond(), most).await?;
        let mut changes = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        // The next change of the same model, as it was when it is this one's end.
        let mut next: HashMap<String, (Timestamp, BreakerState)> = HashMap::new();
        for change in &mut changes {
            let end = next.insert(change.model.clone(), (change.at, change.from));
            let end = end.filter(|(_, from)| *from == change.to);
            change.lasted_ms = end.map(|(end, _)| end.as_millisecond() - change.at.as_millisecond());
        }
        Ok(changes)
    }

    /// Changes that could not be kept since the start of the process.
    pub fn breaker_changes_dropped(&self) -> u64 {
        self.gateway.models.changes.dropped.load(Ordering::Relaxed)
    }

    /// Forgets what is older than 90 days.
    pub(crate) async fn drop_old_breaker_changes(&self) -> Result<()> {
        let before = (self.clock.now() - KEPT).as_millisecond();
        let mut tx = self.db.begin_write().await?;
        store::delete_breaker_changes(&mut tx, before).await?;
        Ok(tx.commit().await?)
    }
}

fn read(row: store::BreakerRow) -> Result<BreakerChange> {
    let state = |word: &str| {
        BreakerState::parse(word).ok_or_else(|| Error::internal("reading a breaker's change", "not a state"))
    };
    Ok(BreakerChange {
        at: at(row.at),
        from: state(&row.from_state)?,
        to: state(&row.to_state)?,
        model: row.model,
        cause: row.cause,
        failures_in_row: u32::try_from(row.failures).unwrap_or(0),
        lasted_ms: None,
    })
}

#[cfg(test)]
mod tests;

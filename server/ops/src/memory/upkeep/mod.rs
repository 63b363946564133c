//! The background task that lets time do its work: sessions go, events become histories, facts fade, layers keep to their bounds.
//!
//! One person after the other, each in a transaction of its own that ends with the note that it was done: a process that dies in between
//! has done some people wholly and the others not at all. Doing a person twice is doing them once.

mod store;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use agents::memory::{Bounds, Memory, consolidate};
use domain::id::{TenantId, UserId};
use jiff::SignedDuration;

use super::{past, store as memories};
use crate::error::Result;

const EVERY: Duration = Duration::from_secs(60);
/// A person's turn comes after this long; nothing that time does is finer than a day.
const EACH: SignedDuration = SignedDuration::from_hours(24);
/// People of one activation: with a millisecond or two each it leaves the store to others.
const PEOPLE: i64 = 100;

impl crate::Ops {
    pub(crate) fn start_memory_jobs(&self) {
        let keep = |ops: crate::Ops| async move { ops.keep_memories().await.map(drop) };
        self.jobs.every_on_duty("memory-upkeep", EVERY, self.clock.clone(), keep, self);
    }

    /// One batch of people whose turn it is; how many there were. One that cannot be done does not keep the others waiting.
    ///
    /// # Errors
    /// Of the last person that could not be done.
    pub async fn keep_memories(&self) -> Result<usize> {
        let due_before = (self.clock.now() - EACH).as_millisecond();
        let people = store::due(&self.db, due_before, PEOPLE).await?;
        let mut failed = None;
        for (done, (tenant, user)) in people.iter().enumerate() {
            if self.jobs.stopping().is_cancelled() {
                return Ok(done);
            }
            if let Err(error) = self.keep_memories_of(tenant, user, due_before).await {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(people.len()), Err)
    }

    async fn keep_memories_of(&self, tenant: &TenantId, user: &UserId, due_before: i64) -> Result<()> {
        let now = self.clock.now();
        let settings = &self.config.memory;
        let mut tx = self.db.begin_write().await?;
        if !store::take_turn(&mut tx, tenant, user, due_before, now.as_millisecond()).await? {
            // Another process was there first.
            return Ok(());
        }
        let stored = memories::all(&mut tx, tenant, user).await?;
        let mut before: HashMap<String, (Memory, bool)> = HashMap::with_capacity(stored.len());
        for (memory, ours) in &stored {
            before.insert(memory.id.clone(), (memory.clone(), *ours));
        }
        let done =
            consolidate(stored.into_iter().map(|(memory, _)| memory).collect(), now, settings.bounds());
        let kept: HashSet<&str> = done.memories.iter().map(|memory| memory.id.as_str()).collect();
        for gone in before.keys().filter(|id| !kept.contains(id.as_str())) {
            memories::remove(&mut tx, tenant, user, gone).await?;
        }
        // Rows of a version without claims are written with theirs.
        let unchanged = |memory: &&Memory| before.get(&memory.id) == Some(&((*memory).clone(), true));
        for memory in done.memories.iter().filter(|memory| !unchanged(memory)) {
            memories::put(&mut tx, &self.clock, tenant, user, memory).await?;
        }
        for left in &done.past {
            past::store::put(&mut tx, &self.clock, tenant, user, left).await?;
        }
        let since = (now - SignedDuration::from_hours(24 * i64::from(settings.past_days))).as_millisecond();
        past::store::trim(&mut tx, tenant, user, since, i64::from(settings.past)).await?;
        store::trim_uses(&mut tx, tenant, user, since).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl crate::config::Memory {
    fn bounds(&self) -> Bounds {
        let most = |bound: u32| bound as usize;
        Bounds {
            working: most(self.working),
            episodic: most(self.episodic),
            semantic: most(self.semantic),
            procedural: most(self.procedural),
        }
    }
}

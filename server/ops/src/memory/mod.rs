//! What is remembered of people: learned with every answer and check-in, listed and explained, forgotten on request, kept by a background
//! task.
//!
//! The rules are `agents::memory`; here they meet the store. Whoever writes a person's memories holds that person's row first, so that two
//! processes weigh one after the other. Nothing of what a memory says is logged, measured or audited.

mod forget;
mod learn;
mod list;
mod past;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod told;
mod upkeep;
mod uses;

pub use forget::{Forget, Forgotten, ForgottenKey};
pub(crate) use learn::{put_memories, take_back};
pub use list::{KnownMemory, Left, MemoryFilter, MemoryState, MemoryUse, Replaced};
pub use uses::Remembered;
pub(crate) use uses::{name_again, note_uses, remembered_of};

use std::collections::HashSet;

use agents::memory::{Memory, Query, Recalled, as_of, recall, topics_of};
use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use jiff::Timestamp;

use crate::db::Db;
use crate::error::Result;

/// Memories looked at for one answer: a person has no more, but for what was learned since the last upkeep.
const MOST: i64 = 2_000;
/// Memories that one agent recalls for one answer.
const FOR_AN_ANSWER: usize = 50;

/// What is held today, the newest first.
pub(crate) async fn memories(
    db: &Db,
    tenant: &TenantId,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<Memory>> {
    let mut stored = store::newest(db, tenant, user, MOST).await?;
    if stored.len() >= MOST as usize {
        // What they told once counts, however much was learned since.
        let told = store::told(db, tenant, user, MOST).await?;
        let known: HashSet<String> = stored.iter().map(|memory| memory.id.clone()).collect();
        stored.extend(told.into_iter().filter(|memory| !known.contains(&memory.id)));
    }
    Ok(stored.into_iter().filter_map(|memory| as_of(&memory, now)).collect())
}

/// What the person told themselves and is held today.
pub(crate) async fn told(db: &Db, tenant: &TenantId, user: &UserId, now: Timestamp) -> Result<Vec<Memory>> {
    let stored = store::told(db, tenant, user, MOST).await?;
    Ok(stored.into_iter().filter_map(|memory| as_of(&memory, now)).collect())
}

/// Whether each of these is still held.
pub(crate) async fn all_held(db: &Db, tenant: &TenantId, user: &UserId, ids: &[&str]) -> Result<bool> {
    let ids: HashSet<&str> = ids.iter().copied().collect();
    let ids: Vec<&str> = ids.into_iter().take(store::KEYS).collect();
    Ok(ids.is_empty() || store::count_held(db, tenant, user, &ids).await? == ids.len() as i64)
}

/// What an agent recalls for an answer, best first.
pub(crate) fn recalled_by(agent: Agent, memories: &[Memory], now: Timestamp) -> Vec<Recalled> {
    recall(memories, &Query { words: "", topics: topics_of(agent) }, now, FOR_AN_ANSWER)
}

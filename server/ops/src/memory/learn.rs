//! Learning: what was observed meets what is held of its key, in the transaction of what it was observed from.

use std::collections::{BTreeMap, HashSet};

use agents::memory::{Held, Memory, MemoryLayer, reconcile};
use domain::id::{TenantId, UserId};

use super::{forget, past, store};
use crate::clock::Clock;
use crate::db::WriteTx;
use crate::error::Result;
use crate::people::store::hold_person;

/// Weighs each against what is held of its layer and key; writes what changed. What the person wants forgotten is not learned.
pub(crate) async fn put_memories(
    tx: &mut WriteTx,
    clock: &Clock,
    tenant: &TenantId,
    user: &UserId,
    memories: &[Memory],
) -> Result<()> {
    if memories.is_empty() {
        return Ok(());
    }
    hold_person(tx, tenant, user, None).await?;
    let mut observed: BTreeMap<(&str, MemoryLayer), Vec<Memory>> = BTreeMap::new();
    for memory in memories {
        observed.entry((memory.key.as_str(), memory.layer)).or_default().push(memory.clone());
    }
    let observed: Vec<((&str, MemoryLayer), Vec<Memory>)> = observed.into_iter().collect();
    for some in observed.chunks(store::KEYS) {
        let mut keys: Vec<&str> = some.iter().map(|((key, _), _)| *key).collect();
        keys.dedup();
        let forgotten = forget::store::of_keys(tx, tenant, user, &keys).await?;
        let mut held = held(tx, tenant, user, &keys).await?;
        for ((key, layer), observed) in some {
            if forgotten.contains(&(layer.as_str().to_owned(), (*key).to_owned())) {
                continue;
            }
            let before = held.remove(&((*key).to_owned(), *layer)).unwrap_or_default();
            let after = reconcile(before.clone(), observed, clock.now());
            write(tx, clock, tenant, user, &before, &after).await?;
        }
    }
    Ok(())
}

/// What rested on reports that were taken back is neither held nor past.
pub(crate) async fn take_back(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    gone: &[(MemoryLayer, String)],
) -> Result<()> {
    for (layer, key) in gone {
        for memory in store::of_keys(tx, tenant, user, &[key]).await? {
            if memory.layer == *layer {
                store::remove(tx, tenant, user, &memory.id).await?;
            }
        }
    }
    Ok(())
}

async fn held(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    keys: &[&str],
) -> Result<BTreeMap<(String, MemoryLayer), Held>> {
    let mut held: BTreeMap<(String, MemoryLayer), Held> = BTreeMap::new();
    for memory in store::of_keys(tx, tenant, user, keys).await? {
        let of_key = held.entry((memory.key.clone(), memory.layer)).or_default();
        of_key.current = Some(memory);
    }
    for rival in past::store::rivals(tx, tenant, user, keys).await? {
        held.entry((rival.memory.key.clone(), rival.memory.layer)).or_default().rivals.push(rival);
    }
    Ok(held)
}

async fn write(
    tx: &mut WriteTx,
    clock: &Clock,
    tenant: &TenantId,
    user: &UserId,
    before: &Held,
    after: &Held,
) -> Result<()> {
    if let Some(memory) = after.current.as_ref().filter(|_| after.current != before.current) {
        store::put(tx, clock, tenant, user, memory).await?;
    }
    for rival in after.rivals.iter().filter(|rival| !before.rivals.contains(rival)) {
        past::store::put(tx, clock, tenant, user, rival).await?;
    }
    let left: HashSet<&str> = after.rivals.iter().map(|rival| rival.memory.id.as_str()).collect();
    for risen in before.rivals.iter().filter(|rival| !left.contains(rival.memory.id.as_str())) {
        past::store::remove(tx, tenant, user, &risen.memory.id).await?;
    }
    Ok(())
}

//! Which memories an answer was made with: named in it, counted, and found again when memory gives the same answer.

use agents::memory::{Memory, MemoryUsed, Recalled};
use domain::id::{TenantId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::db::{Db, WriteTx};
use crate::error::Result;

/// Memories that an answer names, where it went by fewer.
pub(crate) const NAMED: usize = 5;
/// At most, of those that it went by.
const USED: usize = 20;
/// What the reason of such a one begins with.
const USED_FOR: &str = "used for";

/// A memory that an answer went by, or that was recalled for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Remembered {
    /// `GET /api/user/{user_id}/memories/{id}` tells the rest.
    pub id: String,
    pub key: String,
    /// As it is held now; of a key that was forgotten since, nothing is named.
    pub content: String,
    /// What the answer used it for, where it went by it (`used for …`), and why it was recalled, with each factor.
    pub why: String,
}

impl Remembered {
    /// Those that the answer went by, at most twenty, with what for; then the best recalled ones, up to five in all.
    pub(crate) fn of(used: &[MemoryUsed], recalled: &[Recalled], held: &[Memory]) -> Vec<Self> {
        let of = |memory: &Memory, why: String| Self {
            id: memory.id.clone(),
            key: memory.key.clone(),
            content: memory.content.clone(),
            why,
        };
        let mut named: Vec<Self> = Vec::new();
        for used in used {
            if let Some(known) = named.iter_mut().find(|known| known.id == used.id) {
                known.why = format!("{}, {}", known.why, used.used_for);
            } else if let Some(memory) =
                held.iter().find(|memory| memory.id == used.id).filter(|_| named.len() < USED)
            {
                named.push(of(memory, format!("{USED_FOR} {}", used.used_for)));
            }
        }
        for recalled in recalled {
            let memory = &recalled.memory;
            match named.iter().position(|known| known.id == memory.id) {
                Some(at) => named[at].why = format!("{}; {}", named[at].why, recalled.why),
                None if named.len() < NAMED => named.push(of(memory, recalled.why.clone())),
                None => {}
            }
        }
        named
    }

    /// Those of several parts, each once: what they went by, and others up to five in all.
    pub(crate) fn join(all: &mut Vec<Self>, more: Vec<Self>) {
        for one in more {
            let used = one.why.starts_with(USED_FOR) && all.len() < USED;
            match all.iter().position(|known| known.id == one.id) {
                Some(at) if used && !all[at].why.starts_with(USED_FOR) => all[at] = one,
                Some(_) => {}
                None if used || all.len() < NAMED => all.push(one),
                None => {}
            }
        }
    }
}

impl crate::Ops {
    /// Of the answers with these ids together.
    pub(crate) async fn remembered_in(&self, analyses: &[&str]) -> Result<Vec<Remembered>> {
        let mut all = Vec::new();
        for analysis in analyses {
            Remembered::join(&mut all, remembered_of(&self.db, analysis).await?);
        }
        Ok(all)
    }
}

/// In the transaction that stores the answer.
pub(crate) async fn note_uses(
    tx: &mut WriteTx,
    tenant: &TenantId,
    user: &UserId,
    analysis: &str,
    remembered: &[Remembered],
    now: Timestamp,
) -> Result<()> {
    for (place, memory) in remembered.iter().enumerate() {
        let named = (place, memory.id.as_str(), memory.why.as_str());
        store::put_use(tx, tenant, user, analysis, named, now.as_millisecond()).await?;
    }
    Ok(())
}

/// Another answer names what one named before: nothing was recalled for it.
pub(crate) async fn name_again(
    tx: &mut WriteTx,
    (tenant, user): (&TenantId, &UserId),
    before: &str,
    now: &str,
) -> Result<()> {
    store::copy_uses(tx, tenant, user, (before, now)).await
}

/// What a stored answer named.
pub(crate) async fn remembered_of(db: &Db, analysis: &str) -> Result<Vec<Remembered>> {
    let named = store::named_by(db, analysis).await?;
    Ok(named.into_iter().map(|(id, key, content, why)| Remembered { id, key, content, why }).collect())
}

//! Which memories an answer was made with: named in it, counted, and found again when memory gives the same answer.

use agents::memory::Recalled;
use domain::id::{TenantId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::db::{Db, WriteTx};
use crate::error::Result;

/// Memories that an answer names.
pub(crate) const NAMED: usize = 5;

/// A memory that was recalled for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Remembered {
    /// `GET /api/user/{user_id}/memories/{id}` tells the rest.
    pub id: String,
    pub key: String,
    /// As it is held now; of a key that was forgotten since, nothing is named.
    pub content: String,
    /// Why it was recalled, with each factor.
    pub why: String,
}

impl Remembered {
    /// The best, at most five.
    pub(crate) fn first(recalled: &[Recalled]) -> Vec<Self> {
        let of = |recalled: &Recalled| Self {
            id: recalled.memory.id.clone(),
            key: recalled.memory.key.clone(),
            content: recalled.memory.content.clone(),
            why: recalled.why.clone(),
        };
        recalled.iter().take(NAMED).map(of).collect()
    }

    /// Those of several parts, each once, at most five.
    pub(crate) fn join(all: &mut Vec<Self>, more: Vec<Self>) {
        for one in more {
            if all.len() < NAMED && all.iter().all(|known| known.id != one.id) {
                all.push(one);
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

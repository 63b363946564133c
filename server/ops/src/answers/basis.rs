//! What an answer rests on beside data, profile, wishes and release: its planner's version, and what the person told.
//!
//! Kept with the answer and compared with what holds now. What agents learn by themselves is not in it: else every answer would make the
//! next one stale.

use agents::memory::{Memory, told_basis};
use agents::version::planner_version;
use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::people::history::Analysis;

/// `VERSION:DIGEST`; without a digest nothing was told. The digest is of the person, so that two of them have nothing in common.
pub(super) fn of((tenant, user): (&TenantId, &UserId), agent: Agent, memories: &[Memory]) -> String {
    let version = planner_version(agent);
    let told = told_basis(agent, memories);
    if told.is_empty() {
        return format!("{version}:");
    }
    let owned = format!("{tenant}/{user}/{agent}/{told}");
    format!("{version}:{}", hex::encode(&Sha256::digest(owned.as_bytes())[..16]))
}

impl crate::Ops {
    /// Why a stored answer no longer rests on what holds now.
    pub(super) async fn changed_basis(
        &self,
        (tenant, user): (&TenantId, &UserId),
        last: &Analysis,
    ) -> Result<Option<&'static str>> {
        let told = crate::memory::told(&self.db, tenant, user, self.clock.now()).await?;
        let now = of((tenant, user), last.agent, &told);
        let version = |basis: &str| basis.split_once(':').map(|(version, _)| version.to_owned());
        if version(&last.basis) != version(&now) {
            return Ok(Some("the planner has another version than the one that made the last answer"));
        }
        if last.basis != now {
            return Ok(Some("what the person told has changed since the last answer"));
        }
        let used: Vec<&str> = last.body["memories"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|memory| memory["id"].as_str())
            .collect();
        let gone = !crate::memory::all_held(&self.db, tenant, user, &used).await?;
        Ok(gone.then_some("a memory that the last answer used is no longer held"))
    }
}

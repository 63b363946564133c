//! Remembering on request: an app tells a fact for a person.

use agents::memory::{MemoryLayer, Telling, Told};
use domain::id::UserId;
use domain::local_day;

use super::{KnownMemory, forget, learn, store};
use crate::access::Caller;
use crate::error::{Error, Result};
use crate::people::store::hold_person;

impl crate::Ops {
    /// The memory as it is held now: what the person says weighs more than data, and replaces what they said before.
    ///
    /// # Errors
    /// `Invalid` naming each field; `NotFound` for an unknown person; `Conflict` for a key that was forgotten and not lifted since, or
    /// that holds an allergy which the new fact does not name: an allergy ends by being forgotten, never by being talked over.
    pub async fn remember(&self, caller: &Caller, user: &UserId, telling: Telling) -> Result<KnownMemory> {
        telling.check()?;
        let now = self.clock.now();
        let key = telling.key.clone();
        let mut tx = self.db.begin_write().await?;
        let profile = hold_person(&mut tx, &caller.tenant, user, None).await?;
        let memory = telling.into_memory(local_day::today(&profile.zone(), now), now);
        let forgotten = forget::store::of_keys(&mut tx, &caller.tenant, user, &[&key]).await?;
        if forgotten.contains(&(MemoryLayer::Semantic.as_str().to_owned(), key.clone())) {
            let why = "this key was forgotten on request and nothing was stored: lift it first (DELETE …/memories/forgotten)";
            return Err(Error::Conflict(why.to_owned()));
        }
        let before = store::of_keys(&mut tx, &caller.tenant, user, &[&key]).await?;
        if before.iter().any(|held| Told::loses_allergy(held, &memory)) {
            let why = "this key holds an allergy that the new fact has not, and nothing was stored: tell the fact under a key of its own, or \
                       forget the allergy first (DELETE …/memories/{memory_id})";
            return Err(Error::Conflict(why.to_owned()));
        }
        learn::put_memories(&mut tx, &self.clock, &caller.tenant, user, &[memory]).await?;
        let held = store::of_keys(&mut tx, &caller.tenant, user, &[&key]).await?;
        tx.commit().await?;
        let id = held.into_iter().find(|held| held.layer == MemoryLayer::Semantic).map(|held| held.id);
        self.known_memory(caller, user, &id.unwrap_or_default()).await
    }
}

//! Forgetting on request: gone from what is held and from the past, and not learned again until an app lifts it.
//!
//! A tombstone keeps layer and key. The audit log keeps that something was forgotten, by whom, and of whom by a handle that an erasure
//! takes the meaning from; not what.

pub(super) mod store;

use agents::memory::MemoryLayer;
use domain::id::UserId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Caller, audit};
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::people::store::hold_person;
use crate::privacy::handle;

/// What to forget, or of what to lift the tombstones.
#[derive(Clone, Debug, Default)]
pub struct Forget {
    pub layer: Option<MemoryLayer>,
    pub key: Option<String>,
    /// Everything; without it a layer or key must be named.
    pub all: bool,
}

/// How much was forgotten or lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Forgotten {
    /// Keys, each of one layer.
    pub keys: u64,
}

/// A tombstone: this key is not learned again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForgottenKey {
    pub layer: MemoryLayer,
    pub key: String,
    #[schema(value_type = String, format = DateTime)]
    pub forgotten_at: Timestamp,
}

struct Chosen<'a> {
    layer: &'a str,
    key: &'a str,
}

impl Forget {
    fn check(&self) -> Result<()> {
        let named = self.layer.is_some() || self.key.is_some();
        if named == self.all {
            return Err(Error::invalid("query", "must name a layer, a key or both, or else all=true"));
        }
        Ok(())
    }

    /// Layer and key, each empty where all are meant.
    fn chosen(&self) -> Chosen<'_> {
        Chosen {
            layer: self.layer.map_or("", MemoryLayer::as_str),
            key: self.key.as_deref().unwrap_or_default(),
        }
    }

    /// What it does, for the audit log.
    fn words(&self) -> &'static str {
        match (self.all, self.layer.is_some(), self.key.is_some()) {
            (true, ..) => "everything",
            (_, true, false) => "a layer",
            _ => "a key",
        }
    }
}

impl crate::Ops {
    /// Forgets what is held and was held of these keys.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or when there is nothing of the kind; `Invalid` when nothing is named.
    pub async fn forget_memories(&self, caller: &Caller, user: &UserId, what: &Forget) -> Result<Forgotten> {
        let mut tx = self.begin_forgetting(caller, user, what).await?;
        let keys = store::forget(&mut tx, &caller.tenant, user, what.chosen(), self.clock.now_ms()).await?;
        if keys == 0 {
            return Err(Error::NotFound { what: "memory" });
        }
        let detail = format!("{} forgotten on request: {keys} keys", what.words());
        self.end_forgetting(tx, caller, user, "memory.forgotten", &detail).await?;
        Ok(Forgotten { keys })
    }

    /// Forgets one memory, current or past, and with it its key in its layer: else it would be learned again tomorrow.
    ///
    /// # Errors
    /// `NotFound` for an unknown person or memory.
    pub async fn forget_memory(&self, caller: &Caller, user: &UserId, id: &str) -> Result<Forgotten> {
        let known = self.known_memory(caller, user, id).await?;
        let what = Forget { layer: Some(known.memory.layer), key: Some(known.memory.key), all: false };
        self.forget_memories(caller, user, &what).await
    }

    /// What is not learned again, newest first, at most 500.
    pub async fn forgotten_keys(&self, caller: &Caller, user: &UserId) -> Result<Vec<ForgottenKey>> {
        self.profile(&caller.tenant, user).await?;
        store::list(&self.db, &caller.tenant, user, 500).await
    }

    /// From now on these keys are learned again. What was forgotten does not come back.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or when no such key was forgotten; `Invalid` when nothing is named.
    pub async fn lift_forgotten(&self, caller: &Caller, user: &UserId, what: &Forget) -> Result<Forgotten> {
        let mut tx = self.begin_forgetting(caller, user, what).await?;
        let keys = store::lift(&mut tx, &caller.tenant, user, what.chosen()).await?;
        if keys == 0 {
            return Err(Error::NotFound { what: "forgotten key" });
        }
        let detail = format!("{} may be learned again: {keys} keys", what.words());
        self.end_forgetting(tx, caller, user, "memory.lifted", &detail).await?;
        Ok(Forgotten { keys })
    }

    async fn begin_forgetting(&self, caller: &Caller, user: &UserId, what: &Forget) -> Result<WriteTx> {
        what.check()?;
        let mut tx = self.db.begin_write().await?;
        hold_person(&mut tx, &caller.tenant, user, None).await?;
        Ok(tx)
    }

    /// The audit calls the person by their handle: it outlives an erasure.
    async fn end_forgetting(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        user: &UserId,
        action: &str,
        detail: &str,
    ) -> Result<()> {
        let handle = handle::of(&mut tx, &self.clock, &caller.tenant, user).await?;
        let entry = audit::Entry { actor: &caller.actor(), action, subject: &handle, detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        Ok(())
    }
}

//! The workflows that this process runs, in memory: which claims it holds, and who is told of changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use super::Claim;

/// A watcher that is too slow looks into the store, where everything stands.
const CHANGES: usize = 1_024;

pub(crate) struct Running {
    held: Mutex<HashMap<String, Held>>,
    changed: broadcast::Sender<Arc<str>>,
    /// For those that nobody waits for.
    rooms: Arc<Semaphore>,
}

/// A place of one that nobody waits for.
pub(crate) type Room = OwnedSemaphorePermit;

struct Held {
    attempt: i64,
    gone: CancellationToken,
    /// When the claim runs out that was last renewed, ms.
    until: i64,
}

/// A workflow is run here until this is dropped.
pub(crate) struct Holding {
    ops: crate::Ops,
    claim: Claim,
    /// Cancelled when the claim does not hold any more.
    gone: CancellationToken,
    _room: Option<Room>,
}

impl Running {
    pub(crate) fn new(at_once: usize) -> Self {
        let rooms = Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS)));
        Self { held: Mutex::default(), changed: broadcast::channel(CHANGES).0, rooms }
    }

    /// A place for one more that nobody waits for; `None`: as many run here as may.
    pub(super) fn room(&self) -> Option<Room> {
        Arc::clone(&self.rooms).try_acquire_owned().ok()
    }

    pub(super) fn rooms_left(&self) -> usize {
        self.rooms.available_permits()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something of it is other in the store.
    pub(crate) fn changed(&self, id: &str) {
        // Nobody watching is not a fault.
        let _ = self.changed.send(id.into());
    }

    pub(super) fn watch(&self) -> broadcast::Receiver<Arc<str>> {
        self.changed.subscribe()
    }

    pub(super) fn ids(&self) -> Vec<(String, i64)> {
        self.held().iter().map(|(id, held)| (id.clone(), held.attempt)).collect()
    }

    pub(super) fn renewed(&self, id: &str, until: i64) {
        if let Some(held) = self.held().get_mut(id) {
            held.until = until;
        }
    }

    /// Those whose claims have run out, because the store could not be reached.
    pub(super) fn run_out(&self, now: i64) {
        for held in self.held().values().filter(|held| held.until < now) {
            held.gone.cancel();
        }
    }

    /// It is not ours any more: what is under way ends.
    pub(super) fn gone(&self, id: &str, attempt: Option<i64>) {
        if let Some(held) = self.held().get(id).filter(|held| attempt.is_none_or(|it| it == held.attempt)) {
            held.gone.cancel();
        }
    }
}

impl crate::Ops {
    /// From now on the claim is renewed, until what is returned is dropped.
    pub(crate) fn hold_workflow(&self, claim: &Claim, room: Option<Room>) -> Holding {
        let gone = CancellationToken::new();
        let held = Held { attempt: claim.attempt, gone: gone.clone(), until: self.claim_until() };
        self.workflows.held().insert(claim.workflow.clone(), held);
        Holding { ops: self.clone(), claim: claim.clone(), gone, _room: room }
    }
}

impl Holding {
    pub(crate) fn gone(&self) -> &CancellationToken {
        &self.gone
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        let mut held = self.ops.workflows.held();
        if held.get(&self.claim.workflow).is_some_and(|held| held.attempt == self.claim.attempt) {
            held.remove(&self.claim.workflow);
        }
    }
}

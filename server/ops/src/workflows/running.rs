//! The workflows that this process runs, in memory: which claims it holds, and who is told of changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{Claim, Origin};

/// A watcher that is too slow looks into the store, where everything stands.
const CHANGES: usize = 1_024;

pub(crate) struct Running {
    held: Mutex<HashMap<String, Held>>,
    changed: broadcast::Sender<Arc<str>>,
}

struct Held {
    attempt: i64,
    origin: Origin,
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
}

impl Running {
    pub(crate) fn new() -> Self {
        Self { held: Mutex::default(), changed: broadcast::channel(CHANGES).0 }
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

    /// How many run here that nobody waits for.
    pub(super) fn in_background(&self) -> usize {
        self.held().values().filter(|held| held.origin == Origin::Background).count()
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
    pub(crate) fn hold_workflow(&self, claim: &Claim, origin: Origin) -> Holding {
        let gone = CancellationToken::new();
        let held = Held { attempt: claim.attempt, origin, gone: gone.clone(), until: self.claim_until() };
        self.workflows.held().insert(claim.workflow.clone(), held);
        Holding { ops: self.clone(), claim: claim.clone(), gone }
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

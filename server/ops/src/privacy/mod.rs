//! All of a person in one file, and nothing of a person any more.
//!
//! One registry says which tables hold what of people: the export reads it, the erasure deletes by it, and a test compares it with
//! the schema, so that a new table cannot be forgotten. The service's own books (requests, ledger, sums, rules) keep their rows under
//! a pseudonym that leads to nobody. The audit keeps that an erasure happened.

mod erase;
mod export;
pub(crate) mod handle;
mod registry;
mod store;
mod sweep;

pub use erase::Erased;
pub use export::Exported;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;

/// What this process knows of exports and erasures beside the store.
pub(crate) struct Privacy {
    /// Places of exports.
    exports: Arc<Semaphore>,
    /// Somebody read from SQLite's log when it was to be emptied: the sweep tries again.
    log_stands: AtomicBool,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { exports: Arc::new(Semaphore::new(export::AT_ONCE)), log_stands: AtomicBool::new(false) }
    }
}

#[cfg(test)]
mod tests;

//! A value that people change in the store and admission reads in memory, without a lock.
//!
//! Every change raises the switch's epoch in its transaction; memory only ever moves to a later epoch, so a slow
//! reload cannot bring an older value back.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

pub(crate) const SHUTOFF: &str = "shutoff";
pub(crate) const RELEASES: &str = "releases";
/// Raised by an instance that was refused for what the leases of others hold: they give back what they do not use.
pub(crate) const LEASES: &str = "leases";
pub(crate) const CAPS: &str = "caps";
/// Runs that correct the ledger take turns by it; nothing is read in memory.
pub(crate) const PRICES: &str = "prices";
pub(crate) const LIMITS: &str = "limits";
pub(crate) const DEGRADE: &str = "degrade";

pub(crate) struct Switch<T> {
    value: ArcSwap<T>,
    epoch: Mutex<i64>,
}

impl<T> Switch<T> {
    /// Before the store was read.
    pub(crate) fn new(value: T) -> Self {
        Self { value: ArcSwap::from_pointee(value), epoch: Mutex::new(-1) }
    }

    /// For the length of one decision.
    pub(crate) fn get(&self) -> Guard<Arc<T>> {
        self.value.load()
    }

    pub(crate) fn epoch(&self) -> i64 {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a value read at `epoch` or later. False: something newer is in force already.
    pub(crate) fn set(&self, epoch: i64, value: T) -> bool {
        let mut current = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if epoch < *current {
            return false;
        }
        *current = epoch;
        self.value.store(Arc::new(value));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reload_does_not_bring_the_past_back() {
        let switch = Switch::new(0);
        assert!(switch.set(2, 20));
        assert!(!switch.set(1, 10));
        assert_eq!((**switch.get(), switch.epoch()), (20, 2));
    }
}

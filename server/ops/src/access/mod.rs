//! Who is asking, what they may do, and the record of what they did.
//!
//! Secrets (passwords, session tokens, keys) are stored as hashes only, and shown once or never.

pub mod accounts;
pub mod actor;
pub mod audit;
pub mod keys;
pub mod sessions;
pub mod setup;
pub(crate) mod step_up;

mod attempts;
mod password;
mod refused;
mod store;
mod token;

pub use accounts::Account;
pub use actor::{Actor, Caller};
pub use keys::{CreatedKey, KeyInfo, NewKey};
pub use sessions::{Person, SessionInfo, SignedIn};

use std::time::Duration;

use crate::config::Config;

/// What access keeps in memory: sign-in attempts, whose turn it is to have a password checked, refusals that were written down, and
/// keys verified in the last seconds.
pub struct Access {
    attempts: attempts::Attempts,
    passwords: password::Passwords,
    refused: refused::Written,
    keys: keys::Verified,
}

impl Access {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            attempts: attempts::Attempts::new(config.access.sign_in_attempts),
            passwords: password::Passwords::new(),
            refused: refused::Written::default(),
            keys: keys::Verified::default(),
        }
    }
}

impl crate::Ops {
    pub(crate) fn start_access_jobs(&self) {
        let sweep = |ops: crate::Ops| async move { store::delete_expired(&ops.db, ops.clock.now_ms()).await };
        self.jobs.every_on_duty("sessions-sweep", Duration::from_secs(600), self.clock.clone(), sweep, self);
    }
}

#[cfg(test)]
mod tests;

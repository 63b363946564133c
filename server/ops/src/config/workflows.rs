//! How workflows are run: how long, how many, and what is kept of them.

use std::time::Duration;

use serde::Deserialize;

/// `[workflows]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflows {
    pub deadline_seconds: u64,
    pub lease_seconds: u64,
    pub at_once: usize,
    pub open_per_tenant: u32,
    pub keep_days: u32,
}

impl Workflows {
    /// How long a claim holds that nobody renews.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }
}

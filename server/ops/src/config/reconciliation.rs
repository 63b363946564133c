//! What is said of comparing the ledger with the providers' own accounts.

use domain::money::MicroUsd;
use domain::reconciliation::Thresholds;
use serde::Deserialize;

/// `[reconciliation]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    pub days: u32,
    pub lag_hours: u32,
    pub drift_percent: f64,
    pub drift_usd: f64,
    pub keep_days: u32,
}

impl Reconciliation {
    pub fn thresholds(&self) -> Thresholds {
        Thresholds { share: self.drift_percent / 100.0, amount: MicroUsd::from_usd(self.drift_usd) }
    }
}

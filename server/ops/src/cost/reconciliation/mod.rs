//! The ledger beside what the providers of models say that they counted and billed: day by day in UTC, as they count.
//!
//! Asked for once a day, over their usage and cost API, or read from an invoice. What a provider did not tell is unknown, since
//! when is kept, and it never looks like zero. Judging is left to [`domain::reconciliation`], alerting to the alerts.

mod alert;
mod client;
mod compare;
mod invoice;
mod providers;
mod reading;
mod run;
mod store;
#[cfg(test)]
mod tests;
mod wire;

pub use compare::UsedByDay;
pub use invoice::InvoiceFormat;
pub use reading::{ReconciledLine, ReconciliationSource};
pub use run::Reconciled;

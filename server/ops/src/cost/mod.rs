//! What was spent against what may be spent: the ledger, the day's ladder, and where the money went.
//!
//! The sums of the store decide, in leases (see [`lease`]); memory holds a copy of the day's for admission and for pages'
//! top bar. Amounts are micro-dollars inside and dollars in JSON.

mod breakdown;
mod caps;
pub(crate) mod degrade;
mod lease;
mod ledger;
pub(crate) mod likely;
mod now;
mod prices;
mod reading;
mod reconciliation;
mod refusal;
mod scopes;
mod spend;
mod store;
mod sums;
mod today;

#[cfg(test)]
mod tests;

pub use breakdown::{CostBy, CostByPerson, CostDimension, CostPoint, CostStep, whole_hour};
pub use caps::{CapChange, CapOverride, CapPreview, CapRule, CapSource, OverrideState};
pub use degrade::{ActiveStep, DegradeChange, DegradePeriod, DegradePolicy, DegradePreview, GivenUp};
pub(crate) use lease::{Call, Leases};
pub use ledger::LedgerRow;
pub(crate) use ledger::{Estimate, PastCall, Spender};
pub use now::CostNow;
pub use prices::{ComparedDay, LeftOut, PriceComparison, PriceList, PriceRun, PriceUsage, Recompute};
pub use reading::{CapNow, LeaseNow, LedgerEntry, LedgerFilter, Saved};
pub use reconciliation::{InvoiceFormat, Reconciled, ReconciledLine, ReconciliationSource, UsedByDay};
pub use refusal::CostRefusal;
pub use spend::{SpendCheck, SpendDifference};
pub(crate) use today::Today;

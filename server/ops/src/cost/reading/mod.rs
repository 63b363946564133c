//! What people read of the ledger: its entries, its sums against their caps, who has leased what of them, and what a shutoff would take and what one saved.

mod called;
mod caps;
mod entries;
mod leases;
mod saved;
pub(in crate::cost) mod store;

pub use caps::CapNow;
pub use entries::{LedgerEntry, LedgerFilter};
pub use leases::LeaseNow;
pub use saved::Saved;

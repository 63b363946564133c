//! The pages, one file each.

pub mod alerts;
pub mod audit;
pub mod cap;
pub mod caps;
pub mod cost;
mod deployments;
pub mod health;
pub mod incident;
pub mod incidents;
mod leases;
pub mod ledger;
pub mod limit;
pub mod limits;
pub mod missing;
pub mod models;
pub mod overview;
mod own_time;
pub mod people;
pub mod policies;
pub mod policy;
pub mod prices;
pub mod reconciliation;
pub mod releases;
pub mod request;
pub mod requests;
pub mod rollback;
pub mod setup;
pub mod shutoff;
pub mod shutoffs;
pub mod sign_in;

pub use cap::AskedCap;
pub use ledger::AskedLedger;
pub use limit::AskedLimit;
pub use policy::AskedPolicy;
pub use prices::AskedPrices;
pub use requests::Asked;

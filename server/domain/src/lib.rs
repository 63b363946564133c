//! The words and rules of HolisticOS: types and pure functions.
//!
//! Nothing here does I/O, reads a clock or draws a random number, so every rule can be property-tested,
//! and the crate compiles to WASM as it is.
//! Outer layers parse what comes from outside into these types once; inside, illegal states do not compile.

pub mod field_error;
pub mod id;
pub mod money;
#[cfg(feature = "schema")]
mod schema;

pub mod agent;
pub mod archetype;
pub mod calendar;
pub mod check_in;
pub mod health_data;
pub mod journal;
pub mod local_day;
pub mod profile;
pub mod release;
pub mod threshold;

pub mod access;
pub mod alert;
pub mod backoff;
pub mod breaker;
pub mod cap;
pub mod cost_day;
pub mod degrade;
pub mod drift;
pub mod health;
pub mod histogram;
pub mod incident;
pub mod ladder;
pub mod lease;
pub mod limit;
pub mod price;
pub mod rate;
pub mod reason;
pub mod reconciliation;
pub mod release_line;
pub mod run_limit;
pub mod shutoff;

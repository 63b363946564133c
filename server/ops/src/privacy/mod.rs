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

#[cfg(test)]
mod tests;

//! The writes that pages make: server functions behind plain forms, each answered by a redirect.

pub mod caps;
pub mod incidents;
pub mod limits;
pub mod outcome;
pub mod people;
pub mod persons;
pub mod policies;
pub mod prices;
pub mod reconciliation;
pub mod releases;
pub mod shutoff;

//! The writes that pages make: server functions behind plain forms, each answered by a redirect.

pub mod caps;
pub mod incidents;
pub mod limits;
pub mod outcome;
pub mod people;
pub mod releases;
pub mod shutoff;

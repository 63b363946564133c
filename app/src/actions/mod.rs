//! The writes that pages make: server functions behind plain forms, each answered by a redirect.

pub mod outcome;

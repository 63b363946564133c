//! The pages, one file each.

pub mod missing;
pub mod setup;
pub mod sign_in;

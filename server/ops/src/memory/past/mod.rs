//! What is no longer held, kept for a while with when and why.

pub(super) mod store;

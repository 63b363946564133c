//! Who is asking, what they may do, and the record of what they did.

pub mod actor;
pub mod audit;

pub use actor::{Actor, Caller};

impl crate::Ops {
    pub(crate) fn start_access_jobs(&self) {}
}

//! Releases: immutable sets of agent settings, and which of them is served.

use crate::error::Result;

/// The release in force, in memory; the store is the truth.
#[derive(Default)]
pub struct Releases {}

impl crate::Ops {
    /// Reads the pointer from the store; makes the first release when there is none.
    #[expect(clippy::unused_async, reason = "the contract of the area")]
    pub async fn load_releases(&self) -> Result<()> {
        Ok(())
    }
}

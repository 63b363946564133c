//! The way to an answer: admission decides, and only admission makes a [`Permit`].

use crate::error::Result;

/// What admission reads on every request, in memory.
#[derive(Default)]
pub struct Gateway {}

impl crate::Ops {
    /// Reads the shutoff in force from the store.
    #[expect(clippy::unused_async, reason = "the contract of the area")]
    pub async fn load_shutoff(&self) -> Result<()> {
        Ok(())
    }
}

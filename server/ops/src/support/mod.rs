//! Staff who look at a person's data: with the person's consent or, once and for an hour, in an emergency.
//!
//! Nothing of a person leaves this area for the console without a ground in force and a row that the person can read (decision 24). The
//! row is committed before the data is read. Staff have a name here that only this person's rows have: the person can tell one viewer
//! from another, and an operator can find out who it was, but no list of the staff is given to apps.

mod accesses;
mod consent;
mod emergency;
mod look;
mod sections;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use accesses::{Access, NamedAccess};
pub use consent::{Consent, ConsentState, Grant};
pub use emergency::Emergency;
pub use look::{Ground, Looking, Standing};
pub use sections::{Forgotten, Plans, Seen};

use domain::id::{TenantId, UserId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Whom it is about.
type Owner<'a> = (&'a TenantId, &'a UserId);

/// A part of a person's data that is looked at, and noted, as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// How much the data can carry.
    Quality,
    /// Why answers were fresh or from memory.
    Decisions,
    /// Today's tasks, and the answers that are kept.
    Plans,
    Memory,
    Insights,
    Workflows,
}

impl Section {
    pub const ALL: [Self; 6] =
        [Self::Quality, Self::Decisions, Self::Plans, Self::Memory, Self::Insights, Self::Workflows];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quality => "quality",
            Self::Decisions => "decisions",
            Self::Plans => "plans",
            Self::Memory => "memory",
            Self::Insights => "insights",
            Self::Workflows => "workflows",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.as_str() == text)
    }
}

/// What a member of staff is called towards one person: always the same, and another one towards everybody else.
fn alias(account: &str, (tenant, user): Owner<'_>) -> String {
    let mut digest = Sha256::new();
    for part in [account, tenant.as_str(), user.as_str()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    format!("staff-{}", &hex::encode(digest.finalize())[..12])
}

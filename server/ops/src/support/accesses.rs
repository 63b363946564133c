//! The log of accesses: told to the person through their app, and to staff with the names behind the aliases.

use std::collections::HashMap;

use domain::access::Action;
use domain::id::UserId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Ground, Owner, alias, store};
use crate::access::{Actor, Caller};
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};

/// Name of the list in cursors.
const LIST: &str = "accesses";

/// Somebody of the staff looked at something, or opened everything in an emergency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Access {
    /// To name when asking the service who it was.
    pub id: String,
    /// The first look of its hour.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The same for all looks of one member of staff at this person, and for nobody else's.
    pub viewer: String,
    /// `responder`, `operator` or `admin`.
    pub role: String,
    /// `quality`, `decisions`, `plans`, `memory`, `insights`, `workflows`; `emergency`: the hour of an emergency began.
    pub section: String,
    pub ground: Ground,
    /// The purpose of the consent, or the reason of the emergency.
    pub why: String,
    /// When the emergency ends; absent for looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// For the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedAccess {
    #[serde(flatten)]
    pub access: Access,
    /// Email of who it was.
    pub by: Option<String>,
}

impl crate::Ops {
    /// Who of the staff looked at the person, newest first.
    ///
    /// # Errors
    /// `NotFound` for an unknown person; `Invalid` names `cursor`.
    pub async fn accesses(
        &self,
        caller: &Caller,
        user: &UserId,
        asked: &PageRequest,
    ) -> Result<Page<Access>> {
        self.profile(&caller.tenant, user).await?;
        self.accesses_to((&caller.tenant, user), asked).await
    }

    /// Likewise for the console, with who it was. Needs `SeeHealthData`.
    pub async fn named_accesses(
        &self,
        actor: &Actor,
        owner: Owner<'_>,
        asked: &PageRequest,
    ) -> Result<Page<NamedAccess>> {
        actor.require(Action::SeeHealthData)?;
        let Page { items, next } = self.accesses_to(owner, asked).await?;
        let accounts = self.users().await?;
        let aliases: HashMap<String, String> =
            accounts.into_iter().map(|account| (alias(&account.id, owner), account.email)).collect();
        // The purpose of a consent is the person's own words: staff read them while it is in force, among the consents.
        let named = |access: Access| NamedAccess {
            by: aliases.get(&access.viewer).cloned(),
            access: match access.ground {
                Ground::Consent => Access { why: String::new(), ..access },
                Ground::Emergency => access,
            },
        };
        Ok(Page { items: items.into_iter().map(named).collect(), next })
    }

    async fn accesses_to(&self, owner: Owner<'_>, asked: &PageRequest) -> Result<Page<Access>> {
        let [before, id] = asked.after::<2>(LIST)?;
        let rows = store::accesses(&self.db, owner, (place(&before)?, &id), asked.rows()).await?;
        Page::of(asked, LIST, rows, |it| [it.at.as_millisecond().to_string(), it.id.clone()])
    }
}

/// The time before which a page begins; of the first page none.
pub(super) fn place(text: &str) -> Result<i64> {
    if text.is_empty() {
        return Ok(i64::MAX);
    }
    text.parse().map_err(|_| Error::invalid("cursor", "must be one that a page of this list gave"))
}

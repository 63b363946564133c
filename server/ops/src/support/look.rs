//! The gate: who may look at a person now, on what ground, and the row that says so.

use domain::access::Action;
use domain::id::{TenantId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::AnyConnection;
use utoipa::ToSchema;

use super::{Consent, ConsentState, Emergency, Owner, Section, Seen, alias, store};
use crate::access::Person;
use crate::access::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::privacy::handle;

/// Looks of one hour are one row.
const HOUR_MS: i64 = 3_600_000;

/// Why staff may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AccessGround)]
pub enum Ground {
    Consent,
    Emergency,
}

impl Ground {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Emergency => "emergency",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Consent, Self::Emergency].into_iter().find(|ground| ground.as_str() == text)
    }
}

/// A ground in force.
pub(super) struct InForce<'a> {
    pub(super) ground: Ground,
    pub(super) id: &'a str,
    pub(super) why: &'a str,
}

/// What a member of staff may do with a person's data now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The role allows to look, given a ground.
    pub role_may: bool,
    /// In force. Its purpose is empty for roles that may not look.
    pub consent: Option<Consent>,
    /// This member of staff's, in force.
    pub emergency: Option<Emergency>,
}

impl Standing {
    pub fn may_look(&self) -> bool {
        self.in_force().is_some()
    }

    /// Consent comes first: nobody needs an emergency beside it.
    pub(super) fn in_force(&self) -> Option<InForce<'_>> {
        if !self.role_may {
            return None;
        }
        match (&self.consent, &self.emergency) {
            (Some(it), _) => Some(InForce { ground: Ground::Consent, id: &it.id, why: &it.purpose }),
            (None, Some(it)) => Some(InForce { ground: Ground::Emergency, id: &it.id, why: &it.reason }),
            (None, None) => None,
        }
    }
}

/// What is looked at, from where on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looking {
    pub section: Section,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Of memory: what is no longer held.
    pub past: bool,
}

impl crate::Ops {
    /// On what ground this member of staff may look at the person now.
    ///
    /// # Errors
    /// `NotFound` for an unknown person.
    pub async fn support_standing(
        &self,
        staff: &Person,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Standing> {
        self.profile(tenant, user).await?;
        let mut connection = self.db.read().acquire().await?;
        self.standing_in(&mut connection, staff, (tenant, user)).await
    }

    /// An emergency is in force for those only who may still open one.
    pub(super) async fn standing_in(
        &self,
        connection: &mut AnyConnection,
        staff: &Person,
        owner: Owner<'_>,
    ) -> Result<Standing> {
        let now = self.clock.now();
        let role_may = staff.role.may(Action::SeeHealthData);
        let newest = store::consents(&mut *connection, owner, (i64::MAX, ""), 1, now).await?.pop();
        let mut consent = newest.filter(|consent| consent.state == ConsentState::InForce);
        if let Some(consent) = consent.as_mut().filter(|_| !role_may) {
            consent.purpose.clear();
        }
        let viewer = alias(&staff.user_id, owner);
        let emergency = match staff.role.may(Action::BreakGlass) {
            true => store::emergency(&mut *connection, owner, &viewer, now.as_millisecond()).await?,
            false => None,
        };
        Ok(Standing { role_may, consent, emergency })
    }

    /// A section of a person's data, noted for the person before it is read.
    ///
    /// # Errors
    /// `Forbidden` for the role, or without a ground in force; `NotFound` for an unknown person; `Invalid` names `cursor`.
    pub async fn look_at(
        &self,
        staff: &Person,
        tenant: &TenantId,
        user: &UserId,
        asked: &Looking,
    ) -> Result<Seen> {
        self.allow(&staff.actor(), Action::SeeHealthData).await?;
        let standing = self.support_standing(staff, tenant, user).await?;
        let ground = standing.in_force().ok_or_else(no_ground)?;
        // A page that is read again does not wait behind writes.
        let row = self.access(staff, (tenant, user), asked.section, &ground);
        if !store::is_noted(&self.db, (tenant, user), &row).await? {
            self.note_access(staff, (tenant, user), asked.section).await?;
        }
        self.read_section(tenant, user, asked).await
    }

    fn access(&self, staff: &Person, owner: Owner<'_>, section: Section, ground: &InForce<'_>) -> NewAccess {
        let now: Timestamp = self.clock.now();
        NewAccess {
            id: self.clock.new_id(),
            at: now.as_millisecond(),
            hour: now.as_millisecond().div_euclid(HOUR_MS),
            viewer: alias(&staff.user_id, owner),
            role: staff.role.as_str(),
            section: section.as_str(),
            ground: ground.ground,
            ground_id: ground.id.to_owned(),
            why: ground.why.to_owned(),
            expires_at: None,
        }
    }

    /// On the disk before anything is shown, and on the ground that holds then: who withdraws holds the same row.
    async fn note_access(&self, staff: &Person, owner: Owner<'_>, section: Section) -> Result<()> {
        let mut tx = self.db.begin_durable().await?;
        let handle = handle::of(&mut tx, &self.clock, owner.0, owner.1).await?;
        let standing = self.standing_in(&mut tx, staff, owner).await?;
        let ground = standing.in_force().ok_or_else(no_ground)?;
        let row = self.access(staff, owner, section, &ground);
        if store::insert_access(&mut tx, owner, &row).await? {
            let words = match ground.ground {
                Ground::Consent => "with consent",
                Ground::Emergency => "in an emergency",
            };
            let detail = format!("{} of a person seen, {words}", section.as_str());
            let actor = staff.actor();
            let entry = Entry { actor: &actor, action: "person.viewed", subject: &handle, detail: &detail };
            audit::append(&mut tx, &self.clock, &entry).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn no_ground() -> Error {
    Error::Forbidden { needs: "the person's consent, which their app can give".to_owned() }
}

/// A row of the log of accesses.
pub(super) struct NewAccess {
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) hour: i64,
    pub(super) viewer: String,
    pub(super) role: &'static str,
    pub(super) section: &'static str,
    pub(super) ground: Ground,
    pub(super) ground_id: String,
    pub(super) why: String,
    pub(super) expires_at: Option<i64>,
}

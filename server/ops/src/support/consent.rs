//! Consent: given through the person's app for a purpose and a time, withdrawn at any time.

use domain::field_error::FieldError;
use domain::id::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::access::audit::{self, Entry};
use crate::access::{Actor, Caller};
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};
use crate::privacy::handle;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// When nobody says until when.
const USUAL_DAYS: i32 = 7;
/// A longer one would be forgotten by who gave it.
const MOST_DAYS: i32 = 30;
/// Name of the list in cursors.
const LIST: &str = "consents";

/// What a person allows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// What staff may look for, 3 to 500 characters.
    pub purpose: String,
    /// At most 30 days from now; absent: 7 days.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// A consent as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Consent {
    pub purpose: String,
    pub state: ConsentState,
    #[schema(value_type = String, format = DateTime)]
    pub granted_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// `null`: it was not withdrawn, and no newer one took its place.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Timestamp>,
    #[serde(skip)]
    pub(super) id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentState {
    InForce,
    Expired,
    Withdrawn,
}

impl ConsentState {
    pub(super) fn of(expires_at: Timestamp, withdrawn_at: Option<Timestamp>, now: Timestamp) -> Self {
        match withdrawn_at {
            // It had ended by itself before.
            Some(at) if at < expires_at => Self::Withdrawn,
            _ if now >= expires_at => Self::Expired,
            _ => Self::InForce,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Grant {
    /// The purpose, and until when.
    fn read(&self, now: Timestamp) -> Result<(String, Timestamp), Vec<FieldError>> {
        let purpose = domain::reason::parse("purpose", &self.purpose);
        let expires_at = self.expires_at.unwrap_or(now + DAY * USUAL_DAYS);
        let fits = expires_at > now && expires_at <= now + DAY * MOST_DAYS;
        let until = if fits {
            Ok(expires_at)
        } else {
            Err(FieldError::new("expires_at", "must be later than now, and at most 30 days from now"))
        };
        match (purpose, until) {
            (Ok(purpose), Ok(until)) => Ok((purpose, until)),
            (purpose, until) => Err([purpose.err(), until.err()].into_iter().flatten().collect()),
        }
    }
}

impl crate::Ops {
    /// The person lets staff look. A consent that was in force ends with it. Audited without the purpose, which is the person's.
    ///
    /// # Errors
    /// `NotFound` for an unknown person; `Invalid` names `purpose` or `expires_at`.
    pub async fn consent_to_support(&self, caller: &Caller, user: &UserId, grant: &Grant) -> Result<Consent> {
        let now = self.clock.now();
        let (purpose, expires_at) = grant.read(now)?;
        let owner = (&caller.tenant, user);
        let consent = Consent {
            id: self.clock.new_id(),
            purpose,
            state: ConsentState::InForce,
            granted_at: crate::clock::at(now.as_millisecond()),
            expires_at: crate::clock::at(expires_at.as_millisecond()),
            withdrawn_at: None,
        };
        let mut tx = self.db.begin_write().await?;
        let handle = handle::of(&mut tx, &self.clock, owner.0, owner.1).await?;
        store::end_consents(&mut tx, owner, now.as_millisecond()).await?;
        store::insert_consent(&mut tx, owner, &consent, &caller.key_prefix).await?;
        let detail = format!("staff may look at a person until {}", expires_at.strftime("%F %H:%M UTC"));
        let actor = caller.actor();
        let entry = Entry { actor: &actor, action: "consent.granted", subject: &handle, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        Ok(consent)
    }

    /// From the next look on staff see nothing.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or when none is in force.
    pub async fn withdraw_support_consent(&self, caller: &Caller, user: &UserId) -> Result<Consent> {
        let owner = (&caller.tenant, user);
        let mut tx = self.db.begin_write().await?;
        let handle = handle::of(&mut tx, &self.clock, owner.0, owner.1).await?;
        if store::end_consents(&mut tx, owner, self.clock.now_ms()).await? == 0 {
            return Err(Error::NotFound { what: "consent in force" });
        }
        let actor = caller.actor();
        let detail = "staff may not look at a person any more";
        let entry = Entry { actor: &actor, action: "consent.withdrawn", subject: &handle, detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.support_consent(caller, user).await
    }

    /// The newest consent, whatever became of it.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or when there never was one.
    pub async fn support_consent(&self, caller: &Caller, user: &UserId) -> Result<Consent> {
        self.profile(&caller.tenant, user).await?;
        let asked = PageRequest::parse(Some("1"), None)?;
        let page = self.consents((&caller.tenant, user), &asked).await?;
        page.items.into_iter().next().ok_or(Error::NotFound { what: "consent" })
    }

    /// All consents of a person for the console, newest first. Purposes of those that have ended are nobody's business any more: they
    /// are empty. Needs `SeeHealthData`.
    pub async fn support_consents(
        &self,
        actor: &Actor,
        owner: super::Owner<'_>,
        asked: &PageRequest,
    ) -> Result<Page<Consent>> {
        actor.require(domain::access::Action::SeeHealthData)?;
        let mut page = self.consents(owner, asked).await?;
        for consent in page.items.iter_mut().filter(|it| it.state != ConsentState::InForce) {
            consent.purpose.clear();
        }
        Ok(page)
    }

    async fn consents(&self, owner: super::Owner<'_>, asked: &PageRequest) -> Result<Page<Consent>> {
        let [before, id] = asked.after::<2>(LIST)?;
        let before = super::accesses::place(&before)?;
        let now = self.clock.now();
        let rows = store::consents(self.db.read(), owner, (before, &id), asked.rows(), now).await?;
        Page::of(asked, LIST, rows, |it| [it.granted_at.as_millisecond().to_string(), it.id.clone()])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-03T07:00:00Z".parse().unwrap()
    }

    proptest! {
        #[test]
        fn a_consent_is_in_force_exactly_from_its_grant_to_its_first_end(
            lasts in 1_i64..=30 * 24 * 60, withdrawn in proptest::option::of(0_i64..60 * 24 * 60), passed in 0_i64..60 * 24 * 60,
        ) {
            let minutes = SignedDuration::from_mins;
            let grant = Grant { purpose: "to see".to_owned(), expires_at: Some(now() + minutes(lasts)) };
            let (_, until) = grant.read(now()).unwrap();
            // A withdrawal is known once it happened.
            let withdrawn = withdrawn.filter(|at| *at <= passed);
            let state = ConsentState::of(until, withdrawn.map(|at| now() + minutes(at)), now() + minutes(passed));
            let ends = withdrawn.map_or(lasts, |at| at.min(lasts));
            prop_assert_eq!(state == ConsentState::InForce, passed < ends);
        }
    }

    #[test]
    fn a_consent_lasts_a_week_unless_said_and_a_month_at_most() {
        let grant = |expires_at| Grant { purpose: " why so early ".to_owned(), expires_at };
        let read = grant(None).read(now()).unwrap();
        assert_eq!(read, ("why so early".to_owned(), "2026-03-10T07:00:00Z".parse().unwrap()));
        let most: Timestamp = "2026-04-02T07:00:00Z".parse().unwrap();
        assert!(grant(Some(most)).read(now()).is_ok());
        for wrong in [most + SignedDuration::from_millis(1), now(), now() - DAY] {
            let faults = grant(Some(wrong)).read(now()).unwrap_err();
            assert_eq!(faults[0].field, "expires_at");
        }
        let both = Grant { purpose: "x".to_owned(), expires_at: Some(now()) }.read(now()).unwrap_err();
        assert_eq!(both.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), ["purpose", "expires_at"]);
    }
}

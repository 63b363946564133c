//! Emergencies: an admin looks without consent, for one hour, for an incident, with a reason that the person can read.
//!
//! Source: an emergency access procedure is required where health data is kept behind consent (45 CFR 164.312(a)(2)(ii)); the vital
//! interests of who cannot be asked are a ground of their own (GDPR, articles 6(1)(d) and 9(2)(c)).

use domain::access::Action;
use domain::field_error::FieldError;
use domain::id::{TenantId, UserId};
use jiff::{SignedDuration, Timestamp};

use super::look::NewAccess;
use super::{Ground, alias, store};
use crate::access::Person;
use crate::access::audit::{self, Entry};
use crate::access::step_up::StepUp;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::incidents;
use crate::privacy::handle;

const LASTS: SignedDuration = SignedDuration::from_hours(1);
/// What such a row has in place of a section.
pub(super) const SECTION: &str = "emergency";

/// One member of staff may look at one person for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    pub reason: String,
    pub expires_at: Timestamp,
    pub(super) id: String,
}

impl crate::Ops {
    /// Opens a person's data to one admin for an hour. `incident`: the id of one that is not over; its timeline tells it.
    ///
    /// # Errors
    /// `Forbidden` below admin; `Invalid` names `password`, `reason` or `incident`; `NotFound` for an unknown person or incident; `Conflict` when a ground is
    /// in force already, or the incident is over.
    pub async fn open_in_emergency(
        &self,
        staff: &Person,
        (tenant, user): (&TenantId, &UserId),
        incident: &str,
        reason: &str,
        password: &str,
    ) -> Result<Emergency> {
        let actor = staff.actor();
        let ask = StepUp {
            action: Action::BreakGlass,
            without: "is needed to look at a person without consent",
            because: "it opens a person's data without consent: the console's page of the person",
            refused: ("person.emergency-refused", "person", "looking without consent was refused"),
        };
        self.step_up(&actor, &ask, password).await?;
        let reason = domain::reason::parse("reason", reason)?;
        if names(&reason, user) {
            let fault = "must not name the person: it stays in the audit log when the person is erased";
            return Err(FieldError::new("reason", fault).into());
        }
        let (id, now) = (self.clock.new_id(), self.clock.now());
        let until = now + LASTS;
        let mut tx = self.db.begin_durable().await?;
        let handle = handle::of(&mut tx, &self.clock, tenant, user).await?;
        if self.standing_in(&mut tx, staff, (tenant, user)).await?.may_look() {
            let why = "you may look at this person already: their consent, or an emergency, is in force";
            return Err(Error::Conflict(why.to_owned()));
        }
        let row = NewAccess {
            ground_id: id.clone(),
            id,
            at: now.as_millisecond(),
            hour: now.as_millisecond().div_euclid(LASTS.as_millis() as i64),
            viewer: alias(&staff.user_id, (tenant, user)),
            role: staff.role.as_str(),
            section: SECTION,
            ground: Ground::Emergency,
            why: reason.clone(),
            expires_at: Some(until.as_millisecond()),
        };
        store::insert_access(&mut tx, (tenant, user), &row).await?;
        let end = until.strftime("%F %H:%M UTC");
        let told = format!("{handle} was opened without consent, until {end}");
        let incident_name = incidents::note_on(&mut tx, self, incident, &told, &actor.label()).await?;
        let detail =
            format!("a person's data opened without consent until {end}, for {incident_name}: {reason}");
        let action = "person.opened-in-emergency";
        audit::append(
            &mut tx,
            &self.clock,
            &Entry { actor: &actor, action, subject: &handle, detail: &detail },
        )
        .await?;
        tx.commit().await?;
        self.events.publish(Topic::Incidents, Some(incident.to_owned()));
        Ok(Emergency { id: row.id, reason, expires_at: crate::clock::at(until.as_millisecond()) })
    }
}

/// Whether the person's id stands in the text as a word.
fn names(text: &str, user: &UserId) -> bool {
    let of_an_id = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !of_an_id(c)).any(|word| word.eq_ignore_ascii_case(user.as_str()))
}

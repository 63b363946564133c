//! People and their health data: profile, scores, readings, plans, and what people do with them: check-ins, journals, calendars.
//!
//! Everything is kept by tenant and person; a person of another tenant does not exist. A batch is stored whole or not at all.

mod evidence;
pub mod history;
pub mod import;
pub mod ingest;
pub(crate) mod store;

pub mod archetypes;
pub mod calendar;
pub mod check_ins;
pub mod context;
mod days;
pub mod journal;
pub mod summary;
pub mod tasks;

pub use days::Days;
pub use history::Analysis;
pub use ingest::Accepted;

use agents::evidence::PersonData;
use domain::id::{TenantId, UserId};
use domain::profile::Profile;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::at;
use crate::error::{Error, Result};

/// How far back agents look, before the newest reading.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 60);
/// Readings loaded for one run: 60 days of hourly steps and daily sums are about 2,200.
const MOST_READINGS: i64 = 20_000;

/// One person for the console: ids and counts only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonLine {
    pub tenant: String,
    pub user_id: String,
    pub readings: i64,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl crate::Ops {
    /// The stored profile.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or one of another tenant.
    pub async fn profile(&self, tenant: &TenantId, user: &UserId) -> Result<Profile> {
        let found = store::profile(&self.db, tenant, user).await?;
        found.map(|(profile, _)| profile).ok_or(Error::NotFound { what: "person" })
    }

    /// What agents may look at, bounded.
    pub(crate) async fn person_data(
        &self,
        tenant: &TenantId,
        user: &UserId,
        profile: Profile,
    ) -> Result<PersonData> {
        let newest = store::newest_reading(&self.db, tenant, user).await?;
        let from = newest.map_or(0, |ms| (at(ms) - LOOK_BACK).as_millisecond());
        let today = profile.zone().to_datetime(self.clock.now()).date().to_string();
        let since = (self.clock.now() - LOOK_BACK).strftime("%F").to_string();
        Ok(PersonData {
            profile,
            scores: store::scores_since(&self.db, tenant, user, from).await?,
            biomarkers: store::biomarkers_since(&self.db, tenant, user, from, MOST_READINGS).await?,
            check_ins: check_ins::store::between(self.db.read(), tenant, user, &since, &today).await?,
            journal: journal::store::figures(&self.db, tenant, user, &since, &today).await?,
            memories: crate::memory::memories(&self.db, tenant, user, self.clock.now()).await?,
        })
    }

    /// How many people there are, and the last ones that sent something.
    pub async fn people(&self, limit: u32) -> Result<(i64, Vec<PersonLine>)> {
        Ok((store::count_people(&self.db).await?, store::people(&self.db, i64::from(limit.min(500))).await?))
    }
}

#[cfg(test)]
pub(crate) mod tests;

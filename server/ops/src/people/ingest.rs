//! Taking in what apps measure: checked item by item, stored whole or not at all.

use domain::field_error::FieldError;
use domain::health_data::{Biomarker, Score};
use domain::id::{TenantId, UserId};
use domain::profile::Profile;
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::access::Caller;
use crate::error::{Error, Result};

/// Items of one call.
pub const BATCH: usize = 1_000;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Accepted {
    pub received: u64,
    pub stored: u64,
    /// Known already: the same kind, time and source.
    pub duplicates: u64,
}

impl Accepted {
    pub(crate) fn of(received: usize, stored: u64) -> Self {
        let received = received as u64;
        Self { received, stored, duplicates: received.saturating_sub(stored) }
    }
}

impl crate::Ops {
    /// Makes a person, or replaces their profile.
    pub async fn put_profile(&self, caller: &Caller, user: &UserId, profile: Profile) -> Result<Profile> {
        self.put_profile_if(caller, user, profile, &|_| true).await
    }

    /// Likewise, when `expected` says of the profile there is that the caller knows it.
    ///
    /// # Errors
    /// `Changed` when the caller does not know the newest.
    pub async fn put_profile_if(
        &self,
        caller: &Caller,
        user: &UserId,
        profile: Profile,
        expected: &(dyn Fn(Option<&Profile>) -> bool + Sync),
    ) -> Result<Profile> {
        profile.check()?;
        let now = self.clock.now_ms();
        let mut tx = self.db.begin_write().await?;
        let before = store::hold_if_known(&mut tx, &caller.tenant, user, Some(now)).await?;
        if !expected(before.as_ref()) {
            return Err(Error::Changed);
        }
        store::put_profile(&mut tx, &caller.tenant, user, &profile, now).await?;
        if let (Some(before), Some(to)) = (&before, profile.archetype)
            && before.archetype != Some(to)
        {
            self.note_switch(&mut tx, caller, user, before, to).await?;
        }
        tx.commit().await?;
        Ok(profile)
    }

    pub async fn add_scores(&self, caller: &Caller, user: &UserId, scores: Vec<Score>) -> Result<Accepted> {
        self.known(&caller.tenant, user).await?;
        let now = self.clock.now();
        let scores = checked(scores, |score| score.checked(now))?;
        let mut tx = self.db.begin_write().await?;
        let stored = store::insert_scores(&mut tx, &self.clock, &caller.tenant, user, &scores).await?;
        tx.commit().await?;
        Ok(Accepted::of(scores.len(), stored))
    }

    pub async fn add_biomarkers(
        &self,
        caller: &Caller,
        user: &UserId,
        readings: Vec<Biomarker>,
    ) -> Result<Accepted> {
        self.known(&caller.tenant, user).await?;
        let now = self.clock.now();
        let readings = checked(readings, |reading| reading.checked(now))?;
        let mut tx = self.db.begin_write().await?;
        let stored = store::insert_biomarkers(&mut tx, &self.clock, &caller.tenant, user, &readings).await?;
        tx.commit().await?;
        Ok(Accepted::of(readings.len(), stored))
    }

    async fn known(&self, tenant: &TenantId, user: &UserId) -> Result<()> {
        self.profile(tenant, user).await.map(|_| ())
    }
}

/// Every fault of every item, by its place, up to a hundred; or all items, parsed.
pub(super) fn checked<T, U>(
    items: Vec<T>,
    check: impl Fn(T) -> Result<U, Vec<FieldError>>,
) -> Result<Vec<U>> {
    if items.is_empty() || items.len() > BATCH {
        return Err(Error::invalid("items", format!("must have 1 to {BATCH} items")));
    }
    let (mut kept, mut faults) = (Vec::with_capacity(items.len()), Vec::new());
    for (i, item) in items.into_iter().enumerate() {
        match check(item) {
            Ok(item) => kept.push(item),
            Err(found) => faults.extend(found.into_iter().map(|fault| fault.within(&format!("items[{i}]")))),
        }
    }
    if faults.is_empty() {
        return Ok(kept);
    }
    faults.truncate(100);
    Err(Error::Invalid(faults))
}

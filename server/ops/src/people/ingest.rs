//! Taking in what apps send: checked item by item, stored whole or not at all.

use domain::check_in::CheckIn;
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
        profile.check()?;
        let before = store::profile(&self.db, &caller.tenant, user).await?.and_then(|(it, _)| it.archetype);
        let mut tx = self.db.begin_write().await?;
        store::put_profile(&mut tx, &caller.tenant, user, &profile, self.clock.now_ms()).await?;
        if let Some(archetype) = profile.archetype.filter(|archetype| before != Some(*archetype)) {
            let now = self.clock.now();
            let today = profile.zone().to_datetime(now).date();
            let memory = agents::memory::archetype_switched(before, archetype, today, now);
            store::put_memories(&mut tx, &self.clock, &caller.tenant, user, &[memory]).await?;
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

    /// A second check-in for the same task and day replaces the first.
    pub async fn add_check_ins(
        &self,
        caller: &Caller,
        user: &UserId,
        reports: Vec<CheckIn>,
    ) -> Result<Accepted> {
        let profile = self.profile(&caller.tenant, user).await?;
        let reports = checked(reports, |report| report.check().map(|()| report))?;
        let now = self.clock.now();
        let today = profile.zone().to_datetime(now).date();
        let mut tx = self.db.begin_write().await?;
        for report in &reports {
            store::put_check_in(&mut tx, &caller.tenant, user, report, now.as_millisecond()).await?;
        }
        let all = store::check_ins_in(&mut tx, &caller.tenant, user).await?;
        let memories = agents::memory::from_check_ins(&all, today, now);
        store::put_memories(&mut tx, &self.clock, &caller.tenant, user, &memories).await?;
        tx.commit().await?;
        Ok(Accepted::of(reports.len(), reports.len() as u64))
    }

    async fn known(&self, tenant: &TenantId, user: &UserId) -> Result<()> {
        self.profile(tenant, user).await.map(|_| ())
    }
}

/// Every fault of every item, by its place, up to a hundred; or all items, parsed.
fn checked<T, U>(items: Vec<T>, check: impl Fn(T) -> Result<U, Vec<FieldError>>) -> Result<Vec<U>> {
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

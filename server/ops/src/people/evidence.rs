//! What an agent would see of a person at this moment: for whoever judges answers from outside.

use agents::evidence::Evidence;
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};

use crate::error::Result;

impl crate::Ops {
    /// As the next request would load it, looking closely at `days` days (1–7), under the release that is served.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or one of another tenant.
    pub async fn evidence(
        &self,
        tenant: &TenantId,
        user: &UserId,
        archetype: Archetype,
        days: u32,
    ) -> Result<Evidence> {
        let profile = self.profile(tenant, user).await?;
        let data = self.person_data(tenant, user, profile).await?;
        let settings = (*self.releases.served().settings).clone();
        Ok(Evidence::from_data(data, archetype, settings, self.clock.now(), days))
    }
}

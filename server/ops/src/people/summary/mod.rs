//! A person at a glance: what there is, how fresh it is, what agents can say with it.

mod readiness;
mod store;

use agents::data_quality::{self, DataQuality};
use agents::evidence::Evidence;
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::health_data::Score;
use domain::id::{TenantId, UserId};
use domain::local_day;
use domain::profile::Profile;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::clock::at;
use crate::error::Result;

pub use readiness::{AgentReadiness, Level};

/// Whose newest answers are named.
const ASKED: [Agent; 5] =
    [Agent::Behavior, Agent::Circadian, Agent::Routine, Agent::Nutrition, Agent::Insights];
/// Days that data quality looks at closely.
const WINDOW: u32 = 7;

/// What is stored of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    pub scores: u64,
    pub readings: u64,
    pub check_ins: u64,
    pub journal_days: u64,
    pub calendar_selections: u64,
    pub memories: u64,
    pub insights: u64,
}

/// The newest of each; `null`: there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Freshness {
    #[schema(value_type = Option<String>, format = DateTime)]
    pub newest_score_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub newest_reading_at: Option<Timestamp>,
    /// Whole hours since the newest score or reading; 0 when it lies in the future.
    pub newest_data_hours_ago: Option<i64>,
    #[schema(value_type = Option<String>, format = Date)]
    pub newest_check_in: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    pub newest_journal: Option<Date>,
}

/// The newest answer of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LatestPlan {
    pub agent: Agent,
    /// The local day it is about.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub archetype: String,
    #[schema(value_type = String, format = DateTime)]
    pub computed_at: Timestamp,
    pub for_today: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PersonSummary {
    pub user_id: UserId,
    /// The person's local day.
    #[schema(value_type = String, format = Date)]
    pub today: Date,
    pub time_zone: String,
    /// What agents take.
    pub archetype: Archetype,
    /// `false`: nobody chose it, it is the default.
    pub archetype_chosen: bool,
    /// The newest of each type, 0–100.
    pub latest_scores: Vec<Score>,
    pub counts: Counts,
    pub freshness: Freshness,
    /// Absent agents have made nothing yet.
    pub plans: Vec<LatestPlan>,
    pub readiness: Vec<AgentReadiness>,
}

/// How much the data can carry, and what would help.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QualityReport {
    pub user_id: UserId,
    /// The same that every analysis carries.
    pub data_quality: DataQuality,
    pub counts: Counts,
    pub freshness: Freshness,
    pub readiness: Vec<AgentReadiness>,
}

impl crate::Ops {
    pub async fn person_summary(&self, caller: &Caller, user: &UserId) -> Result<PersonSummary> {
        let tenant = &caller.tenant;
        let profile = self.profile(tenant, user).await?;
        let zone = profile.zone();
        let today = local_day::today(&zone, self.clock.now());
        let (archetype, chosen) = (profile.archetype, profile.archetype.is_some());
        let counts = store::counts(&self.db, tenant, user).await?;
        let (quality, evidence) = self.quality(tenant, user, profile).await?;
        let mut plans = Vec::new();
        for agent in ASKED {
            if let Some(plan) = store::latest_plan(&self.db, tenant, user, agent).await? {
                plans.push(LatestPlan { for_today: plan.date == today, ..plan });
            }
        }
        Ok(PersonSummary {
            user_id: user.clone(),
            today,
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            archetype: archetype.unwrap_or(Archetype::FoundationBuilder),
            archetype_chosen: chosen,
            latest_scores: store::latest_scores(&self.db, tenant, user).await?,
            counts,
            freshness: self.freshness(tenant, user).await?,
            plans,
            readiness: readiness::of(&evidence, &quality, counts.memories),
        })
    }

    pub async fn data_quality(&self, caller: &Caller, user: &UserId) -> Result<QualityReport> {
        let tenant = &caller.tenant;
        let profile = self.profile(tenant, user).await?;
        let counts = store::counts(&self.db, tenant, user).await?;
        let (data_quality, evidence) = self.quality(tenant, user, profile).await?;
        Ok(QualityReport {
            user_id: user.clone(),
            readiness: readiness::of(&evidence, &data_quality, counts.memories),
            data_quality,
            counts,
            freshness: self.freshness(tenant, user).await?,
        })
    }

    async fn quality(
        &self,
        tenant: &TenantId,
        user: &UserId,
        profile: Profile,
    ) -> Result<(DataQuality, Evidence)> {
        let archetype = profile.archetype.unwrap_or(Archetype::FoundationBuilder);
        let data = self.person_data(tenant, user, profile).await?;
        let settings = (*self.releases.served().settings).clone();
        let evidence = Evidence::from_data(data, archetype, settings, self.clock.now(), WINDOW);
        Ok((data_quality::assess(&evidence), evidence))
    }

    async fn freshness(&self, tenant: &TenantId, user: &UserId) -> Result<Freshness> {
        let newest = store::newest(&self.db, tenant, user).await?;
        let hours = |ms: i64| self.clock.now().duration_since(at(ms)).as_hours().max(0);
        Ok(Freshness {
            newest_score_at: newest.score.map(at),
            newest_reading_at: newest.reading.map(at),
            newest_data_hours_ago: newest.score.max(newest.reading).map(hours),
            newest_check_in: newest.check_in.and_then(|day| day.parse().ok()),
            newest_journal: newest.journal.and_then(|day| day.parse().ok()),
        })
    }
}

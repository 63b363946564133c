//! What agents made of a person: analyses and plans. Memories and insights are areas of their own.

pub(crate) mod store;

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::UserId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::access::Caller;
use crate::error::{Error, Result};

/// A stored answer of an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    pub id: String,
    pub agent: Agent,
    pub archetype: Archetype,
    pub day: Date,
    pub engine: Engine,
    pub release: String,
    /// What the caller wished for.
    pub wishes: Value,
    /// What it rests on beside data, profile, wishes and release: compared, never shown. Empty: not known.
    pub basis: String,
    pub body: Value,
    pub created_at: Timestamp,
}

impl crate::Ops {
    /// The newest analysis or plan of an agent.
    ///
    /// # Errors
    /// `NotFound` when the person is unknown, or when nothing was made yet.
    pub async fn latest_plan(&self, caller: &Caller, user: &UserId, agent: Agent) -> Result<Analysis> {
        self.profile(&caller.tenant, user).await?;
        store::newest(&self.db, &caller.tenant, user, agent, None)
            .await?
            .ok_or(Error::NotFound { what: "plan" })
    }

    /// The newest plan of an agent for a local day.
    pub async fn plan_of(&self, caller: &Caller, user: &UserId, agent: Agent, day: Date) -> Result<Analysis> {
        self.profile(&caller.tenant, user).await?;
        store::of_day(&self.db, &caller.tenant, user, agent, day)
            .await?
            .ok_or(Error::NotFound { what: "plan" })
    }
}

//! What agents made of a person: analyses and plans. Memories and insights are areas of their own.

pub(crate) mod store;

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use crate::access::Caller;
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};

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

/// A stored answer without what it says: what made it, under which release, and whether something was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanMade {
    pub id: String,
    pub agent: Agent,
    pub archetype: Archetype,
    /// The local day it is about.
    pub day: Date,
    pub engine: Engine,
    pub release: String,
    pub created_at: Timestamp,
    /// The request that it was made for; `None`: it is not kept any more.
    pub request: Option<String>,
    /// Why it is less than it would normally be. Known as long as its request or its workflow is kept.
    pub degraded_reason: Option<String>,
}

/// Name of the list in cursors.
const MADE: &str = "plans-made";

impl crate::Ops {
    /// What agents made of a person, newest first.
    pub(crate) async fn plans_made(
        &self,
        tenant: &TenantId,
        user: &UserId,
        asked: &PageRequest,
    ) -> Result<Page<PlanMade>> {
        let [before, id] = asked.after::<2>(MADE)?;
        let wrong = |_| Error::invalid("cursor", "must be one that a page of this list gave");
        let before = if before.is_empty() { i64::MAX } else { before.parse().map_err(wrong)? };
        let rows = store::made(&self.db, tenant, user, (before, &id), asked.rows()).await?;
        Page::of(asked, MADE, rows, |it| [it.created_at.as_millisecond().to_string(), it.id.clone()])
    }

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

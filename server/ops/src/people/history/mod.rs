//! What agents made of a person: analyses and plans, insights with their feedback. Memories are in [`crate::memory`].

pub(crate) mod store;

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};

const INSIGHTS: &str = "insights";

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
    pub body: Value,
    pub created_at: Timestamp,
}

/// What a person thought of an insight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InsightFeedback {
    pub helpful: Option<bool>,
    /// 1 (bad) to 5 (good).
    pub rating: Option<u8>,
    /// At most 500 characters.
    pub comment: Option<String>,
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

    /// The insights, newest first.
    pub async fn insights(
        &self,
        tenant: &TenantId,
        user: &UserId,
        asked: &PageRequest,
    ) -> Result<Page<Value>> {
        self.profile(tenant, user).await?;
        let [at, id] = asked.after::<2>(INSIGHTS)?;
        // Before the newest: no time of ours is negative.
        let at = if at.is_empty() { Ok(-1) } else { at.parse() };
        let at = at.map_err(|_| Error::invalid("cursor", "must be one that a page of this list gave"))?;
        let found = store::insights(&self.db, tenant, user, (at, &id), asked.rows()).await?;
        let id = |body: &Value| body["id"].as_str().unwrap_or_default().to_owned();
        let page = Page::of(asked, INSIGHTS, found, |(at, body)| [at.to_string(), id(body)])?;
        Ok(Page { items: page.items.into_iter().map(|(_, body)| body).collect(), next: page.next })
    }

    /// Feedback changes what comes next: disliked categories rank lower.
    pub async fn rate_insight(
        &self,
        caller: &Caller,
        user: &UserId,
        id: &str,
        feedback: InsightFeedback,
    ) -> Result<()> {
        if feedback.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
            return Err(Error::invalid("rating", "must be 1 to 5"));
        }
        if feedback.comment.as_ref().is_some_and(|comment| comment.chars().count() > 500) {
            return Err(Error::invalid("comment", "must be at most 500 characters"));
        }
        if store::rate(&self.db, &caller.tenant, user, id, &feedback).await? == 0 {
            return Err(Error::NotFound { what: "insight" });
        }
        let rated = feedback.rating.filter(|rating| *rating != 3).map(|rating| rating > 3);
        self.remember_reaction(&caller.tenant, user, id, feedback.helpful.or(rated)).await
    }

    /// Seen by the person. The id alone must name one insight of the tenant.
    pub async fn acknowledge_insight(&self, caller: &Caller, id: &str) -> Result<()> {
        match store::acknowledge(&self.db, &caller.tenant, id, self.clock.now_ms()).await? {
            0 => Err(Error::NotFound { what: "insight" }),
            _ => Ok(()),
        }
    }
}

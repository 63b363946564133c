//! What staff see, section by section. Read through the services that apps use, and never as if the person had been shown it.

use domain::access::Tier;
use domain::id::{TenantId, UserId};
use serde_json::Value;

use super::{Looking, Section};
use crate::access::Caller;
use crate::error::{Error, Result};
use crate::memory::{ForgottenKey, KnownMemory, MemoryFilter, MemoryState};
use crate::page::{Page, PageRequest};
use crate::people::history::PlanMade;
use crate::people::summary::QualityReport;
use crate::people::tasks::TasksOfDay;
use crate::telemetry::{RequestDetail, RequestFilter};
use crate::workflows::WorkflowPage;

/// Items of a page.
const PAGE: u32 = 20;

/// A section with what is in it.
#[derive(Debug)]
pub enum Seen {
    Quality(Box<QualityReport>),
    /// Newest first; `next` is there when there are more.
    Decisions(Page<RequestDetail>),
    Plans(Box<Plans>),
    /// Held today or no longer, as asked.
    Memory(Box<(Page<KnownMemory>, Forgotten)>),
    /// With their lives, as apps get them.
    Insights(Page<Value>),
    Workflows(Box<WorkflowPage>),
}

/// Keys that are not learned again, newest first, at most 500.
pub type Forgotten = Vec<ForgottenKey>;

#[derive(Debug)]
pub struct Plans {
    /// `None`: no plan was made for this day.
    pub today: Option<TasksOfDay>,
    /// What is kept, newest first.
    pub made: Page<PlanMade>,
}

impl crate::Ops {
    /// Called by the gate alone, after the look was noted.
    pub(super) async fn read_section(
        &self,
        tenant: &TenantId,
        user: &UserId,
        asked: &Looking,
    ) -> Result<Seen> {
        let (caller, cursor) = (reader(tenant), asked.cursor.clone());
        let page = || PageRequest::parse(Some(&PAGE.to_string()), cursor.as_deref());
        Ok(match asked.section {
            Section::Quality => Seen::Quality(Box::new(self.data_quality(&caller, user).await?)),
            Section::Decisions => Seen::Decisions(self.decisions_of(tenant, user, cursor).await?),
            Section::Plans => {
                let today = match self.tasks_of(&caller, user, None).await {
                    Ok(today) => Some(today),
                    Err(Error::NotFound { what }) if what != "person" => None,
                    Err(error) => return Err(error),
                };
                Seen::Plans(Box::new(Plans { today, made: self.plans_made(tenant, user, &page()?).await? }))
            }
            Section::Memory => {
                let state = if asked.past { MemoryState::Past } else { MemoryState::Current };
                let filter = MemoryFilter { state, ..MemoryFilter::default() };
                let memories = self.memories(&caller, user, &filter, &page()?).await?;
                Seen::Memory(Box::new((memories, self.forgotten_keys(&caller, user).await?)))
            }
            Section::Insights => Seen::Insights(self.insights(tenant, user, &page()?).await?),
            Section::Workflows => {
                let found = self.workflows_of(&caller, user, cursor.as_deref(), PAGE).await?;
                Seen::Workflows(Box::new(found))
            }
        })
    }

    /// As long as single requests are kept.
    async fn decisions_of(
        &self,
        tenant: &TenantId,
        user: &UserId,
        before: Option<String>,
    ) -> Result<Page<RequestDetail>> {
        let filter = RequestFilter {
            tenant: Some(tenant.to_string()),
            user: Some(user.to_string()),
            decided: true,
            before,
            limit: PAGE + 1,
            ..RequestFilter::default()
        };
        let mut items = self.requests_whole(&filter).await?;
        let more = items.len() > PAGE as usize;
        items.truncate(PAGE as usize);
        let next = items.last().filter(|_| more).map(|last| last.row.id.clone());
        Ok(Page { items, next })
    }
}

/// Those services take their caller for the tenant; this one may do nothing else.
fn reader(tenant: &TenantId) -> Caller {
    Caller {
        key_id: "console".to_owned(),
        key_prefix: "console".to_owned(),
        tenant: tenant.clone(),
        tier: Tier::Free,
        scopes: Vec::new(),
    }
}

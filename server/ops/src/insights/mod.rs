//! Insights as they are given: shown in rank order, acknowledged, rated, dismissed, superseded, expired.
//!
//! The states and what follows what are `agents::insights::State`; this area keeps them. A state never goes back; what has ended stays
//! as it ended and is kept for the person's export. Reactions are taken of ended ones, too: they teach as well.

mod feedback;
pub(crate) mod store;

use std::time::Duration;

use agents::insights::{Category, State};
use domain::id::{TenantId, UserId};
use serde_json::Value;

use crate::access::Caller;
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};
use crate::people::store::hold_person;

pub use feedback::InsightFeedback;

/// Names of the lists in cursors.
const NEWEST: &str = "insights";
const LIVE: &str = "insights-live";
/// Rows that one transaction of the sweep ends, and transactions of one activation.
const BATCH: i64 = 500;
const BATCHES: u32 = 20;

/// Which insights to list. Everything that is set must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InsightFilter {
    pub category: Option<Category>,
    pub state: Option<State>,
}

impl InsightFilter {
    /// As an app names them.
    ///
    /// # Errors
    /// `Invalid` names `category` or `state`, with the words there are.
    pub fn parse(category: Option<&str>, state: Option<&str>) -> Result<Self> {
        let wrong =
            |field: &str, words: Vec<&str>| Error::invalid(field, format!("must be {}", words.join(", ")));
        let category = category
            .map(|text| {
                let words = || Category::ALL.map(Category::as_str).to_vec();
                Category::parse(text).ok_or_else(|| wrong("category", words()))
            })
            .transpose()?;
        let state = state
            .map(|text| {
                let words = || State::ALL.map(State::as_str).to_vec();
                State::parse(text).ok_or_else(|| wrong("state", words()))
            })
            .transpose()?;
        Ok(Self { category, state })
    }
}

impl crate::Ops {
    /// All insights, newest first, ended ones too; shown to nobody by this.
    pub async fn insights(
        &self,
        tenant: &TenantId,
        user: &UserId,
        asked: &PageRequest,
    ) -> Result<Page<Value>> {
        self.list_insights(tenant, user, InsightFilter::default(), asked).await
    }

    /// Likewise, of a category and a state.
    ///
    /// # Errors
    /// `NotFound` for an unknown person; `Invalid` names `cursor`.
    pub async fn list_insights(
        &self,
        tenant: &TenantId,
        user: &UserId,
        filter: InsightFilter,
        asked: &PageRequest,
    ) -> Result<Page<Value>> {
        self.profile(tenant, user).await?;
        let after = key(asked, NEWEST, i64::MAX)?;
        let rows = store::newest(&self.db, (tenant, user), filter, (after.0, &after.1), asked.rows()).await?;
        let page = Page::of(asked, NEWEST, rows, |row| [row.created_at.to_string(), row.id.clone()])?;
        in_words(page)
    }

    /// The live ones, best first; of each one that is on the page it is kept that it was shown, once a day of the person's calendar.
    ///
    /// # Errors
    /// `NotFound` for an unknown person; `Invalid` names `cursor`.
    pub async fn latest_insights(
        &self,
        caller: &Caller,
        user: &UserId,
        filter: InsightFilter,
        asked: &PageRequest,
    ) -> Result<Page<Value>> {
        let owner = (&caller.tenant, user);
        let zone = self.profile(&caller.tenant, user).await?.zone();
        let now = self.clock.now();
        let today = zone.to_datetime(now).date().to_string();
        let after = key(asked, LIVE, i64::MAX)?;
        let now = now.as_millisecond();
        let rows = store::live(&self.db, owner, filter, now, (after.0, &after.1), asked.rows()).await?;
        let mut page = Page::of(asked, LIVE, rows, |row| [row.rank_points.to_string(), row.id.clone()])?;
        let unseen = |row: &&mut store::Row| row.shown_on.as_deref() != Some(today.as_str());
        let mut shown: Vec<&mut store::Row> = page.items.iter_mut().filter(unseen).collect();
        if !shown.is_empty() {
            let mut tx = self.db.begin_write().await?;
            hold_person(&mut tx, owner.0, owner.1, None).await?;
            for row in &mut shown {
                store::surface(&mut tx, owner, row, &today, now).await?;
            }
            tx.commit().await?;
        }
        in_words(page)
    }

    /// Seen by the person. The id alone must name one insight of the tenant.
    ///
    /// # Errors
    /// `NotFound`, also of another tenant's.
    pub async fn acknowledge_insight(&self, caller: &Caller, id: &str) -> Result<()> {
        let missing = || Error::NotFound { what: "insight" };
        let mut tx = self.db.begin_write().await?;
        let user = store::owner_of(&mut *tx, &caller.tenant, id).await?.ok_or_else(missing)?;
        let owner = (&caller.tenant, &user);
        let zone = hold_person(&mut tx, owner.0, owner.1, None).await?.zone();
        let row = store::of_person(&mut tx, owner, id).await?.ok_or_else(missing)?;
        if row.acknowledged_at.is_none() {
            let state = row.state()?.after(State::Acknowledged);
            store::acknowledge(&mut tx, owner, id, state, self.clock.now_ms()).await?;
            self.rank_again(&mut tx, owner, &zone).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Of whom an insight is that is named by its id alone.
    ///
    /// # Errors
    /// `NotFound`, also of another tenant's.
    pub async fn whose_insight(&self, caller: &Caller, id: &str) -> Result<UserId> {
        let found = store::owner_of(self.db.read(), &caller.tenant, id).await?;
        found.ok_or(Error::NotFound { what: "insight" })
    }

    pub(crate) fn start_insight_jobs(&self) {
        let sweep = |ops: crate::Ops| async move { ops.expire_insights().await };
        self.jobs.every_on_duty("insights-expire", Duration::from_secs(600), self.clock.clone(), sweep, self);
    }

    /// Ends what is not true any more, in small transactions, at most 10,000 in one activation: nobody waits behind a large one, and
    /// the lists leave them out before that.
    pub(crate) async fn expire_insights(&self) -> Result<()> {
        let now = self.clock.now_ms();
        store::date_undated(&self.db).await?;
        for _ in 0..BATCHES {
            if store::expire(&self.db, now, BATCH).await? < BATCH.unsigned_abs() {
                break;
            }
        }
        Ok(())
    }
}

/// The number and the id after which a page begins; `first` for the first page.
fn key(asked: &PageRequest, list: &str, first: i64) -> Result<(i64, String)> {
    let [number, id] = asked.after::<2>(list)?;
    if number.is_empty() {
        return Ok((first, id));
    }
    let number =
        number.parse().map_err(|_| Error::invalid("cursor", "must be one that a page of this list gave"))?;
    Ok((number, id))
}

fn in_words(page: Page<store::Row>) -> Result<Page<Value>> {
    let items = page.items.into_iter().map(store::Row::into_body).collect::<Result<_>>()?;
    Ok(Page { items, next: page.next })
}

#[cfg(test)]
mod tests;

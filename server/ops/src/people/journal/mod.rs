//! Journals: one entry a day, replaced whole. A person's words are health data: they are stored, given back, and go nowhere else.

pub(super) mod store;

use domain::id::UserId;
use domain::journal::JournalEntry;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::days::{Days, believable};
use super::store::hold_person;
use crate::access::Caller;
use crate::clock::at;
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};

const LIST: &str = "journal";

/// A day's entry as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct JournalDay {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub entry: JournalEntry,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl crate::Ops {
    /// Writes or replaces a day's entry, when `expected` says of the one there is that the caller knows it.
    ///
    /// # Errors
    /// `Invalid` names every fault; `Changed` when the caller does not know the newest.
    pub async fn put_journal(
        &self,
        caller: &Caller,
        user: &UserId,
        date: Date,
        entry: JournalEntry,
        expected: &(dyn Fn(Option<&JournalDay>) -> bool + Sync),
    ) -> Result<JournalDay> {
        self.profile(&caller.tenant, user).await?;
        believable(date)?;
        entry.check()?;
        let now = self.clock.now_ms();
        let mut tx = self.db.begin_write().await?;
        hold_person(&mut tx, &caller.tenant, user, Some(now)).await?;
        let before = store::of_in(&mut tx, &caller.tenant, user, date).await?;
        if !expected(before.as_ref()) {
            return Err(Error::Changed);
        }
        let created_at = before.map_or(at(now), |before| before.created_at);
        let written = JournalDay { date, entry, created_at, updated_at: at(now) };
        store::put(&mut tx, &caller.tenant, user, &written).await?;
        tx.commit().await?;
        Ok(written)
    }

    /// # Errors
    /// `NotFound` when nothing was written on this day.
    pub async fn journal_of(&self, caller: &Caller, user: &UserId, date: Date) -> Result<JournalDay> {
        self.profile(&caller.tenant, user).await?;
        store::of(&self.db, &caller.tenant, user, date)
            .await?
            .ok_or(Error::NotFound { what: "journal of this day" })
    }

    /// # Errors
    /// `NotFound` when nothing was written on this day; `Changed` when the caller does not know the newest.
    pub async fn delete_journal(
        &self,
        caller: &Caller,
        user: &UserId,
        date: Date,
        expected: &(dyn Fn(Option<&JournalDay>) -> bool + Sync),
    ) -> Result<()> {
        self.profile(&caller.tenant, user).await?;
        let mut tx = self.db.begin_write().await?;
        hold_person(&mut tx, &caller.tenant, user, Some(self.clock.now_ms())).await?;
        let before = store::of_in(&mut tx, &caller.tenant, user, date).await?;
        if !expected(before.as_ref()) {
            return Err(Error::Changed);
        }
        if !store::remove(&mut tx, &caller.tenant, user, date).await? {
            return Err(Error::NotFound { what: "journal of this day" });
        }
        tx.commit().await?;
        Ok(())
    }

    /// Entries of some days, newest first.
    pub async fn journals(
        &self,
        caller: &Caller,
        user: &UserId,
        days: &Days,
        asked: &PageRequest,
    ) -> Result<Page<JournalDay>> {
        self.profile(&caller.tenant, user).await?;
        let [after] = asked.after::<1>(LIST)?;
        let found = store::page(&self.db, &caller.tenant, user, days.bounds(), &after, asked.rows()).await?;
        Page::of(asked, LIST, found, |it| [it.date.to_string()])
    }
}

//! What people say they did with their tasks: reported, replaced, listed, undone. What is remembered of it follows in the same
//! transaction, also backwards.

pub(crate) mod store;

use std::collections::BTreeSet;

use agents::memory::{Memory, from_check_ins};
use domain::check_in::{CheckIn, CheckInStatus};
use domain::id::{TenantId, UserId};
use domain::local_day;
use domain::profile::Profile;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::days::Days;
use super::ingest::{Accepted, BATCH, checked};
use super::store::hold_person;
use crate::access::Caller;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::memory::{put_memories, take_back};
use crate::page::{Page, PageRequest};

const LIST: &str = "check-ins";

/// A report on one task; which task and day stand in the path.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub status: CheckInStatus,
    /// 1 (bad) to 5 (good).
    #[serde(default)]
    pub rating: Option<u8>,
    /// The task's title; taken from the day's plan when absent. At most 200 characters.
    #[serde(default)]
    pub title: Option<String>,
    /// The person's own words. At most 500 characters. Never logged, never sent to a model as instructions.
    #[serde(default)]
    pub note: Option<String>,
}

/// A check-in as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StoredCheckIn {
    pub task_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub status: CheckInStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was last reported.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
}

/// What became of an undo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Undone {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Check-ins of this day that are gone. Those of other days are as they were.
    pub undone: Vec<String>,
    /// Ids without a check-in on this day.
    pub not_found: Vec<String>,
}

impl crate::Ops {
    /// A second check-in for the same task and day replaces the first.
    pub async fn add_check_ins(
        &self,
        caller: &Caller,
        user: &UserId,
        reports: Vec<CheckIn>,
    ) -> Result<Accepted> {
        self.profile(&caller.tenant, user).await?;
        let reports = checked(reports, |report| report.check().map(|()| report))?;
        let now = self.clock.now_ms();
        let mut tx = self.db.begin_write().await?;
        let before = self.check_ins_locked(&mut tx, &caller.tenant, user).await?;
        for report in &reports {
            store::put(&mut tx, &caller.tenant, user, report, now).await?;
        }
        self.remember_check_ins(&mut tx, &caller.tenant, user, &before).await?;
        tx.commit().await?;
        Ok(Accepted::of(reports.len(), reports.len() as u64))
    }

    /// Reports on one task of a day. The title is the plan's when the app sends none.
    ///
    /// # Errors
    /// `Invalid` names the field; `NotFound` for an unknown person.
    pub async fn put_check_in(
        &self,
        caller: &Caller,
        user: &UserId,
        (date, task_id): (Date, String),
        report: Report,
    ) -> Result<StoredCheckIn> {
        self.profile(&caller.tenant, user).await?;
        let Report { status, rating, title, note } = report;
        let mut report = CheckIn { task_id, title, status, rating, date, note };
        report.check()?;
        if report.title.is_none() {
            report.title = self.planned_title(&caller.tenant, user, date, &report.task_id).await?;
        }
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        let before = self.check_ins_locked(&mut tx, &caller.tenant, user).await?;
        store::put(&mut tx, &caller.tenant, user, &report, now.as_millisecond()).await?;
        self.remember_check_ins(&mut tx, &caller.tenant, user, &before).await?;
        tx.commit().await?;
        let CheckIn { task_id, title, status, rating, date, note } = report;
        let received_at = crate::clock::at(now.as_millisecond());
        Ok(StoredCheckIn { task_id, title, status, rating, date, note, received_at })
    }

    /// Takes back the check-ins of these tasks on this day, and what was remembered of them. All or nothing.
    pub async fn undo_check_ins(
        &self,
        caller: &Caller,
        user: &UserId,
        date: Date,
        tasks: Vec<String>,
    ) -> Result<Undone> {
        self.profile(&caller.tenant, user).await?;
        let tasks = task_ids(tasks)?;
        let mut tx = self.db.begin_write().await?;
        let before = self.check_ins_locked(&mut tx, &caller.tenant, user).await?;
        let (mut undone, mut not_found) = (Vec::new(), Vec::new());
        for task in tasks {
            let gone = store::remove(&mut tx, &caller.tenant, user, date, &task).await?;
            if gone { &mut undone } else { &mut not_found }.push(task);
        }
        self.remember_check_ins(&mut tx, &caller.tenant, user, &before).await?;
        tx.commit().await?;
        Ok(Undone { date, undone, not_found })
    }

    /// Those of some days, newest day first.
    pub async fn check_ins(
        &self,
        caller: &Caller,
        user: &UserId,
        days: &Days,
        asked: &PageRequest,
    ) -> Result<Page<StoredCheckIn>> {
        self.profile(&caller.tenant, user).await?;
        let after = asked.after::<2>(LIST)?;
        let found = store::page(&self.db, &caller.tenant, user, days.bounds(), &after, asked.rows()).await?;
        Page::of(asked, LIST, found, |it| [it.date.to_string(), it.task_id.clone()])
    }

    /// What there is, after nobody else can change this person before `tx` ends: memories rest on all of it.
    async fn check_ins_locked(
        &self,
        tx: &mut WriteTx,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Remembered> {
        let profile = hold_person(tx, tenant, user, Some(self.clock.now_ms())).await?;
        let today = local_day::today(&profile.zone(), self.clock.now());
        let memories = from_check_ins(&store::all_in(tx, tenant, user).await?, today, self.clock.now());
        Ok(Remembered { profile, memories })
    }

    /// Writes what the check-ins of now say, and forgets what only those before said.
    async fn remember_check_ins(
        &self,
        tx: &mut WriteTx,
        tenant: &TenantId,
        user: &UserId,
        before: &Remembered,
    ) -> Result<()> {
        let now = self.clock.now();
        let today = local_day::today(&before.profile.zone(), now);
        let memories = from_check_ins(&store::all_in(tx, tenant, user).await?, today, now);
        put_memories(tx, &self.clock, tenant, user, &memories).await?;
        let named = |memory: &Memory| (memory.layer, memory.key.clone());
        let kept: BTreeSet<_> = memories.iter().map(named).collect();
        let gone: Vec<_> = before.memories.iter().map(named).filter(|one| !kept.contains(one)).collect();
        take_back(tx, tenant, user, &gone).await
    }
}

/// What a person's check-ins said before a change.
struct Remembered {
    profile: Profile,
    memories: Vec<Memory>,
}

/// 1 to [`BATCH`] ids of tasks, none twice.
pub(super) fn task_ids(tasks: Vec<String>) -> Result<Vec<String>> {
    if tasks.is_empty() || tasks.len() > BATCH {
        return Err(Error::invalid("task_ids", format!("must have 1 to {BATCH} ids")));
    }
    let mut seen = BTreeSet::new();
    for (i, task) in tasks.iter().enumerate() {
        if task.is_empty() || task.len() > 128 {
            return Err(Error::invalid(format!("task_ids[{i}]"), "must be 1 to 128 characters"));
        }
        if !seen.insert(task.as_str()) {
            return Err(Error::invalid(format!("task_ids[{i}]"), "must not be named twice"));
        }
    }
    Ok(tasks)
}

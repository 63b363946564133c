//! Which tasks a person put into their calendar. Selecting copies nothing of the plan: a task that a newer plan does not have any
//! more stays selected and says so.

mod store;

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::CalendarCounts;
use domain::field_error::FieldError;
use domain::id::UserId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::check_ins;
use super::check_ins::task_ids;
use super::days::Days;
use super::store::hold_person;
use super::tasks::Planned;
use crate::access::Caller;
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};

const LIST: &str = "calendar";
/// Tasks of a day that may be selected: plans have about twenty.
const A_DAY: i64 = 1_000;

/// A task in a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Selection {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub task_id: String,
    /// The person's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub selected_at: Timestamp,
}

/// What became of a selection of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Selected {
    pub selected: u64,
    pub already_selected: u64,
}

/// What became of taking several out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Removed {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub removed: Vec<String>,
    /// Ids that were not in the calendar of this day.
    pub not_selected: Vec<String>,
}

/// A day's calendar.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CalendarDay {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub counts: CalendarCounts,
    pub selections: Vec<SelectionState>,
}

/// A task in a day's calendar and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SelectionState {
    pub task_id: String,
    /// `null`: no plan of the day has it any more.
    pub title: Option<String>,
    pub planned: bool,
    /// `null`: not reported on.
    pub status: Option<domain::check_in::CheckInStatus>,
    pub note: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub selected_at: Timestamp,
}

impl crate::Ops {
    /// Puts planned tasks of a day into the calendar. All or nothing.
    ///
    /// # Errors
    /// `NotFound` without a plan of the day; `Invalid` names every task that is not planned.
    pub async fn select_tasks(
        &self,
        caller: &Caller,
        user: &UserId,
        date: Date,
        tasks: Vec<String>,
        note: Option<String>,
    ) -> Result<Selected> {
        let planned = self.planned(&caller.tenant, user, date).await?;
        let tasks = task_ids(tasks)?;
        if note.as_ref().is_some_and(|note| note.chars().count() > 500) {
            return Err(Error::invalid("note", "must be at most 500 characters"));
        }
        let known: BTreeSet<&str> = planned.ids().collect();
        let strange = tasks.iter().enumerate().filter(|(_, task)| !known.contains(task.as_str()));
        let faults: Vec<FieldError> = strange
            .map(|(i, _)| {
                FieldError::new(format!("task_ids[{i}]"), "must be the id of a task planned for this day")
            })
            .take(100)
            .collect();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let now = self.clock.now_ms();
        let received = tasks.len() as u64;
        let mut selected = 0;
        let mut tx = self.db.begin_write().await?;
        hold_person(&mut tx, &caller.tenant, user, Some(now)).await?;
        for task_id in tasks {
            let selection =
                Selection { date, task_id, note: note.clone(), selected_at: crate::clock::at(now) };
            selected += u64::from(store::put(&mut tx, &caller.tenant, user, &selection).await?);
        }
        tx.commit().await?;
        Ok(Selected { selected, already_selected: received - selected })
    }

    /// Takes tasks out of a day's calendar. Check-ins stay.
    pub async fn remove_selections(
        &self,
        caller: &Caller,
        user: &UserId,
        date: Date,
        tasks: Vec<String>,
    ) -> Result<Removed> {
        self.profile(&caller.tenant, user).await?;
        let (mut removed, mut not_selected) = (Vec::new(), Vec::new());
        let tasks = task_ids(tasks)?;
        let mut tx = self.db.begin_write().await?;
        hold_person(&mut tx, &caller.tenant, user, Some(self.clock.now_ms())).await?;
        for task in tasks {
            let gone = store::remove(&mut tx, &caller.tenant, user, date, &task).await?;
            if gone { &mut removed } else { &mut not_selected }.push(task);
        }
        tx.commit().await?;
        Ok(Removed { date, removed, not_selected })
    }

    /// What is in the calendar of some days, newest day first.
    pub async fn calendar(
        &self,
        caller: &Caller,
        user: &UserId,
        days: &Days,
        asked: &PageRequest,
    ) -> Result<Page<Selection>> {
        self.profile(&caller.tenant, user).await?;
        let after = asked.after::<2>(LIST)?;
        let found = store::page(&self.db, &caller.tenant, user, days.bounds(), &after, asked.rows()).await?;
        Page::of(asked, LIST, found, |it| [it.date.to_string(), it.task_id.clone()])
    }

    /// One day, with counts. A day without a plan has an empty calendar, or what was selected of a plan before.
    pub async fn calendar_of(&self, caller: &Caller, user: &UserId, date: Date) -> Result<CalendarDay> {
        let planned = match self.planned(&caller.tenant, user, date).await {
            Err(Error::NotFound { what }) if what != "person" => None,
            planned => Some(planned?),
        };
        let day = date.to_string();
        let first = [String::new(), String::new()];
        let tenant = &caller.tenant;
        let mut selections = store::page(&self.db, tenant, user, (&day, &day), &first, A_DAY).await?;
        selections.reverse();
        let reports = check_ins::store::of_day(&self.db, tenant, user, date).await?;
        let status: BTreeMap<&str, _> =
            reports.iter().map(|report| (report.task_id.as_str(), report.status)).collect();
        let titles: BTreeMap<&str, &str> = planned.iter().flat_map(Planned::titles).collect();
        let counts = CalendarCounts::of(
            titles.keys().copied(),
            selections.iter().map(|selection| selection.task_id.as_str()),
            |task| status.get(task).map(|status| status.credit()),
        );
        let state = |selection: &Selection| SelectionState {
            task_id: selection.task_id.clone(),
            title: titles.get(selection.task_id.as_str()).map(|title| (*title).to_owned()),
            planned: titles.contains_key(selection.task_id.as_str()),
            status: status.get(selection.task_id.as_str()).copied(),
            note: selection.note.clone(),
            selected_at: selection.selected_at,
        };
        Ok(CalendarDay { date, counts, selections: selections.iter().map(state).collect() })
    }
}

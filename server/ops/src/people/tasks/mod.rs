//! The tasks of a person's day: those of the routine, the meals of the nutrition plan, each with what was reported on it.

pub(crate) mod planned;

use std::collections::BTreeMap;

use domain::archetype::Archetype;
use domain::check_in::CheckInStatus;
use domain::id::{TenantId, UserId};
use domain::local_day;
use domain::profile::ClockTime;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use super::check_ins::StoredCheckIn;
use super::check_ins::store::of_day;
use crate::access::Caller;
use crate::error::Result;

pub(crate) use planned::{Planned, meal_id};
use planned::{PlannedBlock, PlannedMeal, PlannedTask};

/// A person's day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TasksOfDay {
    pub user_id: UserId,
    /// The person's local day.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Local times below are of this zone.
    pub time_zone: String,
    pub plans: PlansOfDay,
    pub counts: TaskCounts,
    /// The routine's blocks, in the order of the day; empty without a routine.
    pub time_blocks: Vec<BlockState>,
    /// The nutrition plan's meals; empty without one. When they are eaten is the routine's business.
    pub meals: Vec<MealState>,
    /// Reports of this day on tasks that its plans do not have any more.
    pub other_check_ins: Vec<CheckInState>,
}

/// Which plans the tasks are from: the newest of the day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct PlansOfDay {
    pub routine: Option<PlanSource>,
    pub nutrition: Option<PlanSource>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PlanSource {
    pub id: String,
    pub archetype: Archetype,
    pub release: String,
    #[schema(value_type = String, format = DateTime)]
    pub computed_at: Timestamp,
}

/// Tasks and meals together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskCounts {
    pub planned: u32,
    pub done: u32,
    pub partial: u32,
    pub skipped: u32,
    /// Not reported on.
    pub open: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BlockState {
    pub name: String,
    pub purpose: String,
    /// Local times. What ends before it starts ends on the next calendar day.
    pub start: ClockTime,
    pub end: ClockTime,
    pub tasks: Vec<TaskState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TaskState {
    /// What check-ins refer to.
    pub id: String,
    pub title: String,
    pub why: String,
    pub start: ClockTime,
    pub end: ClockTime,
    /// `start` as an instant with the zone's offset; absent beyond the calendar.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<String>,
    pub minutes: u32,
    #[serde(rename = "type")]
    pub kind: String,
    pub priority: String,
    pub scale_down: String,
    /// `null`: not reported on.
    pub check_in: Option<CheckInState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MealState {
    /// What check-ins refer to.
    pub id: String,
    /// `Breakfast`, `Lunch`, …
    pub name: String,
    pub title: String,
    /// `null`: not reported on.
    pub check_in: Option<CheckInState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CheckInState {
    pub task_id: String,
    pub status: CheckInStatus,
    pub rating: Option<u8>,
    pub note: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
}

impl crate::Ops {
    /// The person's tasks of a day, today's when none is named.
    ///
    /// # Errors
    /// `NotFound` says how a plan is made when the day has none.
    pub async fn tasks_of(&self, caller: &Caller, user: &UserId, date: Option<Date>) -> Result<TasksOfDay> {
        let profile = self.profile(&caller.tenant, user).await?;
        let zone = profile.zone();
        let date = date.unwrap_or_else(|| local_day::today(&zone, self.clock.now()));
        let planned = self.planned(&caller.tenant, user, date).await?;
        let reports = of_day(&self.db, &caller.tenant, user, date).await?;
        Ok(state(user.clone(), &zone, date, planned, reports))
    }

    /// The title of a task in the plans of a day.
    pub(super) async fn planned_title(
        &self,
        tenant: &TenantId,
        user: &UserId,
        date: Date,
        task: &str,
    ) -> Result<Option<String>> {
        match self.planned(tenant, user, date).await {
            Ok(planned) => {
                let title = planned.titles().find(|(id, _)| *id == task).map(|(_, title)| title.to_owned());
                Ok(title)
            }
            Err(crate::Error::NotFound { what }) if what != "person" => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn state(
    user_id: UserId,
    zone: &TimeZone,
    date: Date,
    planned: Planned,
    reports: Vec<StoredCheckIn>,
) -> TasksOfDay {
    let mut reported: BTreeMap<String, CheckInState> =
        reports.into_iter().map(|report| (report.task_id.clone(), report.into())).collect();
    let begins = planned.blocks.first().map_or(ClockTime::from_minutes(0), |block| block.start);
    let starts_at = |time| {
        let (instant, offset) = local_day::instant(date, begins, time, zone)?;
        Some(instant.display_with_offset(offset).to_string())
    };
    let mut task_state = |task: PlannedTask| TaskState {
        check_in: reported.remove(&task.id),
        starts_at: starts_at(task.start),
        id: task.id,
        title: task.title,
        why: task.why,
        start: task.start,
        end: task.end,
        minutes: task.minutes,
        kind: task.kind,
        priority: task.priority,
        scale_down: task.scale_down,
    };
    let block_state = |block: PlannedBlock| BlockState {
        name: block.name,
        purpose: block.purpose,
        start: block.start,
        end: block.end,
        tasks: block.tasks.into_iter().map(&mut task_state).collect(),
    };
    let time_blocks: Vec<BlockState> = planned.blocks.into_iter().map(block_state).collect();
    let meal_state = |PlannedMeal { id, name, title }: PlannedMeal| {
        let check_in = reported.remove(&id);
        MealState { id, name, title, check_in }
    };
    let meals: Vec<MealState> = planned.meals.into_iter().map(meal_state).collect();
    TasksOfDay {
        user_id,
        date,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        counts: counts(&time_blocks, &meals),
        plans: PlansOfDay { routine: planned.routine, nutrition: planned.nutrition },
        time_blocks,
        meals,
        other_check_ins: reported.into_values().collect(),
    }
}

fn counts(blocks: &[BlockState], meals: &[MealState]) -> TaskCounts {
    let tasks = blocks.iter().flat_map(|block| &block.tasks).map(|task| &task.check_in);
    let mut counts = TaskCounts::default();
    for report in tasks.chain(meals.iter().map(|meal| &meal.check_in)) {
        counts.planned += 1;
        match report.as_ref().map(|report| report.status) {
            None => counts.open += 1,
            Some(CheckInStatus::Done) => counts.done += 1,
            Some(CheckInStatus::Partial) => counts.partial += 1,
            Some(CheckInStatus::Skipped) => counts.skipped += 1,
        }
    }
    counts
}

impl From<StoredCheckIn> for CheckInState {
    fn from(report: StoredCheckIn) -> Self {
        let StoredCheckIn { task_id, status, rating, note, received_at, .. } = report;
        Self { task_id, status, rating, note, received_at }
    }
}

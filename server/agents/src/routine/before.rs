//! What the day before asked of a person: read from check-ins and readiness for today, from the plan for the days after it.

use std::collections::BTreeSet;

use domain::check_in::CheckInStatus;

use super::calendar::DayKind;
use super::evolution::slug_of;
use super::library::{Muscle, by_slug};
use super::{Intensity, RoutinePlan};
use crate::behavior::readiness;
use crate::evidence::Evidence;

/// Everything that a day must know of those before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Before {
    /// Whether the day before held vigorous effort; `None` when nobody said.
    pub hard: Option<bool>,
    /// What strength loaded on the day before.
    pub muscles: Vec<Muscle>,
    /// Whether the day before was for recovery: readiness below 50.
    pub recovered: bool,
    /// Tasks of the day before.
    pub given: BTreeSet<String>,
    /// Tasks of all earlier days of this week's plan: no longer new.
    pub met: BTreeSet<String>,
    /// Moderate or vigorous minutes of the earlier days of this week's plan.
    pub active_minutes: u32,
    /// New tasks of the earlier days of this week's plan.
    pub new_tasks: u32,
}

impl Before {
    /// Yesterday, as far as its check-ins and data say. A task done in part counts as load.
    pub(super) fn from_check_ins(evidence: &Evidence) -> Self {
        let Ok(yesterday) = evidence.today.yesterday() else { return Self::default() };
        let all: Vec<_> = evidence.check_ins.iter().filter(|c| c.date == yesterday).collect();
        let done = all.iter().filter(|c| c.status != CheckInStatus::Skipped);
        let tasks: Vec<_> = done.filter_map(|c| by_slug(slug_of(&c.task_id))).collect();
        let hard = tasks.iter().any(|task| task.intensity == Intensity::Vigorous);
        Self {
            hard: (!all.is_empty()).then_some(hard),
            muscles: tasks.iter().flat_map(|task| task.muscles.iter().copied()).collect(),
            recovered: readiness::of_yesterday(evidence).is_some_and(|score| score < 50),
            given: all.iter().map(|c| slug_of(&c.task_id).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Whether a task of strength is on an earlier day of this week's plan.
    pub(super) fn met_strength(&self) -> bool {
        self.met.iter().filter_map(|slug| by_slug(slug)).any(|task| !task.muscles.is_empty())
    }

    /// Likewise of vigorous effort.
    pub(super) fn met_hard(&self) -> bool {
        self.met.iter().filter_map(|slug| by_slug(slug)).any(|task| task.intensity == Intensity::Vigorous)
    }

    /// The same, before the first day of another week.
    pub(super) fn begins_a_week(self) -> Self {
        Self { active_minutes: 0, new_tasks: 0, ..self }
    }

    /// As if the day's plan had been done.
    pub(super) fn after(&self, plan: &RoutinePlan) -> Self {
        let tasks = || plan.blocks.iter().flat_map(|block| &block.tasks);
        let slugs: BTreeSet<String> = tasks().map(|task| slug_of(&task.id).to_owned()).collect();
        Self {
            hard: Some(tasks().any(|task| task.intensity == Intensity::Vigorous)),
            muscles: slugs.iter().filter_map(|slug| by_slug(slug)).flat_map(|t| t.muscles.clone()).collect(),
            recovered: plan.training.kind == DayKind::Rest && plan.readiness.is_some_and(|value| value < 50),
            met: self.met.union(&slugs).cloned().collect(),
            active_minutes: self.active_minutes.saturating_add(plan.active_minutes),
            new_tasks: self.new_tasks.saturating_add(plan.new_tasks),
            given: slugs,
        }
    }
}

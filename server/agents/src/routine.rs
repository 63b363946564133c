//! The routine agent: one day in five blocks, made from a library of tasks, fitted to the person's waking hours, readiness,
//! injuries and minutes, and evolved from what they report.

mod day;
mod evolution;
mod tasks;
mod validate;

use domain::archetype::Archetype;
use domain::field_error::FieldError;
use domain::profile::ClockTime;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::behavior::{BehaviorAnalysis, Focus, Mode};
use crate::circadian::{CircadianAnalysis, Zone};
use crate::evidence::Evidence;

pub use evolution::{Evolution, EvolutionStep};
pub use validate::validate;

/// What an app may wish for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoutineWishes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercise_timing: Option<Timing>,
    /// What is at hand: `kettlebell`, `bike`. At most 20.
    pub equipment: Vec<String>,
    /// Minutes of plan, 10–240; never more than the archetype's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    Morning,
    Midday,
    Evening,
}

impl RoutineWishes {
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Vec::new();
        if self.max_minutes.is_some_and(|minutes| !(10..=240).contains(&minutes)) {
            faults.push(FieldError::new("preferences.max_minutes", "must be 10 to 240 minutes"));
        }
        if self.equipment.len() > 20
            || self.equipment.iter().any(|word| word.trim().is_empty() || word.len() > 60)
        {
            faults.push(FieldError::new(
                "preferences.equipment",
                "must be at most 20 words of 1 to 60 characters",
            ));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoutinePlan {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub archetype: Archetype,
    /// What the day is for, in one sentence.
    pub summary: String,
    /// Always five, in the order of the day.
    pub time_blocks: Vec<TimeBlock>,
    /// Minutes of all tasks but meals, and the most they may be.
    pub active_minutes: u32,
    pub minutes_allowed: u32,
    pub readiness: Mode,
    pub evolution: Evolution,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimeBlock {
    pub name: String,
    pub purpose: String,
    pub start: ClockTime,
    pub end: ClockTime,
    pub zone: Zone,
    pub tasks: Vec<Task>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// Stable: the date and the task's name.
    pub id: String,
    pub title: String,
    pub why: String,
    pub start: ClockTime,
    pub minutes: u32,
    #[serde(rename = "type")]
    pub kind: TaskKind,
    pub priority: TaskPriority,
    /// What to do when there is no time or strength for it.
    pub scale_down: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    Exercise,
    Nutrition,
    Work,
    Focus,
    Recovery,
    Wellness,
    Social,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskPriority {
    High,
    Medium,
    Low,
}

/// What the other agents found, as far as a routine needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    pub readiness: Mode,
    /// Minutes after midnight; `bed` is after `wake`, above 1440 when past midnight.
    pub wake: u32,
    pub bed: u32,
    /// What to work on, most important first.
    pub focus: Vec<Focus>,
}

impl Context {
    pub fn new(behavior: &BehaviorAnalysis, circadian: &CircadianAnalysis) -> Self {
        let wake = u32::from(circadian.wake_time.minutes());
        let bed = u32::from(circadian.bed_time.minutes());
        Self {
            readiness: behavior.readiness.mode,
            wake,
            bed: if bed > wake { bed } else { bed + 1440 },
            focus: behavior.priorities.iter().map(|priority| priority.focus).collect(),
        }
    }
}

/// The day. Deterministic: the same evidence gives the same plan.
pub fn plan(evidence: &Evidence, context: &Context, wishes: &RoutineWishes) -> RoutinePlan {
    let evolution = evolution::decide(evidence);
    let allowed = minutes_allowed(evidence, context, wishes, evolution.step);
    let time_blocks = day::lay_out(evidence, context, wishes, &evolution, allowed);
    let active_minutes = active_minutes(&time_blocks);
    RoutinePlan {
        date: evidence.today,
        archetype: evidence.archetype,
        summary: summary(evidence.archetype, context, evolution.step),
        time_blocks,
        active_minutes,
        minutes_allowed: allowed,
        readiness: context.readiness,
        evolution,
    }
}

/// The archetype's minutes × the release's load × readiness × evolution, within the person's wish, and at most 10 % a week
/// above what they usually do (guideline of gradual progression, ACSM).
fn minutes_allowed(
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
    step: EvolutionStep,
) -> u32 {
    let by_readiness = match context.readiness {
        Mode::Recovery => 0.7,
        Mode::Productive => 1.0,
        Mode::Performance => 1.1,
    };
    let by_step = match step {
        EvolutionStep::Simplify => 0.7,
        EvolutionStep::Maintain => 1.0,
        EvolutionStep::Progress => 1.05,
        EvolutionStep::Intensify => 1.1,
    };
    let base = f64::from(evidence.archetype.minutes_per_day());
    let minutes = base * evidence.settings.routine_load.clamp(0.5, 1.5) * by_readiness * by_step;
    (minutes.round() as u32).min(wishes.max_minutes.unwrap_or(u32::MAX)).clamp(10, 240)
}

/// Meals are eaten anyway: they are in the plan, not in its minutes.
fn active_minutes(blocks: &[TimeBlock]) -> u32 {
    let tasks = blocks.iter().flat_map(|block| &block.tasks);
    tasks.filter(|task| task.kind != TaskKind::Nutrition).map(|task| task.minutes).sum()
}

fn summary(archetype: Archetype, context: &Context, step: EvolutionStep) -> String {
    let tone = match archetype {
        Archetype::FoundationBuilder => "A few small things, each easy to keep.",
        Archetype::ResilienceRebuilder => "Rest comes first; movement is gentle and optional.",
        Archetype::ConnectedExplorer => "Outside and with people wherever it fits.",
        Archetype::TransformationSeeker => "A day that moves you visibly towards your goal.",
        Archetype::SystematicImprover => "One variable at a time, the reason beside each item.",
        Archetype::PeakPerformer => "Timed to your energy, with recovery as part of the training.",
    };
    let load = match context.readiness {
        Mode::Recovery => " Readiness is low, so the load is lighter today.",
        Mode::Productive => "",
        Mode::Performance => " Readiness is high: use it.",
    };
    let change = match step {
        EvolutionStep::Simplify => " Less than last time, because much of it was left undone.",
        EvolutionStep::Maintain => "",
        EvolutionStep::Progress => " One step more than last week.",
        EvolutionStep::Intensify => " A little harder, because you kept nearly everything.",
    };
    format!("{tone}{load}{change}")
}

#[cfg(test)]
mod tests;

//! Routine: a day of five blocks with tasks on the clock that one person can and should do.
//!
//! Everybody's day holds the same few basics; what comes on top, how long and how hard follows from archetype, readiness, data,
//! check-ins, injuries and wishes. The same evidence gives the same plan; figures of the whole are in [`Limits`].

use domain::archetype::Archetype;
use domain::profile::ClockTime;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::memory::MemoryUsed;

mod before;
mod block;
mod body;
mod calendar;
mod changes;
mod clock_change;
mod context;
mod evolution;
mod given;
mod library;
mod limits;
mod minutes;
mod place;
mod pool;
mod rhythm;
mod select;
mod situation;
mod swap;
mod told;
mod validate;
mod week;
mod why;
mod wishes;

pub use block::{BlockName, Zone};
pub(crate) use body::{names_more, of_the_body, speaks_of_injury};
pub use calendar::{DayKind, Training};
pub use changes::{Change, ChangeKind};
pub use context::{Context, Focus};
pub(crate) use evolution::slug_of;
pub use evolution::{Decision, Evolution, TaskDecision, TaskEvolution};
pub use library::Need;
pub use limits::Limits;
pub use rhythm::Rhythm;
pub use swap::{Swap, SwapError, scale_down, swap};
pub(crate) use told::activities_in;
pub(crate) use validate::asks_more;
pub use validate::{validate, validate_changed};
pub use week::{RoutineWeek, WeekMinutes, continue_week, plan_week, validate_continued, validate_week};
pub use wishes::{Day, EarlyStart, ExerciseTiming, RoutineWishes};

use place::Placed;
use situation::Situation;

/// Of the planner: a stored answer of another version is made anew. Raise it when the same evidence gives another answer.
pub const VERSION: u32 = 2;

/// One day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoutinePlan {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub archetype: Archetype,
    /// 0–100, when known.
    pub readiness: Option<u8>,
    /// Exactly five, in the order of the day.
    #[serde(rename = "time_blocks")]
    pub blocks: Vec<TimeBlock>,
    /// Of all tasks but meals.
    pub total_minutes: u32,
    /// Of tasks of moderate or vigorous effort.
    pub active_minutes: u32,
    /// Tasks the person has not done before.
    pub new_tasks: u32,
    pub limits: Limits,
    /// What training the day is for.
    pub training: Training,
    pub rhythm: Rhythm,
    pub evolution: Evolution,
    /// What became of the tasks that were judged, and what is new.
    pub changes: Vec<Change>,
    /// What was assumed or could not be respected as wished, and what was heeded of what the person told, in sentences.
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memories: Vec<MemoryUsed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TimeBlock {
    pub name: BlockName,
    pub purpose: String,
    /// Local times. A block or task that ends before it starts ends on the next calendar day.
    pub start: ClockTime,
    pub end: ClockTime,
    pub zone: Zone,
    pub why: String,
    pub tasks: Vec<Task>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineTask)]
pub struct Task {
    /// The day and a stable slug: `2026-03-03-easy-walk`. What check-ins refer to.
    pub id: String,
    pub title: String,
    /// With the person's own figures where there are any.
    pub why: String,
    pub start: ClockTime,
    pub end: ClockTime,
    /// 1–240.
    pub minutes: u32,
    #[serde(rename = "type")]
    pub kind: TaskKind,
    pub priority: Priority,
    pub intensity: Intensity,
    /// Which of the day's basics it counts for.
    pub serves: Vec<Need>,
    /// Not done before, as far as is known.
    pub new: bool,
    /// The smallest version that still counts.
    pub scale_down: String,
    /// What it takes: at most `minutes`. [`scale_down`] makes it so.
    #[serde(default)]
    pub scale_down_minutes: u32,
    /// Up to two others for the same need, at most as hard and as long. [`swap`] makes one of them the task.
    #[serde(default)]
    pub swaps: Vec<Swap>,
}

impl Task {
    pub(crate) fn is_meal(&self) -> bool {
        self.serves.contains(&Need::Meal)
    }

    /// Moderate or vigorous: what the weekly ramp counts.
    pub(crate) fn is_active(&self) -> bool {
        self.intensity >= Intensity::Moderate
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TaskPriority)]
pub enum Priority {
    High,
    Medium,
    Low,
}

/// Effort. Moderate: can talk, not sing. Vigorous: a few words only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TaskIntensity)]
pub enum Intensity {
    None,
    Light,
    Moderate,
    Vigorous,
}

/// Today's plan: the first day of [`plan_week`].
pub fn plan(evidence: &Evidence, context: &Context, wishes: &RoutineWishes) -> RoutinePlan {
    plan_day(&Situation::today(evidence, context, wishes))
}

fn plan_day(situation: &Situation<'_>) -> RoutinePlan {
    let context = &situation.context;
    let windows = block::windows(context);
    let pool = pool::pool(situation);
    let placed = place::place(select::select(situation, pool.clone()), &windows, situation);
    let mut said = Vec::new();
    let blocks: Vec<TimeBlock> = windows
        .iter()
        .map(|window| TimeBlock {
            name: window.name,
            purpose: purpose(situation, window.name).to_owned(),
            start: context.clock(window.start),
            end: context.clock(window.end),
            zone: window.name.zone(),
            why: window.name.why(context, *window),
            tasks: placed
                .iter()
                .filter(|p| p.block == window.name)
                .map(|p| task(situation, p, &mut said))
                .collect(),
        })
        .collect();
    let sum =
        |part: &dyn Fn(&Placed) -> bool| placed.iter().filter(|p| part(p)).map(|p| p.chosen.minutes).sum();
    let mut plan = RoutinePlan {
        date: situation.date,
        archetype: situation.evidence.archetype,
        readiness: context.readiness,
        total_minutes: sum(&|p| !p.chosen.task.is_meal()),
        active_minutes: sum(&|p| p.chosen.active()),
        new_tasks: placed.iter().filter(|p| p.chosen.new).count() as u32,
        notes: notes(situation),
        memories: situation.used(),
        limits: situation.limits.clone(),
        training: situation.training.clone(),
        rhythm: Rhythm::of(context),
        changes: changes::changes(&situation.evolution, &blocks),
        evolution: situation.evolution.clone(),
        blocks,
    };
    swap::offer(&mut plan, situation, pool);
    plan
}

fn task(situation: &Situation<'_>, placed: &Placed, said: &mut Vec<String>) -> Task {
    let chosen = &placed.chosen;
    let task = chosen.task;
    Task {
        id: format!("{}-{}", situation.date, task.slug),
        title: task.title.clone(),
        why: why::why(situation, chosen, said),
        start: situation.context.clock(placed.start),
        end: situation.context.clock(placed.end),
        minutes: chosen.minutes,
        kind: task.kind,
        priority: match task.kind {
            TaskKind::Exercise => Priority::High,
            _ if task.serves.contains(&Need::Meal) || task.serves.contains(&Need::Sunlight) => Priority::High,
            _ if situation.context.focus.first().is_some_and(|first| task.focus.contains(first)) => {
                Priority::High
            }
            _ if !task.serves.is_empty() || task.kind == TaskKind::Focus => Priority::Medium,
            _ => Priority::Low,
        },
        intensity: task.intensity,
        serves: task.serves.clone(),
        new: chosen.new,
        scale_down: task.scale_down.clone(),
        scale_down_minutes: task.min,
        swaps: Vec::new(),
    }
}

fn purpose(situation: &Situation<'_>, block: BlockName) -> &'static str {
    if situation.context.in_recovery() {
        block.recovery_purpose()
    } else {
        block.purpose(situation.evidence.archetype)
    }
}

fn notes(situation: &Situation<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if situation.context.assumed {
        notes.push("Wake, bed and energy times are assumed until there is more data.".to_owned());
    }
    if let Some(by) = &situation.context.hours_by {
        notes.push(format!(
            "Wake and bed time are told or remembered, not measured ({}): newer nights would change them.",
            by.called()
        ));
    }
    notes.extend(situation.heeded.notes(situation.wishes.exercise_timing));
    for word in &situation.unknown {
        notes.push(format!(
            "Which movements are right with {word} is for a professional to say: until then there is only light movement."
        ));
    }
    for word in &situation.wishes.equipment {
        let used =
            |task: &library::LibraryTask| task.equipment.iter().any(|needed| wishes::means(word, needed));
        if !library::tasks().iter().any(used) {
            notes.push(format!("No task of ours uses “{}”.", word.trim()));
        }
    }
    for start in &situation.wishes.early_starts {
        if start.day.is(situation.date.weekday())
            && situation.usual.earlier(situation.date, &situation.wishes).is_none()
        {
            notes.push(format!(
                "Getting up at {} is not up to four hours earlier than usual, so the day begins as usual.",
                start.wake
            ));
        }
    }
    if let Some(closed) = situation.closed {
        let (from, to) = clock_change::times(&situation.context, closed);
        notes.push(format!("The clock changes between {from} and {to}: nothing is planned in that hour."));
    }
    if situation.context.in_recovery() {
        notes.push("A day of recovery: less load, nothing hard.".to_owned());
    }
    notes
}

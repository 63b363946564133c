//! The rules that every routine keeps, whoever wrote it.

use super::{Context, RoutinePlan, RoutineWishes, TaskKind, day};
use crate::behavior::Mode;
use crate::evidence::Evidence;
use crate::violation::Violation;

/// Minutes after waking, so that days past midnight compare.
fn since_wake(context: &Context, minutes: u16) -> u32 {
    (u32::from(minutes) + 1440 - context.wake % 1440) % 1440
}

pub fn validate(
    plan: &RoutinePlan,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Vec<Violation> {
    let mut found = Vec::new();
    if plan.time_blocks.len() != 5 {
        found.push(Violation::new("routine.blocks", format!("{} instead of 5", plan.time_blocks.len())));
    }
    let awake = context.bed - context.wake;
    let mut until = 0;
    for block in &plan.time_blocks {
        for task in &block.tasks {
            let start = since_wake(context, task.start.minutes());
            if start < until {
                found.push(Violation::new("routine.overlap", task.id.clone()));
            }
            until = start + task.minutes;
            if until > awake {
                found.push(Violation::new("routine.outside-waking-hours", task.id.clone()));
            }
            if let Some(template) = day::template(&task.title)
                && !day::safe(template, evidence, context, wishes)
            {
                found.push(Violation::new("routine.unsafe-task", task.id.clone()));
            }
        }
    }
    let minutes = super::active_minutes(&plan.time_blocks);
    if minutes != plan.active_minutes || minutes > plan.minutes_allowed {
        found.push(Violation::new(
            "routine.minutes",
            format!("{minutes} of {} allowed", plan.minutes_allowed),
        ));
    }
    if wishes.max_minutes.is_some_and(|most| plan.minutes_allowed > most.max(10)) {
        found.push(Violation::new("routine.wish", "more minutes than wished for"));
    }
    let tasks: Vec<_> = plan.time_blocks.iter().flat_map(|block| &block.tasks).collect();
    let meals = tasks.iter().filter(|task| task.kind == TaskKind::Nutrition).count();
    if meals != 3 {
        found.push(Violation::new("routine.meals", format!("{meals} instead of 3")));
    }
    let exercise = tasks.iter().any(|task| matches!(task.kind, TaskKind::Exercise | TaskKind::Social));
    if context.readiness != Mode::Recovery && !exercise && plan.minutes_allowed >= 45 {
        found.push(Violation::new("routine.exercise", "a day without movement"));
    }
    let mut ids: Vec<_> = tasks.iter().map(|task| &task.id).collect();
    ids.sort();
    ids.dedup();
    if ids.len() != tasks.len() {
        found.push(Violation::new("routine.ids", "two tasks with the same id"));
    }
    found
}

//! What a plan's day must hold as a whole: meals with sensible gaps, effort away from the night, its own words and offers.

use super::super::evolution::slug_of;
use super::super::library::by_slug;
use super::super::{Intensity, RoutinePlan, Situation, Task, changes, pool, rhythm, swap};
use crate::routine::Rhythm;
use crate::violation::Violation;

/// Times that one task alone cannot break.
pub(super) fn hours(plan: &RoutinePlan, situation: &Situation<'_>, found: &mut Vec<Violation>) {
    let context = &situation.context;
    let start = |task: &Task| context.since_wake(task.start);
    let end = |task: &Task| start(task) + i32::try_from(task.minutes).unwrap_or(i32::MAX / 2);
    let tasks = || plan.blocks.iter().flat_map(|block| &block.tasks);
    let mut object = |rule, task: &Task, what: &str| {
        found.push(Violation::new(rule, format!("{}: {what}", task.id)));
    };
    let mut meals: Vec<&Task> = tasks().filter(|task| task.is_meal()).collect();
    meals.sort_by_key(|meal| start(meal));
    let gaps = rhythm::meal_gap(context);
    for pair in meals.windows(2) {
        if !gaps.contains(&(start(pair[1]) - end(pair[0]))) {
            object("meals", pair[1], "too soon or too long after the meal before");
        }
    }
    if let Some(last) = meals.last().filter(|meal| end(meal) > rhythm::dinner_until(context)) {
        object("meals", last, "too close to the night");
    }
    let awake = context.waking_minutes();
    for task in tasks() {
        if task.intensity == Intensity::Vigorous && end(task) > awake - rhythm::VIGOROUS {
            object("evening", task, "vigorous within three hours of bed");
        }
        if slug_of(&task.id) == "caffeine-cutoff" && start(task) > rhythm::caffeine_until(context) {
            object("rhythm", task, "later than the last coffee of this day");
        }
        if situation.closed.is_some_and(|(from, to)| start(task) < to && end(task) > from) {
            object("clock-change", task, "in the hour that the clock skips or repeats");
        }
    }
}

/// What the plan says of itself.
pub(super) fn says(plan: &RoutinePlan, situation: &Situation<'_>, found: &mut Vec<Violation>) {
    if plan.rhythm != Rhythm::of(&situation.context) {
        found.push(Violation::new("rhythm", "the marks of the day do not follow from its waking hours"));
    }
    if plan.changes != changes::changes(&situation.evolution, &plan.blocks) {
        found
            .push(Violation::new("changes", "what changed does not follow from the check-ins and the tasks"));
    }
}

/// Each swap must be one that this person may do, and each smallest version smaller.
pub(super) fn offers(plan: &RoutinePlan, situation: &Situation<'_>, found: &mut Vec<Violation>) {
    let pool = pool::pool(situation);
    for block in &plan.blocks {
        for task in &block.tasks {
            let mut object = |what: &str| found.push(Violation::new("swap", format!("{}: {what}", task.id)));
            let known = by_slug(slug_of(&task.id));
            if task.scale_down_minutes > task.minutes
                || known.is_some_and(|k| k.min != task.scale_down_minutes)
            {
                object("its smallest version is not");
            }
            if task.swaps.len() > swap::OFFERS {
                object("too many swaps");
            }
            for (i, offer) in task.swaps.iter().enumerate() {
                let allowed = pool.iter().find(|c| c.task.slug == offer.slug).is_some_and(|c| {
                    swap::may_replace(situation, plan, block.name, task, c)
                        && (c.new, &c.task.title) == (offer.new, &offer.title)
                        && (c.task.min..=swap::most_minutes(situation, task, c)).contains(&offer.minutes)
                });
                if !allowed || task.swaps[..i].iter().any(|other| other.slug == offer.slug) {
                    object("a swap is not safe, not for the same need, or not as it is");
                }
            }
        }
    }
}

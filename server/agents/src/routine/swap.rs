//! Another task in the place of one, and the smallest version of one: what a person may change by themselves.
//!
//! What is offered stands in the plan; both changes only ever lower the load, so what comes of them passes the validator.

use domain::profile::ClockTime;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::block::BlockName;
use super::evolution::{TaskDecision, slug_of};
use super::library::{LibraryTask, Need, by_slug};
use super::pool::Chosen;
use super::{RoutinePlan, Task, changes, rhythm};
use super::{Situation, TaskKind};

/// What may stand in a task's place: the same need, the same or lower effort, no longer, safe for this person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineSwap)]
pub struct Swap {
    /// What [`swap`] takes as `with`.
    pub slug: String,
    pub title: String,
    /// At most those of the task.
    pub minutes: u32,
    /// Not done before, as far as is known.
    pub new: bool,
}

/// Most offers per task.
pub(super) const OFFERS: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SwapError {
    #[error("this plan has no task with this id: nothing was changed; take the id from the plan")]
    NoSuchTask,
    #[error("this task is not offered this swap: nothing was changed; take one of the slugs in its `swaps`")]
    NotOffered,
    #[error(
        "this swap would bring more new tasks than the day allows: nothing was changed; take one that is not new"
    )]
    TooManyNew,
    #[error("this task has its smallest version already: nothing was changed")]
    AlreadySmallest,
}

/// The plan with one of the offers in the place of a task. `with` is the slug of the offer.
///
/// # Errors
/// When the task is not in the plan, does not offer it, or the day would hold too much that is new.
pub fn swap(plan: &RoutinePlan, task_id: &str, with: &str) -> Result<RoutinePlan, SwapError> {
    let mut changed = plan.clone();
    let task = find(&mut changed, task_id)?;
    let offer = task.swaps.iter().find(|offer| offer.slug == with).cloned().ok_or(SwapError::NotOffered)?;
    let known = by_slug(&offer.slug).ok_or(SwapError::NotOffered)?;
    let new = with_new(plan, task.new, offer.new);
    if new > plan.limits.new_tasks {
        return Err(SwapError::TooManyNew);
    }
    let back = by_slug(slug_of(&task.id)).map(|old| Swap {
        slug: old.slug.clone(),
        title: old.title.clone(),
        minutes: offer.minutes.min(old.max),
        new: task.new,
    });
    task.id = format!("{}-{}", plan.date, known.slug);
    task.title.clone_from(&known.title);
    task.why.clone_from(&known.why);
    task.kind = known.kind;
    task.intensity = known.intensity;
    task.serves.clone_from(&known.serves);
    task.new = offer.new;
    task.scale_down.clone_from(&known.scale_down);
    task.scale_down_minutes = known.min;
    // The way back, where it does not raise the load.
    task.swaps.extend(back);
    set_minutes(task, offer.minutes);
    Ok(summed(changed))
}

/// The plan with the smallest version of a task in its place; the time that it leaves is free.
///
/// # Errors
/// When the task is not in the plan, or is as small as it can be.
pub fn scale_down(plan: &RoutinePlan, task_id: &str) -> Result<RoutinePlan, SwapError> {
    let mut changed = plan.clone();
    let task = find(&mut changed, task_id)?;
    if task.minutes <= task.scale_down_minutes {
        return Err(SwapError::AlreadySmallest);
    }
    set_minutes(task, task.scale_down_minutes);
    Ok(summed(changed))
}

/// New tasks with one in the place of another. The plan's sum is not believed to hold what it says.
fn with_new(plan: &RoutinePlan, old: bool, other: bool) -> u32 {
    plan.new_tasks.saturating_sub(u32::from(old)).saturating_add(u32::from(other))
}

fn find<'a>(plan: &'a mut RoutinePlan, id: &str) -> Result<&'a mut Task, SwapError> {
    let mut tasks = plan.blocks.iter_mut().flat_map(|block| &mut block.tasks);
    tasks.find(|task| task.id == id).ok_or(SwapError::NoSuchTask)
}

fn set_minutes(task: &mut Task, minutes: u32) {
    task.minutes = minutes;
    task.end = ClockTime::from_minutes(i64::from(task.start.minutes()) + i64::from(minutes));
}

/// Sums, changes and offers as they follow from the tasks.
fn summed(mut plan: RoutinePlan) -> RoutinePlan {
    let tasks = || plan.blocks.iter().flat_map(|block| &block.tasks);
    plan.total_minutes = tasks().filter(|task| !task.is_meal()).map(|task| task.minutes).sum();
    plan.active_minutes = tasks().filter(|task| task.is_active()).map(|task| task.minutes).sum();
    plan.new_tasks = tasks().filter(|task| task.new).count() as u32;
    let seen = plan.clone();
    let (new, most) = (plan.new_tasks, plan.limits.new_tasks);
    for block in &mut plan.blocks {
        let name = block.name;
        for task in &mut block.tasks {
            let others = new - u32::from(task.new);
            let mut offers = std::mem::take(&mut task.swaps);
            offers.retain(|offer| {
                let known = by_slug(&offer.slug).is_some_and(|known| stands_for(&seen, name, task, known));
                known && others + u32::from(offer.new) <= most
            });
            for offer in &mut offers {
                offer.minutes = offer.minutes.min(task.minutes);
            }
            offers.truncate(OFFERS);
            task.swaps = offers;
        }
    }
    plan.changes = changes::changes(&plan.evolution, &plan.blocks);
    plan
}

/// The best offers for each task, once all are on the clock. `pool` is everything this person may do today.
pub(super) fn offer(plan: &mut RoutinePlan, situation: &Situation<'_>, mut pool: Vec<Chosen>) {
    pool.sort_by(|a, b| (b.score, &b.task.slug).cmp(&(a.score, &a.task.slug)));
    let seen = plan.clone();
    for block in &mut plan.blocks {
        for task in &mut block.tasks {
            let fits = pool.iter().filter(|c| may_replace(situation, &seen, block.name, task, c));
            task.swaps = fits
                .take(OFFERS)
                .map(|c| Swap {
                    slug: c.task.slug.clone(),
                    title: c.task.title.clone(),
                    minutes: most_minutes(situation, task, c),
                    new: c.new,
                })
                .collect();
        }
    }
}

/// Whether one task of the library may stand in the place of a task of this plan. Whether the person may do it at all is the
/// pool's question.
pub(super) fn may_replace(
    situation: &Situation<'_>,
    plan: &RoutinePlan,
    block: BlockName,
    task: &Task,
    chosen: &Chosen,
) -> bool {
    let other = chosen.task;
    let new = with_new(plan, task.new, chosen.new);
    let coffee = other.slug != "caffeine-cutoff"
        || situation.context.since_wake(task.start) <= rhythm::caffeine_until(&situation.context);
    new <= situation.limits.new_tasks && coffee && stands_for(plan, block, task, other)
}

/// How long it may take there: what was hardly done only in its smallest version.
pub(super) fn most_minutes(situation: &Situation<'_>, task: &Task, chosen: &Chosen) -> u32 {
    let past = situation.evolution.of_task(&chosen.task.slug).map(|past| past.decision);
    match past {
        _ if task.is_meal() => task.minutes.min(chosen.task.max),
        None | Some(TaskDecision::Keep) => task.minutes.min(chosen.task.max),
        Some(_) => chosen.task.min,
    }
}

/// The same need and place, no more effort, no more time, and the day still holds its basics.
fn stands_for(plan: &RoutinePlan, block: BlockName, task: &Task, other: &LibraryTask) -> bool {
    if task.is_meal() != other.is_meal() || other.intensity > task.intensity || other.min > task.minutes {
        return false;
    }
    let Some(old) = by_slug(slug_of(&task.id)) else { return false };
    let there = plan.blocks.iter().flat_map(|b| &b.tasks).any(|t| slug_of(&t.id) == other.slug);
    // Daylight may come from another task of the morning; every other need must stay with this one.
    let light = block != BlockName::Morning || other.serves.contains(&Need::Sunlight) || {
        let morning = plan.blocks.iter().filter(|b| b.name == BlockName::Morning).flat_map(|b| &b.tasks);
        morning.filter(|t| t.id != task.id).any(|t| t.serves.contains(&Need::Sunlight))
    };
    let needs = task.serves.iter().all(|need| match need {
        Need::Sunlight => light,
        need => other.serves.contains(need),
    });
    let alike = match task.kind {
        TaskKind::Exercise => other.kind == TaskKind::Exercise,
        _ if other.kind == TaskKind::Exercise => false,
        kind => {
            kind == other.kind
                || !task.serves.is_empty()
                || old.focus.iter().any(|focus| other.focus.contains(focus))
        }
    };
    // What has its own minute of the day (on waking, at bedtime, right after a meal) stays there.
    let timed = |task: &LibraryTask| task.at <= 4 || task.at >= 90 || task.after.is_some();
    let time = other.after == old.after && (!timed(other) || timed(old) && (other.at - old.at).abs() <= 10);
    let place =
        if task.is_meal() { other.blocks == old.blocks } else { time && other.blocks.contains(&block) };
    needs && alike && place && !there
}

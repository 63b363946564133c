//! What is different from before and why, one line per task that was judged.

use serde::{Deserialize, Serialize};

use super::evolution::{Evolution, TaskDecision, TaskEvolution, slug_of};
use super::library::{LibraryTask, Need, by_slug};
use super::{Task, TimeBlock};

/// One task and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineChange)]
pub struct Change {
    /// The id of the task without its day.
    pub slug: String,
    pub what: ChangeKind,
    /// The slug of what stands in its place, when something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// One sentence with the numbers.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RoutineChangeKind)]
pub enum ChangeKind {
    Kept,
    Smaller,
    Swapped,
    Removed,
    /// Works, or could, but not today: another kind of day, or no room.
    NotToday,
    /// Never done before.
    New,
}

/// From the evolution and the day's tasks alone, so that a swap can say it again.
pub(super) fn changes(evolution: &Evolution, blocks: &[TimeBlock]) -> Vec<Change> {
    let tasks: Vec<&Task> = blocks.iter().flat_map(|block| &block.tasks).collect();
    let judged = evolution.tasks.iter().filter_map(|past| {
        let known = by_slug(&past.slug)?;
        Some(change(past, known, &tasks, evolution))
    });
    let new = tasks.iter().filter(|task| task.new).map(|task| Change {
        slug: slug_of(&task.id).to_owned(),
        what: ChangeKind::New,
        instead: None,
        why: "Not done before, as far as is known.".to_owned(),
    });
    judged.chain(new).collect()
}

fn change(past: &TaskEvolution, known: &LibraryTask, tasks: &[&Task], evolution: &Evolution) -> Change {
    let there = tasks.iter().find(|task| slug_of(&task.id) == past.slug);
    let done = format!("done {:.0} % of {} times in two weeks", past.completion * 100.0, past.check_ins);
    let instead = || stands_in(known, tasks, evolution);
    let (what, instead, why) = match (past.decision, there) {
        (TaskDecision::Keep, Some(_)) => (ChangeKind::Kept, None, format!("It works: {done}.")),
        (TaskDecision::Adapt | TaskDecision::Swap | TaskDecision::Remove, Some(_)) => {
            (ChangeKind::Smaller, None, format!("In its smallest version: {done}."))
        }
        (TaskDecision::Keep | TaskDecision::Adapt, None) => (
            ChangeKind::NotToday,
            None,
            format!("Not today, for the kind of day or for want of room: {done}."),
        ),
        (TaskDecision::Swap, None) => {
            let rating = past.rating.unwrap_or_default();
            let why = format!("Rated {rating:.1} of 5 although {done}: something else instead.");
            (ChangeKind::Swapped, instead(), why)
        }
        (TaskDecision::Remove, None) => {
            (ChangeKind::Removed, instead(), format!("Taken out: {done}, below 40 %."))
        }
    };
    Change { slug: past.slug.clone(), what, instead, why }
}

/// The first task of the day that serves the same and is not itself from before.
fn stands_in(left: &LibraryTask, tasks: &[&Task], evolution: &Evolution) -> Option<String> {
    let serves = |task: &&&Task| {
        let same = left.serves.iter().filter(|need| **need != Need::Sunlight);
        let needs = same.clone().count() > 0 && same.clone().all(|need| task.serves.contains(need));
        task.kind == left.kind && (left.serves.is_empty() || needs)
    };
    let fresh = |task: &&&Task| evolution.of_task(slug_of(&task.id)).is_none();
    tasks.iter().filter(serves).find(fresh).map(|task| slug_of(&task.id).to_owned())
}

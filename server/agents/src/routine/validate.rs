//! What a routine must hold, whoever wrote it: planner or model.
//!
//! Nothing in the plan is believed that can be computed again. Tasks of a model's own are allowed; those of the library
//! are held to the library's figures.

use super::block::BlockName;
use super::library::{Need, by_slug};
use super::{
    Context, Intensity, RoutinePlan, RoutineWishes, Situation, Task, TaskDecision, TaskKind, body, select,
};
use super::{evolution::slug_of, library::LibraryTask};
use crate::evidence::Evidence;
use crate::violation::Violation;
use crate::wording;

mod day;

/// Empty when the plan may be given to the person.
pub fn validate(
    plan: &RoutinePlan,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Vec<Violation> {
    judge(plan, &Situation::today(evidence, context, wishes))
}

/// Empty when `plan` may stand in the place of `given`, which was validated and given earlier today and changed by the person since. What
/// was measured meanwhile does not undo it; injuries, wishes and the bounds that it was given under still hold.
pub fn validate_changed(
    plan: &RoutinePlan,
    given: &RoutinePlan,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Vec<Violation> {
    judge(plan, &Situation::given(given, evidence, context, wishes))
}

/// The same for any day of a week.
pub(super) fn judge(plan: &RoutinePlan, situation: &Situation<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    if plan.date != situation.date {
        found.push(Violation::new("date", "the plan is for another day"));
    }
    if plan.archetype != situation.evidence.archetype {
        found.push(Violation::new("archetype", "the plan is for another archetype"));
    }
    if plan.limits != situation.limits || plan.readiness != situation.context.readiness {
        found.push(Violation::new("limits", "the limits do not follow from the evidence"));
    }
    if plan.training != situation.training {
        found.push(Violation::new(
            "training",
            "the kind of day does not follow from the week and the day before",
        ));
    }
    if plan.evolution != situation.evolution {
        found.push(Violation::new("evolution", "the evolution does not follow from the check-ins"));
    }
    // The notes of a given plan follow from what was known then; no change touches them.
    let notes = || super::notes(situation).iter().any(|note| !plan.notes.contains(note));
    if situation.given.is_none() && notes() {
        found.push(Violation::new("notes", "a note that the person must read is missing"));
    }
    if plan.memories != situation.used() {
        found.push(Violation::new("memories", "the memories are not those that were used"));
    }
    if plan.notes.iter().any(|note| wording::oversteps(note)) {
        found.push(Violation::new("wording", "a note says what only a professional may"));
    }
    blocks(plan, situation, &mut found);
    clock(plan, &situation.context, &mut found);
    let tasks: Vec<(BlockName, &Task)> =
        plan.blocks.iter().flat_map(|block| block.tasks.iter().map(|task| (block.name, task))).collect();
    for (block, task) in &tasks {
        one(situation, *block, task, &mut found);
    }
    load(plan, situation, &tasks, &mut found);
    basics(situation, &tasks, &mut found);
    day::hours(plan, situation, &mut found);
    day::says(plan, situation, &mut found);
    day::offers(plan, situation, &mut found);
    found
}

fn blocks(plan: &RoutinePlan, situation: &Situation<'_>, found: &mut Vec<Violation>) {
    let names: Vec<BlockName> = plan.blocks.iter().map(|block| block.name).collect();
    if names != BlockName::ALL {
        found.push(Violation::new("blocks", "not the five blocks in their order"));
    }
    for block in &plan.blocks {
        if block.zone != block.name.zone() || block.purpose.trim().is_empty() {
            found.push(Violation::new("blocks", format!("{}: wrong zone or no purpose", block.name.title())));
        }
    }
    let windows = super::block::windows(&situation.context);
    let times = windows.iter().map(|w| (situation.context.clock(w.start), situation.context.clock(w.end)));
    if !times.eq(plan.blocks.iter().map(|block| (block.start, block.end))) {
        found.push(Violation::new("blocks", "the times of the blocks do not follow from the waking day"));
    }
}

/// Blocks and tasks one after the other, from waking to bed.
fn clock(plan: &RoutinePlan, context: &Context, found: &mut Vec<Violation>) {
    let bed = context.waking_minutes();
    let (mut block_end, mut task_end) = (0, 0);
    for block in &plan.blocks {
        let start = context.since_wake(block.start);
        let end = match context.since_wake(block.end) {
            0 => 1440,
            end => end,
        };
        if start < block_end || end <= start || end > bed {
            found.push(Violation::new("window", format!("{}: outside the waking day", block.name.title())));
        }
        block_end = end;
        let mut tasks: Vec<&Task> = block.tasks.iter().collect();
        tasks.sort_by_key(|task| context.since_wake(task.start));
        for task in tasks {
            let from = context.since_wake(task.start);
            let to = from + i32::try_from(task.minutes).unwrap_or(i32::MAX / 2);
            if context.since_wake(task.end) != to.rem_euclid(1440) || !(1..=240).contains(&task.minutes) {
                found
                    .push(Violation::new("minutes", format!("{}: start, end and minutes disagree", task.id)));
            }
            if from < start || to > end {
                found.push(Violation::new("window", format!("{}: outside its block", task.id)));
            }
            if from < task_end {
                found.push(Violation::new(
                    "overlap",
                    format!("{}: starts before the task before ends", task.id),
                ));
            }
            task_end = task_end.max(to);
        }
    }
}

/// What each task must respect by itself.
fn one(situation: &Situation<'_>, block: BlockName, task: &Task, found: &mut Vec<Violation>) {
    let mut object = |rule, what: &str| found.push(Violation::new(rule, format!("{}: {what}", task.id)));
    let slug = slug_of(&task.id);
    let prefix = format!("{}-", situation.date);
    let plain = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !task.id.starts_with(&prefix) || slug.is_empty() || !plain || task.id.len() > 128 {
        object("id", "not the day and a slug");
    }
    let lengths = [(&task.title, 80), (&task.why, 400), (&task.scale_down, 200)];
    if lengths.iter().any(|(text, most)| text.trim().is_empty() || text.chars().count() > *most) {
        object("text", "title, why or scale_down is empty or too long");
    }
    if lengths.iter().any(|(text, _)| wording::oversteps(text)) {
        object("wording", "says what only a professional may");
    }
    let known = by_slug(slug);
    if known.is_some_and(|known| differs(known, task)) {
        object("library", "not what the library says of it");
    }
    let parts =
        body::loaded(&task.title).into_iter().chain(known.iter().flat_map(|k| k.parts.iter().copied()));
    let moves = task.intensity != Intensity::None || task.kind == TaskKind::Exercise;
    if moves && parts.into_iter().any(|part| situation.injured.contains(&part)) {
        object("injury", "loads an injured part");
    }
    if known.is_some_and(|known| known.equipment.iter().any(|needed| !situation.wishes.has(needed))) {
        object("equipment", "needs what the person does not have");
    }
    let intensity = task.intensity.max(spoken_intensity(&task.title));
    if intensity > situation.limits.hardest {
        object("intensity", "harder than today allows");
    }
    let evening = matches!(block, BlockName::Evening | BlockName::WindDown);
    let night = block == BlockName::WindDown;
    if evening && intensity == Intensity::Vigorous || night && intensity == Intensity::Moderate {
        object("evening", "too intense for the evening");
    }
    if situation.heeded.avoids(slug) {
        object("told", "the person told that they do not want it");
    }
    let past = situation.evolution.of_task(slug).map(|past| past.decision);
    if past.is_some_and(TaskDecision::leaves) && !known.is_some_and(|known| known.anchor) {
        object("removed", "was done less than 40 % of the time, or disliked");
    }
    if past == Some(TaskDecision::Adapt)
        && known.is_some_and(|known| task.minutes > known.min && !task.is_meal())
    {
        object("removed", "was done less than 80 % of the time and is not in its smallest version");
    }
    if known.is_some_and(|known| situation.rests(known)) {
        object("muscles", "trains muscles that rest today");
    }
    if task.new != situation.is_new(slug) {
        object("new", "whether it is new does not follow from the check-ins");
    }
}

fn differs(known: &LibraryTask, task: &Task) -> bool {
    let meal = known.is_meal();
    task.kind != known.kind
        || task.intensity != known.intensity
        || task.serves.iter().any(|need| !known.serves.contains(need))
        || task.minutes < known.min
        || task.minutes > known.max && !meal
}

/// Whether words ask for more than others do: a harder effort, or a movement that loads a part of the body which those
/// leave alone.
pub(crate) fn asks_more(text: &str, than: &str) -> bool {
    let known = body::loaded(than);
    spoken_intensity(text) > spoken_intensity(than)
        || body::loaded(text).iter().any(|part| !known.contains(part))
}

/// Words of effort that a title cannot talk away.
fn spoken_intensity(title: &str) -> Intensity {
    let lower = title.to_lowercase();
    let hard = ["sprint", "hiit", "interval", "burpee", "all-out", "all out", "max effort", "tabata"];
    if hard.iter().any(|word| lower.contains(word)) { Intensity::Vigorous } else { Intensity::None }
}

/// The sums, and the limits they must keep.
fn load(
    plan: &RoutinePlan,
    situation: &Situation<'_>,
    tasks: &[(BlockName, &Task)],
    found: &mut Vec<Violation>,
) {
    let sum = |part: &dyn Fn(&Task) -> bool| {
        tasks.iter().filter(|(_, t)| part(t)).map(|(_, t)| t.minutes).sum::<u32>()
    };
    let total = sum(&|task| !task.is_meal());
    let active = sum(&Task::is_active);
    let new = tasks.iter().filter(|(_, task)| task.new).count() as u32;
    if (plan.total_minutes, plan.active_minutes, plan.new_tasks) != (total, active, new) {
        found.push(Violation::new("sum", "the totals are not the sums of the tasks"));
    }
    let limits = &situation.limits;
    if total > limits.minutes {
        found.push(Violation::new("load", "more minutes than the day allows"));
    }
    if active > limits.active_minutes {
        found.push(Violation::new(
            "ramp",
            "more active minutes than the day's part of 10 % above the person's own week",
        ));
    }
    if new > limits.new_tasks {
        found.push(Violation::new("new", "more new tasks than allowed"));
    }
    let mut ids: Vec<&str> = tasks.iter().map(|(_, task)| task.id.as_str()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        found.push(Violation::new("id", "two tasks have the same id"));
    }
}

/// The wellness minimums of a day.
fn basics(situation: &Situation<'_>, tasks: &[(BlockName, &Task)], found: &mut Vec<Violation>) {
    let count = |need: Need| {
        let counts = |block: &BlockName| need != Need::Sunlight || *block == BlockName::Morning;
        tasks.iter().filter(|(block, task)| task.serves.contains(&need) && counts(block)).count()
    };
    let least = [
        (Need::Hydration, 2, usize::MAX),
        (Need::Movement, 2, usize::MAX),
        (Need::Sunlight, 1, usize::MAX),
        (Need::Meal, 3, 3),
        (Need::Break, select::breaks(situation), usize::MAX),
    ];
    for (need, least, most) in least {
        if !(least..=most).contains(&count(need)) {
            found
                .push(Violation::new("basics", format!("{need:?}: not at least {least} and at most {most}")));
        }
    }
    let exercise: Vec<_> = tasks.iter().filter(|(_, task)| task.kind == TaskKind::Exercise).collect();
    if situation.limits.exercise_required && exercise.is_empty() {
        found.push(Violation::new("basics", "no exercise on a day that is not for recovery"));
    }
    if let Some(timing) = situation.wishes.exercise_timing
        && exercise.iter().any(|(block, _)| !timing.blocks().contains(block))
    {
        found.push(Violation::new("timing", "exercise at another time of day than wished"));
    }
}

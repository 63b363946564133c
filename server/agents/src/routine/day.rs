//! Laying tasks into the day: five blocks between waking and bed, no overlap, within the minutes allowed.

use domain::profile::ClockTime;

use super::tasks::{Block, LIBRARY, Template};
use super::{
    Context, Evolution, EvolutionStep, RoutineWishes, Task, TaskKind, TaskPriority, TimeBlock, Timing,
};
use crate::behavior::Mode;
use crate::circadian::Zone;
use crate::evidence::Evidence;

/// The blocks as shares of the waking day, at least nine hours of it.
const SHARES: [(Block, &str, &str, Zone, f64, f64); 5] = [
    (Block::Morning, "Morning Block", "Wake up gently and set the clock", Zone::Maintenance, 0.0, 0.16),
    (Block::Peak, "Peak Energy Block", "Use the best hours for what matters", Zone::Peak, 0.16, 0.38),
    (Block::Midday, "Mid-day Slump", "Eat, rest, and break up sitting", Zone::Recovery, 0.38, 0.56),
    (Block::Evening, "Evening Routine", "Second wind: move and meet", Zone::Maintenance, 0.56, 0.84),
    (Block::WindDown, "Wind Down", "Make sleep easy", Zone::Recovery, 0.84, 1.0),
];
/// Minutes of one meal, and the block it is in.
const MEALS: [(Block, &str, u32); 3] =
    [(Block::Morning, "Breakfast", 15), (Block::Midday, "Lunch", 25), (Block::Evening, "Dinner", 30)];
/// What every day has, whatever else.
const ESSENTIAL: [&str; 5] = [
    "Step outside into daylight",
    "Drink a large glass of water",
    "Stand up and stretch",
    "Refill the water bottle",
    "Stretch what sat all day",
];

pub(super) fn lay_out(
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
    evolution: &Evolution,
    allowed: u32,
) -> Vec<TimeBlock> {
    let chosen = choose(evidence, context, wishes, evolution, allowed);
    let awake = f64::from(context.bed - context.wake);
    SHARES
        .iter()
        .map(|(block, name, purpose, zone, from, to)| {
            let minute = |share: f64| context.wake + (awake * share / 5.0).round() as u32 * 5;
            let (start, end) = (minute(*from), minute(*to).min(context.bed));
            let tasks = place(evidence, *block, start, end, &chosen, context);
            let (start, end) =
                (ClockTime::from_minutes(i64::from(start)), ClockTime::from_minutes(i64::from(end)));
            TimeBlock {
                name: (*name).to_owned(),
                purpose: (*purpose).to_owned(),
                start,
                end,
                zone: *zone,
                tasks,
            }
        })
        .collect()
}

/// Essentials first, then by how well a task fits, until the minutes are used up.
fn choose(
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
    evolution: &Evolution,
    allowed: u32,
) -> Vec<&'static Template> {
    let essential = |template: &Template| ESSENTIAL.contains(&template.title);
    let mut chosen: Vec<&Template> = Vec::new();
    let mut minutes = 0;
    for title in ESSENTIAL {
        let Some(template) = LIBRARY.iter().find(|template| template.title == title) else { continue };
        if minutes + template.minutes <= allowed && safe(template, evidence, context, wishes) {
            minutes += template.minutes;
            chosen.push(template);
        }
    }
    let mut rest: Vec<(f64, &Template)> = LIBRARY
        .iter()
        .filter(|template| !essential(template) && safe(template, evidence, context, wishes))
        .filter(|template| !evolution.dropped.iter().any(|title| title == template.title))
        .map(|template| (fit(template, evidence, context, wishes, evolution), template))
        .collect();
    rest.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.title.cmp(b.1.title)));
    // An exercise comes first unless the day is for recovery; then the rest by fit.
    if context.readiness != Mode::Recovery
        && let Some(i) =
            rest.iter().position(|(_, t)| t.kind == TaskKind::Exercise && minutes + t.minutes <= allowed)
    {
        let first = rest.remove(i);
        rest.insert(0, first);
    }
    let mut new = most_new(evidence, evolution);
    for (_, template) in rest {
        let known = evolution.kept.iter().any(|title| title == template.title)
            || evidence.check_ins.iter().any(|report| report.title.as_deref() == Some(template.title));
        let in_block = chosen.iter().filter(|other| other.block == template.block).count();
        let exercises = chosen.iter().filter(|other| other.kind == TaskKind::Exercise).count();
        let crowded = in_block >= 4 || (template.kind == TaskKind::Exercise && exercises >= 2);
        if minutes + template.minutes > allowed || crowded || (!known && new == 0) {
            continue;
        }
        if !known {
            new -= 1;
        }
        minutes += template.minutes;
        chosen.push(template);
    }
    chosen
}

/// Beside the essentials: what the release allows, twice that for demanding archetypes, fewer when simplifying.
fn most_new(evidence: &Evidence, evolution: &Evolution) -> u32 {
    let base = evidence.settings.routine_new_tasks;
    let by_archetype = match evidence.archetype.complexity() {
        0..=4 => base.min(3),
        5..=6 => base + 1,
        _ => base * 2,
    };
    if evolution.step == EvolutionStep::Simplify { by_archetype.div_ceil(2) } else { by_archetype }
}

/// Nothing that loads an injury, needs what is not there, or is hard when readiness is low or evening is near.
pub(super) fn safe(
    template: &Template,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> bool {
    let hurts = evidence.profile.injuries.iter().any(|injury| {
        let injury = injury.to_lowercase();
        template.loads.iter().any(|part| injury.contains(part) || part.contains(injury.as_str()))
    });
    let missing = !template.equipment.is_empty()
        && !wishes.equipment.iter().any(|word| word.to_lowercase().contains(template.equipment));
    let most = match context.readiness {
        Mode::Recovery => 1,
        Mode::Productive if evidence.archetype.complexity() <= 4 => 2,
        _ => 3,
    };
    !hurts && !missing && template.intensity <= most
}

fn fit(
    template: &Template,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
    evolution: &Evolution,
) -> f64 {
    let suits = if template.suits.is_empty() {
        0.5
    } else if template.suits.contains(&evidence.archetype) {
        1.2
    } else {
        0.0
    };
    let helps = context
        .focus
        .iter()
        .position(|focus| template.helps == Some(*focus))
        .map_or(0.0, |i| 0.9 - 0.2 * i as f64);
    let kept = if evolution.kept.iter().any(|title| title == template.title) { 1.0 } else { 0.0 };
    let timed = match (wishes.exercise_timing, template.kind, template.block) {
        (Some(Timing::Morning), TaskKind::Exercise, Block::Morning)
        | (Some(Timing::Midday), TaskKind::Exercise, Block::Peak | Block::Midday)
        | (Some(Timing::Evening), TaskKind::Exercise, Block::Evening) => 1.0,
        (Some(_), TaskKind::Exercise, _) => -0.8,
        _ => 0.0,
    };
    let needed =
        if template.kind == TaskKind::Exercise && context.readiness != Mode::Recovery { 0.3 } else { 0.0 };
    let rest =
        if template.kind == TaskKind::Recovery && context.readiness == Mode::Recovery { 0.8 } else { 0.0 };
    suits + helps + kept + timed + needed + rest + variety(template, evidence)
}

/// A little different every day, without chance: the date turns the order of equally good tasks.
fn variety(template: &Template, evidence: &Evidence) -> f64 {
    let day = u64::try_from(evidence.today.day_of_year()).unwrap_or(0);
    let mixed = template.title.bytes().fold(day.wrapping_mul(0x9E37_79B9), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (mixed % 1_000) as f64 / 1_000.0 * 0.35
}

fn place(
    evidence: &Evidence,
    block: Block,
    start: u32,
    end: u32,
    chosen: &[&Template],
    context: &Context,
) -> Vec<Task> {
    let meal = MEALS.iter().find(|(of, _, _)| *of == block);
    let templates: Vec<&&Template> = chosen.iter().filter(|template| template.block == block).collect();
    let asked: u32 = templates.iter().map(|template| template.minutes).sum::<u32>()
        + meal.map_or(0, |(_, _, minutes)| *minutes);
    let count = u32::try_from(templates.len()).unwrap_or(0) + u32::from(meal.is_some());
    let gap = ((end - start).saturating_sub(asked) / (count + 1).max(1)) / 5 * 5;
    let mut at = start + if block == Block::Morning { 0 } else { gap };
    let mut tasks = Vec::new();
    for (i, template) in templates.iter().enumerate() {
        // The meal comes after the first thing of its block.
        if i == 1.min(templates.len() - 1)
            && let Some((_, title, minutes)) = meal.filter(|(_, _, minutes)| at + minutes <= end)
        {
            tasks.push(meal_task(evidence, title, at, *minutes));
            at += minutes + gap;
        }
        if at + template.minutes > end {
            continue;
        }
        tasks.push(task(evidence, template, at, context));
        at += template.minutes + gap;
    }
    if let (true, Some((_, title, minutes))) = (templates.is_empty(), meal) {
        tasks.push(meal_task(evidence, title, at.min(end - minutes), *minutes));
    }
    tasks
}

fn task(evidence: &Evidence, template: &Template, at: u32, context: &Context) -> Task {
    let first = context.focus.first().is_some_and(|focus| template.helps == Some(*focus));
    let priority = match (first, ESSENTIAL.contains(&template.title)) {
        (true, _) => TaskPriority::High,
        (false, true) => TaskPriority::Medium,
        (false, false) if template.kind == TaskKind::Exercise => TaskPriority::Medium,
        _ => TaskPriority::Low,
    };
    Task {
        id: format!("{}-{}", evidence.today, slug(template.title)),
        title: template.title.to_owned(),
        why: template.why.to_owned(),
        start: ClockTime::from_minutes(i64::from(at)),
        minutes: template.minutes,
        kind: template.kind,
        priority,
        scale_down: template.scale_down.to_owned(),
    }
}

fn meal_task(evidence: &Evidence, title: &str, at: u32, minutes: u32) -> Task {
    Task {
        id: format!("{}-{}", evidence.today, slug(title)),
        title: title.to_owned(),
        why: "Regular meals keep energy even; what to eat is in the nutrition plan.".to_owned(),
        start: ClockTime::from_minutes(i64::from(at)),
        minutes,
        kind: TaskKind::Nutrition,
        priority: TaskPriority::Medium,
        scale_down: "Something small, sitting down.".to_owned(),
    }
}

fn slug(title: &str) -> String {
    let words = title.to_lowercase();
    let kept: String = words.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    kept.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Whether the library has the task, and whether it may be given: the validator asks for models' plans too.
pub(super) fn template(title: &str) -> Option<&'static Template> {
    LIBRARY.iter().find(|template| template.title == title)
}

const _: () = assert!(SHARES.len() == Block::ALL.len());

//! Which tasks: first what every day must hold, then what this person gains most from, until the minutes are used.

use domain::archetype::Archetype;
use domain::check_in::CheckInStatus;
use domain::profile::Goal;

use super::block::BlockName;
use super::context::Focus;
use super::evolution::{Decision, TaskDecision, slug_of};
use super::library::{LibraryTask, Need, tasks};
use super::{Intensity, Situation, TaskKind};
use crate::draw;
use crate::evidence::Evidence;

/// One task of the plan, not yet on the clock.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub task: &'static LibraryTask,
    /// Where it may stand for this person, best first.
    pub blocks: Vec<BlockName>,
    pub minutes: u32,
    pub new: bool,
    score: i64,
    /// Minutes when there is room.
    want: u32,
}

pub(super) fn select(situation: &Situation<'_>) -> Vec<Chosen> {
    let mut picker = Picker { situation, pool: pool(situation), chosen: Vec::new() };
    for block in [BlockName::Morning, BlockName::Slump, BlockName::Evening] {
        picker.need(|c| c.task.is_meal() && c.blocks[0] == block);
    }
    picker.need(|c| c.task.slug == "water-on-waking");
    picker.need(|c| c.task.serves.contains(&Need::Hydration) && c.blocks[0] != BlockName::Morning);
    if situation.limits.exercise_required {
        picker.need(|c| c.task.kind == TaskKind::Exercise);
    }
    if picker.missing(Need::Sunlight) > 0 {
        picker.need(|c| c.task.serves.contains(&Need::Sunlight) && c.blocks == [BlockName::Morning]);
    }
    if picker.missing(Need::Break) > 0 {
        picker.need(|c| c.task.serves.contains(&Need::Break));
    }
    while picker.missing(Need::Movement) > 0 {
        let before = picker.chosen.len();
        picker.need(|c| c.task.serves.contains(&Need::Movement) && c.task.kind != TaskKind::Exercise);
        if picker.chosen.len() == before {
            picker.need(|c| c.task.serves.contains(&Need::Movement));
        }
        if picker.chosen.len() == before {
            break;
        }
    }
    picker.kept();
    // No block is empty but for food and water.
    let fills = |c: &Chosen| !c.task.is_meal() && !c.task.serves.contains(&Need::Hydration);
    for block in [BlockName::WindDown, BlockName::Peak, BlockName::Evening] {
        if !picker.chosen.iter().any(|c| c.blocks[0] == block && fills(c)) {
            picker.need(|c| c.blocks[0] == block && fills(c) && c.task.kind != TaskKind::Exercise);
        }
    }
    picker.extras();
    let mut chosen = picker.chosen;
    allot(&mut chosen, situation);
    chosen
}

/// Whether a task would be new to the person: no everyday act, never done, and not seen in the data.
pub(super) fn is_new(evidence: &Evidence, slug: &str) -> bool {
    let task = super::library::by_slug(slug);
    if task.is_some_and(|task| task.anchor) {
        return false;
    }
    let done = evidence.check_ins.iter().any(|c| {
        c.status != CheckInStatus::Skipped && slug_of(&c.task_id) == slug && c.date < evidence.today
    });
    let walks = || super::why::week_mean(evidence, |day| day.steps).is_some_and(|steps| steps >= 5000.0);
    !(done || slug == "easy-walk" && walks())
}

/// Everything this person may do today, scored.
fn pool(situation: &Situation<'_>) -> Vec<Chosen> {
    tasks().iter().filter_map(|task| candidate(situation, task)).collect()
}

fn candidate(situation: &Situation<'_>, task: &'static LibraryTask) -> Option<Chosen> {
    let (evidence, wishes) = (situation.evidence, situation.wishes);
    let hurts = task.parts.iter().any(|part| situation.injured.contains(part));
    let lacks = !task.equipment.iter().all(|needed| wishes.has(needed));
    let affinity = task.affinity(evidence.archetype);
    if hurts || lacks || affinity == 0 || task.intensity > situation.limits.hardest {
        return None;
    }
    let past = situation.evolution.of_task(&task.slug).map(|task| task.decision);
    if past == Some(TaskDecision::Remove) && !task.anchor {
        return None;
    }
    let wished = wishes.exercise_timing.filter(|_| task.kind == TaskKind::Exercise);
    let blocks: Vec<BlockName> = match wished {
        Some(timing) => timing.blocks().iter().filter(|block| task.blocks.contains(block)).copied().collect(),
        None => task.blocks.clone(),
    };
    if blocks.is_empty() {
        return None;
    }
    let new = is_new(evidence, &task.slug);
    let chance = (draw::number(situation.seed, &task.slug) % 12) as i64;
    let habit = match past {
        Some(TaskDecision::Keep) => 25,
        Some(TaskDecision::Adapt) => -6,
        Some(TaskDecision::Remove) => -60,
        None if !new && !task.anchor => 8,
        None => 0,
    };
    let score = 10 * i64::from(affinity) + gain(situation, task) + habit + chance;
    let want = match (past, situation.evolution.decision) {
        (Some(TaskDecision::Adapt | TaskDecision::Remove), _) => task.min,
        (_, Decision::Simplify) => u32::midpoint(task.min, task.usual),
        (_, Decision::Intensify) if task.kind == TaskKind::Exercise => u32::midpoint(task.usual, task.max),
        // "One new ten-minute task": what is new starts small.
        (_, Decision::Progress) if new => task.usual.min(task.min.max(10)),
        _ => task.usual,
    };
    Some(Chosen { task, blocks, minutes: task.min, new, score, want })
}

/// What the person's own priorities, goal, equipment and the day of the week add.
fn gain(situation: &Situation<'_>, task: &LibraryTask) -> i64 {
    let mut gain = 0;
    for (rank, focus) in situation.context.focus.iter().take(3).enumerate() {
        if task.focus.contains(focus) {
            gain += 8 - 2 * rank as i64;
        }
    }
    let goal = match situation.evidence.profile.goal {
        Some(Goal::SleepBetter) => Some(Focus::Sleep),
        Some(Goal::ReduceStress) => Some(Focus::Stress),
        Some(Goal::MoreEnergy) => Some(Focus::Regularity),
        Some(Goal::Fitness | Goal::LoseWeight | Goal::GainMuscle) => Some(Focus::Activity),
        Some(Goal::Maintain) | None => None,
    };
    if goal.is_some_and(|focus| task.focus.contains(&focus)) {
        gain += 5;
    }
    if situation.evidence.profile.goal == Some(Goal::GainMuscle) && task.slug.contains("strength") {
        gain += 10;
    }
    if !task.equipment.is_empty() {
        gain += 10;
    }
    if task.intensity == Intensity::Vigorous {
        gain += 12;
    }
    if situation.context.in_recovery() {
        gain += match task.kind {
            TaskKind::Recovery => 8,
            TaskKind::Focus if task.usual > 20 => -25,
            _ => 0,
        };
    }
    gain
}

struct Picker<'a> {
    situation: &'a Situation<'a>,
    pool: Vec<Chosen>,
    chosen: Vec<Chosen>,
}

impl Picker<'_> {
    /// The best that `wanted` allows and that fits, if any.
    fn need(&mut self, wanted: impl Fn(&Chosen) -> bool) {
        // Where hardly anything may be new, that place is for training or for what the person gains most from.
        let scarce = self.situation.limits.new_tasks <= 1;
        let score =
            |c: &Chosen| c.score - if scarce && c.new && c.task.kind != TaskKind::Exercise { 30 } else { 0 };
        let best = self
            .pool
            .iter()
            .enumerate()
            .filter(|(_, c)| wanted(c) && self.fits(c))
            .max_by_key(|(_, c)| (score(c), &c.task.slug))
            .map(|(i, _)| i);
        if let Some(best) = best {
            self.chosen.push(self.pool.remove(best));
        }
    }

    /// In the smallest version, with room for what the day still needs.
    fn fits(&self, candidate: &Chosen) -> bool {
        let limits = &self.situation.limits;
        let with = || self.chosen.iter().chain([candidate]);
        let load = |c: &&Chosen| !c.task.is_meal();
        let minutes: u32 = with().filter(load).map(|c| c.task.min).sum();
        let active: u32 = with().filter(|c| c.active()).map(|c| c.task.min).sum();
        let new = with().filter(|c| c.new).count() as u32;
        minutes + self.reserve(candidate) <= limits.minutes
            && active <= limits.active_minutes
            && new <= limits.new_tasks
    }

    /// Minutes that the smallest everyday acts would take for the needs that are open after `candidate`.
    fn reserve(&self, candidate: &Chosen) -> u32 {
        let open = |need| self.missing(need).saturating_sub(usize::from(candidate.serves(need))) as u32;
        let exercise = self.situation.limits.exercise_required
            && candidate.task.kind != TaskKind::Exercise
            && self.chosen.iter().all(|c| c.task.kind != TaskKind::Exercise);
        // Movement by own-movement (4) and standing up (1, which is the break as well).
        let (movement, rest) = (open(Need::Movement), open(Need::Break));
        let moving = match (exercise, movement) {
            (true, 0 | 1) => 4 + rest,
            (true, _) => 5,
            (false, 0) => rest,
            (false, 1) => 1 + u32::from(rest > 0 && self.chosen.iter().any(|c| c.task.slug == "stand-up")),
            (false, _) => 5,
        };
        open(Need::Hydration) + 2 * open(Need::Sunlight) + moving
    }

    fn missing(&self, need: Need) -> usize {
        let least: usize = match need {
            Need::Meal => 3,
            Need::Hydration | Need::Movement => 2,
            Need::Sunlight | Need::Break => 1,
        };
        least.saturating_sub(self.chosen.iter().filter(|c| c.serves(need)).count())
    }

    /// What the person gains beyond the needs, best first.
    fn extras(&mut self) {
        let archetype = self.situation.evidence.archetype;
        let simplify = self.situation.evolution.decision == Decision::Simplify;
        let mut left: usize = match archetype {
            _ if simplify => 0,
            Archetype::FoundationBuilder => 1,
            Archetype::ResilienceRebuilder | Archetype::ConnectedExplorer => 3,
            Archetype::TransformationSeeker | Archetype::SystematicImprover => 4,
            Archetype::PeakPerformer => 6,
        };
        let mut pool = std::mem::take(&mut self.pool);
        pool.sort_by(|a, b| (b.score, &b.task.slug).cmp(&(a.score, &a.task.slug)));
        for mut candidate in pool {
            self.spread(&mut candidate);
            if left > 0 && self.has_room(&candidate) && self.fits(&candidate) && self.adds(&candidate) {
                left -= 1;
                self.chosen.push(candidate);
            }
        }
    }

    /// What works stays, before anything is tried.
    fn kept(&mut self) {
        let evolution = &self.situation.evolution;
        let keeps =
            |c: &Chosen| evolution.of_task(&c.task.slug).is_some_and(|t| t.decision == TaskDecision::Keep);
        let (mut kept, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pool).into_iter().partition(keeps);
        self.pool = others;
        kept.sort_by(|a, b| (b.score, &b.task.slug).cmp(&(a.score, &a.task.slug)));
        for candidate in kept {
            if self.has_room(&candidate) && self.fits(&candidate) && self.adds(&candidate) {
                self.chosen.push(candidate);
            }
        }
    }

    /// In the wanted version, beside the wanted versions of what is chosen.
    fn has_room(&self, candidate: &Chosen) -> bool {
        let wanted: u32 = self.chosen.iter().filter(|c| !c.task.is_meal()).map(|c| c.want).sum();
        wanted + candidate.want <= self.situation.limits.minutes
    }

    /// What may stand in several blocks goes where there is least so far.
    fn spread(&self, candidate: &mut Chosen) {
        if candidate.task.kind != TaskKind::Exercise {
            let there = |block: &BlockName| self.chosen.iter().filter(|c| c.blocks[0] == *block).count();
            candidate.blocks.sort_by_key(there);
        }
    }

    /// Not more of the same: one meal each, one of a family, few of a kind, no crowded block.
    fn adds(&self, candidate: &Chosen) -> bool {
        let task = candidate.task;
        let family = |slug: &'static str| slug.split('-').next().unwrap_or(slug);
        let count = |like: &dyn Fn(&Chosen) -> bool| self.chosen.iter().filter(|c| like(c)).count();
        let trains_twice = matches!(
            self.situation.evidence.archetype,
            Archetype::TransformationSeeker | Archetype::PeakPerformer
        );
        let most = match task.kind {
            TaskKind::Exercise if trains_twice && self.situation.limits.exercise_required => 2,
            TaskKind::Exercise | TaskKind::Focus | TaskKind::Work => 1,
            TaskKind::Social => 2,
            TaskKind::Recovery => 3,
            TaskKind::Wellness | TaskKind::Nutrition => usize::MAX,
        };
        let hydration = task.serves.contains(&Need::Hydration) && count(&|c| c.serves(Need::Hydration)) >= 3;
        // Movement of one's own choice is for days when nothing else fits.
        let fallback = task.slug == "own-movement";
        let trained = task.kind == TaskKind::Exercise
            && count(&|c| c.task.kind == TaskKind::Exercise && c.blocks[0] == candidate.blocks[0]) > 0;
        !task.is_meal()
            && !hydration
            && !fallback
            && !trained
            && count(&|c| c.task.kind == task.kind) < most
            && count(&|c| family(&c.task.slug) == family(&task.slug)) == 0
            && count(&|c| c.blocks[0] == candidate.blocks[0]) < 5
            && (task.serves.is_empty() || count(&|c| c.task.serves == task.serves) < 2)
    }
}

impl Chosen {
    /// Moderate or vigorous: what the weekly ramp counts.
    pub(super) fn active(&self) -> bool {
        self.task.intensity >= Intensity::Moderate
    }

    /// Sunlight only counts where it is morning for sure.
    fn serves(&self, need: Need) -> bool {
        self.task.serves.contains(&need) && (need != Need::Sunlight || self.blocks[0] == BlockName::Morning)
    }
}

/// Minutes: from the smallest version towards the wanted one, within both limits; first what trains and what already
/// works, then the rest, all in the same proportion.
fn allot(chosen: &mut [Chosen], situation: &Situation<'_>) {
    let limits = &situation.limits;
    let least =
        |part: &dyn Fn(&Chosen) -> bool| chosen.iter().filter(|c| part(c)).map(|c| c.task.min).sum::<u32>();
    let mut room = limits.minutes.saturating_sub(least(&|c| !c.task.is_meal()));
    let mut active_room = limits.active_minutes.saturating_sub(least(&Chosen::active));
    let works = |c: &Chosen| {
        let past = situation.evolution.of_task(&c.task.slug);
        past.is_some_and(|past| past.decision == TaskDecision::Keep)
    };
    for first in [true, false] {
        let turn = |c: &Chosen| !c.task.is_meal() && (c.task.kind == TaskKind::Exercise || works(c)) == first;
        let more: u32 = chosen.iter().filter(|c| turn(c)).map(|c| c.want.saturating_sub(c.task.min)).sum();
        let share = (f64::from(room) / f64::from(more.max(1))).min(1.0);
        for c in chosen.iter_mut().filter(|c| turn(c)) {
            let mut add = (f64::from(c.want.saturating_sub(c.task.min)) * share).floor() as u32;
            if c.active() {
                add = add.min(active_room);
            }
            let exact = c.task.min + add;
            c.minutes = if exact > 10 { (exact / 5 * 5).max(c.task.min) } else { exact };
            room = room.saturating_sub(c.minutes - c.task.min);
            if c.active() {
                active_room = active_room.saturating_sub(c.minutes - c.task.min);
            }
        }
    }
    for meal in chosen.iter_mut().filter(|c| c.task.is_meal()) {
        meal.minutes = meal.task.usual;
    }
}

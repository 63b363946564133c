//! What a person may do today, and how much each task would do for them.

use domain::archetype::Archetype;
use domain::profile::Goal;
use jiff::civil::Weekday;

use super::block::BlockName;
use super::calendar::{self, DayKind};
use super::context::Focus;
use super::evolution::{Decision, TaskDecision};
use super::library::{LibraryTask, Need, tasks};
use super::{Intensity, Situation, TaskKind, told};
use crate::behavior::guideline::active_minutes_a_week;
use crate::draw;

/// One task of the plan, not yet on the clock.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub task: &'static LibraryTask,
    /// Where it may stand for this person, best first.
    pub blocks: Vec<BlockName>,
    pub minutes: u32,
    pub new: bool,
    /// Compared with other tasks only.
    pub score: i64,
    /// Minutes when there is room.
    pub want: u32,
}

/// Everything this person may do today, scored.
pub(super) fn pool(situation: &Situation<'_>) -> Vec<Chosen> {
    tasks().iter().filter_map(|task| candidate(situation, task)).collect()
}

fn candidate(situation: &Situation<'_>, task: &'static LibraryTask) -> Option<Chosen> {
    let (evidence, wishes) = (situation.evidence, &situation.wishes);
    let hurts = task.parts.iter().any(|part| situation.injured.contains(part));
    let lacks = !task.equipment.iter().all(|needed| wishes.has(needed));
    let affinity = task.affinity(evidence.archetype);
    if hurts || lacks || situation.rests(task) || affinity == 0 || task.intensity > situation.limits.hardest {
        return None;
    }
    // Nobody lays out training clothes for a day of rest.
    if task.slug == "prep-kit"
        && calendar::rests_after(evidence.archetype, situation.date, situation.training.kind)
    {
        return None;
    }
    let past = situation.evolution.of_task(&task.slug).map(|task| task.decision);
    if past.is_some_and(TaskDecision::leaves) && !task.anchor || situation.heeded.avoids(&task.slug) {
        return None;
    }
    let before = situation.heeded.before.get(task.slug.as_str()).map(|before| before.share);
    let wished = wishes.exercise_timing.filter(|_| task.kind == TaskKind::Exercise);
    let blocks: Vec<BlockName> = match wished {
        Some(timing) => timing.blocks().iter().filter(|block| task.blocks.contains(block)).copied().collect(),
        None => task.blocks.clone(),
    };
    if blocks.is_empty() {
        return None;
    }
    let new = situation.is_new(&task.slug);
    let chance = (draw::number(situation.seed, &task.slug) % 12) as i64;
    let habit = match past {
        Some(TaskDecision::Keep) => 25,
        Some(TaskDecision::Adapt) => -6,
        Some(TaskDecision::Swap | TaskDecision::Remove) => -60,
        // What two weeks of check-ins judge is not judged again by memory, which rests on the same ones.
        None => match before {
            Some(share) if share >= told::WORKED => 15,
            Some(share) if share < told::FAILED => -20,
            _ if !new && !task.anchor => 8,
            _ => 0,
        },
    };
    let score =
        10 * i64::from(affinity) + gain(situation, task) + liking(situation, &task.slug) + habit + chance;
    let want = match (past, situation.evolution.decision) {
        (Some(TaskDecision::Adapt | TaskDecision::Swap | TaskDecision::Remove), _) => task.min,
        // A second try of what was rarely done is a small one.
        (None, _) if before.is_some_and(|share| share < told::FAILED) => task.min,
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
    if situation.heeded.stressed().is_some() && task.focus.contains(&Focus::Stress) {
        gain += 6;
    }
    if situation.evidence.profile.goal == Some(Goal::GainMuscle) && task.slug.contains("strength") {
        gain += 10;
    }
    if !task.equipment.is_empty() {
        gain += 10;
    }
    let asked = active_minutes_a_week(situation.evidence.profile.age);
    gain += match task.intensity {
        Intensity::Vigorous => 12,
        // Towards the minutes that the guideline asks for, as far as the ramp lets.
        Intensity::Moderate if f64::from(situation.limits.week_active_minutes) < asked => 12,
        Intensity::Moderate => 8,
        Intensity::Light | Intensity::None => 0,
    };
    if situation.training.kind == DayKind::Strength && !task.muscles.is_empty() {
        gain += 20 + 3 * task.muscles.len() as i64;
    }
    // Variety for those who like it; habits want the same again.
    let varies = matches!(
        situation.evidence.archetype,
        Archetype::ConnectedExplorer | Archetype::TransformationSeeker | Archetype::PeakPerformer
    );
    let again = situation.before.given.contains(&task.slug) && !task.anchor;
    if again {
        gain += if varies { -9 } else { 9 };
    }
    let weekday = situation.date.weekday();
    if task.workday && matches!(weekday, Weekday::Saturday | Weekday::Sunday) {
        gain -= 25;
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

/// What the person's own ratings of a task add: from -20 (all 1) to 20 (all 5).
fn liking(situation: &Situation<'_>, slug: &str) -> i64 {
    let ratings = situation.ratings.get(slug).map_or(&[][..], Vec::as_slice);
    let sum: i64 = ratings.iter().map(|rating| rating - 3).sum();
    if ratings.is_empty() { 0 } else { 10 * sum / ratings.len() as i64 }
}

impl Situation<'_> {
    /// Whether a task would be new to the person: no everyday act, never done, not seen in the data, and not on an earlier
    /// day of this week's plan.
    pub(super) fn is_new(&self, slug: &str) -> bool {
        if let Some(new) = self.given.as_ref().and_then(|given| given.new.get(slug)) {
            return *new;
        }
        if super::library::by_slug(slug).is_some_and(|task| task.anchor) || self.before.met.contains(slug) {
            return false;
        }
        let steps = || super::why::week_mean(self.evidence, |day| day.steps);
        let done = self.heeded.before.get(slug).is_some_and(|before| before.share > 0.0);
        !(done
            || self.done.contains(slug)
            || slug == "easy-walk" && steps().is_some_and(|steps| steps >= 5000.0))
    }

    /// Strength belongs to its days, or, when vigorous, to hard ones; and muscles that were trained yesterday rest.
    pub(super) fn rests(&self, task: &LibraryTask) -> bool {
        let day = match task.intensity {
            Intensity::Vigorous => DayKind::Hard,
            _ => DayKind::Strength,
        };
        let tired = task.muscles.iter().any(|muscle| self.before.muscles.contains(muscle));
        !task.muscles.is_empty() && (self.training.kind != day || tired)
    }
}

impl Chosen {
    /// Moderate or vigorous: what the weekly ramp counts.
    pub(super) fn active(&self) -> bool {
        self.task.intensity >= Intensity::Moderate
    }

    /// Sunlight only counts where it is morning for sure.
    pub(super) fn serves(&self, need: Need) -> bool {
        self.task.serves.contains(&need) && (need != Need::Sunlight || self.blocks[0] == BlockName::Morning)
    }
}

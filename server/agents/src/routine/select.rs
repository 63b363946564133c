//! Which tasks: first what every day must hold, then what this person gains most from, until the minutes are used.

use domain::archetype::Archetype;

use super::block::BlockName;
use super::calendar::DayKind;
use super::evolution::{Decision, TaskDecision};
use super::library::Need;
use super::minutes::allot;
use super::pool::Chosen;
use super::{Intensity, Situation, TaskKind, why};

/// Without times, but with minutes.
pub(super) fn select(situation: &Situation<'_>, pool: Vec<Chosen>) -> Vec<Chosen> {
    let mut picker = Picker { situation, pool, chosen: Vec::new() };
    for block in [BlockName::Morning, BlockName::Slump, BlockName::Evening] {
        picker.need(|c| c.task.is_meal() && c.blocks[0] == block);
    }
    picker.need(|c| c.task.slug == "water-on-waking");
    picker.need(|c| c.task.serves.contains(&Need::Hydration) && c.blocks[0] != BlockName::Morning);
    if situation.limits.exercise_required {
        // The day's own training first; where nothing of it fits, any other.
        let before = picker.chosen.len();
        match situation.training.kind {
            DayKind::Strength => picker.need(|c| !c.task.muscles.is_empty()),
            DayKind::Hard => picker.need(|c| c.task.intensity == Intensity::Vigorous),
            DayKind::Easy | DayKind::Rest => {}
        }
        if picker.chosen.len() == before {
            picker.need(|c| c.task.kind == TaskKind::Exercise);
        }
    }
    if picker.missing(Need::Sunlight) > 0 {
        picker.need(|c| c.task.serves.contains(&Need::Sunlight) && c.blocks == [BlockName::Morning]);
    }
    while picker.missing(Need::Break) > 0 {
        let before = picker.chosen.len();
        let there: Vec<&str> = picker.chosen.iter().map(|c| family(&c.task.slug)).collect();
        picker.need(|c| c.task.serves.contains(&Need::Break) && !there.contains(&family(&c.task.slug)));
        if picker.chosen.len() == before {
            break;
        }
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
    if !picker.chosen.iter().any(|c| c.task.kind == TaskKind::Focus) {
        // The best hours are for what matters, on days of rest as well.
        picker.need(|c| c.task.kind == TaskKind::Focus && c.blocks[0] == BlockName::Peak);
    }
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

/// Tasks of one family are much alike: `rest-nap` and `rest-deep`.
fn family(slug: &'static str) -> &'static str {
    slug.split('-').next().unwrap_or(slug)
}

/// Breaks of sitting: two for those who sit ten waking hours or more, where the day has room for them (WHO 2020: sit less, and break
/// it up).
pub(super) fn breaks(situation: &Situation<'_>) -> usize {
    if let Some(given) = &situation.given {
        return given.breaks;
    }
    let sits = why::week_mean(situation.evidence, why::sitting);
    if situation.limits.minutes >= 30 && sits.is_some_and(|minutes| minutes >= 600.0) { 2 } else { 1 }
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
        // A second break of sitting is a minute of looking away.
        open(Need::Hydration) + 2 * open(Need::Sunlight) + moving + rest.saturating_sub(1)
    }

    fn missing(&self, need: Need) -> usize {
        let least: usize = match need {
            Need::Meal => 3,
            Need::Hydration | Need::Movement => 2,
            Need::Sunlight => 1,
            Need::Break => breaks(self.situation),
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

//! When: every task on the clock, in its block, without overlap, hard effort away from full stomachs.

use domain::profile::ClockTime;

use super::block::{BlockName, Window};
use super::context::Context;
use super::library::Need;
use super::pool::Chosen;
use super::{Intensity, Situation, TaskKind, rhythm};

/// A task with its minutes after waking.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub chosen: Chosen,
    pub block: BlockName,
    pub start: i32,
    pub end: i32,
}

/// Minutes between a meal and effort.
const DIGESTION: i32 = 60;
/// The task that has its time from the rhythm of the day.
const CAFFEINE: &str = "caffeine-cutoff";
/// Training that ends later than this after waking comes after breakfast.
const BREAKFAST: i32 = 120;
/// For early risers daylight is worth waiting for: 06:30, a compromise over seasons and latitudes.
const DAWN: i64 = 6 * 60 + 30;

/// In the order of the day. A task that finds no room even in its smallest version is left out. A day too short for training
/// beside the meals is laid out again with the meals around the training: they can move, it may be wished for one block.
pub(super) fn place(chosen: Vec<Chosen>, windows: &[Window; 5], situation: &Situation<'_>) -> Vec<Placed> {
    let trains = |tasks: &mut dyn Iterator<Item = &Chosen>| {
        tasks.filter(|c| c.task.kind == TaskKind::Exercise).count()
    };
    let wanted = trains(&mut chosen.iter());
    let around_meals = lay_out(chosen.clone(), windows, situation, false);
    if trains(&mut around_meals.iter().map(|placed| &placed.chosen)) == wanted {
        return around_meals;
    }
    lay_out(chosen, windows, situation, true)
}

fn lay_out(
    chosen: Vec<Chosen>,
    windows: &[Window; 5],
    situation: &Situation<'_>,
    training_first: bool,
) -> Vec<Placed> {
    let context = &situation.context;
    let dawn = context.since_wake(ClockTime::from_minutes(DAWN));
    let mut board = Board {
        windows,
        grid: (5 - i32::from(context.wake.minutes()) % 5) % 5,
        dawn: if dawn < 4 * 60 { dawn } else { 0 },
        closed: situation.closed,
        bed: context.waking_minutes(),
        coffee: rhythm::caffeine_until(context),
        dinner: rhythm::dinner_until(context),
        gap: *rhythm::meal_gap(context).start(),
        placed: Vec::new(),
    };
    let (meals, others): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|c| c.task.is_meal());
    let (breakfast, later): (Vec<_>, Vec<_>) =
        meals.into_iter().partition(|meal| meal.blocks[0] == BlockName::Morning);
    let (mut exercise, rest): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|c| c.task.kind == TaskKind::Exercise);
    let (first, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|c| c.task.at == 0);
    for task in first {
        board.put(task, None);
    }
    for task in exercise.extract_if(.., |_| training_first) {
        board.put(task, None);
    }
    for meal in later {
        let target = board.meal_time(&meal, context);
        board.put(meal, Some(target));
    }
    let (coffee, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|c| c.task.slug == CAFFEINE);
    for task in coffee {
        board.put(task, Some(board.coffee));
    }
    let (after, mut rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|c| c.task.after.is_some());
    for task in after {
        let meal = |p: &&Placed| p.chosen.task.is_meal() && Some(p.chosen.blocks[0]) == task.task.after;
        let target = board.placed.iter().find(meal).map(|p| p.end);
        board.put(task, target);
    }
    for task in exercise {
        board.put(task, None);
    }
    for meal in breakfast {
        let target = board.meal_time(&meal, context);
        board.put(meal, Some(target));
    }
    rest.sort_by_key(|c| (c.blocks[0], c.task.at));
    for task in rest {
        board.put(task, None);
    }
    board.placed.sort_by_key(|placed| placed.start);
    board.placed
}

struct Board<'a> {
    windows: &'a [Window; 5],
    /// Minutes after waking at which the clock shows a full five minutes.
    grid: i32,
    /// Minutes after waking when it is light; 0 for those who wake in the light or sleep through it.
    dawn: i32,
    /// What the wall clock skips or repeats.
    closed: Option<(i32, i32)>,
    /// When the waking day ends.
    bed: i32,
    /// The last coffee.
    coffee: i32,
    /// The end of the last meal.
    dinner: i32,
    /// The least between two meals.
    gap: i32,
    placed: Vec<Placed>,
}

impl Board<'_> {
    fn put(&mut self, mut chosen: Chosen, target: Option<i32>) {
        let sizes = [chosen.minutes, chosen.task.min];
        // First with time to digest, then without; first as long as wanted, then as short as sensible.
        for (digestion, minutes) in
            [(DIGESTION, sizes[0]), (DIGESTION, sizes[1]), (0, sizes[0]), (0, sizes[1])]
        {
            let gap = if chosen.active() { digestion } else { 0 };
            let place = self.blocks(&chosen, target).into_iter().find_map(|window| {
                let usual = window.start + (window.end - window.start) * chosen.task.at / 100;
                let usual = if chosen.serves(Need::Sunlight) { self.dawn.max(usual) } else { usual };
                self.free(window, target.unwrap_or(usual), minutes as i32, gap, self.latest(&chosen))
                    .map(|start| (window.name, start))
            });
            if let Some((block, start)) = place {
                let end = start + minutes as i32;
                chosen.minutes = minutes;
                self.placed.push(Placed { chosen, block, start, end });
                return;
            }
        }
    }

    /// Where it may go, best first. A meal, and what belongs after one, goes where its time is.
    fn blocks(&self, chosen: &Chosen, target: Option<i32>) -> Vec<Window> {
        match target {
            Some(time) => {
                let mut windows = self.windows.to_vec();
                windows.retain(|window| window.name != BlockName::WindDown);
                windows.sort_by_key(|window| (window.start - time).max(time + 15 - window.end).max(0));
                windows
            }
            None => chosen.blocks.iter().map(|block| self.windows[*block as usize]).collect(),
        }
    }

    /// The first meal that is placed already, while breakfast is not.
    fn lunch(&self) -> Option<&Placed> {
        self.placed.iter().filter(|p| p.chosen.task.is_meal()).min_by_key(|p| p.start)
    }

    /// When it must have ended at the latest.
    fn latest(&self, chosen: &Chosen) -> i32 {
        match chosen.task.intensity {
            Intensity::Vigorous => self.bed - rhythm::VIGOROUS,
            _ if chosen.task.slug == CAFFEINE => self.coffee + chosen.minutes as i32,
            _ if chosen.task.is_meal() && chosen.blocks[0] == BlockName::Morning => {
                self.lunch().map_or(self.dinner, |lunch| lunch.start - self.gap)
            }
            _ if chosen.task.is_meal() => self.dinner,
            _ => self.bed,
        }
    }

    /// The free start nearest to `target`.
    fn free(&self, window: Window, target: i32, minutes: i32, digestion: i32, latest: i32) -> Option<i32> {
        let first = window.start + (self.grid - window.start).rem_euclid(5);
        let last = window.end.min(latest) - minutes;
        (first..=last)
            .step_by(5)
            .filter(|start| self.closed.is_none_or(|(from, to)| start + minutes <= from || *start >= to))
            .filter(|start| {
                self.placed.iter().all(|other| {
                    let meal = other.chosen.task.is_meal();
                    let quiet = if meal { digestion } else { 0 };
                    start + minutes <= other.start || *start >= other.end + quiet
                })
            })
            .min_by_key(|start| ((start - target).abs(), *start))
    }

    /// Breakfast within the first hour and after morning exercise; lunch well after a third of the day; dinner within six
    /// hours of lunch and over three hours before bed.
    fn meal_time(&self, meal: &Chosen, context: &Context) -> i32 {
        let waking = context.waking_minutes();
        match meal.blocks[0] {
            BlockName::Morning => {
                let training =
                    self.placed.iter().filter(|p| p.block == BlockName::Morning && p.chosen.active());
                let after = training.map(|p| p.end + 10).filter(|end| *end <= BREAKFAST).max();
                after.unwrap_or(0).max(45.min(waking / 16))
            }
            BlockName::Slump => waking * 36 / 100,
            _ => {
                let lunch = self.placed.iter().rfind(|p| p.chosen.task.is_meal()).map_or(waking, |p| p.end);
                (waking * 76 / 100).min(self.dinner - 20 - meal.minutes as i32).min(lunch + 6 * 60)
            }
        }
    }
}

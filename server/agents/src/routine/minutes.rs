//! How long each chosen task takes today.

use super::evolution::TaskDecision;
use super::pool::Chosen;
use super::{Situation, TaskKind};

/// Minutes: from the smallest version towards the wanted one, within both limits; first what trains and what already
/// works, then the rest, all in the same proportion.
pub(super) fn allot(chosen: &mut [Chosen], situation: &Situation<'_>) {
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
            // As people say it: no 7, 9 or 13 minutes.
            let round = match exact {
                7 | 9 => exact - 1,
                11.. => exact / 5 * 5,
                _ => exact,
            };
            c.minutes = round.max(c.task.min);
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

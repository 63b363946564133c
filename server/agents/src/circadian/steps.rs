//! Wake and bed time from steps by the hour, for people whose nights have no times.
//!
//! Around the middle of the least active five hours, the last hour with steps before and the first one after it. People whose
//! quiet hours are not quiet on every third day have no such middle: their rhythm is irregular, or has moved when it is quiet in the
//! newest days. Own rule and bounds.

use super::times::{Times, to_slot, window};
use super::{Rhythm, Source};
use crate::behavior::rhythm::{self, ActivityRhythm};
use crate::evidence::{DayRecord, Evidence};
use crate::statistics::center;

/// An hour with fewer steps is still.
const STILL: f64 = 60.0;
/// More than this share of a day's steps in five hours: these are not its night. Evenly spread it would be 21 %.
const LOUD: f64 = 0.15;
/// Days whose quiet hours may be loud, of all.
const MOST_LOUD: f64 = 1.0 / 3.0;
/// The newest days that are looked at for a rhythm of their own.
const NEWEST: usize = 10;
/// Minutes that it must have moved by.
const LEAST_MOVE: f64 = 120.0;
/// People sit for about an hour before they sleep, minutes.
const SITTING: f64 = 60.0;

/// What steps say; without times, whether it is for want of a rhythm.
pub(super) struct Steps {
    pub(super) times: Option<Times>,
    pub(super) rhythm: Rhythm,
}

pub(super) fn read(evidence: &Evidence) -> Steps {
    let days = rhythm::whole_days(evidence);
    let unknown = Steps { times: None, rhythm: Rhythm::Unknown };
    let Some(found) = rhythm::of_days(&days) else { return unknown };
    if quiet(&days, &found) {
        let times = times(&days, &found, Rhythm::Stable);
        return if times.is_some() { Steps { times, rhythm: Rhythm::Stable } } else { unknown };
    }
    let newest = &days[days.len().saturating_sub(NEWEST)..];
    let moved = rhythm::of_days(newest).filter(|own| quiet(newest, own) && away(&found, own));
    let times = moved.and_then(|own| times(newest, &own, Rhythm::Moved));
    Steps { times, rhythm: Rhythm::Irregular }
}

fn away(all: &ActivityRhythm, own: &ActivityRhythm) -> bool {
    let way = (own.least_active_middle() - all.least_active_middle() + 720.0).rem_euclid(1440.0) - 720.0;
    way.abs() >= LEAST_MOVE
}

/// Whether the least active hours are so on most days.
fn quiet(days: &[&DayRecord], rhythm: &ActivityRhythm) -> bool {
    let share = |day: &&&DayRecord| {
        let steps = |hour: usize| day.steps_by_hour[hour % 24].unwrap_or(0.0);
        let all: f64 = (0..24).map(steps).sum();
        let onset = rhythm.least_active_onset;
        (onset..onset + 5).map(steps).sum::<f64>() / all.max(1.0)
    };
    let loud = days.iter().filter(|day| share(day) > LOUD).count();
    loud as f64 <= MOST_LOUD * days.len() as f64
}

fn times(days: &[&DayRecord], rhythm: &ActivityRhythm, kind: Rhythm) -> Option<Times> {
    let middle = (rhythm.least_active_onset + 2) % 24;
    let (mut wakes, mut rests) = (Vec::new(), Vec::new());
    for day in days {
        let moves = |hour: &usize| day.steps_by_hour[hour % 24].is_some_and(|steps| steps >= STILL);
        // Forward to the first hour with steps; backward to the end of the last one. Hours of the other side of the day stand in
        // for those of the day before and after.
        let wake = (middle + 1..middle + 13).find(moves);
        let rest = (middle + 12..middle + 24).rev().find(moves);
        if let Some((wake, rest)) = wake.zip(rest) {
            wakes.push(wake as f64 * 60.0);
            rests.push((rest as f64 + 1.0) * 60.0 + SITTING);
        }
    }
    let (wake, bed) = (center(&wakes)?, center(&rests)?);
    // Five hours were the least active: a night is not shorter than four of them.
    let night = (wake - bed).rem_euclid(1440.0);
    let bed = if (240.0..=720.0).contains(&night) { bed } else { wake - 240.0 };
    Some(Times {
        memory: None,
        wake: to_slot(wake),
        bed: to_slot(bed),
        wake_window: window(&wakes, wake),
        sleep_window: window(&rests, bed),
        source: Source::HourlySteps,
        days: u32::try_from(wakes.len()).unwrap_or(0),
        rhythm: kind,
        since: (kind == Rhythm::Moved).then(|| days.first().map(|day| day.date)).flatten(),
    })
}

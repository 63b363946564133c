//! When a person sleeps, from nights with known times: middle of sleep, free days against work days, regularity.
//!
//! Free days are Saturday and Sunday: nobody told us when they work. A night belongs to the day it ended on.

use jiff::civil::{Date, Weekday};

use crate::evidence::DayRecord;
use crate::statistics::{center, median, spread, unwrapped};

/// A main sleep with its times, in minutes of the clock relative to the midnight of `date`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Night {
    pub(crate) date: Date,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Night {
    pub(crate) fn middle(&self) -> f64 {
        f64::midpoint(self.start, self.end)
    }

    fn length(&self) -> f64 {
        self.end - self.start
    }

    fn free(&self) -> bool {
        matches!(self.date.weekday(), Weekday::Saturday | Weekday::Sunday)
    }
}

/// Worn days' nights with times, oldest first.
pub(crate) fn nights(days: &[DayRecord]) -> Vec<Night> {
    let night = |day: &DayRecord| {
        let (start, end) = day.sleep_start.zip(day.sleep_end)?;
        Some(Night { date: day.date, start: f64::from(start), end: f64::from(end) })
    };
    days.iter().filter(|day| day.worn).filter_map(night).filter(|night| night.length() > 0.0).collect()
}

const LEAST_NIGHTS: usize = 5;
const LEAST_WORK_NIGHTS: usize = 5;
const LEAST_FREE_NIGHTS: usize = 2;
/// Minutes; own bound.
const MOST_WORK_SPREAD: f64 = 120.0;

/// The median middle of sleep in minutes after midnight, 0–1440; three nights at least.
pub(crate) fn middle(nights: &[Night]) -> Option<f64> {
    let middles: Vec<f64> = nights.iter().map(Night::middle).collect();
    if nights.len() < 3 { None } else { center(&middles) }
}

/// Spread of the middle of sleep, minutes; five nights at least.
pub(super) fn spread_of_middle(nights: &[Night]) -> Option<f64> {
    if nights.len() < LEAST_NIGHTS {
        return None;
    }
    let middles: Vec<f64> = nights.iter().map(Night::middle).collect();
    spread(&unwrapped(&middles, center(&middles)?))
}

/// Work and free nights apart, around one center; `None` with too few of either.
fn split(nights: &[Night]) -> Option<(Vec<Night>, Vec<Night>)> {
    let (free, work): (Vec<Night>, Vec<Night>) = nights.iter().copied().partition(Night::free);
    (work.len() >= LEAST_WORK_NIGHTS && free.len() >= LEAST_FREE_NIGHTS).then_some((work, free))
}

/// Minutes by which the middle of sleep lies later on free days than on work days, absolute: social jetlag (Wittmann et al.
/// 2006), from medians; five nights before work days and two before free days at least. `None` when work nights differ among
/// themselves by more than two hours, as with shifts: then there is no work week to compare with.
pub(super) fn social_jetlag(nights: &[Night]) -> Option<f64> {
    let (work, free) = split(nights)?;
    let all: Vec<f64> = nights.iter().map(Night::middle).collect();
    let around = center(&all)?;
    let middles = |nights: &[Night]| unwrapped(&nights.iter().map(Night::middle).collect::<Vec<_>>(), around);
    let work = middles(&work);
    if spread(&work)? > MOST_WORK_SPREAD {
        return None;
    }
    Some((median(&middles(&free))? - median(&work)?).abs())
}

/// `MSFsc`: the middle of sleep on free days, made earlier by half of the sleep that is caught up on them (Roenneberg et al. 2007;
/// no correction when free days are not longer, Roenneberg et al. 2012). Minutes after midnight, 0–1440.
pub(crate) fn corrected_free_middle(nights: &[Night]) -> Option<f64> {
    let (work, free) = split(nights)?;
    let length = |nights: &[Night]| median(&nights.iter().map(Night::length).collect::<Vec<_>>());
    let (on_work, on_free) = (length(&work)?, length(&free)?);
    let week = (5.0 * on_work + 2.0 * on_free) / 7.0;
    let free_middle = center(&free.iter().map(Night::middle).collect::<Vec<_>>())?;
    Some((free_middle - (on_free - week).max(0.0) / 2.0).rem_euclid(1440.0))
}

const STEP: f64 = 5.0;
const STEPS_A_DAY: usize = 288;
/// Comparisons over five whole days.
const LEAST_COMPARISONS: usize = 5 * STEPS_A_DAY;

/// The chance of being in the same state, asleep or awake, at two times 24 hours apart, from −100 (never) to 100 (always): the
/// sleep regularity index (Phillips et al. 2017), in steps of five minutes. Known is only what lies between two nights of
/// neighbouring days; naps are not known and count as awake. `None` with less than five days of comparisons.
pub(super) fn regularity_index(nights: &[Night]) -> Option<f64> {
    let first = nights.first()?.date;
    let at = |night: &Night, minute: f64| -> Option<usize> {
        let day = f64::from(night.date.since(first).ok()?.get_days()) + 1.0;
        Some(((day * 1440.0 + minute) / STEP).round().max(0.0) as usize)
    };
    let last = nights.last()?.date.since(first).ok()?.get_days();
    let mut awake: Vec<Option<bool>> = vec![None; usize::try_from(last + 4).ok()? * STEPS_A_DAY];
    for pair in nights.windows(2) {
        let [one, next] = pair else { continue };
        if one.date.tomorrow().ok() != Some(next.date) {
            continue;
        }
        let (start, end) = (at(one, one.start)?, at(next, next.end)?);
        awake.get_mut(start..end)?.iter_mut().for_each(|slot| *slot = slot.or(Some(true)));
        for night in [one, next] {
            awake.get_mut(at(night, night.start)?..at(night, night.end)?)?.fill(Some(false));
        }
    }
    let pairs = awake.iter().zip(awake.iter().skip(STEPS_A_DAY));
    let known: Vec<bool> = pairs.filter_map(|(today, tomorrow)| Some((*today)? == (*tomorrow)?)).collect();
    if known.len() < LEAST_COMPARISONS {
        return None;
    }
    let same = known.iter().filter(|same| **same).count() as f64;
    Some(200.0 * same / known.len() as f64 - 100.0)
}

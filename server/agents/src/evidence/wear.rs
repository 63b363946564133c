//! Whether the device was worn, and for how much of a day: a half-worn day is not a lazy one.
//!
//! Sums of a day that was measured in part only (steps, active, sedentary minutes, energy) become *not measured*; its night, its
//! heart data and its hours stay. Hours without a step are no proof of a device in a drawer, so a still day loses its sums only
//! when it would pass for a lapse.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::DayRecord;
use super::intake::{PartialDay, PartialReason};
use crate::statistics::median;

const MINUTES_OF_A_DAY: f64 = 1440.0;
/// A day with this many measured hours or fewer has gaps, where others have [`WHOLE_HOURS`].
const GAPPY_HOURS: usize = 18;
const WHOLE_HOURS: f64 = 22.0;
/// Days with hours before anything is called usual.
const LEAST_DAYS: usize = 5;
/// Waking hours in a row without a step. Own bound, careful on purpose: in data by the minute, one hour without a count is taken
/// for a device not worn (Troiano et al. 2008).
const STILL_HOURS: usize = 6;

/// 0 steps and a whole day of sitting is a device in a drawer, not a person.
fn in_a_drawer(day: &DayRecord) -> bool {
    day.steps == Some(0.0) && day.sedentary_minutes.is_none_or(|minutes| minutes >= MINUTES_OF_A_DAY)
}

/// Marks worn days and takes the sums out of partial ones, which are returned, oldest first.
pub(super) fn judge(days: &mut BTreeMap<Date, DayRecord>, today: Date) -> Vec<PartialDay> {
    for day in days.values_mut() {
        let anything = day.steps.is_some()
            || day.sleep_minutes.is_some()
            || day.active_minutes.is_some()
            || day.resting_heart_rate.is_some();
        day.worn = anything && (!in_a_drawer(day) || day.sleep_minutes.is_some());
    }
    let usual = Usual::of(days);
    let mut found = Vec::new();
    for (date, day) in days.iter_mut().filter(|(_, day)| day.worn) {
        let reason = if *date == today {
            PartialReason::Today
        } else if in_a_drawer(day) {
            PartialReason::NightOnly
        } else if usual.misses_hours(day) {
            PartialReason::HoursMissing
        } else if usual.lies_still(day) {
            PartialReason::LongStillness
        } else {
            continue;
        };
        let sums = [day.steps, day.active_minutes, day.sedentary_minutes, day.lightly_active_minutes];
        if sums.iter().all(Option::is_none) {
            continue;
        }
        found.push(PartialDay { date: *date, hours: usual.hours(day), reason });
        (day.steps, day.active_minutes, day.energy_kcal) = (None, None, None);
        (day.lightly_active_minutes, day.sedentary_minutes) = (None, None);
    }
    found
}

/// What days of this person usually look like.
struct Usual {
    steps: Option<f64>,
    measured_hours: Option<f64>,
    /// Hours of the day with a step on at least half of the days.
    up: [bool; 24],
}

impl Usual {
    fn of(days: &BTreeMap<Date, DayRecord>) -> Self {
        let moving = |day: &&DayRecord| day.steps.is_some_and(|steps| steps > 0.0);
        let with_hours: Vec<&DayRecord> =
            days.values().filter(|day| measured_hours(day) > 0).filter(moving).collect();
        let enough = with_hours.len() >= LEAST_DAYS;
        let hours: Vec<f64> = with_hours.iter().map(|day| measured_hours(day) as f64).collect();
        let steps: Vec<f64> = with_hours.iter().filter_map(|day| day.steps).collect();
        let up = |hour: usize| {
            let moved = with_hours.iter().filter(|day| day.steps_by_hour[hour].is_some_and(|n| n > 0.0));
            enough && moved.count() * 2 >= with_hours.len()
        };
        Self {
            steps: median(&steps).filter(|_| enough),
            measured_hours: median(&hours).filter(|_| enough),
            up: std::array::from_fn(up),
        }
    }

    fn misses_hours(&self, day: &DayRecord) -> bool {
        let hours = measured_hours(day);
        (1..=GAPPY_HOURS).contains(&hours) && self.measured_hours.is_some_and(|usual| usual >= WHOLE_HOURS)
    }

    fn lies_still(&self, day: &DayRecord) -> bool {
        let little = day.steps.zip(self.steps).is_some_and(|(steps, usual)| steps < usual / 2.0);
        little && measured_hours(day) > 0 && self.stillness(day) >= STILL_HOURS
    }

    /// The longest run of usual waking hours without a step.
    fn stillness(&self, day: &DayRecord) -> usize {
        let (mut longest, mut run) = (0, 0);
        for hour in (0..24).filter(|hour| self.up[*hour]) {
            run = if day.steps_by_hour[hour].is_some_and(|n| n > 0.0) { 0 } else { run + 1 };
            longest = longest.max(run);
        }
        longest
    }

    fn hours(&self, day: &DayRecord) -> Option<u32> {
        let measured = measured_hours(day);
        let still = (0..24).filter(|h| self.up[*h] && day.steps_by_hour[*h] == Some(0.0)).count();
        let still = if self.stillness(day) >= STILL_HOURS { still } else { 0 };
        (measured > 0).then(|| u32::try_from(measured - still).unwrap_or(0))
    }
}

fn measured_hours(day: &DayRecord) -> usize {
    day.steps_by_hour.iter().flatten().count()
}

//! The circadian part of behavior: when this person is awake and strong, in 96 slots of 15 minutes.
//!
//! Read from sleep times where they are known, else from the hours with steps, else from the person's wishes, else from a
//! documented default; it always says which.

use domain::profile::ClockTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::Evidence;
use crate::statistics::median;
use crate::violation::Violation;

pub const SLOTS: usize = 96;
const SLOT_MINUTES: i64 = 15;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CircadianAnalysis {
    /// `None`: not enough data to say.
    pub chronotype: Option<Chronotype>,
    pub wake_time: ClockTime,
    pub bed_time: ClockTime,
    /// What wake and bed time were read from.
    pub source: Source,
    /// Nights or days they rest on.
    pub days: u32,
    /// One per 15 minutes, from midnight, local time.
    pub energy_timeline: Vec<Slot>,
    /// The timeline, in stretches of one zone.
    pub windows: Vec<Window>,
}

/// By the middle of sleep. Source of the bounds: Roenneberg et al. 2007, rounded to half hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Chronotype {
    /// Middle of sleep before 02:30.
    Early,
    Intermediate,
    /// Middle of sleep after 05:00.
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    SleepTimes,
    HourlySteps,
    Profile,
    /// 07:00 to 23:00: nothing was known.
    Assumed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    pub time: ClockTime,
    /// 0–100.
    pub energy: u8,
    pub zone: Zone,
}

/// Energy ≥ 75 peak, ≥ 50 maintenance, else recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    Peak,
    Maintenance,
    Recovery,
}

impl Zone {
    fn of(energy: u8) -> Self {
        match energy {
            75.. => Self::Peak,
            50..=74 => Self::Maintenance,
            _ => Self::Recovery,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Window {
    pub zone: Zone,
    pub start: ClockTime,
    pub minutes: u32,
}

pub fn analyse(evidence: &Evidence) -> CircadianAnalysis {
    let (wake, bed, source, days) = times(evidence);
    let awake = (bed - wake).rem_euclid(1440);
    let timeline: Vec<Slot> = (0..SLOTS)
        .map(|slot| {
            let minute = i64::try_from(slot).unwrap_or(0) * SLOT_MINUTES;
            let energy = energy((minute - wake).rem_euclid(1440), awake);
            Slot { time: ClockTime::from_minutes(minute), energy, zone: Zone::of(energy) }
        })
        .collect();
    let asleep = 1440 - awake;
    let mid_sleep = (bed + asleep / 2).rem_euclid(1440);
    let known = matches!(source, Source::SleepTimes | Source::HourlySteps) && days >= 5;
    CircadianAnalysis {
        chronotype: known.then(|| chronotype(mid_sleep)),
        wake_time: ClockTime::from_minutes(wake),
        bed_time: ClockTime::from_minutes(bed),
        source,
        days,
        windows: windows(&timeline),
        energy_timeline: timeline,
    }
}

/// Wake and bed time in minutes after midnight, from the best source there is.
fn times(evidence: &Evidence) -> (i64, i64, Source, u32) {
    let count = |n: usize| u32::try_from(n).unwrap_or(0);
    let night = |signal: fn(&crate::evidence::DayRecord) -> Option<i32>| -> Vec<f64> {
        evidence.days.iter().filter_map(signal).map(f64::from).collect()
    };
    let (starts, ends) = (night(|day| day.sleep_start), night(|day| day.sleep_end));
    if let (Some(start), Some(end), true) = (median(&starts), median(&ends), ends.len() >= 3) {
        return (to_slot(end), to_slot(start), Source::SleepTimes, count(ends.len()));
    }
    let first_hour = |steps: &[Option<f64>; 24]| (4..24).find(|hour| steps[*hour].is_some_and(|n| n >= 60.0));
    let last_hour =
        |steps: &[Option<f64>; 24]| (4..24).rev().find(|hour| steps[*hour].is_some_and(|n| n >= 60.0));
    let days: Vec<_> = evidence.days.iter().filter(|day| day.worn).map(|day| &day.steps_by_hour).collect();
    let onset: Vec<f64> = days.iter().filter_map(|day| first_hour(day)).map(|hour| hour as f64).collect();
    let offset: Vec<f64> =
        days.iter().filter_map(|day| last_hour(day)).map(|hour| hour as f64 + 1.0).collect();
    if let (Some(wake), Some(rest), true) = (median(&onset), median(&offset), onset.len() >= 5) {
        // People walk little before they are up, and sit for about an hour before they sleep.
        let bed = (rest * 60.0 + 60.0).max(wake * 60.0 + 12.0 * 60.0);
        return (to_slot(wake * 60.0), to_slot(bed), Source::HourlySteps, count(onset.len()));
    }
    match (evidence.profile.wake_time, evidence.profile.bed_time) {
        (None, None) => (7 * 60, 23 * 60, Source::Assumed, 0),
        (wake, bed) => {
            let wake = wake.map_or(7 * 60, |time| i64::from(time.minutes()));
            let bed = bed.map_or((wake + 16 * 60).rem_euclid(1440), |time| i64::from(time.minutes()));
            // A day shorter than 12 or longer than 20 hours is a slip of the pen.
            let awake = (bed - wake).rem_euclid(1440);
            let bed = if (720..=1200).contains(&awake) { bed } else { (wake + 16 * 60).rem_euclid(1440) };
            (to_slot(wake as f64), to_slot(bed as f64), Source::Profile, 0)
        }
    }
}

fn to_slot(minutes: f64) -> i64 {
    let slot = (minutes / SLOT_MINUTES as f64).round() as i64 * SLOT_MINUTES;
    slot.rem_euclid(1440)
}

fn chronotype(mid_sleep: i64) -> Chronotype {
    // From noon to noon, so that 23:30 is early, not late.
    match (mid_sleep + 720).rem_euclid(1440) - 720 {
        ..150 => Chronotype::Early,
        150..=300 => Chronotype::Intermediate,
        _ => Chronotype::Late,
    }
}

/// Level at a share of the waking day: rises after waking, first peak at about a fifth, dips at half, second and lower rise
/// in the afternoon, falls before bed. After the two-process model (Borbély 1982) with the post-lunch dip.
fn energy(since_wake: i64, awake: i64) -> u8 {
    const CURVE: [(f64, f64); 10] = [
        (0.0, 45.0),
        (0.06, 60.0),
        (0.13, 80.0),
        (0.28, 88.0),
        (0.36, 74.0),
        (0.47, 56.0),
        (0.58, 70.0),
        (0.68, 76.0),
        (0.82, 55.0),
        (1.0, 28.0),
    ];
    if since_wake >= awake {
        return 20;
    }
    let share = since_wake as f64 / awake.max(1) as f64;
    let next = CURVE.iter().position(|(at, _)| *at > share).unwrap_or(CURVE.len() - 1).max(1);
    let ((x1, y1), (x2, y2)) = (CURVE[next - 1], CURVE[next]);
    (y1 + (y2 - y1) * (share - x1) / (x2 - x1)).round().clamp(0.0, 100.0) as u8
}

fn windows(timeline: &[Slot]) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for slot in timeline {
        match windows.last_mut().filter(|window| window.zone == slot.zone) {
            Some(window) => window.minutes += SLOT_MINUTES as u32,
            None => windows.push(Window { zone: slot.zone, start: slot.time, minutes: SLOT_MINUTES as u32 }),
        }
    }
    windows
}

pub fn validate(analysis: &CircadianAnalysis) -> Vec<Violation> {
    let mut found = Vec::new();
    if analysis.energy_timeline.len() != SLOTS {
        found.push(Violation::new(
            "circadian.slots",
            format!("{} instead of 96", analysis.energy_timeline.len()),
        ));
    }
    for (slot, expected) in analysis.energy_timeline.iter().zip((0_i64..).map(|n| n * SLOT_MINUTES)) {
        if i64::from(slot.time.minutes()) != expected
            || slot.zone != Zone::of(slot.energy)
            || slot.energy > 100
        {
            found.push(Violation::new("circadian.slot", slot.time.to_string()));
        }
    }
    if analysis.windows.iter().map(|window| window.minutes).sum::<u32>() != 1440 {
        found.push(Violation::new("circadian.windows", "do not fill the day"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sample;
    use domain::archetype::Archetype;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_day_is_whole(seed: u64) {
            let evidence = sample::evidence(seed, Archetype::ConnectedExplorer);
            prop_assert_eq!(validate(&analyse(&evidence)), vec![]);
        }
    }

    #[test]
    fn reads_bed_and_wake_time_from_nights() {
        // Nights begin at 23:00 and last 430 + 10 minutes.
        let analysis = analyse(&sample::evidence_of(vec![(8_000.0, 430.0); 10]));
        assert_eq!(
            (analysis.bed_time.to_string().as_str(), analysis.wake_time.to_string().as_str()),
            ("23:00", "06:15")
        );
        assert_eq!(
            (analysis.source, analysis.chronotype),
            (Source::SleepTimes, Some(Chronotype::Intermediate))
        );
        assert!(analysis.windows.iter().any(|window| window.zone == Zone::Peak));
    }

    #[test]
    fn says_when_it_assumed() {
        let analysis = analyse(&sample::evidence_of(vec![]));
        assert_eq!((analysis.source, analysis.chronotype), (Source::Assumed, None));
    }
}

//! From readings to local days.

use std::collections::{BTreeMap, HashSet};

use domain::health_data::{Biomarker, BiomarkerKind};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::DayRecord;

/// Readings of at most this long are parts of a day; longer ones are its sum.
const INTRADAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(6);
const MINUTES_OF_A_DAY: f64 = 1440.0;

impl DayRecord {
    pub(super) fn empty(date: Date) -> Self {
        Self {
            date,
            worn: false,
            steps: None,
            active_minutes: None,
            lightly_active_minutes: None,
            sedentary_minutes: None,
            energy_kcal: None,
            sleep_minutes: None,
            minutes_in_bed: None,
            sleep_start: None,
            sleep_end: None,
            resting_heart_rate: None,
            heart_rate_variability: None,
            weight_kg: None,
            steps_by_hour: [None; 24],
        }
    }
}

/// One record per day that has a reading, up to and with `today`.
pub(super) fn collect(readings: &[Biomarker], zone: &TimeZone, today: Date) -> BTreeMap<Date, DayRecord> {
    let mut days = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut hourly: BTreeMap<Date, f64> = BTreeMap::new();
    let mut very_and_fairly: BTreeMap<Date, f64> = BTreeMap::new();
    for reading in readings {
        if !seen.insert((reading.kind, reading.start, reading.end)) {
            continue;
        }
        let start = zone.to_datetime(reading.start);
        let date = day_of(reading, zone);
        if date > today {
            continue;
        }
        let day = days.entry(date).or_insert_with(|| DayRecord::empty(date));
        let intraday = reading.end.duration_since(reading.start) <= INTRADAY;
        match reading.kind {
            BiomarkerKind::Steps if intraday => {
                let slot = &mut day.steps_by_hour[usize::from(start.hour().unsigned_abs())];
                *slot = Some(slot.unwrap_or(0.0) + reading.value);
                *hourly.entry(date).or_default() += reading.value;
            }
            BiomarkerKind::VeryActiveMinutes | BiomarkerKind::FairlyActiveMinutes => {
                *very_and_fairly.entry(date).or_default() += reading.value;
            }
            kind => set(day, kind, reading, zone),
        }
    }
    for (date, day) in &mut days {
        day.steps = day.steps.or_else(|| hourly.get(date).copied());
        day.active_minutes = day.active_minutes.or_else(|| very_and_fairly.get(date).copied());
        day.worn = worn(day);
    }
    days
}

fn day_of(reading: &Biomarker, zone: &TimeZone) -> Date {
    let sleep = matches!(
        reading.kind,
        BiomarkerKind::SleepDuration | BiomarkerKind::MinutesInBed | BiomarkerKind::SleepAwakeDuration
    );
    // An interval that ends at midnight belongs to the day before it.
    let moment = if sleep { reading.end - jiff::SignedDuration::from_secs(1) } else { reading.start };
    zone.to_datetime(moment.max(reading.start)).date()
}

fn set(day: &mut DayRecord, kind: BiomarkerKind, reading: &Biomarker, zone: &TimeZone) {
    let value = Some(reading.value);
    match kind {
        BiomarkerKind::Steps => day.steps = value,
        BiomarkerKind::ActiveMinutes => day.active_minutes = value,
        BiomarkerKind::LightlyActiveMinutes => day.lightly_active_minutes = value,
        BiomarkerKind::SedentaryMinutes => day.sedentary_minutes = value,
        BiomarkerKind::EnergyKcal => day.energy_kcal = value,
        BiomarkerKind::SleepDuration => {
            // Naps add to the night; the times are the main sleep's.
            day.sleep_minutes =
                Some((day.sleep_minutes.unwrap_or(0.0) + reading.value).min(MINUTES_OF_A_DAY));
            let known = day.sleep_start.zip(day.sleep_end).map_or(0, |(start, end)| end - start);
            if let Some((start, end)) =
                main_sleep(reading, zone, day.date).filter(|(start, end)| end - start > known)
            {
                day.sleep_start = Some(start);
                day.sleep_end = Some(end);
            }
        }
        BiomarkerKind::MinutesInBed => {
            day.minutes_in_bed =
                Some((day.minutes_in_bed.unwrap_or(0.0) + reading.value).min(MINUTES_OF_A_DAY));
        }
        BiomarkerKind::RestingHeartRate => day.resting_heart_rate = value,
        BiomarkerKind::HeartRateVariabilityRmssd => day.heart_rate_variability = value,
        BiomarkerKind::HeartRateVariabilitySdnn => {
            day.heart_rate_variability = day.heart_rate_variability.or(value);
        }
        BiomarkerKind::WeightKg => day.weight_kg = value,
        _ => {}
    }
}

/// From when to when, of a sleep that can be a night's: exact times, at least two hours.
fn main_sleep(reading: &Biomarker, zone: &TimeZone, date: Date) -> Option<(i32, i32)> {
    let length = reading.end.duration_since(reading.start);
    let exact = length <= jiff::SignedDuration::from_hours(16) && reading.value >= 120.0;
    let minutes = |at| relative_minutes(zone, at, date);
    if exact { minutes(reading.start).zip(minutes(reading.end)) } else { None }
}

/// Minutes after this day's midnight, negative before it.
fn relative_minutes(zone: &TimeZone, at: jiff::Timestamp, date: Date) -> Option<i32> {
    let local = zone.to_datetime(at);
    let days = local.date().since(date).ok()?.get_days();
    Some(days * 1440 + i32::from(local.hour()) * 60 + i32::from(local.minute()))
}

/// 0 steps and a whole day of sitting is a device in a drawer, not a person.
fn worn(day: &DayRecord) -> bool {
    let drawer =
        day.steps == Some(0.0) && day.sedentary_minutes.is_none_or(|minutes| minutes >= MINUTES_OF_A_DAY);
    let anything = day.steps.is_some()
        || day.sleep_minutes.is_some()
        || day.active_minutes.is_some()
        || day.resting_heart_rate.is_some();
    anything && (!drawer || day.sleep_minutes.is_some())
}

/// The `count` days ending at `anchor`, without gaps.
pub(super) fn last(days: &BTreeMap<Date, DayRecord>, anchor: Date, count: i64) -> Vec<DayRecord> {
    let first_known = days.keys().next().copied().unwrap_or(anchor);
    let first = anchor.checked_sub((count - 1).days()).unwrap_or(anchor).max(first_known);
    let dates =
        std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(|date| *date <= anchor);
    dates.map(|date| days.get(&date).cloned().unwrap_or_else(|| DayRecord::empty(date))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleep(start: &str, end: &str, minutes: f64) -> Biomarker {
        Biomarker {
            category: domain::health_data::BiomarkerCategory::Sleep,
            kind: BiomarkerKind::SleepDuration,
            value: minutes,
            unit: "minute".to_owned(),
            aggregation: None,
            periodicity: None,
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            source: None,
        }
    }

    #[test]
    fn a_long_nap_adds_to_the_night_and_leaves_its_times() {
        let night = sleep("2026-03-01T22:30:00Z", "2026-03-02T06:00:00Z", 430.0);
        let nap = sleep("2026-03-02T13:00:00Z", "2026-03-02T15:30:00Z", 140.0);
        for readings in [[night.clone(), nap.clone()], [nap, night]] {
            let days = collect(&readings, &TimeZone::UTC, jiff::civil::date(2026, 3, 3));
            let day = &days[&jiff::civil::date(2026, 3, 2)];
            assert_eq!(day.sleep_minutes, Some(570.0));
            assert_eq!((day.sleep_start, day.sleep_end), (Some(-90), Some(360)));
        }
    }
}

//! What the readings of one day say of its sleep.

use domain::health_data::Biomarker;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::DayRecord;

/// Longer intervals stand for a day, not for a night: no times are read from them.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(16);
/// Less sleep is a nap.
const SHORTEST_MINUTES: f64 = 120.0;
/// Parts of a night that are at most this far from each other are one sleep.
const BREAK: SignedDuration = SignedDuration::from_hours(1);
/// Nobody sleeps, or lies in bed, longer on one day: such sums are faults of the data.
const MOST_MINUTES: f64 = 1200.0;

pub(super) fn more_than_a_day(readings: &[&Biomarker]) -> bool {
    sum(readings).is_some_and(|minutes| minutes > MOST_MINUTES)
}

fn sum(readings: &[&Biomarker]) -> Option<f64> {
    (!readings.is_empty()).then(|| readings.iter().map(|one| one.value).sum())
}

/// Naps add to the night; the times are the main sleep's. Readings in the order of their start.
pub(super) fn fill(day: &mut DayRecord, nights: &[&Biomarker], beds: &[&Biomarker], zone: &TimeZone) {
    day.minutes_in_bed = sum(beds).filter(|minutes| *minutes <= MOST_MINUTES);
    day.sleep_minutes = sum(nights).filter(|minutes| *minutes <= MOST_MINUTES);
    if day.sleep_minutes.is_none() {
        return;
    }
    let mut sleeps: Vec<(Timestamp, Timestamp, f64)> = Vec::new();
    for one in nights.iter().filter(|one| one.end.duration_since(one.start) <= LONGEST) {
        match sleeps.last_mut() {
            Some((_, end, asleep)) if one.start.duration_since(*end) <= BREAK => {
                *end = one.end.max(*end);
                *asleep += one.value;
            }
            _ => sleeps.push((one.start, one.end, one.value)),
        }
    }
    let night = |(start, end, asleep): &&(Timestamp, Timestamp, f64)| {
        *asleep >= SHORTEST_MINUTES && end.duration_since(*start) <= LONGEST
    };
    // Of two as long, the later one.
    let main = sleeps.iter().filter(night).max_by_key(|(start, end, _)| end.duration_since(*start));
    let minutes = |at: Timestamp| relative_minutes(zone, at, day.date);
    if let Some((start, end)) = main.and_then(|(start, end, _)| minutes(*start).zip(minutes(*end))) {
        (day.sleep_start, day.sleep_end) = (Some(start), Some(end));
    }
}

/// Minutes of the clock after this day's midnight, negative before it.
fn relative_minutes(zone: &TimeZone, at: Timestamp, date: Date) -> Option<i32> {
    let local = zone.to_datetime(at);
    let days = local.date().since(date).ok()?.get_days();
    Some(days * 1440 + i32::from(local.hour()) * 60 + i32::from(local.minute()))
}

//! From readings to local days.

use std::collections::{BTreeMap, BTreeSet};

use domain::health_data::{Biomarker, BiomarkerKind as Kind};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::DayRecord;
use super::intake::{self, Intake, Ledger, Reason};
use super::sources::{Believed, Group, Placed};
use super::{night, wear, weight};
use crate::statistics::median;

/// Readings of at most this long are parts of a day; longer ones are its sum.
const INTRADAY: SignedDuration = SignedDuration::from_hours(6);

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

/// One record per day that has a reading, up to and with today, whatever the order of the readings; and what was not used.
pub(super) fn collect(
    readings: &[Biomarker],
    zone: &TimeZone,
    now: Timestamp,
    known_kg: Option<f64>,
) -> (BTreeMap<Date, DayRecord>, Intake) {
    let today = zone.to_datetime(now).date();
    let mut ledger = Ledger::default();
    let placed = place(readings, zone, now, &mut ledger);
    let believed = Believed::of(&placed);
    let mut parts: BTreeMap<(Date, Group), Vec<&Placed<'_>>> = BTreeMap::new();
    let mut hours: BTreeMap<Date, Vec<&Placed<'_>>> = BTreeMap::new();
    for one in &placed {
        let (day, hour) = (believed.day(one), believed.hours(one));
        if day {
            parts.entry((one.date, one.group)).or_default().push(one);
        }
        if hour {
            hours.entry(one.date).or_default().push(one);
        }
        if !day && !hour {
            ledger.add(one.reading.kind, Reason::OtherSource);
        }
    }
    let weights: Vec<&Placed<'_>> = parts
        .extract_if(.., |(_, group), _| *group == Group::Weight)
        .flat_map(|(_, readings)| readings)
        .collect();
    let mut days: BTreeMap<Date, DayRecord> = weight::by_day(&weights, known_kg, &mut ledger);
    for ((date, group), readings) in parts {
        let day = days.entry(date).or_insert_with(|| DayRecord::empty(date));
        let kept = without_overlaps(readings, &mut ledger);
        fill(day, group, &kept, zone, &mut ledger);
    }
    for (date, readings) in hours {
        let day = days.entry(date).or_insert_with(|| DayRecord::empty(date));
        // Overlaps of the day's own source were counted above.
        day.steps_by_hour = by_hour(&without_overlaps(readings, &mut Ledger::default()), zone);
    }
    let partial = wear::judge(&mut days, today);
    (days, Intake { set_aside: ledger.told(), partial })
}

/// Readings that may be used, each with its day, in one order whatever order they came in.
fn place<'a>(
    readings: &'a [Biomarker],
    zone: &TimeZone,
    now: Timestamp,
    ledger: &mut Ledger,
) -> Vec<Placed<'a>> {
    let mut sorted: Vec<&Biomarker> = readings.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |one: &'a Biomarker| (one.kind, one.start, one.end);
        key(a).cmp(&key(b)).then(b.value.total_cmp(&a.value)).then(a.source.cmp(&b.source))
    });
    let today = zone.to_datetime(now).date();
    let mut seen = BTreeSet::new();
    let mut placed = Vec::with_capacity(sorted.len());
    for reading in sorted {
        let kind = reading.kind;
        if let Some(reason) = intake::fault(reading, now) {
            ledger.add(kind, reason);
            continue;
        }
        if !seen.insert((
            kind,
            reading.start,
            reading.end,
            reading.value.to_bits(),
            reading.source.as_deref(),
        )) {
            ledger.add(kind, Reason::Duplicate);
            continue;
        }
        let Some(group) = Group::of(kind) else { continue };
        let date = day_of(reading, group, zone);
        if date > today {
            ledger.add(kind, Reason::Future);
            continue;
        }
        let intraday = reading.end.duration_since(reading.start) <= INTRADAY;
        placed.push(Placed { reading, date, group, intraday });
    }
    placed
}

/// A night belongs to the day it ended on, a part of a day to the day it began on. What covers most of a day belongs to the day
/// of its middle, so that a sum keeps its day in another zone, and when a day has 23 or 25 hours.
fn day_of(reading: &Biomarker, group: Group, zone: &TimeZone) -> Date {
    let length = reading.end.duration_since(reading.start);
    let moment = if group == Group::Sleep && length <= night::LONGEST {
        // An interval that ends at midnight belongs to the day before it.
        (reading.end - SignedDuration::from_secs(1)).max(reading.start)
    } else if length <= INTRADAY {
        reading.start
    } else {
        reading.start + length / 2
    };
    zone.to_datetime(moment).date()
}

/// Of readings of one kind that cover the same time (more than half of the shorter one), the larger; sorted as `place` does.
fn without_overlaps<'a>(readings: Vec<&'a Placed<'a>>, ledger: &mut Ledger) -> Vec<&'a Placed<'a>> {
    let mut kept: Vec<&Placed<'_>> = Vec::with_capacity(readings.len());
    for one in readings {
        let (start, end) = (one.reading.start, one.reading.end);
        let same = |other: &&&Placed<'_>| {
            let (other_start, other_end) = (other.reading.start, other.reading.end);
            let shared = end.min(other_end).duration_since(start.max(other_start));
            let shorter = end.duration_since(start).min(other_end.duration_since(other_start));
            let alike = other.reading.kind == one.reading.kind && other.intraday == one.intraday;
            alike && shared > SignedDuration::ZERO && shared * 2 > shorter
        };
        // Sorted by start, so only the last few can reach into this one.
        match kept.iter().rev().take(8).position(|other| same(&other)) {
            None => kept.push(one),
            Some(back) => {
                ledger.add(one.reading.kind, Reason::Overlap);
                let at = kept.len() - 1 - back;
                if one.reading.value > kept[at].reading.value {
                    kept[at] = one;
                }
            }
        }
    }
    kept
}

fn fill(day: &mut DayRecord, group: Group, readings: &[&Placed<'_>], zone: &TimeZone, ledger: &mut Ledger) {
    let of = |kind: Kind| readings.iter().filter(move |one| one.reading.kind == kind);
    let sum = |kind: Kind| {
        let whole: Vec<f64> = of(kind).filter(|one| !one.intraday).map(|one| one.reading.value).collect();
        let values = if whole.is_empty() { of(kind).map(|one| one.reading.value).collect() } else { whole };
        (!values.is_empty()).then(|| values.iter().sum::<f64>())
    };
    let usual = |kind: Kind| median(&of(kind).map(|one| one.reading.value).collect::<Vec<_>>());
    match group {
        Group::Steps => day.steps = sum(Kind::Steps),
        Group::Energy => day.energy_kcal = sum(Kind::EnergyKcal),
        Group::RestingHeartRate => day.resting_heart_rate = usual(Kind::RestingHeartRate),
        Group::Variability => {
            day.heart_rate_variability =
                usual(Kind::HeartRateVariabilityRmssd).or_else(|| usual(Kind::HeartRateVariabilitySdnn));
        }
        // Leaps are seen across days only.
        Group::Weight => {}
        Group::Minutes => {
            let parts = [sum(Kind::VeryActiveMinutes), sum(Kind::FairlyActiveMinutes)];
            let very_and_fairly =
                parts.iter().any(Option::is_some).then(|| parts.iter().flatten().sum::<f64>());
            let active = sum(Kind::ActiveMinutes).or(very_and_fairly);
            let (light, still) = (sum(Kind::LightlyActiveMinutes), sum(Kind::SedentaryMinutes));
            let all = [active, light, still].iter().flatten().sum::<f64>();
            if all > minutes_of(day.date, zone) + 1.0 {
                readings.iter().for_each(|one| ledger.add(one.reading.kind, Reason::MoreThanADay));
                return;
            }
            (day.active_minutes, day.lightly_active_minutes, day.sedentary_minutes) = (active, light, still);
        }
        Group::Sleep => {
            let nights: Vec<&Biomarker> = of(Kind::SleepDuration).map(|one| one.reading).collect();
            let beds: Vec<&Biomarker> = of(Kind::MinutesInBed).map(|one| one.reading).collect();
            for readings in [&nights, &beds] {
                if night::more_than_a_day(readings) {
                    readings.iter().for_each(|one| ledger.add(one.kind, Reason::MoreThanADay));
                }
            }
            night::fill(day, &nights, &beds, zone);
        }
    }
}

/// Minutes between this midnight and the next: 1380, 1440 or 1500 where clocks change.
fn minutes_of(date: Date, zone: &TimeZone) -> f64 {
    let midnight = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok();
    let next = date.tomorrow().ok().and_then(midnight);
    midnight(date).zip(next).map_or(1440.0, |(start, end)| end.duration_since(start).as_secs_f64() / 60.0)
}

/// Steps by local hour. An hour that the clock shows twice is the mean of both.
fn by_hour(readings: &[&Placed<'_>], zone: &TimeZone) -> [Option<f64>; 24] {
    let mut sums: BTreeMap<(usize, i32), f64> = BTreeMap::new();
    for one in readings {
        let hour = usize::from(zone.to_datetime(one.reading.start).hour().unsigned_abs());
        let offset = zone.to_offset(one.reading.start).seconds();
        *sums.entry((hour, offset)).or_default() += one.reading.value;
    }
    std::array::from_fn(|hour| {
        let same: Vec<f64> = sums.range((hour, i32::MIN)..=(hour, i32::MAX)).map(|(_, sum)| *sum).collect();
        (!same.is_empty()).then(|| same.iter().sum::<f64>() / same.len() as f64)
    })
}

/// Day and weight of the `count` days up to the newest weight, worn or not.
pub(super) fn weights(days: &BTreeMap<Date, DayRecord>, count: i64) -> Vec<(Date, f64)> {
    let mut weighed = days.iter().rev().filter_map(|(date, day)| Some((*date, day.weight_kg?))).peekable();
    let first = weighed.peek().and_then(|(newest, _)| newest.checked_sub((count - 1).days()).ok());
    let mut kept: Vec<(Date, f64)> =
        weighed.take_while(|(date, _)| first.is_none_or(|first| *date >= first)).collect();
    kept.reverse();
    kept
}

/// The `count` days ending at `anchor`, without gaps.
pub(super) fn last(days: &BTreeMap<Date, DayRecord>, anchor: Date, count: i64) -> Vec<DayRecord> {
    let first_known = days.keys().next().copied().unwrap_or(anchor);
    let first = anchor.checked_sub((count - 1).days()).unwrap_or(anchor).max(first_known);
    let dates =
        std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(|date| *date <= anchor);
    dates.map(|date| days.get(&date).cloned().unwrap_or_else(|| DayRecord::empty(date))).collect()
}

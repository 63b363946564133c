//! What a row of Fitbit's export says: one row a day of activity, one an hour of steps, one a night, one a weighing.
//!
//! Times are local and without zone, so they are taken as the person's own days, in UTC until a profile says otherwise.

use csv::StringRecord;
use domain::field_error::FieldError;
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::id::UserId;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const SOURCE: &str = "fitbit";

/// The files of an export by name, each with what makes readings of its rows.
pub const FILES: [(&str, ReadRow); 4] = [
    ("dailyActivity_merged.csv", daily_activity),
    ("hourlySteps_merged.csv", hourly_steps),
    ("sleepDay_merged.csv", sleep_day),
    ("weightLogInfo_merged.csv", weight),
];

/// Makes readings of a row; a remark when there is something worth counting.
pub type ReadRow = fn(&Row<'_>, &mut Vec<Biomarker>) -> Result<Option<&'static str>, String>;

/// One row with its header.
pub struct Row<'a> {
    pub header: &'a StringRecord,
    pub record: &'a StringRecord,
}

impl Row<'_> {
    fn text(&self, column: &str) -> Result<&str, String> {
        let place = self.header.iter().position(|name| name.trim_start_matches('\u{feff}') == column);
        let place = place.ok_or_else(|| format!("no column {column}"))?;
        self.record.get(place).map(str::trim).ok_or_else(|| format!("{column} is missing"))
    }

    fn number(&self, column: &str) -> Result<f64, String> {
        self.text(column)?.parse().map_err(|_| format!("{column} is not a number"))
    }
}

/// Whose, what, and a remark when there is something worth counting.
pub type Kept = (UserId, Vec<Biomarker>, Option<&'static str>);

/// A row is kept whole or refused whole.
///
/// # Errors
/// What is wrong with it, without its values.
pub fn read_one(row: &Row<'_>, read_row: ReadRow, now: Timestamp) -> Result<Kept, String> {
    let user = UserId::parse(row.text("Id")?).map_err(|fault| format!("Id {}", fault.detail))?;
    let mut readings = Vec::new();
    let remark = read_row(row, &mut readings)?;
    let mut checked = Vec::with_capacity(readings.len());
    for reading in readings {
        let kind = reading.kind.as_str();
        let fault = |faults: Vec<FieldError>| {
            let first = faults.into_iter().next();
            first.map_or_else(|| kind.to_owned(), |fault| format!("{kind}: {} {}", fault.field, fault.detail))
        };
        checked.push(reading.checked(now).map_err(fault)?);
    }
    Ok((user, checked, remark))
}

fn daily_activity(row: &Row<'_>, readings: &mut Vec<Biomarker>) -> Result<Option<&'static str>, String> {
    let (start, end) = whole_day(us_date(row.text("ActivityDate")?)?)?;
    let columns = [
        ("TotalSteps", BiomarkerKind::Steps),
        ("TotalDistance", BiomarkerKind::DistanceKm),
        ("VeryActiveMinutes", BiomarkerKind::VeryActiveMinutes),
        ("FairlyActiveMinutes", BiomarkerKind::FairlyActiveMinutes),
        ("LightlyActiveMinutes", BiomarkerKind::LightlyActiveMinutes),
        ("SedentaryMinutes", BiomarkerKind::SedentaryMinutes),
        ("Calories", BiomarkerKind::EnergyKcal),
    ];
    for (column, kind) in columns {
        readings.push(reading(kind, row.number(column)?, start, end));
    }
    let drawer = readings[0].value == 0.0 && readings[5].value >= 1440.0;
    Ok(drawer.then_some("days with the device not worn: kept, and not counted as days of data"))
}

fn hourly_steps(row: &Row<'_>, readings: &mut Vec<Biomarker>) -> Result<Option<&'static str>, String> {
    let text = row.text("ActivityHour")?;
    let hour: DateTime = text.parse().map_err(|_| "ActivityHour is not a time".to_owned())?;
    let start = utc(hour)?;
    readings.push(reading(
        BiomarkerKind::Steps,
        row.number("StepTotal")?,
        start,
        start + SignedDuration::from_mins(60),
    ));
    Ok(None)
}

/// The export gives a night its day and length, but no times: it is stored over the whole day, and agents take no bed or
/// wake time from readings of more than 16 hours.
fn sleep_day(row: &Row<'_>, readings: &mut Vec<Biomarker>) -> Result<Option<&'static str>, String> {
    let (midnight, _) = whole_day(us_date(row.text("SleepDay")?)?)?;
    let (asleep, in_bed) = (row.number("TotalMinutesAsleep")?, row.number("TotalTimeInBed")?);
    let (start, end) = (midnight, midnight + SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
    readings.push(reading(BiomarkerKind::SleepDuration, asleep, start, end));
    readings.push(reading(BiomarkerKind::MinutesInBed, in_bed, start, end));
    Ok((asleep > in_bed).then_some("nights longer asleep than in bed: kept as they are"))
}

fn weight(row: &Row<'_>, readings: &mut Vec<Biomarker>) -> Result<Option<&'static str>, String> {
    let at = utc(us_date_time(row.text("Date")?)?)?;
    readings.push(reading(BiomarkerKind::WeightKg, row.number("WeightKg")?, at, at));
    if !row.text("Fat")?.is_empty() {
        readings.push(reading(BiomarkerKind::BodyFatPercent, row.number("Fat")?, at, at));
    }
    readings.push(reading(BiomarkerKind::BodyMassIndex, row.number("BMI")?, at, at));
    Ok(row.text("IsManualReport")?.eq_ignore_ascii_case("true").then_some("weights entered by hand"))
}

fn reading(kind: BiomarkerKind, value: f64, start: Timestamp, end: Timestamp) -> Biomarker {
    Biomarker {
        category: kind.category(),
        kind,
        value,
        unit: kind.unit().to_owned(),
        aggregation: None,
        periodicity: None,
        start,
        end,
        source: Some(SOURCE.to_owned()),
    }
}

/// `4/12/2016`, also with a time after it.
fn us_date(text: &str) -> Result<Date, String> {
    us_date_time(text).map(DateTime::date)
}

fn us_date_time(text: &str) -> Result<DateTime, String> {
    let wrong = || "the date is not m/d/yyyy".to_owned();
    let (date, time) = text.split_once(' ').unwrap_or((text, "0:00"));
    let parts: Vec<i16> = date.split('/').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let clock: Vec<i8> = time.split(':').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let (&[month, day, year], &[hour, minute, ..]) = (&parts[..], &clock[..]) else { return Err(wrong()) };
    let small = |n: i16| i8::try_from(n).map_err(|_| wrong());
    DateTime::new(year, small(month)?, small(day)?, hour, minute, 0, 0).map_err(|_| wrong())
}

fn whole_day(date: Date) -> Result<(Timestamp, Timestamp), String> {
    let start = utc(date.at(0, 0, 0, 0))?;
    Ok((start, start + SignedDuration::from_hours(24) - SignedDuration::from_secs(1)))
}

fn utc(local: DateTime) -> Result<Timestamp, String> {
    TimeZone::UTC.to_timestamp(local).map_err(|_| "the date is out of range".to_owned())
}

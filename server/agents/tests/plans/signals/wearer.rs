//! People who wear a device, made reading by reading in their own time zone.

use agents::evidence::{Evidence, PersonData};
use domain::archetype::Archetype;
use domain::health_data::{Biomarker, BiomarkerKind as Kind};
use domain::profile::Profile;
use domain::release::AgentSettings;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// The day before this one is the newest whole one. Clocks change on 8 March in New York and on 29 March in Berlin.
pub(crate) const TODAY: Date = date(2026, 4, 8);

pub(crate) struct Wearer {
    pub(crate) zone: TimeZone,
    pub(crate) readings: Vec<Biomarker>,
}

/// The day `ago` days before today.
pub(crate) fn ago(days: i64) -> Date {
    TODAY.checked_sub(days.days()).unwrap()
}

impl Wearer {
    pub(crate) fn new(zone: &str) -> Self {
        Self { zone: TimeZone::get(zone).unwrap(), readings: Vec::new() }
    }

    /// A time of the clock, in minutes after the midnight of `date`; negative before it.
    pub(crate) fn at(&self, date: Date, minutes: i64) -> Timestamp {
        let local = date.at(0, 0, 0, 0).checked_add(minutes.minutes()).unwrap();
        self.zone.to_timestamp(local).unwrap()
    }

    pub(crate) fn put(&mut self, kind: Kind, value: f64, start: Timestamp, end: Timestamp) {
        self.readings.push(reading(kind, value, start, end, "watch"));
    }

    /// A sum over the whole local day.
    pub(crate) fn sum(&mut self, kind: Kind, value: f64, date: Date) {
        let (start, end) = (self.at(date, 0), self.at(date.tomorrow().unwrap(), 0));
        self.put(kind, value, start, end - SignedDuration::from_secs(1));
    }

    /// Asleep all the time between these times of the clock.
    pub(crate) fn night(&mut self, date: Date, start: i64, end: i64) {
        let (start, end) = (self.at(date, start), self.at(date, end));
        let minutes = end.duration_since(start).as_secs_f64() / 60.0;
        self.put(Kind::SleepDuration, minutes, start, end);
    }

    /// Steps of each hour of the local day that there is, 23 to 25 of them, and their sum.
    pub(crate) fn hours(&mut self, date: Date, steps: impl Fn(i64) -> f64) {
        let (mut hour, end) = (self.at(date, 0), self.at(date.tomorrow().unwrap(), 0));
        let mut sum = 0.0;
        while hour < end {
            let value = steps(i64::from(self.zone.to_datetime(hour).hour()));
            sum += value;
            let next = hour + SignedDuration::from_hours(1);
            self.put(Kind::Steps, value, hour, next);
            hour = next;
        }
        self.sum(Kind::Steps, sum, date);
    }

    /// Seven in the morning of today.
    pub(crate) fn now(&self) -> Timestamp {
        self.at(TODAY, 7 * 60)
    }

    pub(crate) fn evidence(&self) -> Evidence {
        self.evidence_of(self.readings.clone())
    }

    pub(crate) fn evidence_of(&self, biomarkers: Vec<Biomarker>) -> Evidence {
        let time_zone = self.zone.iana_name().map(str::to_owned);
        let profile = Profile { age: Some(40), time_zone, ..Profile::default() };
        let data = PersonData { profile, biomarkers, ..PersonData::default() };
        Evidence::from_data(data, Archetype::SystematicImprover, AgentSettings::default(), self.now(), 7)
    }
}

pub(crate) fn reading(kind: Kind, value: f64, start: Timestamp, end: Timestamp, source: &str) -> Biomarker {
    Biomarker {
        category: kind.category(),
        kind,
        value,
        unit: kind.unit().to_owned(),
        aggregation: None,
        periodicity: None,
        start,
        end,
        source: Some(source.to_owned()),
    }
}

/// Steps of a waking hour, fewer near its ends.
pub(crate) fn walking(hour: i64, wake: i64, bed: i64) -> f64 {
    let (since, awake) = ((hour - wake).rem_euclid(24), (bed - wake).rem_euclid(24));
    if since >= awake {
        0.0
    } else if since == 0 || since == awake - 1 {
        200.0
    } else {
        500.0 + 100.0 * ((since % 4) as f64)
    }
}

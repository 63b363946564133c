//! The people of an export, and what they would be after a worse week.

use std::collections::BTreeMap;
use std::path::Path;

use agents::evidence::fitbit::{FILES, Row, read_one};
use anyhow::Context;
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::id::UserId;
use jiff::{SignedDuration, Timestamp};

/// After every reading of any export: what is read is not refused for being early.
const LATEST: &str = "2100-01-01T00:00:00Z";
/// The week that is made worse.
const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);
/// What is left of steps and active minutes in it, and how much shorter its nights are, minutes.
const STEPS_LEFT: f64 = 0.5;
const SLEEP_LOST: f64 = 90.0;

pub(super) struct People {
    /// Seven in the morning, UTC, after the last reading.
    pub(super) now: Timestamp,
    pub(super) readings: BTreeMap<UserId, Vec<Biomarker>>,
}

impl People {
    /// # Errors
    /// When a file is missing or a row cannot be read: figures of a part would not be those of the export.
    pub(super) fn read(dir: &Path, most: usize) -> anyhow::Result<Self> {
        let latest: Timestamp = LATEST.parse()?;
        let mut readings: BTreeMap<UserId, Vec<Biomarker>> = BTreeMap::new();
        for (name, read_row) in FILES {
            let path = dir.join(name);
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&path);
            let reader = reader.as_mut().map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            let header = reader.headers()?.clone();
            for record in reader.records() {
                let record = record.with_context(|| path.display().to_string())?;
                let row = Row { header: &header, record: &record };
                let (user, of_row, _) = read_one(&row, read_row, latest)
                    .map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
                readings.entry(user).or_default().extend(of_row);
            }
        }
        let last = readings.values().flatten().map(|reading| reading.end).max();
        let last = last.context("the export has no people")?;
        let readings = readings.into_iter().take(most).collect();
        Ok(Self { now: next_morning(last), readings })
    }

    pub(super) fn len(&self) -> usize {
        self.readings.len()
    }

    /// The same people, had their last week had half the movement and shorter nights.
    pub(super) fn changed(&self) -> Self {
        let mut readings = self.readings.clone();
        for own in readings.values_mut() {
            let Some(last) = own.iter().map(|reading| reading.end).max() else { continue };
            for reading in own.iter_mut().filter(|reading| last.duration_since(reading.end) < WEEK) {
                worsen(reading);
            }
        }
        Self { now: self.now, readings }
    }
}

fn worsen(reading: &mut Biomarker) {
    match reading.kind {
        BiomarkerKind::Steps | BiomarkerKind::VeryActiveMinutes | BiomarkerKind::FairlyActiveMinutes => {
            reading.value = (reading.value * STEPS_LEFT).round();
        }
        BiomarkerKind::SleepDuration => reading.value = (reading.value - SLEEP_LOST).max(0.0),
        _ => {}
    }
}

fn next_morning(last: Timestamp) -> Timestamp {
    let hour = last.as_second().rem_euclid(86_400) / 3_600;
    let day = last.as_second() - last.as_second().rem_euclid(86_400);
    let days = if hour < 7 { 0 } else { 1 };
    Timestamp::from_second(day + days * 86_400 + 7 * 3_600).unwrap_or(last)
}

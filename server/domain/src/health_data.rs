//! Scores and biomarker readings: the data points that agents work on.

use crate::field_error::FieldError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a person did, 0–100, by some device's or app's judgement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Score {
    #[serde(rename = "type")]
    pub kind: ScoreKind,
    /// 0–100; 0–1 when `scale` is `unit` (stored as 0–100).
    pub score: f64,
    #[serde(default, skip_serializing_if = "Scale::default_scale")]
    pub scale: Scale,
    /// The device's own word for it: `medium`. At most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What the score was made of. At most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<ScoreFactor>,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScoreFactor {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ScoreKind {
    Sleep,
    Activity,
    Readiness,
    MentalWellbeing,
    Wellbeing,
    Energy,
}

/// Which scale a score came on. Stored scores are always `Percent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Scale {
    #[default]
    Percent,
    Unit,
}

impl Scale {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn default_scale(&self) -> bool {
        *self == Self::Percent
    }
}

/// One reading of one sensor, or its sum or mean over an interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Biomarker {
    pub category: BiomarkerCategory,
    #[serde(rename = "type")]
    pub kind: BiomarkerKind,
    pub value: f64,
    /// The kind's own unit; `hour` is taken for minutes and converted.
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub periodicity: Option<String>,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub start: Timestamp,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub end: Timestamp,
    /// Device or import it came from: `fitbit`. At most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum BiomarkerCategory {
    Activity,
    Sleep,
    Vitals,
    Body,
}

/// What was measured. Each kind has one category, one stored unit and one believable range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum BiomarkerKind {
    Steps,
    ActiveMinutes,
    VeryActiveMinutes,
    FairlyActiveMinutes,
    LightlyActiveMinutes,
    SedentaryMinutes,
    DistanceKm,
    EnergyKcal,
    ActiveEnergyKcal,
    SleepDuration,
    MinutesInBed,
    SleepAwakeDuration,
    SleepLatency,
    SleepInterruptions,
    RestingHeartRate,
    HeartRate,
    HeartRateVariabilityRmssd,
    HeartRateVariabilitySdnn,
    RespiratoryRate,
    WeightKg,
    BodyFatPercent,
    BodyMassIndex,
}

impl BiomarkerKind {
    pub const ALL: [Self; 22] = [
        Self::Steps,
        Self::ActiveMinutes,
        Self::VeryActiveMinutes,
        Self::FairlyActiveMinutes,
        Self::LightlyActiveMinutes,
        Self::SedentaryMinutes,
        Self::DistanceKm,
        Self::EnergyKcal,
        Self::ActiveEnergyKcal,
        Self::SleepDuration,
        Self::MinutesInBed,
        Self::SleepAwakeDuration,
        Self::SleepLatency,
        Self::SleepInterruptions,
        Self::RestingHeartRate,
        Self::HeartRate,
        Self::HeartRateVariabilityRmssd,
        Self::HeartRateVariabilitySdnn,
        Self::RespiratoryRate,
        Self::WeightKg,
        Self::BodyFatPercent,
        Self::BodyMassIndex,
    ];

    /// The one stored text of a kind: `sleep_duration`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::ActiveMinutes => "active_minutes",
            Self::VeryActiveMinutes => "very_active_minutes",
            Self::FairlyActiveMinutes => "fairly_active_minutes",
            Self::LightlyActiveMinutes => "lightly_active_minutes",
            Self::SedentaryMinutes => "sedentary_minutes",
            Self::DistanceKm => "distance_km",
            Self::EnergyKcal => "energy_kcal",
            Self::ActiveEnergyKcal => "active_energy_kcal",
            Self::SleepDuration => "sleep_duration",
            Self::MinutesInBed => "minutes_in_bed",
            Self::SleepAwakeDuration => "sleep_awake_duration",
            Self::SleepLatency => "sleep_latency",
            Self::SleepInterruptions => "sleep_interruptions",
            Self::RestingHeartRate => "resting_heart_rate",
            Self::HeartRate => "heart_rate",
            Self::HeartRateVariabilityRmssd => "heart_rate_variability_rmssd",
            Self::HeartRateVariabilitySdnn => "heart_rate_variability_sdnn",
            Self::RespiratoryRate => "respiratory_rate",
            Self::WeightKg => "weight_kg",
            Self::BodyFatPercent => "body_fat_percent",
            Self::BodyMassIndex => "body_mass_index",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub fn category(self) -> BiomarkerCategory {
        match self {
            Self::SleepDuration
            | Self::MinutesInBed
            | Self::SleepAwakeDuration
            | Self::SleepLatency
            | Self::SleepInterruptions => BiomarkerCategory::Sleep,
            Self::RestingHeartRate
            | Self::HeartRate
            | Self::HeartRateVariabilityRmssd
            | Self::HeartRateVariabilitySdnn
            | Self::RespiratoryRate => BiomarkerCategory::Vitals,
            Self::WeightKg | Self::BodyFatPercent | Self::BodyMassIndex => BiomarkerCategory::Body,
            _ => BiomarkerCategory::Activity,
        }
    }

    /// The unit values are stored in.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Steps | Self::SleepInterruptions => "count",
            Self::DistanceKm => "km",
            Self::EnergyKcal | Self::ActiveEnergyKcal => "kcal",
            Self::RestingHeartRate | Self::HeartRate => "bpm",
            Self::HeartRateVariabilityRmssd | Self::HeartRateVariabilitySdnn => "millisecond",
            Self::RespiratoryRate => "breaths_per_minute",
            Self::WeightKg => "kg",
            Self::BodyFatPercent => "percent",
            Self::BodyMassIndex => "kg_per_m2",
            _ => "minute",
        }
    }

    /// Values outside are refused: no living person has them in one interval of at most a day.
    pub fn believable(self) -> (f64, f64) {
        match self {
            Self::Steps => (0.0, 120_000.0),
            Self::SleepInterruptions => (0.0, 200.0),
            Self::DistanceKm => (0.0, 250.0),
            Self::EnergyKcal | Self::ActiveEnergyKcal => (0.0, 15_000.0),
            Self::RestingHeartRate => (25.0, 140.0),
            Self::HeartRate => (20.0, 250.0),
            Self::HeartRateVariabilityRmssd | Self::HeartRateVariabilitySdnn => (1.0, 400.0),
            Self::RespiratoryRate => (4.0, 60.0),
            Self::WeightKg => (30.0, 350.0),
            Self::BodyFatPercent => (2.0, 75.0),
            Self::BodyMassIndex => (10.0, 100.0),
            _ => (0.0, 1_440.0),
        }
    }
}

impl Score {
    /// Parses, never trusts: the score in percent, or every fault of it.
    /// `now` bounds the time: readings from the future (more than a day ahead) are refused.
    pub fn checked(mut self, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        let top = if self.scale == Scale::Unit { 1.0 } else { 100.0 };
        if !(0.0..=top).contains(&self.score) {
            faults.push(FieldError::new("score", format!("must be 0 to {top} on the scale given")));
        }
        if self.state.as_ref().is_some_and(|state| state.len() > 40) {
            faults.push(FieldError::new("state", "must be at most 40 characters"));
        }
        if self.factors.len() > 20 {
            faults.push(FieldError::new("factors", "must have at most 20 entries"));
        }
        for (i, factor) in self.factors.iter().enumerate() {
            if factor.name.trim().is_empty() || factor.name.len() > 60 {
                faults.push(FieldError::new(format!("factors[{i}].name"), "must be 1 to 60 characters"));
            }
        }
        check_time(&mut faults, "at", self.at, now);
        if !faults.is_empty() {
            return Err(faults);
        }
        if self.scale == Scale::Unit {
            self.score *= 100.0;
            self.scale = Scale::Percent;
        }
        Ok(self)
    }
}

impl Biomarker {
    /// The reading in its kind's own unit, or every fault of it. See [`Score::checked`] for `now`.
    pub fn checked(mut self, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        if self.category != self.kind.category() {
            faults.push(FieldError::new("category", format!("must fit the type {}", self.kind.as_str())));
        }
        let unit = self.kind.unit();
        if unit == "minute" && self.unit == "hour" {
            self.value *= 60.0;
            unit.clone_into(&mut self.unit);
        }
        if self.unit != unit {
            faults.push(FieldError::new("unit", format!("must be '{unit}' for {}", self.kind.as_str())));
        }
        let (least, most) = self.kind.believable();
        if !(least..=most).contains(&self.value) {
            faults.push(FieldError::new("value", format!("must be {least} to {most} {unit}")));
        }
        if self.end < self.start {
            faults.push(FieldError::new("end", "must not be before start"));
        }
        if self.end.duration_since(self.start) > jiff::SignedDuration::from_hours(36) {
            faults.push(FieldError::new("end", "must be at most 36 hours after start"));
        }
        for (field, text) in
            [("aggregation", &self.aggregation), ("periodicity", &self.periodicity), ("source", &self.source)]
        {
            if text.as_ref().is_some_and(|text| text.len() > 40) {
                faults.push(FieldError::new(field, "must be at most 40 characters"));
            }
        }
        check_time(&mut faults, "start", self.start, now);
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }
}

/// 2000-01-01T00:00:00Z, before any wearable that could have measured something.
const FIRST_BELIEVABLE_SECOND: i64 = 946_684_800;

fn check_time(faults: &mut Vec<FieldError>, field: &str, at: Timestamp, now: Timestamp) {
    let ahead = at.duration_since(now) > jiff::SignedDuration::from_hours(24);
    if ahead || at.as_second() < FIRST_BELIEVABLE_SECOND {
        faults.push(FieldError::new(field, "must be between 2000-01-01 and tomorrow"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-03T07:00:00Z".parse().unwrap()
    }

    fn steps(value: f64) -> Biomarker {
        Biomarker {
            category: BiomarkerCategory::Activity,
            kind: BiomarkerKind::Steps,
            value,
            unit: "count".to_owned(),
            aggregation: None,
            periodicity: None,
            start: "2026-03-02T00:00:00Z".parse().unwrap(),
            end: "2026-03-03T00:00:00Z".parse().unwrap(),
            source: None,
        }
    }

    #[test]
    fn absurd_values_name_their_field() {
        for value in [-1.0, 1e9, f64::NAN, f64::INFINITY] {
            let faults = steps(value).checked(now()).unwrap_err();
            assert_eq!(faults[0].field, "value");
        }
        assert!(steps(7214.0).checked(now()).is_ok());
    }

    #[test]
    fn the_text_of_a_kind_is_the_text_of_serde() {
        for kind in BiomarkerKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(BiomarkerKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_unit_score_becomes_percent() {
        let score = Score {
            kind: ScoreKind::Readiness,
            score: 0.68,
            scale: Scale::Unit,
            state: None,
            factors: vec![],
            at: now(),
        };
        let score = score.checked(now()).unwrap();
        assert!((score.score - 68.0).abs() < 1e-9 && score.scale == Scale::Percent);
    }
}

//! Who a person is, as far as a plan needs to know it.
//!
//! Every field is optional: an app sends what its user was willing to say, and planners say what they miss.

use crate::archetype::Archetype;
use crate::field_error::FieldError;
use serde::{Deserialize, Serialize};

/// What a person told about themselves. Unknown fields are refused, so that a misspelt allergy is never lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Profile {
    /// Full years, 13–120.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// 100–250 cm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height_cm: Option<f64>,
    /// 30–350 kg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_kg: Option<f64>,
    /// IANA name, `Europe/Berlin`. UTC when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archetype: Option<Archetype>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diet: Option<Diet>,
    /// Foods that must never be in a plan, in the words of the food table: `peanut`, `milk`. At most 30.
    pub allergies: Vec<String>,
    /// Foods left out where possible. At most 50.
    pub dislikes: Vec<String>,
    /// Parts of the body to spare: `knee`, `lower back`. At most 20.
    pub injuries: Vec<String>,
    /// Wished wake time, local, `HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wake_time: Option<ClockTime>,
    /// Wished bed time, local, `HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bed_time: Option<ClockTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Sex {
    Female,
    Male,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Goal {
    LoseWeight,
    GainMuscle,
    Maintain,
    SleepBetter,
    MoreEnergy,
    ReduceStress,
    Fitness,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Diet {
    Omnivore,
    Vegetarian,
    Vegan,
    Pescatarian,
    Halal,
    Kosher,
    GlutenFree,
    LactoseFree,
    LowFodmap,
}

/// A time of day, local, to the minute: minutes after midnight, 0–1439, written `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime(u16);

impl ClockTime {
    /// Minutes after midnight, taken modulo one day.
    pub fn from_minutes(minutes: i64) -> Self {
        Self(minutes.rem_euclid(1440) as u16)
    }

    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let wrong = || FieldError::new("", "must be a time of day, HH:MM, 00:00 to 23:59");
        let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
        if hours.len() != 2 || minutes.len() != 2 {
            return Err(wrong());
        }
        let (hours, minutes): (u16, u16) =
            (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
        if hours > 23 || minutes > 59 {
            return Err(wrong());
        }
        Ok(Self(hours * 60 + minutes))
    }

    /// Minutes after midnight, 0–1439.
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl std::fmt::Display for ClockTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TryFrom<String> for ClockTime {
    type Error = FieldError;
    fn try_from(text: String) -> Result<Self, FieldError> {
        Self::parse(&text)
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> String {
        time.to_string()
    }
}

impl Profile {
    /// All faults at once, so that an app need not ask field by field.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Vec::new();
        if self.age.is_some_and(|age| !(13..=120).contains(&age)) {
            faults.push(FieldError::new("age", "must be 13 to 120 years"));
        }
        if self.height_cm.is_some_and(|cm| !(100.0..=250.0).contains(&cm)) {
            faults.push(FieldError::new("height_cm", "must be 100 to 250 cm"));
        }
        if self.weight_kg.is_some_and(|kg| !(30.0..=350.0).contains(&kg)) {
            faults.push(FieldError::new("weight_kg", "must be 30 to 350 kg"));
        }
        if let Some(zone) = &self.time_zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            faults.push(FieldError::new("time_zone", "must be an IANA time zone, like Europe/Berlin"));
        }
        check_words(&mut faults, "allergies", &self.allergies, 30);
        check_words(&mut faults, "dislikes", &self.dislikes, 50);
        check_words(&mut faults, "injuries", &self.injuries, 20);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The person's zone; UTC when none was given.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        self.time_zone
            .as_deref()
            .and_then(|name| jiff::tz::TimeZone::get(name).ok())
            .unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

fn check_words(faults: &mut Vec<FieldError>, field: &str, words: &[String], most: usize) {
    if words.len() > most {
        faults.push(FieldError::new(field, format!("must have at most {most} entries")));
    }
    for (i, word) in words.iter().enumerate() {
        if word.trim().is_empty() || word.len() > 60 {
            faults.push(FieldError::new(format!("{field}[{i}]"), "must be 1 to 60 characters"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_fault() {
        let profile = Profile {
            age: Some(7),
            weight_kg: Some(9.0),
            injuries: vec![String::new()],
            ..Profile::default()
        };
        let fields: Vec<_> = profile.check().unwrap_err().into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["age", "weight_kg", "injuries[0]"]);
    }

    #[test]
    fn reads_times_of_day() {
        assert_eq!(ClockTime::parse("06:45").unwrap().minutes(), 405);
        for wrong in ["6:45", "24:00", "12:60", "noon", "-1:00", "1200"] {
            assert!(ClockTime::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! What a caller asks of a routine: the `preferences` of the API.

use domain::field_error::FieldError;
use domain::profile::ClockTime;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::block::BlockName;

/// All optional. Unknown fields are refused, so that a misspelt wish is never lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoutineWishes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercise_timing: Option<ExerciseTiming>,
    /// What there is to train with: `kettlebell`, `dumbbells`, `bike`, `band`, `gym`, `pool`, `rower`, `roller`. At most 20;
    /// words that no task uses are named in the plan's notes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<String>,
    /// 10–240 minutes for everything but meals. Never raises what the archetype allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<u32>,
    /// Days of the week on which the person must be up earlier than usual. At most 7, each day once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub early_starts: Vec<EarlyStart>,
}

/// One day of every week, and when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyStart {
    pub day: Day,
    /// Local, `HH:MM`. Up to four hours before the usual time of waking; what is not is named in the plan's notes.
    pub wake: ClockTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DayOfTheWeek)]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    pub(super) fn is(self, weekday: Weekday) -> bool {
        self as i8 == weekday.to_monday_zero_offset()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExerciseTiming {
    Morning,
    Midday,
    Evening,
}

impl ExerciseTiming {
    /// The blocks that it means.
    pub(super) fn blocks(self) -> &'static [BlockName] {
        match self {
            Self::Morning => &[BlockName::Morning],
            Self::Midday => &[BlockName::Slump, BlockName::Peak],
            Self::Evening => &[BlockName::Evening],
        }
    }
}

impl RoutineWishes {
    /// Every fault at once.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Vec::new();
        if self.equipment.len() > 20 {
            faults.push(FieldError::new("equipment", "must have at most 20 entries"));
        }
        for (i, word) in self.equipment.iter().enumerate() {
            if word.trim().is_empty() || word.len() > 40 {
                faults.push(FieldError::new(format!("equipment[{i}]"), "must be 1 to 40 characters"));
            }
        }
        if self.max_minutes.is_some_and(|minutes| !(10..=240).contains(&minutes)) {
            faults.push(FieldError::new("max_minutes", "must be 10 to 240 minutes"));
        }
        for (i, start) in self.early_starts.iter().enumerate() {
            if self.early_starts[..i].iter().any(|other| other.day == start.day) {
                faults.push(FieldError::new(
                    format!("early_starts[{i}].day"),
                    "must be another day than those before",
                ));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Whether the person has what a task needs, by the task's word for it.
    pub(super) fn has(&self, needed: &str) -> bool {
        self.equipment.iter().any(|word| means(word, needed))
    }
}

/// People write `Dumbbells`, `stationary bike`, `rowing machine`.
pub(super) fn means(word: &str, needed: &str) -> bool {
    let word = word.to_lowercase();
    let synonyms: &[&str] = match needed {
        "bike" => &["bike", "bicycle", "cycle", "spinning"],
        "rower" => &["rower", "rowing"],
        "gym" => &["gym", "machines"],
        "pool" => &["pool", "swim"],
        "band" => &["band"],
        "roller" => &["roller"],
        "dumbbell" => &["dumbbell", "hand weight"],
        other => return word.contains(other),
    };
    synonyms.iter().any(|synonym| word.contains(synonym))
}

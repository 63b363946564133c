//! What a person writes down of a day: one entry a day, figures and words of their own.
//!
//! The words are data. No log line, metric or notification has them, and nobody takes them for instructions.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::field_error::FieldError;

/// One day. Every field may be absent, but one must be there. Ranges are those of the first HolisticOS; bounds it did not have are
/// there so that one entry stays small.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct JournalEntry {
    /// 1 (none) to 5 (full).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy_level: Option<u8>,
    /// 1 (bad) to 5 (good).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mood_rating: Option<u8>,
    /// 1 (bad) to 5 (good).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sleep_quality: Option<u8>,
    /// 1 (calm) to 5 (much).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stress_level: Option<u8>,
    /// 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nutrition_satisfaction: Option<u8>,
    /// 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meal_timing_satisfaction: Option<u8>,
    /// 0 to 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hydration_glasses: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breathing_exercises_completed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunlight_exposure_completed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mindfulness_practice_completed: Option<bool>,
    /// At most 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what_went_well: Option<String>,
    /// At most 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what_was_challenging: Option<String>,
    /// At most 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tomorrow_intentions: Option<String>,
    /// At most 10, each at most 500 characters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gratitude_notes: Vec<String>,
    /// An `https` address of at most 2,000 characters. It is kept, never opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_note_url: Option<String>,
    /// 0 to 7,200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_note_duration_seconds: Option<u32>,
    /// 0 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_complete_seconds: Option<u32>,
}

/// The figures of a day that agents may look at; none of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct JournalFigures {
    #[cfg_attr(feature = "schema", schema(value_type = String, format = Date))]
    pub date: Date,
    /// 1 (bad) to 5 (good).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mood: Option<u8>,
    /// 1 (none) to 5 (full).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy: Option<u8>,
    /// 1 (calm) to 5 (much).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stress: Option<u8>,
}

const TEXT: usize = 1_000;
const NOTES: usize = 10;
const NOTE: usize = 500;
const ADDRESS: usize = 2_000;

impl JournalEntry {
    /// Every fault at once.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        if *self == Self::default() {
            return Err(vec![FieldError::new("body", "must have at least one field of a journal")]);
        }
        let mut faults = Vec::new();
        let mut refuse = |field: String, detail: String| faults.push(FieldError::new(field, detail));
        for (field, rating) in self.ratings() {
            if rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
                refuse(field.to_owned(), "must be 1 to 5".to_owned());
            }
        }
        for (field, value, most) in [
            ("hydration_glasses", self.hydration_glasses.map(u32::from), 50),
            ("voice_note_duration_seconds", self.voice_note_duration_seconds, 7_200),
            ("time_to_complete_seconds", self.time_to_complete_seconds, 86_400),
        ] {
            if value.is_some_and(|value| value > most) {
                refuse(field.to_owned(), format!("must be 0 to {most}"));
            }
        }
        for (field, text) in [
            ("what_went_well", &self.what_went_well),
            ("what_was_challenging", &self.what_was_challenging),
            ("tomorrow_intentions", &self.tomorrow_intentions),
        ] {
            if text.as_ref().is_some_and(|text| text.chars().count() > TEXT) {
                refuse(field.to_owned(), format!("must be at most {TEXT} characters"));
            }
        }
        if self.gratitude_notes.len() > NOTES {
            refuse("gratitude_notes".to_owned(), format!("must have at most {NOTES} entries"));
        }
        for (i, note) in self.gratitude_notes.iter().enumerate().take(NOTES) {
            if note.trim().is_empty() || note.chars().count() > NOTE {
                refuse(format!("gratitude_notes[{i}]"), format!("must be 1 to {NOTE} characters"));
            }
        }
        if self.voice_note_url.as_ref().is_some_and(|url| !is_address(url)) {
            refuse(
                "voice_note_url".to_owned(),
                format!("must be an https address of at most {ADDRESS} characters"),
            );
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn ratings(&self) -> [(&'static str, Option<u8>); 6] {
        [
            ("energy_level", self.energy_level),
            ("mood_rating", self.mood_rating),
            ("sleep_quality", self.sleep_quality),
            ("stress_level", self.stress_level),
            ("nutrition_satisfaction", self.nutrition_satisfaction),
            ("meal_timing_satisfaction", self.meal_timing_satisfaction),
        ]
    }

    pub fn figures(&self, date: Date) -> JournalFigures {
        JournalFigures { date, mood: self.mood_rating, energy: self.energy_level, stress: self.stress_level }
    }
}

fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://");
    url.len() <= ADDRESS
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_day_is_named_and_a_whole_day_passes() {
        let wrong = JournalEntry {
            energy_level: Some(0),
            stress_level: Some(6),
            hydration_glasses: Some(51),
            what_went_well: Some("x".repeat(1_001)),
            gratitude_notes: vec!["a walk".to_owned(), " ".to_owned()],
            voice_note_url: Some("javascript:alert(1)".to_owned()),
            ..JournalEntry::default()
        };
        let fields: Vec<String> = wrong.check().unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(
            fields,
            [
                "energy_level",
                "stress_level",
                "hydration_glasses",
                "what_went_well",
                "gratitude_notes[1]",
                "voice_note_url"
            ]
        );
        let right = JournalEntry {
            mood_rating: Some(5),
            hydration_glasses: Some(0),
            // Characters, not bytes.
            what_went_well: Some("ä".repeat(1_000)),
            voice_note_url: Some("https://example.org/v/1".to_owned()),
            ..JournalEntry::default()
        };
        assert_eq!(right.check(), Ok(()));
        assert_eq!(JournalEntry::default().check().unwrap_err()[0].field, "body");
    }
}

//! What guidelines ask of a person of this age. Without an age, adults' values.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rule that a figure is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Guideline {
    /// What it asks for.
    pub asks: String,
    /// Who says so, and when.
    pub source: String,
}

fn guideline(asks: impl Into<String>, source: &str) -> Guideline {
    Guideline { asks: asks.into(), source: source.to_owned() }
}

/// Minutes of sleep a night, least and most. National Sleep Foundation (Hirshkowitz et al. 2015); at least 7 hours for adults also
/// AASM/SRS (Watson et al. 2015).
pub(crate) fn sleep_minutes(age: Option<u8>) -> (f64, f64) {
    match age {
        Some(..14) => (540.0, 660.0),
        Some(14..18) => (480.0, 600.0),
        Some(65..) => (420.0, 480.0),
        _ => (420.0, 540.0),
    }
}

pub(super) fn sleep(age: Option<u8>) -> Guideline {
    let (least, most) = sleep_minutes(age);
    let source = "National Sleep Foundation 2015, AASM/SRS 2015";
    guideline(format!("{:.0} to {:.0} hours of sleep a night", least / 60.0, most / 60.0), source)
}

/// Moderate-to-vigorous minutes in seven days: 150 for adults, 60 a day below 18 (WHO 2020).
pub(crate) fn active_minutes_a_week(age: Option<u8>) -> f64 {
    if age.is_some_and(|age| age < 18) { 420.0 } else { 150.0 }
}

pub(super) fn active(age: Option<u8>) -> Guideline {
    let minutes = active_minutes_a_week(age);
    guideline(format!("at least {minutes:.0} active minutes in seven days"), "WHO 2020, physical activity")
}

/// Where the curve of benefit flattens is about 6,000–8,000 steps for older and 8,000–10,000 for younger people; 7,000 is between.
pub(crate) const STEPS: f64 = 7_000.0;

pub(super) fn steps() -> Guideline {
    guideline("about 7,000 steps a day bring most of the benefit", "Paluch et al., Lancet Public Health 2022")
}

pub(super) fn sitting() -> Guideline {
    guideline(
        "less time sitting, and movement of any intensity in its place",
        "WHO 2020, sedentary behaviour",
    )
}

pub(super) fn regularity() -> Guideline {
    guideline(
        "the same hours of sleep every day, free days included",
        "National Sleep Foundation 2023, Sletten et al.",
    )
}

pub(super) fn jetlag() -> Guideline {
    guideline("less than an hour between free days and work days", "Wittmann et al. 2006, social jetlag")
}

pub(super) fn own_usual() -> Guideline {
    guideline("compared with what is usual for you", "your own data")
}

//! The daily values whose course is watched.

use crate::evidence::DayRecord;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Steps,
    Sleep,
    ActiveMinutes,
    RestingHeartRate,
    Variability,
}

impl Signal {
    pub(super) const ALL: [Self; 5] =
        [Self::Steps, Self::Sleep, Self::ActiveMinutes, Self::RestingHeartRate, Self::Variability];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Sleep => "sleep",
            Self::ActiveMinutes => "active minutes",
            Self::RestingHeartRate => "resting heart rate",
            Self::Variability => "heart rate variability",
        }
    }

    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Sleep | Self::ActiveMinutes => "minutes",
            Self::RestingHeartRate => "bpm",
            Self::Variability => "ms",
        }
    }

    /// A change a week below this makes no difference to a person. Own bounds.
    pub(super) fn matters_a_week(self) -> f64 {
        match self {
            Self::Steps => 1_000.0,
            Self::Sleep => 20.0,
            Self::ActiveMinutes => 10.0,
            Self::RestingHeartRate => 1.5,
            Self::Variability => 4.0,
        }
    }

    /// Two levels nearer than this are the same to a person. Own bounds.
    pub(super) fn matters_at_once(self) -> f64 {
        match self {
            Self::Steps => 2_000.0,
            Self::Sleep => 40.0,
            Self::ActiveMinutes => 15.0,
            Self::RestingHeartRate => 4.0,
            Self::Variability => 10.0,
        }
    }

    pub(super) fn read(self, day: &DayRecord) -> Option<f64> {
        match self {
            Self::Steps => day.steps,
            Self::Sleep => day.sleep_minutes,
            Self::ActiveMinutes => day.active_minutes,
            Self::RestingHeartRate => day.resting_heart_rate,
            Self::Variability => day.heart_rate_variability,
        }
    }
}

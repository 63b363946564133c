//! What kind of day it is: strength, hard, easy or rest, by archetype, weekday, readiness and the day before.
//!
//! Strength on two days with at least one day between (ACSM 2011: each muscle group on two to three days a week, 48 hours
//! apart; WHO 2020: strength on two or more days). After a hard day comes one of rest. At most so many hard days as
//! [`most_hard_days`] says.

use domain::archetype::Archetype;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::before::Before;
use super::limits::Ability;

/// What training a day is for, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineTraining)]
pub struct Training {
    pub kind: DayKind,
    /// One sentence.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RoutineDayKind)]
pub enum DayKind {
    /// May train muscles, up to moderate effort.
    Strength,
    /// May hold vigorous effort.
    Hard,
    /// Moderate effort at most, no strength.
    Easy,
    /// Light effort only.
    Rest,
}

/// Monday to Sunday. `S` strength, `H` hard, `A` rest because the day before is hard, `E` easy, `R` rest.
fn week(archetype: Archetype) -> &'static [u8; 7] {
    match archetype {
        Archetype::FoundationBuilder => b"EESEESR",
        Archetype::ResilienceRebuilder => b"SERSEER",
        Archetype::ConnectedExplorer => b"RSEESEE",
        Archetype::TransformationSeeker => b"SHASEHA",
        Archetype::SystematicImprover => b"SEHASER",
        Archetype::PeakPerformer => b"EHASHAS",
    }
}

/// Days of vigorous effort in any seven days in a row.
pub(super) fn most_hard_days(archetype: Archetype) -> u32 {
    week(archetype).iter().filter(|day| **day == b'H').count() as u32
}

/// Days of a week that may hold moderate effort, 1–7. `able`: whether this person's hard days are hard.
pub(super) fn training_days(archetype: Archetype, able: bool) -> u32 {
    week(archetype).iter().filter(|day| **day != b'R' && !(able && **day == b'A')).count() as u32
}

/// Whether tomorrow is for rest when today is done as planned.
pub(super) fn rests_after(archetype: Archetype, date: Date, today: DayKind) -> bool {
    let next = week(archetype)[(date.weekday().to_monday_zero_offset().unsigned_abs() as usize + 1) % 7];
    next == b'R' || next == b'A' && today == DayKind::Hard
}

/// `recovers`: whether readiness is too low for load.
pub(super) fn training(
    archetype: Archetype,
    date: Date,
    before: &Before,
    ability: &Ability,
    recovers: bool,
) -> Training {
    let able = ability.hard;
    let planned = week(archetype)[date.weekday().to_monday_zero_offset().unsigned_abs() as usize];
    let (kind, why) = match planned {
        _ if recovers => (DayKind::Rest, "Readiness is below 50: today restores."),
        _ if before.hard == Some(true) => {
            (DayKind::Rest, "Yesterday was hard: today the body takes up what it did.")
        }
        _ if ability.lightly => {
            (DayKind::Easy, "Light movement only, until a professional has said what is right.")
        }
        b'A' if able && before.hard.is_none() => {
            (DayKind::Rest, "The day after the hard one: light movement only.")
        }
        b'A' if able => (DayKind::Easy, "The hard day before was not hard: an easy one instead of rest."),
        b'A' => (DayKind::Easy, "An easy day: moderate effort, nothing hard."),
        b'H' if able && before.recovered => {
            (DayKind::Easy, "A day after recovery returns gently: nothing hard yet.")
        }
        b'H' if able => {
            (DayKind::Hard, "A day that may be hard: one session counts, and tomorrow rests after it.")
        }
        b'H' => (DayKind::Easy, "Hard days come once there is a base of active minutes and a rested body."),
        b'S' => (DayKind::Strength, "A strength day: the same muscles rest tomorrow."),
        b'R' => (DayKind::Rest, "The week's day of rest: light movement only."),
        _ => (DayKind::Easy, "An easy day: moderate effort, nothing hard."),
    };
    Training { kind, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_keep_their_own_rules_even_where_they_meet() {
        for archetype in Archetype::ALL {
            let days = week(archetype);
            for (day, next) in days.iter().zip(days.iter().cycle().skip(1)) {
                assert!(!(*day == b'S' && *next == b'S'), "{archetype}: strength twice in a row");
                assert_eq!(
                    *day == b'H',
                    *next == b'A',
                    "{archetype}: rest after each hard day, and only then"
                );
            }
            assert_eq!(days.iter().filter(|day| **day == b'S').count(), 2, "{archetype}");
            assert!(days.iter().any(|day| matches!(day, b'R' | b'A')), "{archetype} never rests");
        }
        assert_eq!(Archetype::ALL.map(most_hard_days), [0, 0, 0, 2, 1, 2]);
    }
}

//! Analyse afresh, or answer from memory? The 50-item rule, decided per person, archetype and kind of analysis.

use crate::archetype::Archetype;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What the decision is made from; all of it read once, at one moment.
#[derive(Clone, Debug)]
pub struct Situation {
    pub now: Timestamp,
    pub archetype: Archetype,
    /// Asked for by the caller (rate-limited outside).
    pub force_refresh: bool,
    /// What the answer rests on beside data has changed since the last one: profile, wishes, release, or the day that a
    /// plan is for. An answer made before must not be given again: it may hold a food that is now an allergen.
    pub inputs_changed: Option<&'static str>,
    /// The last successful fresh analysis of this kind for this person, and the archetype it was made for.
    pub last: Option<LastAnalysis>,
    /// Scores and readings received since `last`.
    pub new_data_points: u32,
    pub memory: MemoryQuality,
    /// Data points, 50 unless the release says otherwise.
    pub base: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastAnalysis {
    pub at: Timestamp,
    pub archetype: Archetype,
}

/// How much the memory knows of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum MemoryQuality {
    Sparse,
    Developing,
    Rich,
}

impl MemoryQuality {
    /// From the number of stored behavior and circadian analyses, and whether a living context of the last
    /// 24 hours exists. 8 points or more are rich, 4 developing.
    pub fn from_history(behavior: u32, circadian: u32, living_context: bool) -> Self {
        let points = |analyses: u32| match analyses {
            5.. => 4,
            3..=4 => 3,
            1..=2 => 2,
            0 => 0,
        };
        match points(behavior) + points(circadian) + if living_context { 3 } else { 0 } {
            8.. => Self::Rich,
            4..=7 => Self::Developing,
            _ => Self::Sparse,
        }
    }
}

/// Why it was decided so. One value per line of the table in `docs/agents.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum DecisionCase {
    ForceRefresh,
    NeverAnalysed,
    Stale,
    ArchetypeChanged,
    /// Not in the table of the first HolisticOS: see decision record 4.
    InputsChanged,
    EnoughNewData,
    TooRecent,
    NotEnoughNewData,
}

/// What to do, and how much data to do it with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Decision {
    /// `true`: computed now; `false`: answered from memory.
    pub fresh: bool,
    pub case: DecisionCase,
    pub mode: AnalysisMode,
    /// Days of data to look at.
    pub days: u32,
    pub new_data_points: u32,
    /// The real threshold, data points.
    pub threshold: u32,
    pub memory_quality: MemoryQuality,
    /// One sentence with the numbers.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum AnalysisMode {
    Initial,
    FollowUp,
}

const STALE_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);
const TOO_RECENT: SignedDuration = SignedDuration::from_hours(1);
const INITIAL_DAYS: u32 = 7;

/// New data points needed, 10–100. Rounded down at each step.
pub fn threshold(base: u32, memory: MemoryQuality, archetype: Archetype, age: SignedDuration) -> u32 {
    let by_memory = match memory {
        MemoryQuality::Rich => percent(base, 70),
        MemoryQuality::Developing => percent(base, 85),
        MemoryQuality::Sparse => percent(base, 120),
    };
    let by_archetype = match archetype.complexity() {
        8.. => percent(by_memory, 115),
        0..=4 => percent(by_memory, 90),
        _ => by_memory,
    };
    let by_age = match age.as_hours() {
        120.. => percent(by_archetype, 70),
        72..120 => percent(by_archetype, 85),
        _ => by_archetype,
    };
    by_age.clamp(10, 100)
}

/// In whole numbers: 0.85 × 40 is 34, not 33.999.
fn percent(n: u32, of: u32) -> u32 {
    n * of / 100
}

/// The rule itself.
pub fn decide(s: &Situation) -> Decision {
    let age =
        s.last.map_or(SignedDuration::ZERO, |last| s.now.duration_since(last.at).max(SignedDuration::ZERO));
    let threshold = threshold(s.base, s.memory, s.archetype, age);
    let (case, fresh) = classify(s, age, threshold);
    let days_since = u32::try_from(age.as_hours() / 24).unwrap_or(u32::MAX);
    let (mode, days) = match case {
        DecisionCase::TooRecent | DecisionCase::NotEnoughNewData => (AnalysisMode::FollowUp, 1),
        DecisionCase::EnoughNewData | DecisionCase::ForceRefresh | DecisionCase::InputsChanged
            if s.last.is_some() =>
        {
            let mode = if days_since < 3 { AnalysisMode::FollowUp } else { AnalysisMode::Initial };
            (mode, days_since.saturating_add(1).clamp(3, INITIAL_DAYS))
        }
        _ => (AnalysisMode::Initial, INITIAL_DAYS),
    };
    Decision {
        fresh,
        case,
        mode,
        days,
        new_data_points: s.new_data_points,
        threshold,
        memory_quality: s.memory,
        reason: reason(s, case, threshold, age),
    }
}

fn classify(s: &Situation, age: SignedDuration, threshold: u32) -> (DecisionCase, bool) {
    if s.force_refresh {
        return (DecisionCase::ForceRefresh, true);
    }
    let Some(last) = s.last else { return (DecisionCase::NeverAnalysed, true) };
    if age > STALE_AFTER {
        (DecisionCase::Stale, true)
    } else if !last.archetype.compatible_with(s.archetype) {
        (DecisionCase::ArchetypeChanged, true)
    } else if s.inputs_changed.is_some() {
        (DecisionCase::InputsChanged, true)
    } else if s.new_data_points >= threshold {
        (DecisionCase::EnoughNewData, true)
    } else if age < TOO_RECENT {
        (DecisionCase::TooRecent, false)
    } else {
        (DecisionCase::NotEnoughNewData, false)
    }
}

fn reason(s: &Situation, case: DecisionCase, threshold: u32, age: SignedDuration) -> String {
    let (hours, points) = (age.as_hours(), s.new_data_points);
    match case {
        DecisionCase::ForceRefresh => "a fresh analysis was asked for".to_owned(),
        DecisionCase::NeverAnalysed => "no analysis of this kind exists yet".to_owned(),
        DecisionCase::Stale => format!("the last analysis is {} days old, more than 7", hours / 24),
        DecisionCase::ArchetypeChanged => {
            "the last analysis was made for an incompatible archetype".to_owned()
        }
        DecisionCase::InputsChanged => s.inputs_changed.unwrap_or_default().to_owned(),
        DecisionCase::EnoughNewData => format!("{points} new data points reach the threshold of {threshold}"),
        DecisionCase::TooRecent => {
            format!(
                "analysed less than an hour ago, and {points} new data points are below the threshold of {threshold}"
            )
        }
        DecisionCase::NotEnoughNewData => {
            format!("{points} new data points are below the threshold of {threshold}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_the_table() {
        use Archetype::{ConnectedExplorer, FoundationBuilder, PeakPerformer};
        let table = [
            (MemoryQuality::Sparse, FoundationBuilder, [54, 45, 37]),
            (MemoryQuality::Sparse, ConnectedExplorer, [60, 51, 42]),
            (MemoryQuality::Sparse, PeakPerformer, [69, 58, 48]),
            (MemoryQuality::Developing, FoundationBuilder, [37, 31, 25]),
            (MemoryQuality::Developing, ConnectedExplorer, [42, 35, 29]),
            (MemoryQuality::Developing, PeakPerformer, [48, 40, 33]),
            (MemoryQuality::Rich, FoundationBuilder, [31, 26, 21]),
            (MemoryQuality::Rich, ConnectedExplorer, [35, 29, 24]),
            (MemoryQuality::Rich, PeakPerformer, [40, 34, 28]),
        ];
        for (memory, archetype, row) in table {
            let computed =
                [0, 72, 120].map(|h| threshold(50, memory, archetype, SignedDuration::from_hours(h)));
            assert_eq!(computed, row, "{memory:?} {archetype}");
        }
    }

    fn situation(hours: i64, points: u32, force_refresh: bool) -> Situation {
        let now: Timestamp = "2026-03-03T07:00:00Z".parse().unwrap();
        let last = LastAnalysis {
            at: now - SignedDuration::from_hours(hours),
            archetype: Archetype::FoundationBuilder,
        };
        Situation {
            now,
            archetype: Archetype::FoundationBuilder,
            force_refresh,
            inputs_changed: None,
            last: Some(last),
            new_data_points: points,
            memory: MemoryQuality::Sparse,
            base: 50,
        }
    }

    proptest! {
        #[test]
        fn more_data_never_turns_fresh_into_memory(hours in 0_i64..400, points in 0_u32..300, more in 0_u32..100) {
            let few = decide(&situation(hours, points, false));
            let many = decide(&situation(hours, points + more, false));
            prop_assert!(!few.fresh || many.fresh);
        }

        #[test]
        fn fresh_exactly_when_forced_stale_or_enough(hours in 0_i64..400, points in 0_u32..300, force: bool) {
            let decision = decide(&situation(hours, points, force));
            prop_assert_eq!(decision.fresh, force || hours > 168 || points >= decision.threshold);
            prop_assert!((1..=7).contains(&decision.days) && (10..=100).contains(&decision.threshold));
        }
    }
}

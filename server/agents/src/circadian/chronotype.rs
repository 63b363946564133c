//! Early, intermediate or late, from the best evidence there is, and how sure that is.

use super::times::Times;
use super::{Chronotype, ChronotypeBasis, ChronotypeMethod, Rhythm, Source};
use crate::behavior::{Metric, MetricEvidence};
use crate::evidence::Evidence;

/// Nights or days that a chronotype rests on at least.
const LEAST_DAYS: u32 = 5;

/// Free days first, then all nights, then steps by the hour. None of nights without a rhythm, or that have just moved: a middle of
/// different rhythms is nobody's chronotype.
pub(super) fn of(evidence: &Evidence, times: &Times) -> (Option<Chronotype>, ChronotypeBasis) {
    let none =
        |reason: &str| (None, ChronotypeBasis { reason: reason.to_owned(), ..ChronotypeBasis::default() });
    match times.rhythm {
        Rhythm::Irregular => return none("not told: nights come at many different times"),
        Rhythm::Moved => return none("not told yet: nights have moved to other hours"),
        Rhythm::Stable | Rhythm::Unknown => {}
    }
    let measured = |metric: Metric| metric.of(evidence).filter(|shown| shown.days >= LEAST_DAYS);
    let candidates: &[(Metric, ChronotypeMethod, f64, &str)] = match times.source {
        Source::SleepTimes => &[
            (Metric::FreeMiddle, ChronotypeMethod::FreeDays, 0.65, "the middle of sleep on free days"),
            (Metric::MiddleOfSleep, ChronotypeMethod::AllNights, 0.45, "the middle of sleep of all nights"),
        ],
        // Steps by the hour are measured, whatever was told of nights.
        Source::HourlySteps | Source::Told => &[(
            Metric::LeastActiveMiddle,
            ChronotypeMethod::Steps,
            0.35,
            "the middle of the least active hours",
        )],
        Source::Remembered | Source::Profile | Source::Assumed => &[],
    };
    let found = candidates.iter().find_map(|candidate| Some((measured(candidate.0)?, candidate)));
    let Some((shown, (_, method, sureness, words))) = found else {
        return none(
            "not enough data: begin and end of five nights, or seven days of steps by the hour, are needed",
        );
    };
    // Asleep in the middle of the day: the clock of the body cannot be read from that (Juda et al. 2013, on shift workers).
    if (480.0..1200.0).contains(&shown.value) {
        return none("not told: sleep falls into the day");
    }
    (Some(kind(&shown)), basis(shown, *method, *sureness, words))
}

fn kind(shown: &MetricEvidence) -> Chronotype {
    // From noon to noon, so that 23:30 is early, not late.
    match (shown.value + 720.0).rem_euclid(1440.0) - 720.0 {
        middle if middle < 150.0 => Chronotype::Early,
        middle if middle <= 300.0 => Chronotype::Intermediate,
        _ => Chronotype::Late,
    }
}

fn basis(shown: MetricEvidence, method: ChronotypeMethod, sureness: f64, words: &str) -> ChronotypeBasis {
    let confidence = sureness + f64::from(shown.days.min(30)) / 100.0;
    ChronotypeBasis {
        method,
        confidence: (confidence * 100.0).round() / 100.0,
        reason: format!("by {words}, over {} days", shown.days),
        evidence: Some(shown),
    }
}

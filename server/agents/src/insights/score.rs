//! Confidence, actionability and importance: each computed from the evidence by one rule.

use domain::profile::Goal;

use super::metric::{Metric, Strength};
use super::signal::{days_between, newest};
use super::story::{Story, Tone};
use super::{Category, Kind};
use crate::evidence::Evidence;

/// 0–1: how little chance explains the figures (the strength's certainty), times what the quality of the baseline leaves of it.
pub(super) fn confidence(strength: &Strength) -> f64 {
    hundredths(strength.certainty * strength.baseline.factor())
}

/// 0–1: 0.45 × how directly a person can change it + 0.35 × how concrete the step is + 0.2 × half the effect (at most 1), times
/// how fresh the data are. Weights are a judgement; that each part counts, and which way, is tested.
pub(super) fn actionability(evidence: &Evidence, story: &Story) -> f64 {
    let concrete = match story.kind {
        // They name a time, a day, a task, or whom to ask.
        Kind::Advice | Kind::Day | Kind::Week | Kind::Hours | Kind::Adherence => 1.0,
        Kind::Link => 0.7,
        _ => 0.8,
    };
    let fresh = match days_between(newest(evidence), evidence.today) {
        ..=7 => 1.0,
        8..=14 => 0.97,
        _ if story.kind == Kind::Adherence => 1.0,
        _ => 0.94,
    };
    let effect = (story.measured.strength.effect / 2.0).clamp(0.0, 1.0);
    hundredths((0.45 * control(story) + 0.35 * concrete + 0.2 * effect) * fresh)
}

fn control(story: &Story) -> f64 {
    match &story.metric {
        // To ask somebody is always in one's hands.
        _ if story.tone == Tone::Safety => 1.0,
        Metric::Level(of)
        | Metric::Change(of)
        | Metric::Last(of)
        | Metric::Trend(of)
        | Metric::Spread(of)
        | Metric::Weekday(of, _)
        | Metric::Weekend(of)
        | Metric::Streak(of)
        | Metric::Best(of) => of.control,
        Metric::Link(link) => super::signal::named(link.first).map_or(0.0, |first| first.control),
        Metric::Hours(_) | Metric::CheckIns | Metric::Task(_) | Metric::TaskDay(_) | Metric::TaskPart(_) => {
            1.0
        }
    }
}

/// 0–1. What is for a professional is 1. Else 0.3, up to 0.3 more by the effect (3 spreads and above), 0.15 for something to work on or
/// 0.1 for something that goes well, 0.1 when it is about today, 0.1 when it serves the person's goal, and 0.2, 0.15 or 0.1 when
/// the behavior analysis has it as its first, second or third priority.
pub(super) fn importance(evidence: &Evidence, story: &Story, priority: Option<usize>) -> f64 {
    if story.tone == Tone::Safety {
        return 1.0;
    }
    let effect = 0.3 * (story.measured.strength.effect / 3.0).clamp(0.0, 1.0);
    let tone = match story.tone {
        Tone::Work => 0.15,
        Tone::Good => 0.1,
        Tone::Note | Tone::Safety => 0.05,
    };
    let today = if story.kind == Kind::Day { 0.1 } else { 0.0 };
    let goal = if serves(evidence.profile.goal, story.category) { 0.1 } else { 0.0 };
    let placed = priority.map_or(0.0, |place| (0.2 - 0.05 * place as f64).max(0.1));
    hundredths((0.3 + effect + tone + today + goal + placed).min(1.0))
}

fn serves(goal: Option<Goal>, category: Category) -> bool {
    use Category::{Activity, Energy, Motivation, Nutrition, Recovery, Sleep};
    match goal {
        Some(Goal::SleepBetter) => category == Sleep,
        Some(Goal::LoseWeight) => matches!(category, Nutrition | Activity),
        Some(Goal::GainMuscle | Goal::Fitness) => matches!(category, Activity | Recovery),
        Some(Goal::MoreEnergy) => matches!(category, Energy | Sleep),
        Some(Goal::ReduceStress) => matches!(category, Recovery | Motivation),
        Some(Goal::Maintain) | None => false,
    }
}

pub(super) fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

//! How much a routine may ask for: minutes, active minutes, new things, effort.

use domain::archetype::Archetype;
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::evolution::{Decision, Evolution};
use super::wishes::RoutineWishes;
use super::{Intensity, body};
use crate::evidence::Evidence;

/// The bounds of one plan. The validator computes them again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineLimits)]
pub struct Limits {
    /// For everything but meals: the archetype's minutes × the release's load, less after poor nights or poor completion,
    /// never above the person's own limit.
    pub minutes: u32,
    /// Of moderate or vigorous effort: the person's own 7-day mean and 10 % more.
    pub active_minutes: u32,
    /// Tasks the person has not done before.
    pub new_tasks: u32,
    pub hardest: Intensity,
    /// `false` on days of recovery, when rest may replace it.
    pub exercise_required: bool,
    /// How `active_minutes` came to be, one sentence.
    pub reason: String,
}

/// Below it rest may replace exercise altogether.
const REST_BELOW: u8 = 35;
/// Where nothing is measured: about two thirds of what WHO advises (150 minutes a week).
const ACTIVE_UNKNOWN: u32 = 15;
/// The smallest start for people who do nothing yet.
const ACTIVE_LEAST: f64 = 10.0;
const WEEKLY_RAMP: f64 = 1.10;

pub(super) fn limits(
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
    evolution: &Evolution,
) -> Limits {
    let archetype = evidence.archetype;
    let recovery = context.in_recovery();
    let by_readiness = if recovery { 0.7 } else { 1.0 };
    let by_evolution = match evolution.decision {
        Decision::Simplify => 0.6,
        Decision::Begin | Decision::Maintain => 0.9,
        Decision::Progress => 0.95,
        Decision::Intensify => 1.0,
    };
    let whole = f64::from(archetype.minutes_per_day()) * evidence.settings.routine_load;
    let minutes = ((whole * by_readiness * by_evolution).floor() as u32).max(10);
    let mean = active_mean(evidence);
    let active_minutes =
        mean.map_or(ACTIVE_UNKNOWN, |mean| (mean * WEEKLY_RAMP).floor().max(ACTIVE_LEAST) as u32);
    Limits {
        minutes: minutes.min(wishes.max_minutes.unwrap_or(u32::MAX)),
        active_minutes,
        new_tasks: new_tasks(evidence, evolution.decision),
        hardest: hardest(evidence, context, mean, evolution.decision),
        exercise_required: context.readiness.is_none_or(|readiness| readiness >= REST_BELOW),
        reason: match mean {
            Some(mean) => format!(
                "{mean:.0} active minutes a day over the last 7 days, at most 10 % more: {active_minutes} minutes."
            ),
            None => format!(
                "Fewer than 3 days of activity data: at most {active_minutes} active minutes to begin with."
            ),
        },
    }
}

/// Mean of moderate-to-vigorous minutes over the 7 days up to the anchor; `None` with fewer than 3 measured days.
pub(super) fn active_mean(evidence: &Evidence) -> Option<f64> {
    super::why::week_mean(evidence, |day| day.active_minutes)
}

fn new_tasks(evidence: &Evidence, decision: Decision) -> u32 {
    let most = match evidence.archetype {
        Archetype::FoundationBuilder => evidence.settings.routine_new_tasks.min(3),
        // Close to one variable at a time.
        Archetype::SystematicImprover => evidence.settings.routine_new_tasks.min(2),
        _ => evidence.settings.routine_new_tasks,
    };
    match decision {
        Decision::Begin => most,
        Decision::Maintain | Decision::Progress => most.min(1),
        Decision::Simplify | Decision::Intensify => 0,
    }
}

/// The hardest effort of the day. Vigorous only on three days a week (never two in a row), for people who are active
/// already, rested, past their first days with us (or clearly trained), and without an injury that we cannot place.
fn hardest(evidence: &Evidence, context: &Context, mean: Option<f64>, decision: Decision) -> Intensity {
    use Archetype::{
        ConnectedExplorer, FoundationBuilder, PeakPerformer, ResilienceRebuilder, SystematicImprover,
        TransformationSeeker,
    };
    let (_, unknown) = body::injured(&evidence.profile.injuries);
    let readiness = context.readiness.unwrap_or(60);
    if context.in_recovery() || !unknown.is_empty() {
        return Intensity::Light;
    }
    let hard_day = matches!(evidence.today.weekday().to_monday_zero_offset(), 1 | 3 | 5);
    let elder_or_child = evidence.profile.age.is_some_and(|age| !(18..65).contains(&age));
    let least = match decision {
        Decision::Begin | Decision::Simplify => 45.0,
        _ if elder_or_child => 40.0,
        _ => 20.0,
    };
    let able = mean.is_some_and(|mean| mean >= least) && readiness >= 60;
    match evidence.archetype {
        ResilienceRebuilder if readiness < 70 => Intensity::Light,
        FoundationBuilder | ResilienceRebuilder | ConnectedExplorer => Intensity::Moderate,
        TransformationSeeker | SystematicImprover | PeakPerformer if hard_day && able => Intensity::Vigorous,
        TransformationSeeker | SystematicImprover | PeakPerformer => Intensity::Moderate,
    }
}

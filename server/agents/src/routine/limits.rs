//! How much a routine may ask for: minutes, active minutes, new things, effort.

use domain::archetype::Archetype;
use serde::{Deserialize, Serialize};

use super::Intensity;
use super::before::Before;
use super::calendar::{DayKind, training_days};
use super::context::Context;
use super::evolution::{Decision, Evolution};
use super::wishes::RoutineWishes;
use crate::evidence::Evidence;

/// The bounds of one plan. The validator computes them again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineLimits)]
pub struct Limits {
    /// For everything but meals: the archetype's minutes × the release's load, less after poor nights or poor completion,
    /// never above the person's own limit.
    pub minutes: u32,
    /// Of moderate or vigorous effort today: the day's part of what the week may hold, nothing on days of rest.
    pub active_minutes: u32,
    /// Of moderate or vigorous effort in seven days: the person's own week and 10 % more.
    #[serde(default)]
    pub week_active_minutes: u32,
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
/// Where nothing is measured: 105 a week, about two thirds of what WHO advises (150–300 minutes a week).
const ACTIVE_UNKNOWN: f64 = 15.0;
/// The smallest start for people who do nothing yet.
const ACTIVE_LEAST: f64 = 10.0;
/// The common rule of thumb for load: at most a tenth more each week.
const WEEKLY_RAMP: f64 = 1.10;

/// What the person can do at all, whatever the day: decided before the day's kind is.
pub(super) struct Ability {
    /// Vigorous effort on hard days.
    pub hard: bool,
    /// Nothing but light effort: what hurts is unknown or for a professional.
    pub lightly: bool,
}

/// Vigorous only for people who are active already by data of the last weeks, rested, past their first days with us (or clearly trained), and without
/// an injury that we cannot place; for those under 18 or over 64 from twice the base.
pub(super) fn ability(evidence: &Evidence, context: &Context, decision: Decision, lightly: bool) -> Ability {
    let elder_or_child = evidence.profile.age.is_some_and(|age| !(18..65).contains(&age));
    let least = match decision {
        Decision::Begin | Decision::Simplify => 45.0,
        _ if elder_or_child => 40.0,
        _ => 20.0,
    };
    let rested = context.readiness.unwrap_or(60) >= 60;
    let hard = !lightly
        && rested
        && super::calendar::most_hard_days(evidence.archetype) > 0
        && active_mean(evidence).is_some_and(|mean| mean >= least);
    Ability { hard, lightly }
}

pub(super) fn limits(
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
    evolution: &Evolution,
    (kind, ability): (DayKind, &Ability),
    before: &Before,
) -> Limits {
    let archetype = evidence.archetype;
    let by_readiness = if context.in_recovery() { 0.7 } else { 1.0 };
    let by_evolution = match evolution.decision {
        Decision::Simplify => 0.6,
        Decision::Begin | Decision::Maintain => 0.9,
        Decision::Progress => 0.95,
        Decision::Intensify => 1.0,
    };
    let whole = f64::from(archetype.minutes_per_day()) * evidence.settings.routine_load;
    let minutes = ((whole * by_readiness * by_evolution).floor() as u32).max(10);
    let mean = active_mean(evidence);
    let week = week_active_minutes(evidence, mean);
    let hardest = hardest(evidence, context, kind, ability);
    let active_minutes = match hardest {
        Intensity::None | Intensity::Light => 0,
        Intensity::Moderate | Intensity::Vigorous => {
            (week / training_days(archetype, ability.hard)).min(week.saturating_sub(before.active_minutes))
        }
    };
    Limits {
        minutes: minutes.min(wishes.max_minutes.unwrap_or(u32::MAX)),
        active_minutes,
        week_active_minutes: week,
        new_tasks: new_tasks(evidence, evolution.decision, (kind, ability.hard), before),
        hardest,
        exercise_required: context.readiness.is_none_or(|readiness| readiness >= REST_BELOW),
        reason: reason(evidence.out_of_date(), mean, week, active_minutes),
    }
}

fn reason(out_of_date: Option<i64>, mean: Option<f64>, week: u32, today: u32) -> String {
    let today = match today {
        0 => "none of them today".to_owned(),
        minutes => format!("at most {minutes} of them today"),
    };
    match mean {
        Some(mean) if mean < ACTIVE_LEAST => {
            format!(
                "{mean:.0} active minutes a day so far: the smallest start is {week} minutes a week, {today}."
            )
        }
        Some(mean) => {
            format!("{mean:.0} active minutes a day so far, 10 % more is {week} minutes a week: {today}.")
        }
        None if let Some(age) = out_of_date => {
            format!(
                "The newest data are {age} days old: at most {week} active minutes a week to begin with, {today}."
            )
        }
        None => {
            format!(
                "Fewer than 3 days of activity data: at most {week} active minutes a week to begin with, {today}."
            )
        }
    }
}

/// Moderate-to-vigorous minutes a day over the person's own last weeks: the mean of the 7 days up to the anchor, but at most a
/// tenth above that of up to 30 days, so that one great week is not taken for a habit. `None` with fewer than 3 measured days
/// of the last 7, or when these are out of date.
pub(super) fn active_mean(evidence: &Evidence) -> Option<f64> {
    let week = super::why::week_mean(evidence, |day| day.active_minutes)?;
    let all = Evidence::values(&evidence.days, |day| day.active_minutes);
    let usual = all.iter().map(|(_, minutes)| minutes).sum::<f64>() / all.len().max(1) as f64;
    Some(week.min(usual * WEEKLY_RAMP))
}

/// Of moderate or vigorous effort in seven days. Data that are out of date allow nothing more, but may call for less: who hardly
/// moved then does not start with what others do.
pub(super) fn week_active_minutes(evidence: &Evidence, mean: Option<f64>) -> u32 {
    let ramp = |mean: f64| (mean * WEEKLY_RAMP).max(ACTIVE_LEAST);
    let unknown = || {
        let old = super::why::mean_of_last_week(evidence, |day| day.active_minutes);
        old.map_or(ACTIVE_UNKNOWN, |mean| ramp(mean).min(ACTIVE_UNKNOWN))
    };
    (7.0 * mean.map_or_else(unknown, ramp)).floor() as u32
}

fn new_tasks(evidence: &Evidence, decision: Decision, (kind, hard): (DayKind, bool), before: &Before) -> u32 {
    let wanted = evidence.settings.routine_new_tasks;
    let (day, week) = match evidence.archetype {
        // Never more than three new things at all.
        Archetype::FoundationBuilder => (wanted.min(3), 3),
        // Close to one variable at a time.
        Archetype::SystematicImprover => (wanted.min(2), 4),
        Archetype::ResilienceRebuilder => (wanted, 4),
        Archetype::ConnectedExplorer => (wanted, 3 * wanted),
        Archetype::TransformationSeeker | Archetype::PeakPerformer => (wanted, 2 * wanted),
    };
    match decision {
        Decision::Begin => {
            // One each is left for the days of strength and of hard effort, which may lie ahead.
            let strength = kind != DayKind::Strength && !before.met_strength();
            let effort = hard && kind != DayKind::Hard && !before.met_hard();
            let ahead = (u32::from(strength) + u32::from(effort)).min(week - 1);
            day.min((week - ahead).saturating_sub(before.new_tasks))
        }
        Decision::Maintain | Decision::Progress => 1_u32.saturating_sub(before.new_tasks),
        Decision::Simplify | Decision::Intensify => 0,
    }
}

fn hardest(evidence: &Evidence, context: &Context, kind: DayKind, ability: &Ability) -> Intensity {
    let gently = evidence.archetype == Archetype::ResilienceRebuilder && context.readiness.unwrap_or(60) < 70;
    match kind {
        DayKind::Rest => Intensity::Light,
        _ if ability.lightly || gently => Intensity::Light,
        DayKind::Strength | DayKind::Easy => Intensity::Moderate,
        DayKind::Hard => Intensity::Vigorous,
    }
}

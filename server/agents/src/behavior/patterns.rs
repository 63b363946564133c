//! Habits and trends, from medians and robust slopes.

use jiff::civil::Weekday;

use super::{MetricEvidence, Pattern, PatternKind, Trend, TrendVerdict, measured, round};
use crate::evidence::{DayRecord, Evidence};
use crate::statistics::{median, spread, theil_sen};

pub(super) fn find(evidence: &Evidence) -> Vec<Pattern> {
    vec![
        sleep_duration(evidence),
        sleep_regularity(evidence),
        activity_consistency(evidence),
        weekday_weekend(evidence),
        streak(evidence),
    ]
}

fn unknown(kind: PatternKind, needs: &str) -> Pattern {
    Pattern { kind, verdict: None, detail: format!("not enough data: {needs}"), evidence: None }
}

/// 7–9 h for adults. Source: National Sleep Foundation, Hirshkowitz et al. 2015.
fn sleep_duration(evidence: &Evidence) -> Pattern {
    let Some(shown) = measured(evidence, "sleep per night", "minutes", |day| day.sleep_minutes) else {
        return unknown(PatternKind::SleepDuration, "three nights are needed");
    };
    let verdict = match shown.value {
        v if v < 360.0 => "short",
        v if v < 420.0 => "a little short",
        v if v <= 540.0 => "in the recommended range",
        _ => "long",
    };
    let detail = format!("half of your nights are longer than {} h", hours(shown.value));
    Pattern {
        kind: PatternKind::SleepDuration,
        verdict: Some(verdict.to_owned()),
        detail,
        evidence: Some(shown),
    }
}

/// Spread of the time asleep from night to night; within about half an hour is regular.
fn sleep_regularity(evidence: &Evidence) -> Pattern {
    let nights = Evidence::values(&evidence.days, |day| day.sleep_minutes);
    let values: Vec<f64> = nights.iter().map(|(_, minutes)| *minutes).collect();
    let (Some(value), true) = (spread(&values).map(round), values.len() >= 5) else {
        return unknown(PatternKind::SleepRegularity, "five nights are needed");
    };
    let verdict = if value <= 30.0 {
        "regular"
    } else if value <= 60.0 {
        "somewhat irregular"
    } else {
        "irregular"
    };
    let shown = MetricEvidence {
        metric: "spread of sleep from night to night".to_owned(),
        value,
        unit: "minutes".to_owned(),
        baseline: Some(30.0),
        days: u32::try_from(values.len()).unwrap_or(0),
        from: nights.first().map(|(date, _)| *date),
        to: nights.last().map(|(date, _)| *date),
    };
    let detail = format!("nights differ by about {value:.0} minutes from your usual");
    Pattern {
        kind: PatternKind::SleepRegularity,
        verdict: Some(verdict.to_owned()),
        detail,
        evidence: Some(shown),
    }
}

/// Relative spread of daily steps.
fn activity_consistency(evidence: &Evidence) -> Pattern {
    let days = Evidence::values(&evidence.days, |day| day.steps);
    let values: Vec<f64> = days.iter().map(|(_, steps)| *steps).collect();
    let (Some(middle), Some(spread), true) = (median(&values), spread(&values), values.len() >= 5) else {
        return unknown(PatternKind::ActivityConsistency, "five worn days are needed");
    };
    let value = round(100.0 * spread / middle.max(1.0));
    let verdict = if value <= 25.0 {
        "steady"
    } else if value <= 50.0 {
        "varied"
    } else {
        "up and down"
    };
    let shown = MetricEvidence {
        metric: "spread of daily steps".to_owned(),
        value,
        unit: "percent of your usual day".to_owned(),
        baseline: None,
        days: u32::try_from(values.len()).unwrap_or(0),
        from: days.first().map(|(date, _)| *date),
        to: days.last().map(|(date, _)| *date),
    };
    let detail = format!("a usual day has {middle:.0} steps, and days differ by {value:.0} %");
    Pattern {
        kind: PatternKind::ActivityConsistency,
        verdict: Some(verdict.to_owned()),
        detail,
        evidence: Some(shown),
    }
}

fn weekday_weekend(evidence: &Evidence) -> Pattern {
    let weekend = |day: &DayRecord| matches!(day.date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let split = |wanted: bool| -> Vec<f64> {
        evidence
            .days
            .iter()
            .filter(|day| day.worn && weekend(day) == wanted)
            .filter_map(|day| day.steps)
            .collect()
    };
    let (week, end) = (split(false), split(true));
    let (Some(weekday), Some(weekend_steps), true) =
        (median(&week), median(&end), week.len() >= 4 && end.len() >= 2)
    else {
        return unknown(PatternKind::WeekdayWeekend, "four weekdays and two weekend days are needed");
    };
    let ratio = weekend_steps / weekday.max(1.0);
    let verdict = match ratio {
        r if r < 0.75 => "quieter weekends",
        r if r > 1.33 => "busier weekends",
        _ => "the same all week",
    };
    let worn = Evidence::values(&evidence.days, |day| day.steps);
    let shown = MetricEvidence {
        metric: "steps on a weekend day".to_owned(),
        value: round(weekend_steps),
        unit: "steps".to_owned(),
        baseline: Some(round(weekday)),
        days: u32::try_from(week.len() + end.len()).unwrap_or(0),
        from: worn.first().map(|(date, _)| *date),
        to: worn.last().map(|(date, _)| *date),
    };
    let detail = format!("{weekend_steps:.0} steps on a weekend day, {weekday:.0} on a weekday");
    Pattern {
        kind: PatternKind::WeekdayWeekend,
        verdict: Some(verdict.to_owned()),
        detail,
        evidence: Some(shown),
    }
}

/// Days in a row, up to the last one, with at least the usual number of steps.
fn streak(evidence: &Evidence) -> Pattern {
    let days = Evidence::values(&evidence.days, |day| day.steps);
    let values: Vec<f64> = days.iter().map(|(_, steps)| *steps).collect();
    let (Some(usual), true) = (median(&values), values.len() >= 7) else {
        return unknown(PatternKind::Streak, "seven worn days are needed");
    };
    let run = values.iter().rev().take_while(|steps| **steps >= usual).count();
    let lapse = values.iter().rev().take_while(|steps| **steps < usual / 2.0).count();
    let (verdict, detail) = if lapse >= 2 {
        ("lapse", format!("the last {lapse} days had less than half of your usual steps"))
    } else if run >= 3 {
        ("streak", format!("{run} days in a row at or above your usual steps"))
    } else {
        ("neither streak nor lapse", "the last days were mixed".to_owned())
    };
    Pattern { kind: PatternKind::Streak, verdict: Some(verdict.to_owned()), detail, evidence: None }
}

pub(super) fn trends(evidence: &Evidence) -> Vec<Trend> {
    type Signal = fn(&DayRecord) -> Option<f64>;
    let signals: [(&str, &str, f64, Signal); 4] = [
        ("steps", "steps", 1_000.0, |day| day.steps),
        ("sleep", "minutes", 20.0, |day| day.sleep_minutes),
        ("active minutes", "minutes", 10.0, |day| day.active_minutes),
        ("resting heart rate", "bpm", 1.5, |day| day.resting_heart_rate),
    ];
    signals
        .into_iter()
        .filter_map(|(metric, unit, matters, signal)| trend(evidence, metric, unit, matters, signal))
        .collect()
}

/// `matters`: a change per week below this makes no difference to a person.
fn trend(
    evidence: &Evidence,
    metric: &str,
    unit: &str,
    matters: f64,
    signal: fn(&DayRecord) -> Option<f64>,
) -> Option<Trend> {
    let first = evidence.days.first()?.date;
    let points: Vec<(f64, f64)> = Evidence::values(&evidence.days, signal)
        .into_iter()
        .filter_map(|(date, value)| Some((f64::from(date.since(first).ok()?.get_days()), value)))
        .collect();
    let slope = theil_sen(&points)?;
    let (per_week, low, high) =
        (round(slope.per_unit * 7.0), round(slope.low * 7.0), round(slope.high * 7.0));
    let verdict = if low > 0.0 && per_week >= matters {
        TrendVerdict::Rising
    } else if high < 0.0 && per_week <= -matters {
        TrendVerdict::Falling
    } else if low.abs().max(high.abs()) <= 3.0 * matters {
        TrendVerdict::Steady
    } else {
        TrendVerdict::Unclear
    };
    Some(Trend {
        metric: metric.to_owned(),
        unit: unit.to_owned(),
        per_week,
        low,
        high,
        days: u32::try_from(points.len()).unwrap_or(0),
        verdict,
    })
}

pub(super) fn hours(minutes: f64) -> String {
    format!("{:.0}:{:02.0}", (minutes / 60.0).floor(), minutes % 60.0)
}

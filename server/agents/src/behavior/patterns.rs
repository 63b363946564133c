//! Habits, each with its figure: how long and when a person sleeps, how even and how rhythmic the days are.

use super::metric::{Figures, Metric, week_and_weekend};
use super::{MetricEvidence, Pattern, PatternKind, guideline, hours, streak};
use crate::evidence::Evidence;
use crate::statistics::shift;

pub(super) fn find(evidence: &Evidence) -> Vec<Pattern> {
    vec![
        sleep_duration(evidence),
        sleep_regularity(evidence),
        sleep_timing(evidence),
        social_jetlag(evidence),
        activity_consistency(evidence),
        activity_rhythm(evidence),
        weekday_weekend(evidence),
        streak(evidence),
    ]
}

fn known(kind: PatternKind, verdict: &str, detail: String, shown: MetricEvidence) -> Pattern {
    Pattern { kind, verdict: Some(verdict.to_owned()), detail, evidence: Some(shown), more: Vec::new() }
}

fn unknown(kind: PatternKind, needs: &str) -> Pattern {
    let detail = format!("not enough data: {needs}");
    Pattern { kind, verdict: None, detail, evidence: None, more: Vec::new() }
}

fn sleep_duration(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::SleepDuration;
    let Some(shown) = Metric::SleepPerNight.of(evidence) else {
        return unknown(kind, "three nights of the last week are needed");
    };
    let (least, most) = guideline::sleep_minutes(evidence.profile.age);
    let verdict = match shown.value {
        v if v < least - 60.0 => "short",
        v if v < least => "a little short",
        v if v <= most => "in the recommended range",
        _ => "long",
    };
    let detail = format!("half of your nights are longer than {} h", hours(shown.value));
    known(kind, verdict, detail, shown)
}

/// Spread of the time asleep from night to night; within about half an hour is regular. Own bounds.
fn sleep_regularity(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::SleepRegularity;
    let Some(shown) = Metric::SleepSpread.of(evidence) else {
        return unknown(kind, "five nights are needed");
    };
    let detail = format!("nights differ by about {:.0} minutes from your usual", shown.value);
    known(kind, regular(shown.value), detail, shown)
}

fn regular(minutes: f64) -> &'static str {
    match minutes {
        m if m <= 30.0 => "regular",
        m if m <= 60.0 => "somewhat irregular",
        _ => "irregular",
    }
}

fn sleep_timing(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::SleepTiming;
    let Some(shown) = Metric::MiddleSpread.of(evidence) else {
        return unknown(kind, "five nights with their begin and end are needed");
    };
    let detail = format!("the middle of your sleep moves by about {:.0} minutes", shown.value);
    let mut pattern = known(kind, regular(shown.value), detail, shown);
    pattern.more = [Metric::MiddleOfSleep, Metric::RegularityIndex]
        .into_iter()
        .filter_map(|metric| metric.of(evidence))
        .collect();
    pattern
}

/// Below one hour is small, from two hours on large (Wittmann et al. 2006, Roenneberg et al. 2012).
fn social_jetlag(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::SocialJetlag;
    let Some(shown) = Metric::SocialJetlag.of(evidence) else {
        return unknown(
            kind,
            "begin and end of five alike nights before weekdays and two before weekend days are needed",
        );
    };
    let verdict = match shown.value {
        m if m < 60.0 => "small",
        m if m < 120.0 => "some",
        _ => "large",
    };
    let detail =
        format!("{:.0} minutes between weekend and weekday in the middle of your sleep", shown.value);
    known(kind, verdict, detail, shown)
}

/// Relative spread of daily steps. Own bounds.
fn activity_consistency(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::ActivityConsistency;
    let Some(shown) = Metric::StepsSpread.of(evidence) else {
        return unknown(kind, "five worn days are needed");
    };
    let verdict = match shown.value {
        v if v <= 25.0 => "steady",
        v if v <= 50.0 => "varied",
        _ => "up and down",
    };
    let detail = format!("days differ by about {:.0} % from your usual one", shown.value);
    known(kind, verdict, detail, shown)
}

/// By interdaily stability. Own bounds, for steps by the hour: of 32 people with a tracker seven lie at 0.4 or above, four below 0.2.
fn activity_rhythm(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::ActivityRhythm;
    let figures = Figures::of(evidence);
    let Some(shown) = figures.figure(Metric::Stability) else {
        return unknown(kind, "seven worn days with steps by the hour are needed");
    };
    let verdict = match shown.value {
        v if v >= 0.4 => "much the same every day",
        v if v >= 0.2 => "alike from day to day",
        _ => "different from day to day",
    };
    let more: Vec<MetricEvidence> = [
        Metric::Fragmentation,
        Metric::Amplitude,
        Metric::MostActive,
        Metric::MostActiveOnset,
        Metric::LeastActive,
        Metric::LeastActiveMiddle,
    ]
    .into_iter()
    .filter_map(|metric| figures.figure(metric))
    .collect();
    let onset = more.iter().find(|shown| shown.metric == Metric::MostActiveOnset.name());
    let from = onset.map_or(0.0, |shown| shown.value);
    let detail = format!(
        "your most active ten hours begin at {}; {:.0} % of the ups and downs repeat themselves each day",
        clock(from),
        shown.value * 100.0
    );
    Pattern { more, ..known(kind, verdict, detail, shown) }
}

fn clock(minutes: f64) -> domain::profile::ClockTime {
    domain::profile::ClockTime::from_minutes(minutes as i64)
}

/// Told when ranks differ (Mann & Whitney, p < 0.05) and the shift is at least a fifth of a usual weekday.
fn weekday_weekend(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::WeekdayWeekend;
    let needs = "four weekdays and two weekend days are needed";
    let Some(shown) = Metric::WeekendSteps.of(evidence) else { return unknown(kind, needs) };
    let Some(weekday) = shown.baseline else { return unknown(kind, needs) };
    let (week, end) = week_and_weekend(&Evidence::values(&evidence.days, |day| day.steps));
    let verdict = match shift(&week, &end) {
        Some(shift) if shift.p_value < 0.05 && shift.by <= -0.2 * weekday => "quieter weekends",
        Some(shift) if shift.p_value < 0.05 && shift.by >= 0.2 * weekday => "busier weekends",
        Some(shift) if shift.by.abs() <= 0.2 * weekday => "the same all week",
        _ => "no clear difference",
    };
    let detail = format!("{:.0} steps on a weekend day, {weekday:.0} on a weekday", shown.value);
    known(kind, verdict, detail, shown)
}

fn streak(evidence: &Evidence) -> Pattern {
    let kind = PatternKind::Streak;
    let Some((run, lapse)) = streak::streak(evidence).zip(streak::lapse(evidence)) else {
        return unknown(kind, "seven worn days are needed");
    };
    let (verdict, detail, metric) = if lapse.days.len() >= 2 {
        let detail = format!("the last {} days had less than half of your usual steps", lapse.days.len());
        ("lapse", detail, Some(Metric::Lapse))
    } else if run.days.len() >= 3 {
        let detail = format!("{} days in a row at or above your usual steps", run.days.len());
        ("streak", detail, Some(Metric::Streak))
    } else {
        ("neither streak nor lapse", "the last days were mixed".to_owned(), None)
    };
    let shown = metric.and_then(|metric| metric.of(evidence));
    Pattern { kind, verdict: Some(verdict.to_owned()), detail, evidence: shown, more: Vec::new() }
}

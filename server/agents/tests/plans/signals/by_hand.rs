//! Four of the 33 people computed apart from this code: by a short Python script (csv, statistics.median, loops over pairs) from the
//! CSV files and the definitions in the papers, with the days that count found by the rules as documented. Its figures stand here.

use agents::behavior::{self, BehaviorAnalysis, Metric, TrendVerdict};
use agents::evidence::{Evidence, PartialReason};
use domain::archetype::Archetype;
use jiff::civil::date;

use crate::real::{evidence, people};

fn of(id: &str) -> (Evidence, BehaviorAnalysis) {
    let evidence = evidence(&people()[id], Archetype::SystematicImprover);
    let analysis = behavior::analyse(&evidence);
    (evidence, analysis)
}

/// Value, baseline and days.
fn figure(evidence: &Evidence, metric: Metric) -> (f64, Option<f64>, u32) {
    let shown = metric.of(evidence).unwrap();
    (shown.value, shown.baseline, shown.days)
}

fn slope(analysis: &BehaviorAnalysis, metric: &str) -> (f64, f64, f64, u32) {
    let trend = analysis.trends.iter().find(|trend| trend.metric == metric).unwrap();
    (trend.per_week, trend.low, trend.high, trend.days)
}

fn partial(evidence: &Evidence) -> Vec<(i8, i8, PartialReason)> {
    let days = evidence.intake.partial.iter();
    days.map(|day| (day.date.month(), day.date.day(), day.reason)).collect()
}

#[test]
fn a_short_sleeper() {
    let (evidence, analysis) = of("1503960366");
    assert_eq!(partial(&evidence), vec![]);
    assert_eq!(figure(&evidence, Metric::StepsPerDay), (12_159.0, Some(12_764.0), 7));
    assert_eq!(figure(&evidence, Metric::SleepPerNight), (334.0, Some(350.5), 7));
    assert_eq!(figure(&evidence, Metric::SleepSpread), (63.8, Some(30.0), 25));
    assert_eq!(figure(&evidence, Metric::StepsSpread), (21.1, None, 30));
    assert_eq!(figure(&evidence, Metric::ActivePerWeek), (418.6, Some(150.0), 30));
    assert_eq!(figure(&evidence, Metric::WeekendSteps), (11_297.0, Some(12_767.0), 30));
    assert_eq!(slope(&analysis, "steps"), (282.9, -327.6, 855.4, 30));
    assert_eq!(slope(&analysis, "sleep"), (-11.7, -30.3, 10.5, 25));
    assert_eq!(slope(&analysis, "active minutes"), (4.5, -1.8, 9.8, 30));
    assert_eq!(figure(&evidence, Metric::Stability), (0.28, None, 30));
    assert_eq!(figure(&evidence, Metric::Fragmentation), (1.5, None, 30));
    assert_eq!(figure(&evidence, Metric::Amplitude), (0.97, None, 30));
    assert_eq!(figure(&evidence, Metric::MostActive), (883.4, None, 30));
    assert_eq!(figure(&evidence, Metric::MostActiveOnset), (14.0 * 60.0, None, 30));
    assert_eq!(figure(&evidence, Metric::LeastActive), (12.4, None, 30));
    assert_eq!(figure(&evidence, Metric::LeastActiveMiddle), (2.0 * 60.0 + 150.0, None, 30));
    assert_eq!(figure(&evidence, Metric::Streak), (1.0, None, 1));
    assert_eq!(analysis.change_points, vec![]);
}

/// A level that fell: K = 145 of 28 days, p = 0.0078.
#[test]
fn somebody_who_stopped_walking() {
    let (evidence, analysis) = of("1624580081");
    assert_eq!(
        partial(&evidence),
        [(4, 15, PartialReason::LongStillness), (5, 12, PartialReason::HoursMissing)]
    );
    assert_eq!(figure(&evidence, Metric::StepsPerDay), (2_536.5, Some(6_125.5), 6));
    assert_eq!(slope(&analysis, "steps"), (-1_175.1, -1_938.1, -411.1, 28));
    assert_eq!(analysis.trends[0].verdict, TrendVerdict::Falling);
    let [change] = &analysis.change_points[..] else { panic!("one change") };
    assert_eq!((change.on, change.before, change.after), (date(2016, 5, 3), 6_349.0, 2_193.0));
    assert_eq!((change.p_value, change.days), (0.007_8, 28));
    assert_eq!(figure(&evidence, Metric::Stability), (0.05, None, 28));
    assert_eq!(figure(&evidence, Metric::Fragmentation), (0.79, None, 28));
    assert_eq!(figure(&evidence, Metric::MostActive), (369.0, None, 28));
    assert_eq!(Metric::Streak.of(&evidence), None);
}

#[test]
fn somebody_with_half_worn_days() {
    let (evidence, analysis) = of("5577150313");
    assert_eq!(
        partial(&evidence),
        [(5, 9, PartialReason::LongStillness), (5, 11, PartialReason::HoursMissing)]
    );
    assert_eq!(figure(&evidence, Metric::StepsPerDay), (7_550.0, Some(9_172.0), 3));
    assert_eq!(figure(&evidence, Metric::SleepSpread), (68.2, Some(30.0), 26));
    assert_eq!(slope(&analysis, "steps"), (-745.1, -1_922.3, 568.5, 26));
    // −0.25, rounded away from zero.
    assert_eq!(slope(&analysis, "sleep"), (-0.3, -28.0, 28.6, 26));
    assert_eq!(figure(&evidence, Metric::LeastActive), (38.8, None, 26));
    assert_eq!(figure(&evidence, Metric::LeastActiveMiddle), (23.0 * 60.0 + 150.0 - 1_440.0, None, 26));
}

#[test]
fn a_streak_after_still_days() {
    let (evidence, analysis) = of("4319703577");
    let still = |day: i8, month: i8| (month, day, PartialReason::LongStillness);
    let missing = (5, 12, PartialReason::HoursMissing);
    // A day of 1,440 sedentary minutes with thousands of steps: a faulty sum, but no proof of a device in a drawer.
    assert_eq!(partial(&evidence), [still(17, 4), still(18, 4), still(21, 4), still(1, 5), missing]);
    assert_eq!(figure(&evidence, Metric::StepsPerDay), (9_308.0, Some(8_954.0), 6));
    assert_eq!(figure(&evidence, Metric::ActivePerWeek), (135.2, Some(150.0), 25));
    assert_eq!(figure(&evidence, Metric::WeekendSteps), (4_839.5, Some(9_487.0), 25));
    assert_eq!(slope(&analysis, "steps"), (414.4, -218.3, 1_549.3, 25));
    assert_eq!(figure(&evidence, Metric::Stability), (0.42, None, 25));
    assert_eq!(figure(&evidence, Metric::Fragmentation), (1.29, None, 25));
    let streak = Metric::Streak.of(&evidence).unwrap();
    assert_eq!(
        (streak.value, streak.from, streak.to),
        (3.0, Some(date(2016, 5, 9)), Some(date(2016, 5, 11)))
    );
}

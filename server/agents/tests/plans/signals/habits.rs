//! Habits on known days: streaks, levels, weekends, readiness and fit, each with what it rests on.

use agents::behavior::{self, BehaviorAnalysis, Metric, Mode, PatternKind};
use agents::evidence::{DayRecord, Evidence};
use domain::archetype::Archetype;
use domain::health_data::{Scale, Score, ScoreKind};
use jiff::{SignedDuration, ToSpan};

use crate::people::{TODAY, day, person};

/// The newest of these days is yesterday.
fn days(days: impl DoubleEndedIterator<Item = DayRecord> + ExactSizeIterator) -> Evidence {
    let dated = days
        .rev()
        .zip(1_i64..)
        .map(|(day, ago)| DayRecord { date: TODAY.checked_sub(ago.days()).unwrap(), ..day });
    let mut days: Vec<DayRecord> = dated.collect();
    days.reverse();
    Evidence { days, ..person(Archetype::SystematicImprover) }
}

fn walked(steps: &[f64]) -> Evidence {
    days(steps.iter().map(|steps| day(TODAY, *steps, 30.0, 440.0)))
}

fn verdict(analysis: &BehaviorAnalysis, kind: PatternKind) -> (Option<String>, String) {
    let pattern = analysis.patterns.iter().find(|pattern| pattern.kind == kind).unwrap();
    (pattern.verdict.clone(), pattern.detail.clone())
}

fn analysed(evidence: &Evidence) -> BehaviorAnalysis {
    let analysis = behavior::analyse(evidence);
    assert_eq!(behavior::validate(&analysis, evidence), vec![]);
    analysis
}

#[test]
fn a_streak_spans_its_days_and_one_day_without_data_does_not_end_it() {
    let steps = [5e3, 4e3, 5e3, 4e3, 5e3, 3e3, 8e3, 9e3, 8e3, 9e3];
    let shown = Metric::Streak.of(&walked(&steps)).unwrap();
    assert_eq!((shown.value, shown.to), (4.0, TODAY.yesterday().ok()));
    let mut gap = walked(&steps);
    gap.days[7].worn = false;
    let shown = Metric::Streak.of(&gap).unwrap();
    assert_eq!((shown.value, shown.days, shown.from), (3.0, 3, Some(gap.days[6].date)));
    gap.days[8].worn = false;
    assert_eq!(Metric::Streak.of(&gap).unwrap().value, 1.0, "two days without data end it");
    let lapse = analysed(&walked(&[8e3, 9e3, 8e3, 9e3, 8e3, 9e3, 1e3, 2e3]));
    assert_eq!(
        verdict(&lapse, PatternKind::Streak),
        (Some("lapse".to_owned()), "the last 2 days had less than half of your usual steps".to_owned())
    );
}

#[test]
fn a_level_that_jumps_is_a_change_and_one_that_climbs_is_a_trend() {
    let jump = |i: usize| if i < 14 { 5_000.0 } else { 9_000.0 } + (i * 37 % 11) as f64 * 100.0;
    let jumped = analysed(&walked(&(0..28).map(jump).collect::<Vec<_>>()));
    let [change] = &jumped.change_points[..] else { panic!("{:?}", jumped.change_points) };
    assert_eq!((change.metric.as_str(), change.on), ("steps", TODAY.checked_sub(14.days()).unwrap()));
    assert!(change.p_value < 0.001 && change.detail.contains("went up"));
    let climb = |i: usize| 4_000.0 + 200.0 * i as f64 + (i * 37 % 11) as f64 * 30.0;
    let climbed = analysed(&walked(&(0..28).map(climb).collect::<Vec<_>>()));
    assert_eq!(climbed.change_points, vec![]);
    assert!(climbed.trends[0].low > 1_000.0);
    // Small, or by chance: nothing is told.
    let restless = |i: usize| 8_000.0 + (i * 7_919 % 13) as f64 * 500.0;
    assert_eq!(analysed(&walked(&(0..28).map(restless).collect::<Vec<_>>())).change_points, vec![]);
}

#[test]
fn weekends_are_told_apart_when_ranks_say_so() {
    let week = |weekend: f64| {
        let mut evidence =
            walked(&(0..28).map(|i| 8_000.0 + (i * 37 % 11) as f64 * 100.0).collect::<Vec<_>>());
        for day in &mut evidence.days {
            if day.date.weekday().to_monday_zero_offset() >= 5 {
                day.steps = day.steps.map(|steps| steps * weekend);
            }
        }
        verdict(&analysed(&evidence), PatternKind::WeekdayWeekend).0.unwrap()
    };
    assert_eq!(
        [week(0.5), week(1.6), week(1.0)],
        ["quieter weekends", "busier weekends", "the same all week"]
    );
    // One week is too little for a verdict, whatever its weekend.
    let one = walked(&[8e3, 8e3, 8e3, 8e3, 8e3, 1e3, 1e3]);
    let told = verdict(&analysed(&one), PatternKind::WeekdayWeekend).0;
    assert!(told.is_none_or(|told| told == "no clear difference"));
}

/// By hand: 390 of 450 minutes of sleep are 100 − 60·0.4 = 76 points; a heart at 66 against 60, usual spread 1.4826·1 = 1.48 bpm, is
/// 3 spreads at most: 75 − 60 = 15. Weights 0.4 and 0.3 of 0.7: (76·0.57 + 15·0.43) = 49.8.
#[test]
fn readiness_is_the_mean_of_its_parts() {
    let heart = |i: usize| if i == 13 { 66.0 } else { 59.0 + (i % 3) as f64 };
    let record = |i: usize| DayRecord {
        resting_heart_rate: Some(heart(i)),
        sleep_minutes: Some(if i == 13 { 390.0 } else { 450.0 }),
        ..day(TODAY, 8e3, 30.0, 450.0)
    };
    let mut evidence = days((0..14).map(record));
    let readiness = analysed(&evidence).readiness;
    let parts: Vec<_> = readiness.parts.iter().map(|part| (part.points, part.weight)).collect();
    assert_eq!(parts, [(76.0, 0.57), (15.0, 0.43)]);
    assert_eq!((readiness.score, readiness.mode), (Some(50), Mode::Productive));
    assert_eq!(readiness.parts[1].baseline, Some(60.0));
    // A device's score of the last two days comes first; one from the future never.
    let score = |hours: i64, score: f64| Score {
        kind: ScoreKind::Readiness,
        score,
        scale: Scale::Percent,
        state: None,
        factors: vec![],
        at: evidence.now - SignedDuration::from_hours(hours),
    };
    evidence.scores = vec![score(3, 80.0), score(30, 20.0), score(-5, 99.0), score(60, 10.0)];
    assert_eq!(analysed(&evidence).readiness.score, Some(80));
    // What is older than two days says nothing of today.
    evidence.scores.clear();
    evidence.today = TODAY.checked_add(5.days()).unwrap();
    let old = analysed(&evidence).readiness;
    assert_eq!((old.score, old.parts.len()), (None, 0));
    assert!(old.from[0].contains("unknown"));
}

#[test]
fn fit_is_explained_demand_by_demand() {
    let lively = days((0..14).map(|i| day(TODAY, 12e3 + (i % 3) as f64 * 500.0, 60.0, 460.0)));
    let fit = analysed(&lively).archetype_fit;
    assert_eq!(fit.suggested, Some(Archetype::PeakPerformer));
    let best = fit.scores.iter().find(|score| score.archetype == Archetype::PeakPerformer).unwrap();
    assert_eq!((best.score, best.demands.len()), (100, 3));
    let worn_out = days((0..14).map(|i| day(TODAY, 3e3 + (i % 5) as f64 * 1e3, 20.0, 320.0)));
    let fit = analysed(&worn_out).archetype_fit;
    assert_eq!(fit.suggested, Some(Archetype::ResilienceRebuilder));
    let none = analysed(&walked(&[])).archetype_fit;
    assert!(none.suggested.is_none() && none.reason.contains("three days"));
}

#[test]
fn guidelines_follow_the_age() {
    let mut evidence = days((0..14).map(|_| day(TODAY, 9e3, 30.0, 470.0)));
    for (age, verdict_, focus) in [
        (16, "a little short", true),
        (40, "in the recommended range", false),
        (70, "in the recommended range", false),
    ] {
        evidence.profile.age = Some(age);
        let analysis = analysed(&evidence);
        assert_eq!(verdict(&analysis, PatternKind::SleepDuration).0.unwrap(), verdict_, "{age}");
        assert_eq!(
            analysis.priorities.iter().any(|priority| priority.focus == behavior::Focus::Sleep),
            focus,
            "{age}"
        );
        for priority in &analysis.priorities {
            assert!(priority.guideline.as_ref().is_some_and(|guideline| !guideline.source.is_empty()));
        }
        for strength in &analysis.strengths {
            assert!(strength.evidence.days >= 3 && strength.guideline.is_some());
        }
    }
}

#[test]
fn what_needs_a_professional_is_said_plainly() {
    let mut evidence =
        days((0..10).map(|_| DayRecord { resting_heart_rate: Some(108.0), ..day(TODAY, 5e3, 10.0, 270.0) }));
    let advice = analysed(&evidence).professional_advice;
    assert!(advice.len() == 2 && advice.iter().all(|line| line.contains("doctor")), "{advice:?}");
    evidence.weights =
        evidence.days.iter().zip(0_u8..).map(|(day, i)| (day.date, 80.0 - f64::from(i))).collect();
    assert_eq!(analysed(&evidence).professional_advice.len(), 3);
    evidence.profile.goal = Some(domain::profile::Goal::LoseWeight);
    assert_eq!(analysed(&evidence).professional_advice.len(), 2);
}

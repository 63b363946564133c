use domain::archetype::Archetype;
use domain::health_data::BiomarkerKind;
use domain::release::AgentSettings;
use jiff::SignedDuration;
use jiff::civil::{Weekday, date};

use super::check_in;
use crate::behavior::analyse as behavior_of;
use crate::evidence::sample::{NOW, evidence_of, reading};
use crate::evidence::{Evidence, PersonData};
use crate::insights::adherence::{self, Part};
use crate::insights::extract;
use crate::insights::metric::{BaselineQuality, Measured, Metric};

fn measured(evidence: &Evidence, name: &str) -> Measured {
    Metric::parse(name).unwrap().measure(evidence).unwrap_or_else(|| panic!("{name} is not measured"))
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// 23 days of 8,000 to 8,440 steps in turns of 20 up, then 7 of 6,000. Before: median 8,220, deviations 0, 20, 20 … 220 in pairs, their
/// median the 12th of 23, 120; × 1.4826 = 177.9, below the floor of 500. Effect 2,220 / 500 = 4.44. U is 0 of 161, ties of seven:
/// variance 161 / 12 × (31 − 336 / 870) = 410.7, z = −80.5 / 20.27 = −3.97, p = 0.00007: certainty is capped at 0.99.
#[test]
fn a_week_against_the_days_before() {
    let days = (0..30).map(|i| (if i < 23 { 8_000.0 + 20.0 * f64::from(i) } else { 6_000.0 }, 0.0)).collect();
    let found = measured(&evidence_of(days), "steps.change");
    let shown = &found.evidence;
    assert_eq!((shown.value, shown.baseline, shown.days), (6_000.0, Some(8_220.0), 7));
    assert_eq!((shown.from, shown.to), (Some(date(2026, 2, 24)), Some(date(2026, 3, 2))));
    near(found.strength.effect, 4.44);
    near(found.strength.certainty, 0.99);
    assert_eq!((found.strength.baseline_days, found.strength.baseline), (30, BaselineQuality::Excellent));
    // Error 1.2533 × 500 × sqrt(1/7 + 1/23) = 270.5: −2,220 ± 530.2.
    near(found.strength.low.unwrap(), -2_750.2);
    near(found.strength.high.unwrap(), -1_689.8);
}

/// 10 nights, 9 of 400 minutes and one of 430: one of ten above, z = (5 − 1 − 0.5) / sqrt(2.5) = 2.2136, p = 0.0269. Spread 0,
/// so the floor of 10: effect 2. Fair baseline: confidence 0.973 × 0.88 = 0.86.
#[test]
fn nights_against_the_guideline() {
    let days = (0..10).map(|i| (5_000.0, if i == 4 { 430.0 } else { 400.0 })).collect();
    let evidence = evidence_of(days);
    let found = measured(&evidence, "sleep.level");
    assert_eq!(
        (found.evidence.value, found.evidence.baseline, found.evidence.days),
        (400.0, Some(420.0), 10)
    );
    near(found.strength.certainty, 0.973);
    near(found.strength.effect, 2.0);
    let run = extract(&evidence, &behavior_of(&evidence), &[]);
    let told = run.insights.iter().find(|it| it.evidence.metric == "sleep.level").unwrap();
    assert_eq!((told.confidence, told.actionability), (0.86, 0.93), "0.45 + 0.35 × 0.8 + 0.2 × 1");
    assert_eq!(told.title, "Your nights are a little short");
    assert_eq!(told.content, "A usual night has 6 h 40 min of sleep (10 nights). Adults need at least 7 h.");
    assert_eq!(told.meaning, "sleep/sleep/down/strong");
}

/// 5,000 steps on every day but Sundays with 2,000: five of 30 days, 1, 8, 15 and 22 February and 1 March.
/// U = 0 of 125; ties of 25 and 5: variance 125 / 12 × (31 − (15,600 + 120) / 870) = 134.7, z = 62.5 / 11.61 = 5.385;
/// p × 7 = 0.0000005. Effect 3,000 / 500 = 6.
#[test]
fn one_weekday_against_the_others() {
    let last = date(2026, 3, 2);
    let days = (0..30_i32).map(|i| {
        let day = last.checked_sub(jiff::Span::new().days(29 - i)).unwrap();
        (if day.weekday() == Weekday::Sunday { 2_000.0 } else { 5_000.0 }, 0.0)
    });
    let evidence = evidence_of(days.collect());
    let found = measured(&evidence, "steps.weekday.sunday");
    assert_eq!(
        (found.evidence.value, found.evidence.baseline, found.evidence.days),
        (2_000.0, Some(5_000.0), 30)
    );
    near(found.strength.effect, 6.0);
    near(found.strength.certainty, 0.99);
    assert!(
        Metric::parse("steps.weekday.sunday")
            .unwrap()
            .measure(&evidence_of(vec![(5_000.0, 0.0); 12]))
            .is_none()
    );
}

/// 10 days of 3,000, then 5 of 8,000: before, none of 10 kept it, smoothed 0.5 / 11; ^5 is nothing. Effect 5 × (1 − 0.04545) = 4.77.
#[test]
fn days_in_a_row() {
    let days = (0..15).map(|i| (if i < 10 { 3_000.0 } else { 8_000.0 }, 0.0)).collect();
    let found = measured(&evidence_of(days), "steps.streak");
    assert_eq!((found.evidence.value, found.evidence.days), (5.0, 15));
    assert_eq!((found.evidence.from, found.evidence.to), (Some(date(2026, 2, 26)), Some(date(2026, 3, 2))));
    near(found.strength.effect, 4.77);
    // A day without data ends it.
    let gap = (0..15)
        .map(|i| {
            (
                if i == 12 {
                    0.0
                } else if i < 10 {
                    3_000.0
                } else {
                    8_000.0
                },
                0.0,
            )
        })
        .collect();
    assert!(Metric::parse("steps.streak").unwrap().measure(&evidence_of(gap)).is_none());
}

/// 100 more steps each day of 21: 700 a week exactly, the interval with it, Kendall's test certain.
#[test]
fn a_line_is_a_trend() {
    let days = (0..21).map(|i| (4_000.0 + 100.0 * f64::from(i), 0.0)).collect();
    let found = measured(&evidence_of(days), "steps.trend");
    assert_eq!((found.evidence.value, found.evidence.unit.as_str()), (700.0, "steps a week"));
    assert_eq!((found.strength.low, found.strength.high), (Some(700.0), Some(700.0)));
    // Deviations from the median 5,000 are 0 to 1,000 in pairs, their median the 11th of 21, 500: 2,000 / 741.3 = 2.70.
    near(found.strength.effect, 2.7);
}

/// Nights and steps that rise and fall together, and both rise over the month: the rising alone is no link.
#[test]
fn a_link_is_not_a_trend_that_two_share() {
    let wave = |i: i32| f64::from([0, 3, 1, 4, 2, 5, 1, 2, 0, 4][(i % 10) as usize]);
    let both = |i: i32| (4_000.0 + 500.0 * wave(i), 380.0 + 15.0 * wave(i));
    let found = measured(&evidence_of((0..30).map(both).collect()), "link.sleep.steps");
    assert!(found.strength.certainty > 0.95 && found.evidence.value > found.evidence.baseline.unwrap());
    let trend_only = |i: i32| {
        let other = f64::from([2, 0, 3, 1, 4, 0, 2, 4, 1, 3][((i * 7 + i / 3) % 10) as usize]);
        (4_000.0 + 150.0 * f64::from(i) + 300.0 * wave(i), 380.0 + 4.0 * f64::from(i) + 8.0 * other)
    };
    let evidence = evidence_of((0..30).map(trend_only).collect());
    let found = Metric::parse("link.sleep.steps").unwrap().measure(&evidence);
    assert!(found.is_none_or(|found| found.strength.certainty < 0.8));
    assert!(measured(&evidence, "steps.trend").strength.certainty > 0.95);
}

/// "easy-walk" done 9 of 10 times, "screens-away" 2 of 10: (9.5 / 11 − 2.5 / 11) / sqrt(12/22 × 10/22 × 2/11) = 2.997; of two tasks
/// p = 2 × 0.00273 = 0.0055. Cohen's h: 2 × (1.2490 − 0.4636) = 1.5708, doubled 3.14.
#[test]
fn a_task_that_works_against_one_that_does_not() {
    let mut evidence = evidence_of(vec![]);
    for ago in 1..=10 {
        let day = evidence.today.checked_sub(jiff::Span::new().days(ago)).unwrap();
        evidence.check_ins.push(check_in("easy-walk", day, ago != 3));
        evidence.check_ins.push(check_in("screens-away", day, ago <= 2));
    }
    let found = measured(&evidence, "check-ins.task.easy-walk");
    assert_eq!((found.evidence.value, found.evidence.baseline, found.evidence.days), (90.0, Some(20.0), 10));
    assert!((found.strength.certainty - 0.9945).abs() < 0.005, "{}", found.strength.certainty);
    near(found.strength.effect, 314.0 / 100.0);
    let run = extract(&evidence, &behavior_of(&evidence), &[]);
    let titles: Vec<_> = run.insights.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["\"screens away\" rarely gets done", "\"easy walk\" works for you"]);
}

#[test]
fn parts_of_the_day_are_read_from_whole_words() {
    let of = |slug: &str| {
        Part::ALL.into_iter().find(|part| {
            let mut evidence = evidence_of(vec![]);
            for ago in 1..=9 {
                let day = evidence.today.checked_sub(jiff::Span::new().days(ago)).unwrap();
                evidence.check_ins.push(check_in(slug, day, true));
                evidence.check_ins.push(check_in("plain", day, false));
            }
            adherence::part(&evidence, *part).is_some()
        })
    };
    assert_eq!(of("morning-walk"), Some(Part::Morning));
    assert_eq!(of("lunch-outside"), Some(Part::Midday));
    assert_eq!(of("screens-off-bed"), Some(Part::Evening));
    assert_eq!(of("embedded"), None);
}

/// A task's title is a person's own words: what breaks a rule by it is left out, and the run stays.
#[test]
fn own_words_that_may_not_be_said_cost_one_insight_only() {
    let mut evidence = evidence_of(vec![]);
    for ago in 1..=10 {
        let day = evidence.today.checked_sub(jiff::Span::new().days(ago)).unwrap();
        let mut bad = check_in("easy-walk", day, true);
        bad.title = Some("Stop taking insulin".to_owned());
        evidence.check_ins.extend([bad, check_in("screens-away", day, false)]);
    }
    let run = extract(&evidence, &behavior_of(&evidence), &[]);
    assert_eq!(crate::insights::validate(&run, &evidence), vec![]);
    assert_eq!(run.insights.len(), 1, "{:?}", run.left_out);
    assert!(run.left_out.iter().any(|line| line.contains("breaks a rule")));
}

#[test]
fn a_fast_loss_of_weight_is_told_as_advice_and_todays_steps_are_not_judged() {
    let now = NOW.parse::<jiff::Timestamp>().unwrap();
    let mut data = PersonData::default();
    for back in 0..20_i64 {
        let at = now - SignedDuration::from_hours(24 * back + 1);
        // 2 kg a week of 80.
        data.biomarkers.push(reading(BiomarkerKind::WeightKg, 80.0 + back as f64 * 2.0 / 7.0, at, 1));
        data.biomarkers.push(reading(BiomarkerKind::Steps, if back == 0 { 3.0 } else { 9_000.0 }, at, 30));
    }
    data.biomarkers.reverse();
    let evidence = Evidence::from_data(data, Archetype::FoundationBuilder, AgentSettings::default(), now, 7);
    let run = extract(&evidence, &behavior_of(&evidence), &[]);
    assert_eq!(run.insights[0].title, "You are losing weight fast");
    assert_eq!(run.insights[0].category.as_str(), "nutrition");
    let steps = measured(&evidence, "steps.level");
    assert_eq!((steps.evidence.days, steps.evidence.to), (19, evidence.today.yesterday().ok()));
}

#[test]
fn nothing_known_is_said_to_be_so() {
    let reason = |evidence: &Evidence| {
        let run = extract(evidence, &behavior_of(evidence), &[]);
        assert!(run.insights.is_empty());
        run.none_because.unwrap()
    };
    assert!(reason(&evidence_of(vec![])).starts_with("There is no data yet."));
    assert!(reason(&evidence_of(vec![(5_000.0, 400.0); 3])).starts_with("3 days of data are too few"));
    let dull = (0..14).map(|i| (6_800.0 + 100.0 * f64::from(i % 5), 0.0)).collect();
    assert!(reason(&evidence_of(dull)).contains("none differs"));
}

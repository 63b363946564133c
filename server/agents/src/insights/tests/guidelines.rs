//! What a level is held against at an age, and weights of people who wear nothing.

use domain::archetype::Archetype;
use domain::health_data::BiomarkerKind;
use domain::release::AgentSettings;
use jiff::SignedDuration;

use crate::behavior::analyse as behavior_of;
use crate::evidence::sample::{NOW, evidence_of, reading};
use crate::evidence::{Evidence, PersonData};
use crate::insights::{Insight, extract, validate};

fn told(evidence: &Evidence, metric: &str) -> Option<Insight> {
    let run = extract(evidence, &behavior_of(evidence), &[]);
    assert_eq!(validate(&run, evidence), vec![]);
    run.insights.into_iter().find(|it| it.evidence.metric == metric)
}

/// Nights of 430 minutes are enough for adults, and short below 18 (National Sleep Foundation 2015: 8 to 10 hours).
#[test]
fn a_night_is_judged_by_age() {
    let mut evidence = evidence_of((0..14).map(|i| (5_000.0, 440.0 + 2.0 * f64::from(i % 5))).collect());
    evidence.profile.age = Some(38);
    assert_eq!(told(&evidence, "sleep.level").unwrap().title, "You sleep long enough");
    evidence.profile.age = Some(15);
    let short = told(&evidence, "sleep.level").unwrap();
    assert_eq!(
        (short.title.as_str(), short.evidence.baseline),
        ("Your nights are a little short", Some(480.0))
    );
    assert!(short.content.ends_with("At your age at least 8 h are advised."), "{}", short.content);
}

/// 60 minutes a day below 18 (WHO 2020), 150 a week for adults.
#[test]
fn active_minutes_are_judged_by_age() {
    let mut evidence = evidence_of(vec![(9_000.0, 0.0); 14]);
    for (i, day) in evidence.days.iter_mut().enumerate() {
        (day.steps, day.active_minutes) = (None, Some(30.0 + i as f64));
    }
    evidence.profile.age = Some(38);
    assert_eq!(told(&evidence, "active-minutes.level").unwrap().title, "You are active enough");
    evidence.profile.age = Some(15);
    let little = told(&evidence, "active-minutes.level").unwrap();
    assert_eq!(
        (little.title.as_str(), little.evidence.baseline),
        ("More active minutes would do you good", Some(60.0))
    );
}

/// 2 kg a week of 80, of somebody who has a scale and nothing else; and the same as history.
#[test]
fn a_fast_loss_is_seen_on_the_scale_alone() {
    let now = NOW.parse::<jiff::Timestamp>().unwrap();
    let of = |from: i64, a_week: f64| {
        let weighed = |back: i64| {
            let at = now - SignedDuration::from_hours(24 * (from + back) + 1);
            reading(BiomarkerKind::WeightKg, 80.0 + back as f64 * a_week / 7.0, at, 1)
        };
        let data = PersonData { biomarkers: (0..20).map(weighed).collect(), ..PersonData::default() };
        Evidence::from_data(data, Archetype::FoundationBuilder, AgentSettings::default(), now, 7)
    };
    assert_eq!(told(&of(0, 2.0), "weight.trend").unwrap().title, "You are losing weight fast");
    assert!(told(&of(0, 0.5), "weight.trend").is_some());
    assert_eq!(told(&of(40, 0.5), "weight.trend"), None, "no news");
    let quality = behavior_of(&of(0, 2.0)).data_quality;
    let weight = quality.signals.iter().find(|signal| signal.signal == "weight").unwrap();
    assert_eq!(weight.newest_days_ago, Some(0));
    let advice = behavior_of(&of(0, 2.0)).professional_advice;
    assert!(advice.iter().any(|line| line.contains("weight fell")), "{advice:?}");
}

use domain::archetype::Archetype;
use proptest::prelude::*;

use super::{Focus, TrendVerdict, analyse, validate};
use crate::evidence::sample;

proptest! {
    #[test]
    fn every_person_gets_a_valid_analysis(seed: u64, archetype in prop::sample::select(Archetype::ALL.to_vec())) {
        let evidence = sample::evidence(seed, archetype);
        let analysis = analyse(&evidence);
        prop_assert_eq!(validate(&analysis, &evidence), vec![]);
        prop_assert_eq!(&analysis, &analyse(&evidence));
    }
}

#[test]
fn nobody_is_guessed_at() {
    let evidence = sample::evidence_of(vec![]);
    let analysis = analyse(&evidence);
    assert!(analysis.priorities.is_empty() && analysis.readiness.score.is_none());
    assert!(analysis.patterns.iter().all(|pattern| pattern.verdict.is_none()));
    assert!(analysis.summary.contains("no data"));
}

#[test]
fn short_nights_and_falling_steps_are_seen() {
    let days = (0..20).map(|day| (12_000.0 - 400.0 * f64::from(day), 350.0)).collect();
    let analysis = analyse(&sample::evidence_of(days));
    assert_eq!(analysis.priorities[0].focus, Focus::Sleep);
    let steps = analysis.trends.iter().find(|trend| trend.metric == "steps").unwrap();
    assert_eq!((steps.verdict, steps.per_week), (TrendVerdict::Falling, -2_800.0));
}

#[test]
fn a_device_in_a_drawer_is_not_a_lazy_person() {
    let days: Vec<(f64, f64)> = (0..10).map(|day| (if day % 2 == 0 { 9_000.0 } else { 0.0 }, 0.0)).collect();
    let analysis = analyse(&sample::evidence_of(days));
    assert_eq!(analysis.data_quality.worn_days, 4, "of the seven days up to the last worn one");
    assert!(analysis.priorities.iter().all(|priority| priority.focus != Focus::Activity));
}

use domain::archetype::Archetype;
use proptest::prelude::*;

use super::*;
use crate::evidence::sample;

proptest! {
    #[test]
    fn every_day_is_whole(seed: u64) {
        let evidence = sample::evidence(seed, Archetype::ConnectedExplorer);
        prop_assert_eq!(validate(&analyse(&evidence), &evidence), vec![]);
    }
}

#[test]
fn reads_bed_and_wake_time_from_nights() {
    // Nights begin at 23:00 and last 430 + 10 minutes.
    let analysis = analyse(&sample::evidence_of(vec![(8_000.0, 430.0); 10]));
    assert_eq!(
        (analysis.bed_time.to_string().as_str(), analysis.wake_time.to_string().as_str()),
        ("23:00", "06:15")
    );
    assert_eq!((analysis.source, analysis.chronotype), (Source::SleepTimes, Some(Chronotype::Intermediate)));
    assert!(analysis.windows.iter().any(|window| window.zone == Zone::Peak));
}

#[test]
fn says_when_it_assumed() {
    let analysis = analyse(&sample::evidence_of(vec![]));
    assert_eq!((analysis.source, analysis.chronotype), (Source::Assumed, None));
    assert!(analysis.notes[0].contains("assumed") && analysis.chronotype_basis.reason.contains("needed"));
}

//! The 33 people of the Fitbit export with each archetype: valid, the same twice, and fast.

use std::time::{Duration, Instant};

use agents::{behavior, circadian};
use domain::archetype::Archetype;

use crate::real::{evidence, people};

#[test]
fn everybody_gets_a_valid_answer_with_each_archetype() {
    let mut taken = Vec::new();
    for (id, data) in people() {
        for archetype in Archetype::ALL {
            let evidence = evidence(&data, archetype);
            let began = Instant::now();
            let (habits, day) = (behavior::analyse(&evidence), circadian::analyse(&evidence));
            taken.push(began.elapsed());
            assert_eq!(behavior::validate(&habits, &evidence), vec![], "{id}");
            assert_eq!(circadian::validate(&day, &evidence), vec![], "{id}");
            assert_eq!((&habits, &day), (&behavior::analyse(&evidence), &circadian::analyse(&evidence)));
            // What was stored is read back the same: figures are rounded on purpose.
            let stored: behavior::BehaviorAnalysis =
                serde_json::from_str(&serde_json::to_string(&habits).unwrap()).unwrap();
            assert_eq!(behavior::validate(&stored, &evidence), vec![], "{id}");
        }
    }
    taken.sort();
    let (median, p99) = (taken[taken.len() / 2], taken[taken.len() * 99 / 100]);
    println!("behavior and circadian of {} runs: median {median:?}, p99 {p99:?}", taken.len());
    // The slowest of them only tell how busy the machine was.
    assert!(median < Duration::from_millis(20), "median {median:?}");
}

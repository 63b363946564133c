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
            if archetype == Archetype::FoundationBuilder {
                println!("{id} {}", habits.summary);
                for p in &habits.patterns {
                    println!(
                        "   {:?} {:?} {} {:?}",
                        p.kind,
                        p.verdict,
                        p.detail,
                        p.more.iter().map(|m| m.value).collect::<Vec<_>>()
                    );
                }
                for p in &habits.trends {
                    println!("   T {} {} {}..{} {:?}", p.metric, p.per_week, p.low, p.high, p.verdict);
                }
                for p in &habits.change_points {
                    println!("   C {} {} {}", p.on, p.detail, p.p_value);
                }
                for p in &habits.priorities {
                    println!("   P {} | {}", p.title, p.why);
                }
                for p in &habits.strengths {
                    println!("   S {}", p.text);
                }
                println!(
                    "   {:?} {:?} fit {:?} {:?}",
                    habits.readiness.score,
                    habits.readiness.from,
                    habits.archetype_fit.suggested,
                    habits.archetype_fit.scores.iter().map(|s| s.score).collect::<Vec<_>>()
                );
                println!(
                    "   Q {:?} {:?} gaps {:?} partial {:?} aside {:?} {:?}",
                    habits.data_quality.level,
                    habits.data_quality.missing,
                    habits.data_quality.gaps.len(),
                    habits
                        .data_quality
                        .partial_days
                        .iter()
                        .map(|p| (p.date.to_string(), p.hours, p.reason))
                        .collect::<Vec<_>>(),
                    habits.data_quality.set_aside,
                    habits.professional_advice
                );
                println!(
                    "   D {} {} {:?} {:?} {:?} {:?} {:?} {}",
                    day.wake_time,
                    day.bed_time,
                    day.source,
                    day.days,
                    day.rhythm,
                    day.since,
                    day.chronotype,
                    day.chronotype_basis.reason
                );
                println!(
                    "   E {}",
                    day.energy_timeline
                        .iter()
                        .step_by(4)
                        .map(|s| s.energy.to_string())
                        .collect::<Vec<_>>()
                        .join(" ")
                );
            }
        }
    }
    taken.sort();
    let (median, p99) = (taken[taken.len() / 2], taken[taken.len() * 99 / 100]);
    println!("behavior and circadian of {} runs: median {median:?}, p99 {p99:?}", taken.len());
    assert!(p99 < Duration::from_millis(200), "p99 {p99:?}");
}

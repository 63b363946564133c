//! The 33 real people: valid, and printed to be read as a person would (`cargo test -p agents --test plans real_people -- --nocapture`).

use agents::{behavior, insights};
use domain::archetype::Archetype;

use crate::real;

#[test]
fn real_people_get_true_insights() {
    let mut counts = [0_usize; 6];
    for (id, data) in real::people() {
        let evidence = real::evidence(&data, Archetype::FoundationBuilder);
        let run = insights::extract(&evidence, &behavior::analyse(&evidence), &[]);
        assert_eq!(insights::validate(&run, &evidence), vec![], "{id}");
        counts[run.insights.len()] += 1;
        println!("\n{id}: {} of {} figures", run.insights.len(), run.considered);
        for insight in &run.insights {
            println!(
                "  [{:?}/{:?} {:?} c{:.2} a{:.2} r{:.2}] {} — {} → {}",
                insight.category,
                insight.kind,
                insight.priority,
                insight.confidence,
                insight.actionability,
                insight.ranking.score,
                insight.title,
                insight.content,
                insight.next_step
            );
        }
        println!("  left out: {:?} {:?}", run.left_out, run.none_because);
    }
    println!("\npeople by number of insights, 0 to 5: {counts:?}");
}

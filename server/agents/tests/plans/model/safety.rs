//! What is for a professional to look at is said in the planner's words.

use agents::model::{merge, prompt, writes_for};
use domain::agent::Agent;
use domain::archetype::Archetype;
use serde_json::{Value, json};

use super::{draft, reworded, shown, somebody};

#[test]
fn no_model_rewords_what_a_professional_should_see() {
    let mut evidence = somebody(Archetype::FoundationBuilder);
    evidence
        .days
        .iter_mut()
        .for_each(|day| day.sleep_minutes = day.sleep_minutes.map(|minutes| minutes - 180.0));
    let draft = draft(Agent::Insights, &evidence).unwrap();
    let all = draft["insights"].as_array().unwrap();
    let safety = |it: &&Value| it["tone"] == "safety";
    let (kept, others) = (all.iter().filter(safety).count(), all.len() - all.iter().filter(safety).count());
    assert!(kept > 0 && others > 0, "{draft}");
    let prompt = prompt(Agent::Insights, &evidence, &draft).unwrap();
    let shown = shown(&prompt);
    assert_eq!(shown["insights"].as_array().unwrap().len(), others);
    let reply = reworded(&shown, &|text| format!("{text} So it is."));
    let merged = merge(Agent::Insights, &draft, &reply.to_string()).unwrap();
    for (before, after) in all.iter().zip(merged["insights"].as_array().unwrap()) {
        assert_eq!(before == after, before["tone"] == "safety");
    }
    // A reply that words all of them is refused.
    let text =
        |it: &Value| json!({ "title": it["title"], "content": it["content"], "next_step": it["next_step"] });
    let every = json!({ "insights": all.iter().map(text).collect::<Vec<_>>() });
    assert_eq!(merge(Agent::Insights, &draft, &every.to_string()).unwrap_err().rule, "items");
    let mut alone = draft.clone();
    alone["insights"] = all.iter().filter(safety).cloned().collect();
    assert!(!writes_for(Agent::Insights, &alone));
}

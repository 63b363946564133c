//! An answer as apps get it, judged on evidence of its own: shape, then every rule.

use agents::evidence::Evidence;
use agents::insights::{Insight, InsightRun};
use agents::violation::Violation;
use agents::{behavior, circadian, insights, nutrition, routine};
use domain::agent::Agent;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The rules that it breaks; empty: it may be given.
pub(super) fn broken_rules(agent: Agent, content: &Value, evidence: &Evidence) -> Vec<&'static str> {
    let rules = |found: Vec<Violation>| found.into_iter().map(|violation| violation.rule).collect();
    match agent {
        Agent::Behavior => {
            read(content).map_or_else(shape, |plan| rules(behavior::validate(&plan, evidence)))
        }
        Agent::Circadian => {
            read(content).map_or_else(shape, |day| rules(circadian::validate(&day, evidence)))
        }
        Agent::Routine => read(content).map_or_else(shape, |plan| {
            let context = routine::Context::new(&behavior::analyse(evidence), &circadian::analyse(evidence));
            rules(routine::validate(&plan, evidence, &context, &routine::RoutineWishes::default()))
        }),
        Agent::Nutrition => read(content).map_or_else(shape, |plan| {
            rules(nutrition::validate(&plan, evidence, &nutrition::NutritionWishes::default()))
        }),
        Agent::Insights => read::<Vec<Insight>>(content).map_or_else(shape, |insights| {
            // Why there is none is told beside them.
            let none_because = insights.is_empty().then(|| "told beside the list".to_owned());
            let run = InsightRun { insights, considered: 0, left_out: Vec::new(), none_because };
            rules(insights::validate(&run, evidence))
        }),
        Agent::Orchestrator | Agent::Memory | Agent::Chat => vec!["not judged"],
    }
}

fn read<T: DeserializeOwned>(content: &Value) -> Option<T> {
    serde_json::from_value(content.clone()).ok()
}

fn shape() -> Vec<&'static str> {
    vec!["shape"]
}

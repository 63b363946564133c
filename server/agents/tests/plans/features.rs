//! What is counted of the answers to the real people: every feature is seen, and none is a value of a person.

use std::collections::{BTreeMap, BTreeSet};

use agents::features::{of, of_agent};
use agents::{behavior, circadian, insights, nutrition, routine};
use domain::agent::Agent;
use domain::archetype::Archetype;
use serde_json::{Value, to_value};

use crate::real::{evidence, people};

#[test]
fn every_feature_is_seen_in_real_answers() {
    let mut seen: BTreeMap<(Agent, &str), BTreeSet<String>> = BTreeMap::new();
    let mut note = |agent, archetype, body: Value| {
        for found in of(agent, archetype, &body) {
            seen.entry((agent, found.feature.name)).or_default().insert(found.bin);
        }
    };
    for (n, data) in people().values().enumerate() {
        let archetype = Archetype::ALL[n % Archetype::ALL.len()];
        let evidence = evidence(data, archetype);
        let (habits, day) = (behavior::analyse(&evidence), circadian::analyse(&evidence));
        let context = routine::Context::new(&habits, &day);
        let plan = routine::plan(&evidence, &context, &Default::default());
        let told = insights::extract(&evidence, &habits, &[]);
        note(Agent::Behavior, archetype, to_value(&habits).unwrap());
        note(Agent::Circadian, archetype, to_value(&day).unwrap());
        note(Agent::Routine, archetype, to_value(&plan).unwrap());
        note(Agent::Insights, archetype, to_value(&told).unwrap());
        if n < 6 {
            let food = nutrition::plan(&evidence, &Default::default()).unwrap();
            note(Agent::Nutrition, archetype, to_value(&food).unwrap());
        }
    }
    for agent in [Agent::Behavior, Agent::Circadian, Agent::Routine, Agent::Insights, Agent::Nutrition] {
        for feature in of_agent(agent) {
            let bins = seen.get(&(agent, feature.name)).map_or(0, BTreeSet::len);
            assert!((1..=12).contains(&bins), "{agent} {}: {bins} bins", feature.name);
        }
    }
    let telling = [(Agent::Behavior, "topic"), (Agent::Routine, "minutes"), (Agent::Insights, "category")];
    for of in telling {
        assert!(seen[&of].len() >= 3 && !seen[&of].contains("other"), "{of:?}: {:?}", seen[&of]);
    }
}

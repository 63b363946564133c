//! Any JSON and any text as a reply: refused, or words only.

use agents::model::{merge, prompt};
use domain::agent::Agent;
use domain::archetype::Archetype;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample;
use serde_json::{Value, json};

use super::{AGENTS, draft, shown, somebody, unchangeable};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_json_is_refused_or_changes_words_only(reply in anything(), at in any::<sample::Index>()) {
        let evidence = somebody(Archetype::ConnectedExplorer);
        for agent in AGENTS {
            let draft = draft(agent, &evidence).unwrap();
            let _ = merge(agent, &draft, &reply.to_string()).map(|merged| assert_eq!(unchangeable(&merged), unchangeable(&draft)));
            // The same somewhere inside of a good reply.
            let mut mixed = shown(&prompt(agent, &evidence, &draft).unwrap());
            let places = places(&mixed, String::new());
            *mixed.pointer_mut(&places[at.index(places.len())]).unwrap() = reply.clone();
            let _ = merge(agent, &draft, &mixed.to_string()).map(|merged| assert_eq!(unchangeable(&merged), unchangeable(&draft)));
            // And drafts that are no drafts.
            let _ = merge(agent, &reply, &mixed.to_string());
            let _ = prompt(agent, &evidence, &reply).map(|prompt| merge(agent, &reply, &shown(&prompt).to_string()));
        }
    }

    #[test]
    fn any_text_is_no_reason_to_panic(reply in ".{0,80}") {
        let _ = merge(Agent::Nutrition, &json!({"meals": [{"title": "Soup"}]}), &reply);
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let names = [
        "summary",
        "patterns",
        "priorities",
        "time_blocks",
        "tasks",
        "meals",
        "insights",
        "title",
        "why",
        "id",
        "x",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[A-Za-z ,.]{1,30}".prop_map(Value::from),
        (0_i64..1440).prop_map(|at| json!(domain::profile::ClockTime::from_minutes(at).to_string())),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let name = sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(name, inner, 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Pointers to every value inside.
fn places(value: &Value, at: String) -> Vec<String> {
    let inside: Vec<String> = match value {
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(i, item)| places(item, format!("{at}/{i}"))).collect()
        }
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, field)| places(field, format!("{at}/{name}"))).collect()
        }
        _ => Vec::new(),
    };
    std::iter::once(at).chain(inside).collect()
}

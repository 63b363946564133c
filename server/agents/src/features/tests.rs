//! Features of real answers, and of what is no answer.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const PLANNING: [Agent; 6] = [
    Agent::Orchestrator,
    Agent::Behavior,
    Agent::Circadian,
    Agent::Routine,
    Agent::Nutrition,
    Agent::Insights,
];

fn shown(agent: Agent, body: &Value) -> Vec<String> {
    let all = of(agent, Archetype::PeakPerformer, body);
    all.iter().map(|seen| format!("{} {}", seen.feature.name, seen.bin)).collect()
}

#[test]
fn a_routine_by_hand() {
    let body = json!({
        "time_blocks": [
            {"purpose": "Wake up slowly", "why": "It is early", "tasks": [{"title": "Walk", "why": "", "scale_down": "Stand up"}]},
            {"purpose": "", "why": "", "tasks": []},
        ],
        "total_minutes": 60, "active_minutes": 29, "new_tasks": 7, "training": {"kind": "hard", "why": "Tuesday"},
        "evolution": {"decision": "begin"}, "notes": [],
    });
    let expected = [
        "archetype peak-performer",
        "tasks 0–4",
        "minutes 60–89",
        "active-minutes 15–29",
        "new-tasks 5 or more",
        "day hard",
        "evolution begin",
        "notes 0",
        "length 1–49",
    ];
    assert_eq!(shown(Agent::Routine, &body), expected);
}

#[test]
fn each_topic_counts_and_no_text_of_an_answer_becomes_a_bin() {
    let body = json!({"insights": [
        {"category": "sleep", "kind": "Ada slept 3 hours", "confidence": 0.8},
        {"category": "activity", "kind": "x".repeat(40), "confidence": -1.0},
        {"category": "", "kind": null, "confidence": "high"},
    ]});
    let expected = [
        "archetype peak-performer",
        "insights 3",
        "category sleep",
        "kind other",
        "sureness 0.75–0.84",
        "category activity",
        "kind other",
        "category other",
        "length 0",
    ];
    assert_eq!(shown(Agent::Insights, &body), expected);
    assert_eq!(shown(Agent::Memory, &body), Vec::<String>::new());
}

#[test]
fn names_are_one_each_and_bins_in_order() {
    for agent in PLANNING {
        let names: BTreeSet<&str> = of_agent(agent).iter().map(|feature| feature.name).collect();
        assert_eq!(names.len(), of_agent(agent).len(), "{agent}");
    }
    let mut bins = ["400 or more", "50–99", "0", "unheard of", "100–199"];
    bins.sort_by_key(|bin| catalogue::LENGTH.order(bin));
    assert_eq!(bins, ["0", "50–99", "100–199", "400 or more", "unheard of"]);
}

/// Any JSON, four levels deep, with the names that answers have.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<f64>().prop_map(|n| json!(n)),
        "[a-zA-Z0-9 :-]{0,40}".prop_map(Value::from)
    ];
    let name = prop::sample::select(vec![
        "insights",
        "kind",
        "category",
        "confidence",
        "priorities",
        "focus",
        "title",
        "time_blocks",
        "tasks",
        "total_minutes",
        "totals",
        "energy_kcal",
        "meals",
        "changes",
        "trigger",
        "verdict",
        "source",
        "notes",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_bins_are_short_words_or_known(body in anything(), agent in prop::sample::select(&PLANNING[..])) {
        for seen in of(agent, Archetype::FoundationBuilder, &body) {
            prop_assert!(of_agent(agent).contains(&seen.feature), "{} is in the catalogue", seen.feature.name);
            let known = seen.feature.order(&seen.bin).0 != usize::MAX;
            let word = seen.bin.len() <= LONGEST && seen.bin.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            prop_assert!(known || word, "{}", seen.bin);
        }
    }
}

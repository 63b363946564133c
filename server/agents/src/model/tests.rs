//! What a model may do to an answer: change words, and nothing else.

use domain::archetype::Archetype;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::evidence::sample;
use crate::{behavior, circadian, insights, nutrition, routine};

const WRITERS: [Agent; 4] = [Agent::Behavior, Agent::Routine, Agent::Nutrition, Agent::Insights];

fn draft(agent: Agent, evidence: &Evidence) -> Option<Value> {
    let behavior = behavior::analyse(evidence);
    let value = match agent {
        Agent::Behavior => serde_json::to_value(behavior),
        Agent::Routine => {
            let context = routine::Context::new(&behavior, &circadian::analyse(evidence));
            serde_json::to_value(routine::plan(evidence, &context, &routine::RoutineWishes::default()))
        }
        Agent::Nutrition => {
            serde_json::to_value(nutrition::plan(evidence, &nutrition::NutritionWishes::default()).ok()?)
        }
        _ => serde_json::to_value(insights::extract(evidence, &behavior, &[])),
    };
    Some(value.unwrap())
}

fn texts(prompt: &Prompt) -> Map<String, Value> {
    let question: Value = serde_json::from_str(&prompt.messages[1].content).unwrap();
    question["draft"].as_object().unwrap().clone()
}

/// A person for whom every agent has something to say.
fn someone() -> Evidence {
    (0..)
        .map(|seed| sample::evidence(seed, Archetype::SystematicImprover))
        .find(|evidence| {
            WRITERS.iter().all(|agent| {
                draft(*agent, evidence).is_some_and(|draft| prompt(*agent, evidence, &draft).is_some())
            })
        })
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn repeating_the_draft_changes_nothing(seed: u64, archetype in prop::sample::select(Archetype::ALL.to_vec())) {
        let evidence = sample::evidence(seed, archetype);
        for agent in WRITERS {
            let Some(draft) = draft(agent, &evidence) else { continue };
            let Some(prompt) = prompt(agent, &evidence, &draft) else { continue };
            let reply = Value::Object(texts(&prompt)).to_string();
            prop_assert_eq!(&merge(agent, &draft, &reply).unwrap(), &draft);
            prop_assert_eq!(&merge(agent, &draft, &format!("```json\n{reply}\n```")).unwrap(), &draft);
            prop_assert!((256..=4_096).contains(&prompt.max_output_tokens));
        }
    }

    #[test]
    fn no_reply_reaches_beyond_the_texts(seed in 0_u64..40, reply in ".{0,200}", words in "[ -~]{0,80}") {
        let evidence = sample::evidence(seed, Archetype::PeakPerformer);
        for agent in WRITERS {
            let Some(draft) = draft(agent, &evidence) else { continue };
            let Some(prompt) = prompt(agent, &evidence, &draft) else { continue };
            prop_assert!(merge(agent, &draft, &reply).is_err());
            let all: Map<String, Value> = texts(&prompt).into_iter().map(|(key, _)| (key, json!(words))).collect();
            if let Ok(mut merged) = merge(agent, &draft, &Value::Object(all).to_string()) {
                for place in words::places(agent, &draft) {
                    *merged.pointer_mut(&place.pointer).unwrap() = json!(place.text);
                }
                prop_assert_eq!(merged, draft);
            }
        }
    }
}

#[test]
fn a_changed_text_stands_in_its_place() {
    let evidence = someone();
    let draft = draft(Agent::Behavior, &evidence).unwrap();
    let mut reply = texts(&prompt(Agent::Behavior, &evidence, &draft).unwrap());
    reply["summary"] = json!("You are on a good way, and one thing comes first.");
    let merged = merge(Agent::Behavior, &draft, &Value::Object(reply).to_string()).unwrap();
    assert_eq!(merged["summary"], "You are on a good way, and one thing comes first.");
    assert_eq!(merged["priorities"], draft["priorities"]);
}

#[test]
fn each_broken_rule_is_named() {
    let evidence = someone();
    let draft = draft(Agent::Behavior, &evidence).unwrap();
    let whole = texts(&prompt(Agent::Behavior, &evidence, &draft).unwrap());
    let with = |text: &str| {
        let mut reply = whole.clone();
        reply["summary"] = json!(text);
        Value::Object(reply).to_string()
    };
    let mut fewer = whole.clone();
    fewer.remove("summary");
    let mut other = fewer.clone();
    other.insert("other".to_owned(), json!("a text"));
    let cases = [
        ("Sleep at least 987654 minutes.".to_owned(), "invented-number"),
        ("Stop taking your medication.".to_owned(), "wording"),
        ("Read https://example.org now.".to_owned(), "text"),
        ("<b>Well done</b>".to_owned(), "text"),
        (" ".to_owned(), "text"),
        ("word ".repeat(200), "text"),
    ];
    for (text, rule) in cases {
        assert_eq!(merge(Agent::Behavior, &draft, &with(&text)).unwrap_err().rule, rule, "{text}");
    }
    let replies = [
        (Value::Object(fewer).to_string(), "keys"),
        (Value::Object(other).to_string(), "keys"),
        ("I am sorry.".to_owned(), "not-json"),
        (json!({"summary": 5}).to_string(), "not-json"),
        ("[]".to_owned(), "not-json"),
        ("x".repeat(70_000), "too-long"),
    ];
    for (reply, rule) in replies {
        assert_eq!(merge(Agent::Behavior, &draft, &reply).unwrap_err().rule, rule);
    }
}

#[test]
fn a_prompt_names_nobody_and_says_what_was_wrong_when_asked_again() {
    let mut evidence = someone();
    evidence.profile.allergies = vec!["secretallergy".to_owned()];
    for agent in WRITERS {
        let draft = draft(agent, &evidence).unwrap();
        let first = prompt(agent, &evidence, &draft).unwrap();
        assert_eq!(first, prompt(agent, &evidence, &draft).unwrap());
        let asked = &first.messages[1].content;
        assert!(!asked.contains("content_hash") && !asked.contains("secretallergy"), "{asked}");
        let again = repair(first.clone(), "{}", &[Violation::new("keys", "summary is missing")]);
        assert_eq!(again.messages[..2], first.messages[..]);
        assert_eq!(again.messages.len(), 4);
        assert!(again.messages[3].content.contains("keys: summary is missing"));
    }
    assert_eq!(prompt(Agent::Circadian, &evidence, &json!({})), None);
}

#[test]
fn the_schema_asks_for_every_text_and_no_other() {
    let evidence = someone();
    let draft = draft(Agent::Insights, &evidence).unwrap();
    let prompt = prompt(Agent::Insights, &evidence, &draft).unwrap();
    let properties = prompt.schema["properties"].as_object().unwrap();
    assert_eq!(properties.keys().collect::<Vec<_>>(), texts(&prompt).keys().collect::<Vec<_>>());
    assert_eq!(prompt.schema["required"].as_array().unwrap().len(), properties.len());
    assert_eq!(properties["insights_0_title"]["maxLength"], 60);
}

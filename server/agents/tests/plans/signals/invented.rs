//! A model or a fault cannot invent a figure: whatever is changed in a valid answer is refused.

use agents::behavior::{self, BehaviorAnalysis, Metric};
use agents::circadian::{self, CircadianAnalysis};
use agents::evidence::Evidence;
use agents::model::{merge, prompt};
use domain::agent::Agent;
use domain::archetype::Archetype;
use serde_json::{Value, json};

use crate::real::{evidence, people};

/// Somebody with priorities, strengths, trends, a change and nights.
fn somebody(id: &str) -> Evidence {
    evidence(&people()[id], Archetype::SystematicImprover)
}

/// Pointers to all numbers and dates of a value.
fn figures(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::String(text) if text.parse::<jiff::civil::Date>().is_ok() => found.push(at.to_owned()),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                figures(item, &format!("{at}/{i}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                figures(field, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

fn changed(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => json!(number.as_f64().unwrap() + 0.1),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::String(date) => json!(date.parse::<jiff::civil::Date>().unwrap().tomorrow().unwrap()),
        other => other.clone(),
    }
}

#[test]
fn no_figure_of_an_analysis_can_be_changed() {
    let mut seen = std::collections::BTreeSet::new();
    for id in ["1503960366", "1624580081"] {
        let evidence = somebody(id);
        let answer = serde_json::to_value(behavior::analyse(&evidence)).unwrap();
        let mut places = Vec::new();
        figures(&answer, "", &mut places);
        assert!(places.len() > 60, "{}", places.len());
        for place in places {
            let mut other = answer.clone();
            let slot = other.pointer_mut(&place).unwrap();
            *slot = changed(slot);
            let Ok(other) = serde_json::from_value::<BehaviorAnalysis>(other) else { continue };
            assert_ne!(behavior::validate(&other, &evidence), vec![], "{place} was changed");
            seen.insert(place.split('/').nth(1).unwrap().to_owned());
        }
    }
    let parts = [
        "archetype_fit",
        "change_points",
        "data_quality",
        "patterns",
        "priorities",
        "readiness",
        "strengths",
        "trends",
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), parts);
}

#[test]
fn no_figure_of_a_circadian_day_can_be_changed() {
    let evidence = somebody("1503960366");
    let answer = serde_json::to_value(circadian::analyse(&evidence)).unwrap();
    let mut places = Vec::new();
    figures(&answer, "", &mut places);
    for place in places {
        let mut other = answer.clone();
        let slot = other.pointer_mut(&place).unwrap();
        *slot = changed(slot);
        let other: CircadianAnalysis = serde_json::from_value(other).unwrap();
        assert_ne!(circadian::validate(&other, &evidence), vec![], "{place} was changed");
    }
    let mut other = circadian::analyse(&evidence);
    other.wake_time = domain::profile::ClockTime::from_minutes(i64::from(other.wake_time.minutes()) + 15);
    assert_eq!(circadian::validate(&other, &evidence)[0].rule, "circadian.times");
}

#[test]
fn a_true_figure_of_another_metric_is_no_evidence() {
    let evidence = somebody("1503960366");
    let mut analysis = behavior::analyse(&evidence);
    analysis.priorities[0].evidence.metric = "steps per day".to_owned();
    let rules: Vec<_> = behavior::validate(&analysis, &evidence).iter().map(ToString::to_string).collect();
    assert_eq!(rules, ["behavior.figure: steps per day is not in the evidence"]);
    analysis.priorities[0].evidence.metric = "Ada's weight".to_owned();
    let rules: Vec<_> = behavior::validate(&analysis, &evidence).iter().map(ToString::to_string).collect();
    assert_eq!(rules, ["behavior.figure: unknown metric is not in the evidence"]);
    let mut silent = behavior::analyse(&evidence);
    silent.professional_advice.push("Stop worrying.".to_owned());
    assert_eq!(behavior::validate(&silent, &evidence)[0].rule, "behavior.advice");
}

#[test]
fn every_metric_has_one_name_and_its_own_unit() {
    let mut names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Metric::ALL.len());
    let people = people();
    for metric in Metric::ALL {
        assert_eq!(Metric::parse(metric.name()), Some(*metric));
        let shown = people.values().filter_map(|data| metric.of(&evidence(data, Archetype::PeakPerformer)));
        assert!(shown.map(|shown| shown.unit).all(|unit| unit == metric.unit()), "{metric:?}");
    }
}

#[test]
fn a_model_words_changes_and_strengths_and_their_figures_stay() {
    let evidence = somebody("1624580081");
    let mut draft = serde_json::to_value(behavior::analyse(&evidence)).unwrap();
    draft["strengths"] = json!([{"text": "you walk.", "evidence": draft["priorities"][0]["evidence"]}]);
    let shown = prompt(Agent::Behavior, &evidence, &draft).unwrap().messages.pop().unwrap().content;
    let mut reply: Value = serde_json::from_str::<Value>(&shown).unwrap()["draft"].clone();
    reply["change_points"][0]["detail"] = json!("Since then you walk less: about 2193 steps instead of 6349");
    reply["strengths"][0]["text"] = json!("You keep walking.");
    let merged = merge(Agent::Behavior, &draft, &reply.to_string()).unwrap();
    assert_eq!(merged["change_points"][0]["before"], draft["change_points"][0]["before"]);
    assert_eq!(merged["strengths"][0]["text"], "You keep walking.");
    reply["change_points"][0]["detail"] = json!("Since then you walk less: about 2000 steps");
    assert_eq!(merge(Agent::Behavior, &draft, &reply.to_string()).unwrap_err().rule, "invented-number");
}

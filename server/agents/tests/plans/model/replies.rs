//! Replies: good ones change words only, bad ones are refused by a named rule, none ever panics.

use agents::model::{merge, prompt};
use domain::agent::Agent;
use domain::archetype::Archetype;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{AGENTS, draft, judge, reworded, shown, somebody, unchangeable};
use crate::people::people;

fn warmer(text: &str) -> String {
    let plain = text.trim_end();
    if plain.ends_with(['.', '!', '?', '…']) {
        format!("{plain} Enjoy it.")
    } else {
        format!("{plain}, gently.")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn other_words_change_words_only(evidence in people()) {
        for agent in AGENTS {
            let Some(draft) = draft(agent, &evidence) else { continue };
            let Some(prompt) = prompt(agent, &evidence, &draft) else { continue };
            let reply = reworded(&shown(&prompt), &warmer);
            let merged = merge(agent, &draft, &reply.to_string());
            let merged = merged.map_err(|violation| TestCaseError::fail(format!("{agent} {violation}")))?;
            prop_assert!(merged != draft);
            prop_assert_eq!(unchangeable(&merged), unchangeable(&draft));
            prop_assert_eq!(judge(agent, &merged, &evidence), vec![]);
            // What was written is what was said, and saying it of the new answer changes nothing.
            prop_assert_eq!(shown(&agents::model::prompt(agent, &evidence, &merged).unwrap()), reply.clone());
            prop_assert_eq!(merge(agent, &merged, &reply.to_string()), Ok(merged));
        }
    }

}

/// The rule that refuses a good reply after `change`.
fn refusal(agent: Agent, change: impl Fn(&mut Value)) -> Option<&'static str> {
    let evidence = somebody(Archetype::SystematicImprover);
    let draft = draft(agent, &evidence).unwrap();
    let mut reply = shown(&prompt(agent, &evidence, &draft).unwrap());
    change(&mut reply);
    merge(agent, &draft, &reply.to_string()).err().map(|violation| violation.rule)
}

#[test]
fn bad_replies_are_refused_by_name() {
    let texts = [
        (Agent::Behavior, "/priorities/0/why"),
        (Agent::Behavior, "/summary"),
        (Agent::Behavior, "/patterns/1/detail"),
        (Agent::Routine, "/time_blocks/2/purpose"),
        (Agent::Routine, "/tasks/3/scale_down"),
        (Agent::Nutrition, "/meals/0/title"),
        (Agent::Insights, "/insights/0/content"),
    ];
    for (agent, place) in texts {
        for (said, rule) in [
            (json!("Stop taking your medication."), "wording"),
            (json!("Read https://example.com first."), "text"),
            (json!("Try <b>this</b>."), "text"),
            (json!(" "), "text"),
            (json!("Take 4321 steps."), "invented-number"),
            (json!("Keep at it. ".repeat(60)), "too-long"),
            (json!(7), "shape"),
            (json!(null), "shape"),
            (json!(["Well done."]), "shape"),
        ] {
            let change = |reply: &mut Value| *reply.pointer_mut(place).unwrap() = said.clone();
            assert_eq!(refusal(agent, change), Some(rule), "{agent} {place} {said}");
        }
    }
}

#[test]
fn lists_keep_their_items_and_items_their_fields() {
    type Change = fn(&mut Value);
    let cases: [(Agent, Change, &str); 12] = [
        (
            Agent::Behavior,
            |r| {
                r["priorities"].as_array_mut().unwrap().pop();
            },
            "items",
        ),
        (
            Agent::Routine,
            |r| {
                let task = r["tasks"][0].clone();
                r["tasks"].as_array_mut().unwrap().push(task);
            },
            "items",
        ),
        (
            Agent::Routine,
            |r| {
                r["tasks"].as_array_mut().unwrap().remove(2);
            },
            "items",
        ),
        (Agent::Routine, |r| r["tasks"][0]["id"] = json!("2026-03-03-own-idea"), "items"),
        (Agent::Routine, |r| r["tasks"][1] = r["tasks"][0].clone(), "items"),
        (Agent::Routine, |r| r["tasks"][0]["start"] = json!("25:00"), "shape"),
        (Agent::Routine, |r| r["tasks"][0]["minutes"] = json!(90), "shape"),
        (Agent::Nutrition, |r| r["meals"][0]["foods"] = json!([{"food": "Beef", "grams": 900}]), "shape"),
        (
            Agent::Routine,
            |r| r["time_blocks"][4]["purpose"] = json!("Sprint until you drop"),
            "invented-load",
        ),
        (Agent::Routine, |r| r["tasks"][0]["scale_down"] = json!("Do squats instead."), "invented-load"),
        (Agent::Nutrition, |r| r["meals"][0]["title"] = json!("Bacon and eggs in wine"), "invented-food"),
        (
            Agent::Insights,
            |r| {
                r.as_object_mut().unwrap().remove("insights");
            },
            "shape",
        ),
    ];
    for (i, (agent, change, rule)) in cases.into_iter().enumerate() {
        assert_eq!(refusal(agent, change), Some(rule), "case {i}");
    }
}

#[test]
fn only_an_object_is_a_reply() {
    let draft = json!({"meals": [{"title": "Soup"}]});
    let rule = |reply: &str| merge(Agent::Nutrition, &draft, reply).err().map(|violation| violation.rule);
    for reply in ["", "Sure!", "[]", "null", "{\"meals\":", "Here: {\"meals\": []}", "```", "``````", "{} {}"]
    {
        assert_eq!(rule(reply), Some("json"), "{reply}");
    }
    assert_eq!(rule(&format!("{{}}{}", " ".repeat(64 * 1024))), Some("too-long"));
    assert_eq!(rule(&"[".repeat(60_000)), Some("json"));
    assert_eq!(rule("{\"meals\": [{\"title\": \"Hot soup\"}]}"), None);
}

#[test]
fn tasks_may_come_in_any_order_and_move() {
    let evidence = somebody(Archetype::PeakPerformer);
    let draft = draft(Agent::Routine, &evidence).unwrap();
    let mut reply = shown(&prompt(Agent::Routine, &evidence, &draft).unwrap());
    reply["tasks"].as_array_mut().unwrap().reverse();
    assert_eq!(merge(Agent::Routine, &draft, &reply.to_string()).as_ref(), Ok(&draft));
    let last = reply["tasks"].as_array().unwrap().len() - 1;
    reply["tasks"][last]["start"] = json!("03:00");
    let merged = merge(Agent::Routine, &draft, &reply.to_string()).unwrap();
    assert_eq!(merged["time_blocks"][0]["tasks"][0]["start"], "03:00");
    let rules: Vec<_> = judge(Agent::Routine, &merged, &evidence).iter().map(|found| found.rule).collect();
    assert!(rules.contains(&"minutes") && rules.contains(&"window"), "the validator judges times: {rules:?}");
}

#[test]
fn an_insight_in_other_words_has_another_hash_and_the_same_id() {
    let evidence = somebody(Archetype::FoundationBuilder);
    let draft = draft(Agent::Insights, &evidence).unwrap();
    let mut reply = shown(&prompt(Agent::Insights, &evidence, &draft).unwrap());
    reply["insights"][0]["title"] = json!("A kinder evening");
    let merged = merge(Agent::Insights, &draft, &reply.to_string()).unwrap();
    let (old, new) = (&draft["insights"], &merged["insights"]);
    assert_eq!((&new[0]["id"], &new[0]["meaning"]), (&old[0]["id"], &old[0]["meaning"]));
    assert_ne!(new[0]["content_hash"], old[0]["content_hash"]);
    assert_eq!(new[1], old[1]);
}

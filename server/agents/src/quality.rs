//! How good answers are, seen from outside: what they claim, how much of it stands on evidence, and how far two are apart.
//!
//! Reads the answer as apps get it, so that it judges planners and models alike and cannot share a planner's mistake.

use std::collections::BTreeSet;

use domain::agent::Agent;
use serde_json::Value;

/// What one answer says, apart from its wording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Statements about the person or the world that could be wrong.
    pub claims: u32,
    /// Of these, the ones that name what they rest on.
    pub grounded: u32,
    /// What is said or proposed, one word each: a focus, a task, a food, a meaning.
    pub items: BTreeSet<String>,
}

impl Content {
    /// `body` is the field of the answer that carries the agent's own result; of an unknown shape: nothing is claimed.
    pub fn of(agent: Agent, body: &Value) -> Self {
        let mut content = Self::default();
        match agent {
            Agent::Behavior => behavior(body, &mut content),
            Agent::Circadian => circadian(body, &mut content),
            Agent::Routine => routine(body, &mut content),
            Agent::Nutrition => nutrition(body, &mut content),
            Agent::Insights => insights(body, &mut content),
            Agent::Orchestrator | Agent::Memory | Agent::Chat => {}
        }
        content
    }

    fn claim(&mut self, grounded: bool) {
        self.claims += 1;
        self.grounded += u32::from(grounded);
    }

    fn item(&mut self, parts: &[&Value]) {
        let words: Vec<&str> = parts.iter().filter_map(|part| part.as_str()).collect();
        if !words.is_empty() {
            self.items.insert(words.join(" "));
        }
    }

    /// How much of what either says the other does not: 0 the same, 1 nothing in common (Jaccard). Two empty ones are the same.
    pub fn distance(&self, other: &Self) -> f64 {
        let either = self.items.union(&other.items).count();
        if either == 0 {
            return 0.0;
        }
        1.0 - self.items.intersection(&other.items).count() as f64 / either as f64
    }
}

fn list<'a>(body: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    body[name].as_array().into_iter().flatten()
}

/// A number with the days it rests on.
fn is_evidence(shown: &Value) -> bool {
    shown["value"].is_number() && shown["days"].as_u64().is_some_and(|days| days > 0)
}

fn behavior(body: &Value, content: &mut Content) {
    for pattern in list(body, "patterns").filter(|pattern| pattern["verdict"].is_string()) {
        content.claim(is_evidence(&pattern["evidence"]));
        content.item(&[&pattern["kind"], &pattern["verdict"]]);
    }
    for trend in list(body, "trends") {
        content.claim(trend["days"].as_u64().is_some_and(|days| days > 0));
        content.item(&[&trend["metric"], &trend["verdict"]]);
    }
    for priority in list(body, "priorities") {
        content.claim(is_evidence(&priority["evidence"]));
        content.item(&[&priority["focus"], &priority["next_step"]]);
    }
    content.item(&[&body["readiness"]["mode"]]);
}

/// The day in 96 slots is one claim; so is a chronotype, where one is named.
fn circadian(body: &Value, content: &mut Content) {
    let measured = body["days"].as_u64().is_some_and(|days| days > 0);
    content.claim(measured);
    if body["chronotype"].is_string() {
        content.claim(measured);
        content.item(&[&body["chronotype"]]);
    }
    for window in list(body, "windows") {
        content.item(&[&window["zone"], &window["start"]]);
    }
}

/// A task is grounded when its reason carries a figure: the person's own, or the share of times that it was done.
fn routine(body: &Value, content: &mut Content) {
    for block in list(body, "time_blocks") {
        for task in list(block, "tasks") {
            content.claim(task["why"].as_str().is_some_and(|why| why.bytes().any(|b| b.is_ascii_digit())));
            // The id begins with the day.
            if let Some(slug) = task["id"].as_str().and_then(|id| id.get(11..)) {
                content.items.insert(slug.to_owned());
            }
        }
    }
}

fn nutrition(body: &Value, content: &mut Content) {
    for meal in list(body, "meals") {
        for portion in list(meal, "foods") {
            content.claim(portion["source"].as_str().is_some_and(|source| !source.is_empty()));
            content.item(&[&portion["food"]]);
        }
    }
}

fn insights(body: &Value, content: &mut Content) {
    for insight in body.as_array().into_iter().flatten() {
        content.claim(is_evidence(&insight["evidence"]));
        content.item(&[&insight["meaning"]]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_without_evidence_counts_against_an_answer() {
        let body = json!({"patterns": [
            {"kind": "sleep-duration", "verdict": "short", "evidence": {"value": 350.0, "days": 7}},
            {"kind": "streak", "verdict": "lapse", "evidence": null},
            {"kind": "weekday-weekend", "verdict": null},
        ]});
        let content = Content::of(Agent::Behavior, &body);
        assert_eq!((content.claims, content.grounded, content.items.len()), (2, 1, 2));
    }

    #[test]
    fn a_task_is_the_same_on_another_day() {
        let day = |date: &str| {
            let tasks = json!([{"id": format!("{date}-easy-walk"), "why": "You took 7,000 steps."}]);
            Content::of(Agent::Routine, &json!({"time_blocks": [{"tasks": tasks}]}))
        };
        assert_eq!(day("2026-03-03").distance(&day("2026-03-04")), 0.0);
        assert_eq!(day("2026-03-03").distance(&Content::default()), 1.0);
    }

    proptest! {
        #[test]
        fn the_distance_is_a_metric(
            a in prop::collection::btree_set("[a-f]", 0..6),
            b in prop::collection::btree_set("[a-f]", 0..6),
            c in prop::collection::btree_set("[a-f]", 0..6),
        ) {
            let content = |items| Content { items, ..Content::default() };
            let (a, b, c) = (content(a), content(b), content(c));
            prop_assert_eq!(a.distance(&b), b.distance(&a));
            prop_assert_eq!(a.distance(&b) == 0.0, a == b);
            prop_assert!((0.0..=1.0).contains(&a.distance(&b)));
            prop_assert!(a.distance(&c) <= a.distance(&b) + b.distance(&c) + 1e-12);
        }
    }
}

//! What an answer is like, in a few coarse bins: counted over many answers, they tell when an agent's answers change.
//!
//! Nothing here says anything of one person's health: how many tasks, which topics, how long the words; amounts in wide bins.
//! Reads the answer as it is stored, so that planners and models are seen alike. A field that is absent is not counted, and a
//! word that is not one of ours (lower-case letters and hyphens) counts as `other`: no text of an answer can become a bin.

mod catalogue;

use domain::agent::Agent;
use domain::archetype::Archetype;
use serde_json::Value;

use catalogue::{
    ACTIVE, ADVICE, ARCHETYPE, BASIS, CATEGORY, CHANGES, CONFIDENCE, DATA, DAY, ENERGY, EVOLUTION, INSIGHTS,
    KIND, LENGTH, MEALS, MINUTES, NEW, NOTES, PRIORITIES, RHYTHM, SOURCE, STRENGTHS, SURENESS, SWAPS, TASKS,
    TOPIC, TRIGGER, VERDICT,
};
pub use catalogue::{Feature, of_agent};

/// The longest word that may be a bin.
const LONGEST: usize = 32;

/// One feature of one answer. Of a list (topics, categories) there is one for each item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub feature: &'static Feature,
    pub bin: String,
}

/// Of a fresh answer's `body` as it is stored; of an unknown shape, fewer or none.
pub fn of(agent: Agent, archetype: Archetype, body: &Value) -> Vec<Seen> {
    let mut found = Found(Vec::new());
    found.word(&ARCHETYPE, &Value::String(archetype.name().to_lowercase().replace(' ', "-")));
    match agent {
        Agent::Behavior => behavior(body, &mut found),
        Agent::Circadian => circadian(body, &mut found),
        Agent::Routine => routine(body, &mut found),
        Agent::Nutrition => nutrition(body, &mut found),
        Agent::Insights => insights(body, &mut found),
        Agent::Orchestrator => adaptation(body, &mut found),
        Agent::Memory | Agent::Chat => return Vec::new(),
    }
    found.0
}

struct Found(Vec<Seen>);

impl Found {
    fn number(&mut self, feature: &'static Feature, value: Option<f64>) {
        if let Some(bin) = value.and_then(|value| feature.bin_of(value)) {
            self.0.push(Seen { feature, bin: bin.to_owned() });
        }
    }

    fn count(&mut self, feature: &'static Feature, list: &Value) {
        self.number(feature, list.as_array().map(|items| items.len() as f64));
    }

    fn word(&mut self, feature: &'static Feature, value: &Value) {
        let Some(word) = value.as_str() else { return };
        let plain = !word.is_empty()
            && word.len() <= LONGEST
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        self.0.push(Seen { feature, bin: if plain { word } else { "other" }.to_owned() });
    }

    /// Of all texts together, in words.
    fn length<'a>(&mut self, texts: impl Iterator<Item = &'a Value>) {
        let words =
            texts.filter_map(Value::as_str).map(|text| text.split_whitespace().count()).sum::<usize>();
        self.number(&LENGTH, Some(words as f64));
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

fn behavior(body: &Value, found: &mut Found) {
    found.word(&DATA, &body["data_quality"]["level"]);
    found.count(&PRIORITIES, &body["priorities"]);
    list(body, "priorities").for_each(|priority| found.word(&TOPIC, &priority["focus"]));
    found.count(&STRENGTHS, &body["strengths"]);
    found.count(&ADVICE, &body["professional_advice"]);
    let details = list(body, "patterns").chain(list(body, "change_points")).map(|item| &item["detail"]);
    let priorities =
        list(body, "priorities").flat_map(|item| [&item["title"], &item["why"], &item["next_step"]]);
    let strengths = list(body, "strengths").map(|item| &item["text"]);
    found.length([&body["summary"]].into_iter().chain(details).chain(priorities).chain(strengths));
}

fn circadian(body: &Value, found: &mut Found) {
    found.word(&SOURCE, &body["source"]);
    found.word(&RHYTHM, &body["rhythm"]);
    found.word(&BASIS, &body["chronotype_basis"]["method"]);
    found.number(&CONFIDENCE, body["chronotype_basis"]["confidence"].as_f64());
    found.count(&NOTES, &body["notes"]);
}

fn routine(body: &Value, found: &mut Found) {
    let blocks = || list(body, "time_blocks");
    let tasks = || blocks().flat_map(|block| list(block, "tasks"));
    if body["time_blocks"].is_array() {
        found.number(&TASKS, Some(tasks().count() as f64));
    }
    found.number(&MINUTES, body["total_minutes"].as_f64());
    found.number(&ACTIVE, body["active_minutes"].as_f64());
    found.number(&NEW, body["new_tasks"].as_f64());
    found.word(&DAY, &body["training"]["kind"]);
    found.word(&EVOLUTION, &body["evolution"]["decision"]);
    found.count(&NOTES, &body["notes"]);
    let of_blocks = blocks().flat_map(|block| [&block["purpose"], &block["why"]]);
    let of_tasks = tasks().flat_map(|task| [&task["title"], &task["why"], &task["scale_down"]]);
    found.length(of_blocks.chain(of_tasks));
}

fn nutrition(body: &Value, found: &mut Found) {
    found.number(&ENERGY, body["totals"]["energy_kcal"].as_f64());
    found.count(&MEALS, &body["meals"]);
    found.count(&SWAPS, &body["swaps"]);
    found.count(&NOTES, &body["notes"]);
    found.length(list(body, "meals").map(|meal| &meal["title"]));
}

fn insights(body: &Value, found: &mut Found) {
    found.count(&INSIGHTS, &body["insights"]);
    for insight in list(body, "insights") {
        found.word(&CATEGORY, &insight["category"]);
        found.word(&KIND, &insight["kind"]);
        found.number(&SURENESS, insight["confidence"].as_f64());
    }
    found.length(
        list(body, "insights").flat_map(|item| [&item["title"], &item["content"], &item["next_step"]]),
    );
}

/// What a run of all agents says of what to change next.
fn adaptation(body: &Value, found: &mut Found) {
    found.word(&VERDICT, &body["verdict"]);
    found.count(&CHANGES, &body["changes"]);
    list(body, "changes").for_each(|change| found.word(&TRIGGER, &change["trigger"]));
}

#[cfg(test)]
mod tests;

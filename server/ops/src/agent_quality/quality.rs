//! How an agent's plans and a model's words were judged, as shares with what they are of.

use domain::agent::Agent;
use serde::Serialize;

use super::counts::{Fate, KEPT, PLAN, PLAN_RULE, REFUSED, REPLY, REPLY_RULE, WORDS};
use super::store::Row;
use crate::telemetry::Summary;

/// A share that says of how many. Of nothing there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// A stable word.
    pub name: &'static str,
    /// For people: what is counted.
    pub title: &'static str,
    pub count: u64,
    /// Of so many…
    pub of: u64,
    /// …of these.
    pub of_what: &'static str,
    /// 0 to 1; absent: nothing was measured yet.
    pub share: Option<f64>,
    /// What else was measured of it.
    pub note: Option<String>,
}

impl Measure {
    pub(super) fn new(
        name: &'static str,
        title: &'static str,
        count: u64,
        of: u64,
        of_what: &'static str,
    ) -> Self {
        let share = (of > 0).then(|| count as f64 / of as f64);
        Self { name, title, count, of, of_what, share, note: None }
    }

    pub(super) fn noted(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }
}

/// A rule that drafts or replies broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenRule {
    /// Its stable word; never a value.
    pub rule: String,
    /// `planner` or `model`.
    pub by: &'static str,
    /// Drafts or replies that broke it, once each.
    pub times: u64,
    /// Drafts or replies that were judged.
    pub of: u64,
}

pub(super) fn times(rows: &[Row], subject: &str, word: Option<&str>) -> u64 {
    let wanted = |row: &&Row| row.subject == subject && word.is_none_or(|word| row.word == word);
    rows.iter().filter(wanted).map(|row| row.times.unsigned_abs()).sum()
}

/// What the counts say; a measure that the agent cannot have is left out.
pub(super) fn judged(agent: Agent, rows: &[Row], asked: &Summary) -> Vec<Measure> {
    const JUDGED: &str = "answers for which a model replied";
    let mut all = Vec::new();
    if !agents::features::of_agent(agent).is_empty() {
        let (refused, drafts) = (times(rows, PLAN, Some(REFUSED)), times(rows, PLAN, None));
        all.push(Measure::new(
            "plans-refused",
            "Plans that broke a rule and were not given",
            refused,
            drafts,
            "plans made and judged",
        ));
    }
    if super::prompt::label(agent).is_some() {
        let of = |fate: Fate| times(rows, WORDS, Some(fate.as_str()));
        let words = times(rows, WORDS, None);
        let measure = |name, title, fate| Measure::new(name, title, of(fate), words, JUDGED);
        all.push(measure("words-at-once", "A model's words given as they came", Fate::AtOnce));
        all.push(measure(
            "words-repaired",
            "Given after the model was told which rules they broke",
            Fate::Repaired,
        ));
        all.push(measure(
            "words-refused",
            "Refused, so that the planner's words or kept ones were given",
            Fate::Refused,
        ));
    }
    let answered = asked.requests - asked.refused;
    all.push(Measure::new(
        "degraded",
        "Answers that were less than normal",
        asked.degraded,
        answered,
        "requests that were not refused",
    ));
    all
}

/// Most often broken first.
pub(super) fn broken(rows: &[Row]) -> Vec<BrokenRule> {
    let mut all: Vec<BrokenRule> = Vec::new();
    for (subject, of_rule, by) in [(PLAN, PLAN_RULE, "planner"), (REPLY, REPLY_RULE, "model")] {
        let of = times(rows, subject, Some(KEPT)) + times(rows, subject, Some(REFUSED));
        for row in rows.iter().filter(|row| row.subject == of_rule) {
            let times = row.times.unsigned_abs();
            match all.iter_mut().find(|line| line.rule == row.word && line.by == by) {
                Some(line) => line.times += times,
                None => all.push(BrokenRule { rule: row.word.clone(), by, times, of }),
            }
        }
    }
    all.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| (a.by, &a.rule).cmp(&(b.by, &b.rule))));
    all
}

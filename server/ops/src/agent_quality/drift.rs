//! Whether an agent's fresh answers are spread as they were in as many hours before. The rule is `domain::drift`.

use std::collections::BTreeMap;

use agents::features::{Feature, of_agent};
use domain::agent::Agent;
use domain::drift::{Verdict, compare_of};
use serde::Serialize;

use super::counts::of_feature;
use super::store::Row;

/// Every fresh answer has exactly one of these.
const ONE_EACH: &str = "archetype";

/// One feature in both windows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureDrift {
    /// A stable word.
    pub feature: &'static str,
    /// For people.
    pub title: &'static str,
    pub verdict: Verdict,
    /// Population stability index; absent: not enough answers.
    pub psi: Option<f64>,
    /// What chance alone reaches once in a hundred times with so many.
    pub chance: Option<f64>,
    /// How many were counted: answers, or for topics and categories one for each item.
    pub before: u64,
    pub now: u64,
    /// In their order.
    pub bins: Vec<Bin>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bin {
    pub bin: String,
    pub before: u64,
    pub now: u64,
}

/// Every feature of the agent, worst first; those of which too little is known last.
pub(super) fn of(agent: Agent, before: &[Row], now: &[Row]) -> Vec<FeatureDrift> {
    let mut all: Vec<FeatureDrift> =
        of_agent(agent).iter().map(|feature| one(feature, before, now)).collect();
    if !all.is_empty() {
        all.push(engines(before, now));
    }
    all.sort_by(|a, b| b.verdict.cmp(&a.verdict).then(b.psi.unwrap_or(0.0).total_cmp(&a.psi.unwrap_or(0.0))));
    all
}

/// Fresh answers that were counted.
pub(super) fn answers(rows: &[Row]) -> u64 {
    let subject = of_feature(ONE_EACH);
    rows.iter().filter(|row| row.subject == subject).map(|row| row.times.unsigned_abs()).sum()
}

fn one(feature: &'static Feature, before: &[Row], now: &[Row]) -> FeatureDrift {
    let subject = of_feature(feature.name);
    let mut bins = both(before, now, |row| (row.subject == subject).then_some(row.word.as_str()));
    bins.sort_by(|a, b| feature.order(&a.bin).cmp(&feature.order(&b.bin)));
    drift(feature.name, feature.title, bins, (answers(before), answers(now)))
}

/// What wrote them is as telling as what they are like.
fn engines(before: &[Row], now: &[Row]) -> FeatureDrift {
    let subject = of_feature(ONE_EACH);
    let bins = both(before, now, |row| (row.subject == subject).then_some(row.engine.as_str()));
    drift("engine", "What wrote it", bins, (answers(before), answers(now)))
}

fn both<'r>(before: &'r [Row], now: &'r [Row], bin: impl Fn(&'r Row) -> Option<&'r str>) -> Vec<Bin> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in before {
        if let Some(name) = bin(row) {
            counts.entry(name).or_default().0 += row.times.unsigned_abs();
        }
    }
    for row in now {
        if let Some(name) = bin(row) {
            counts.entry(name).or_default().1 += row.times.unsigned_abs();
        }
    }
    let bin = |(name, (before, now)): (&str, (u64, u64))| Bin { bin: name.to_owned(), before, now };
    counts.into_iter().map(bin).collect()
}

fn drift(feature: &'static str, title: &'static str, bins: Vec<Bin>, answers: (u64, u64)) -> FeatureDrift {
    let (before, now): (Vec<u64>, Vec<u64>) = bins.iter().map(|bin| (bin.before, bin.now)).unzip();
    let found = compare_of(&before, &now, answers);
    FeatureDrift {
        feature,
        title,
        verdict: found.verdict,
        psi: found.psi,
        chance: found.chance,
        before: before.iter().sum(),
        now: now.iter().sum(),
        bins,
    }
}

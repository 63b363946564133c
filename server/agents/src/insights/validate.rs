//! Everything that insights must keep, whoever wrote their words: each figure is in the data, and nothing is claimed beyond it.

use std::collections::HashSet;

use super::metric::Metric;
use super::story::story;
use super::{Insight, InsightRun, Kind, LEAST_ACTIONABILITY, MOST, content_hash, score};
use crate::evidence::Evidence;
use crate::violation::Violation;
use crate::wording;

/// Ways to say that one thing brings another: not of two signals that only go together.
const CAUSES: &[&str] = &[
    "because",
    "cause",
    "due to",
    "thanks to",
    "leads to",
    "lead to",
    "results in",
    "makes you",
    "improves your",
    "increases your",
    "reduces your",
    "lowers your",
    "therefore",
];

pub fn validate(run: &InsightRun, evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    if run.insights.len() > MOST {
        found.push(Violation::new("insights.count", "more than five"));
    }
    if run.insights.is_empty() == run.none_because.is_none() {
        found.push(Violation::new("insights.none", "no insight needs a reason, and some have none"));
    }
    let (mut topics, mut hashes) = (HashSet::new(), HashSet::new());
    for insight in &run.insights {
        found.extend(faults(insight, evidence));
        if !topics.insert(insight.topic()) || !hashes.insert(&insight.content_hash) {
            found.push(Violation::new("insights.twice", insight.id.clone()));
        }
    }
    found
}

/// What is wrong with one insight. Details name it by its id, never by a figure.
fn faults(insight: &Insight, evidence: &Evidence) -> Vec<Violation> {
    let mut found = words(insight);
    let mut object = |rule, wrong: bool| {
        if wrong {
            found.push(Violation::new(rule, insight.id.clone()));
        }
    };
    let metric = Metric::parse(&insight.evidence.metric);
    let measured = metric.as_ref().and_then(|metric| metric.measure(evidence));
    let same = measured
        .as_ref()
        .is_some_and(|found| found.evidence == insight.evidence && found.strength == insight.strength);
    object("insights.evidence", !same);
    if let Some((metric, measured)) = metric.zip(measured).filter(|_| same) {
        match story(evidence, metric, measured) {
            Some(story) => {
                let meant = story.kind == insight.kind
                    && story.category == insight.category
                    && story.tone == insight.tone
                    && story.meaning() == insight.meaning;
                object("insights.meaning", !meant);
                let scored = score::confidence(&insight.strength) == insight.confidence
                    && score::actionability(evidence, &story) == insight.actionability;
                object("insights.score", !scored);
            }
            None => object("insights.meaning", true),
        }
    }
    let sure = insight.confidence >= evidence.settings.insight_confidence
        && insight.actionability >= LEAST_ACTIONABILITY;
    object("insights.threshold", !sure);
    found
}

/// What is wrong with its words alone.
pub(super) fn words(insight: &Insight) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut object = |rule, wrong: bool| {
        if wrong {
            found.push(Violation::new(rule, insight.id.clone()));
        }
    };
    let length = |text: &str| text.chars().count();
    let texts = [&insight.title, &insight.content, &insight.next_step];
    object(
        "insights.length",
        !(1..=60).contains(&length(&insight.title))
            || texts[1..].iter().any(|text| !(1..=200).contains(&length(text))),
    );
    object("insights.wording", texts.iter().any(|text| wording::oversteps(text)));
    let claims = |text: &String| {
        let lower = text.to_lowercase();
        CAUSES.iter().any(|cause| lower.contains(cause))
    };
    object("insights.cause", insight.kind == Kind::Link && texts.into_iter().any(claims));
    object("insights.hash", insight.content_hash != content_hash(&insight.title, &insight.content));
    found
}

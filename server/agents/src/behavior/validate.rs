//! Everything an analysis must keep, whoever wrote it: its figures are computed again from the evidence.
//!
//! A model may word summary, details, strengths and priorities; whatever else differs from what the evidence shows is a violation.
//! Details name figures, never their values.

use std::collections::BTreeSet;

use super::{BehaviorAnalysis, MetricEvidence, advice, fit, metric, patterns, readiness, remembered, trends};
use crate::data_quality;
use crate::evidence::Evidence;
use crate::violation::Violation;

/// A sum of points and weights is rounded twice on its way.
const HALF_A_POINT: f64 = 0.51;

pub fn validate(analysis: &BehaviorAnalysis, evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    figures(analysis, evidence, &mut found);
    shapes(analysis, &mut found);
    let mut same = |holds: bool, rule: &'static str, detail: &str| {
        if !holds {
            found.push(Violation::new(rule, detail));
        }
    };
    same(
        analysis.data_quality == data_quality::assess(evidence),
        "behavior.data-quality",
        "is not the evidence's",
    );
    same(analysis.trends == trends::find(evidence), "behavior.trend", "is not in the evidence");
    let told = |changes: &[super::ChangePoint]| -> Vec<super::ChangePoint> {
        changes.iter().map(|change| super::ChangePoint { detail: String::new(), ..change.clone() }).collect()
    };
    same(
        told(&analysis.change_points) == told(&trends::changes(evidence)),
        "behavior.change",
        "is not in the evidence",
    );
    let verdicts: Vec<_> = patterns::find(evidence).into_iter().map(|own| (own.kind, own.verdict)).collect();
    let shown = analysis.patterns.iter().map(|pattern| (pattern.kind, pattern.verdict.clone()));
    same(shown.eq(verdicts), "behavior.pattern", "a verdict is not the evidence's");
    same(analysis.readiness == readiness::assess(evidence), "behavior.readiness", "is not the evidence's");
    same(analysis.archetype_fit == fit::of(evidence), "behavior.fit", "is not the evidence's");
    same(analysis.notes == remembered::notes(evidence), "behavior.notes", "are not the evidence's");
    same(
        analysis.memories == remembered::used(evidence, &analysis.priorities),
        "behavior.memories",
        "are not those that were used",
    );
    let recurs = |priority: &super::Priority| {
        remembered::recurring(evidence, priority.focus).map(|found| remembered::recurs(&found))
            == priority.recurs
    };
    same(analysis.priorities.iter().all(recurs), "behavior.recurs", "is not in the memories");
    same(analysis.professional_advice == advice::of(evidence), "behavior.advice", "is not the evidence's");
    found
}

fn figures(analysis: &BehaviorAnalysis, evidence: &Evidence, found: &mut Vec<Violation>) {
    let patterns = analysis.patterns.iter().flat_map(|pattern| pattern.evidence.iter().chain(&pattern.more));
    let shown = analysis
        .priorities
        .iter()
        .map(|priority| &priority.evidence)
        .chain(analysis.strengths.iter().map(|strength| &strength.evidence))
        .chain(patterns);
    let table = metric::Figures::of(evidence);
    let mut known: Vec<&MetricEvidence> = Vec::new();
    for shown in shown {
        if known.contains(&shown) {
            continue;
        }
        if table.hold(shown) {
            known.push(shown);
        } else {
            // A name that is not in the table can be anything: it is not repeated.
            let name = metric::Metric::parse(&shown.metric).map_or("unknown metric", metric::Metric::name);
            found.push(Violation::new("behavior.figure", format!("{name} is not in the evidence")));
        }
    }
}

/// What must hold whatever the evidence.
fn shapes(analysis: &BehaviorAnalysis, found: &mut Vec<Violation>) {
    if analysis.priorities.len() > 3 {
        found.push(Violation::new("behavior.priorities", "more than three"));
    }
    let focuses: BTreeSet<String> =
        analysis.priorities.iter().map(|priority| format!("{:?}", priority.focus)).collect();
    if focuses.len() != analysis.priorities.len() {
        found.push(Violation::new("behavior.priorities", "two with the same focus"));
    }
    for trend in &analysis.trends {
        if !(trend.low <= trend.per_week && trend.per_week <= trend.high) {
            found.push(Violation::new("behavior.trend", "lies outside of its interval"));
        }
    }
    let readiness = &analysis.readiness;
    if let Some(score) = readiness.score {
        let weights: f64 = readiness.parts.iter().map(|part| part.weight).sum();
        let points: f64 = readiness.parts.iter().map(|part| part.points * part.weight).sum::<f64>();
        let sums =
            (weights - 1.0).abs() < 0.02 && (points / weights - f64::from(score)).abs() <= HALF_A_POINT;
        if score > 100 || !sums || readiness.mode != readiness::mode(score) {
            found.push(Violation::new("behavior.readiness", "is not the mean of its parts"));
        }
    }
}

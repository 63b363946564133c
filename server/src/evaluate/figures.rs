//! From answers to figures, one row an agent and condition.

use std::collections::BTreeMap;

use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::UserId;

use super::round::{Answer, Given, Question, Round};

/// Shares are 0–1; `None`: of nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    pub(super) answers: usize,
    /// Refused or failed, with why, each once.
    pub(super) refused: usize,
    pub(super) reasons: Vec<String>,
    /// Of the given: those that break no rule.
    pub(super) valid: Option<f64>,
    pub(super) broken_rules: Vec<&'static str>,
    /// Of the claims of all: those that name what they rest on.
    pub(super) coverage: Option<f64>,
    /// Mean distance between two archetypes' answers to the same person.
    pub(super) diversity: Option<f64>,
    /// Of unchanged people: answers that are the same to the byte.
    pub(super) stable: Option<f64>,
    /// Of people after a worse week: answers that say something else.
    pub(super) changed: Option<f64>,
    /// Written by the model; degraded; calls of the model an answer.
    pub(super) by_model: Option<f64>,
    pub(super) degraded: Option<f64>,
    pub(super) calls: f64,
    /// Milliseconds: planning (p50, p99), and the whole answer (p99).
    pub(super) planning_ms: (f64, f64),
    pub(super) whole_p99_ms: f64,
}

impl Figures {
    pub(super) fn of(agent: Agent, first: &Round, again: &Round, worse: &Round) -> Self {
        let own: Vec<(&Question, &Answer)> = first.iter().filter(|((.., of), _)| *of == agent).collect();
        let given: Vec<(&Question, &Given)> = own
            .iter()
            .filter_map(|(question, answer)| Some((*question, answer.given.as_ref().ok()?)))
            .collect();
        let mut reasons: Vec<String> =
            own.iter().filter_map(|(_, answer)| answer.given.as_ref().err().cloned()).collect();
        let refused = reasons.len();
        reasons.sort();
        reasons.dedup();
        let mut broken_rules: Vec<_> = given.iter().flat_map(|(_, given)| given.broken.clone()).collect();
        broken_rules.sort_unstable();
        broken_rules.dedup();
        let other = |round: &'_ Round, question: &Question, differs: &dyn Fn(&Given) -> bool| {
            round.get(question).and_then(|answer| answer.given.as_ref().ok()).map(differs)
        };
        let same = given.iter().filter_map(|(question, given)| {
            other(again, question, &|other: &Given| other.body == given.body)
        });
        let changed = given.iter().filter_map(|(question, given)| {
            other(worse, question, &|other: &Given| other.body != given.body)
        });
        let (claims, grounded) = given.iter().fold((0, 0), |(claims, grounded), (_, given)| {
            (claims + given.content.claims, grounded + given.content.grounded)
        });
        let planning: Vec<u64> = own.iter().map(|(_, answer)| answer.planning_us).collect();
        let whole: Vec<u64> = own.iter().map(|(_, answer)| answer.whole_us).collect();
        Self {
            answers: own.len(),
            refused,
            reasons,
            valid: share(given.iter().map(|(_, given)| given.broken.is_empty())),
            broken_rules,
            coverage: (claims > 0).then(|| f64::from(grounded) / f64::from(claims)),
            diversity: diversity(&given),
            stable: share(same),
            changed: share(changed),
            by_model: share(given.iter().map(|(_, given)| given.engine == Engine::Model)),
            degraded: share(given.iter().map(|(_, given)| given.degraded)),
            calls: given.iter().map(|(_, given)| f64::from(given.attempts)).sum::<f64>()
                / given.len().max(1) as f64,
            planning_ms: (quantile_ms(&planning, 0.5), quantile_ms(&planning, 0.99)),
            whole_p99_ms: quantile_ms(&whole, 0.99),
        }
    }
}

fn share(yes: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut all, mut some) = (0_u32, 0_u32);
    for one in yes {
        all += 1;
        some += u32::from(one);
    }
    (all > 0).then(|| f64::from(some) / f64::from(all))
}

fn diversity(given: &[(&Question, &Given)]) -> Option<f64> {
    let mut by_person: BTreeMap<&UserId, Vec<(Archetype, &Given)>> = BTreeMap::new();
    for ((user, archetype, _), given) in given {
        by_person.entry(user).or_default().push((*archetype, given));
    }
    let mut distances = Vec::new();
    for answers in by_person.values() {
        for (i, (_, one)) in answers.iter().enumerate() {
            distances.extend(answers[i + 1..].iter().map(|(_, other)| one.content.distance(&other.content)));
        }
    }
    (!distances.is_empty()).then(|| distances.iter().sum::<f64>() / distances.len() as f64)
}

/// The smallest that at least this share does not exceed.
pub(super) fn quantile_ms(values: &[u64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).map_or(0.0, |us| *us as f64 / 1e3)
}
